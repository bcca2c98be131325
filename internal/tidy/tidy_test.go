// Goal: the repository keeps the rules of package tidy, and each rule can fail.
// Method: this file runs every rule over the repository's own tree. The other
// tests run each rule over small trees in memory: those that break it must be
// found at the line expected, their neighbours that keep it must not.
package tidy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestRepositoryIsTidy(t *testing.T) {
	tree, err := Load(os.DirFS(filepath.Join("..", "..")))
	require.NoError(t, err)
	require.NotEmpty(t, tree.core(), "found no file of the core, so purity was not checked")

	rules := map[string]func(*Tree) []Finding{
		"Layering": Layering, "Purity": Purity, "MapRanges": MapRanges,
		"Sizes": Sizes, "Tests": Tests, "Packages": Packages, "Words": Words,
		"Mutants": Mutants, "Links": Links, "Dependencies": Dependencies,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, finding := range rule(tree) {
				t.Error(finding)
			}
		})
	}
}

func TestLoadRefusesWhatItCannotCheck(t *testing.T) {
	_, err := Load(fstest.MapFS{"raft/a.go": file("package raft")})
	require.ErrorIs(t, err, ErrNoModule)

	_, err = Load(fstest.MapFS{"go.mod": file("module m\n"), "raft/a.go": file("package raft; func {")})
	require.ErrorContains(t, err, "raft/a.go:1")
}

func TestLoadLeavesOutWhatIsNotSource(t *testing.T) {
	tree := load(t, sources{
		".git/config.go":         "not Go",
		"dedup/testdata/bad.go":  "not Go",
		"dedup/binary":           "a\x00b",
		"dedup/dedup.go":         "package dedup",
		"dedup/testdata/note.md": "text",
	})
	var goFiles, all []string
	for _, f := range tree.Files {
		all = append(all, f.Path)
		if f.Syntax != nil {
			goFiles = append(goFiles, f.Path)
		}
	}
	require.Equal(t, []string{"dedup/dedup.go"}, goFiles)
	require.Equal(t, []string{"dedup/dedup.go", "dedup/testdata/bad.go", "dedup/testdata/note.md", "go.mod"}, all)
}

// Each line is read as Git reads it, so that what a build or a failed test left is neither a finding nor mistaken for a file
// of the repository, and what merely looks like it is looked at.
func TestLoadLeavesOutWhatGitIgnores(t *testing.T) {
	const rules = "# a comment\n\nbuild/\n/semel\n*.out\n/spec/states/\n*_TTrace_*\n**/testdata/rapid/\n"
	tree := load(t, sources{
		".gitignore": rules,
		"build/a.go": "not Go", "a/build/a.go": "not Go", "a/build.md": "looked at",
		"semel": "text", "a/semel": "looked at",
		"a/cpu.out": "text", "a/cpu.outer": "looked at",
		"spec/states/0.go": "not Go", "a/spec/states/0.md": "looked at", "spec/states.md": "looked at",
		"spec/Raft_TTrace_17.tla":            "text",
		"testdata/rapid/TestA/a.fail":        "text",
		"a/b/testdata/rapid/TestA/TestA.out": "text", "a/b/testdata/rapid/TestA/a.go": "not Go", "a/testdata/rapid.md": "looked at",
	})
	for _, f := range tree.Files {
		if f.Path != ".gitignore" && f.Path != "go.mod" {
			require.Equal(t, "looked at", f.Text, f.Path)
		}
	}
	require.Len(t, tree.Files, 8)
	for _, strange := range []string{"!a", "a/**/b", "[", "/", "\\#a", "**/"} {
		_, err := Load(fstest.MapFS{"go.mod": file("module m\n"), ".gitignore": file(strange)})
		require.ErrorContains(t, err, ".gitignore", strange)
	}
}

// What a test that failed leaves behind must not fail the next run of this one.
func TestWhatAFailedTestLeavesIsNotTheRepositorys(t *testing.T) {
	rules, err := readIgnored(os.DirFS(filepath.Join("..", "..")))
	require.NoError(t, err)
	tree := &Tree{ignored: rules}
	for _, left := range []string{"testdata/rapid", "dedup/server/http/testdata/rapid", "proptest/virtualcluster/testdata/rapid", "build", "spec/states"} {
		require.True(t, tree.ignores(left, true), left)
	}
	for _, kept := range []string{"dedup/testdata", "dedup/testdata/fuzz", "spec", "spec/check", "cmd/semel"} {
		require.False(t, tree.ignores(kept, true), kept)
	}
}

// sources is a tree as text, by path. Without a go.mod it is the module m.
type sources map[string]string

// row is one tree and what a rule must find in it: the beginnings and parts of
// its findings in order, each "path:line: ... part", cut at " ... ".
type row struct {
	name string
	tree sources
	want []string
}

func checkRows(t *testing.T, rule func(*Tree) []Finding, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			findings := rule(load(t, r.tree))
			require.Len(t, findings, len(r.want), "findings: %v", findings)
			for i, want := range r.want {
				start, part, _ := strings.Cut(want, " ... ")
				require.True(t, strings.HasPrefix(findings[i].String(), start), "finding %q should start with %q", findings[i], start)
				require.Contains(t, findings[i].String(), part)
			}
		})
	}
}

func load(t *testing.T, tree sources) *Tree {
	t.Helper()
	files := fstest.MapFS{"go.mod": file("module m\n")}
	for name, text := range tree {
		files[name] = file(text)
	}
	loaded, err := Load(files)
	require.NoError(t, err)
	return loaded
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
