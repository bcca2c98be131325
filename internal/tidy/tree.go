package tidy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Tree is the text of a repository, read once and shared by the rules.
// It is not safe for concurrent use.
type Tree struct {
	Module string  // the module's path, from go.mod
	Files  []*File // every text file, sorted by path

	fset    *token.FileSet
	dirs    map[string]bool
	ignored []ignoreRule
}

// File is one file of a tree.
type File struct {
	Path   string // slash-separated, from the root
	Text   string
	Syntax *ast.File // nil unless the file is Go
}

// Finding is one breach of a rule. Line 0 speaks of the whole file or folder.
type Finding struct {
	Path    string
	Line    int
	Message string // what is wrong and what to do about it
}

// String writes the finding as path:line: message, which editors can follow.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Message)
}

// ErrNoModule is returned by Load when the root has no go.mod with a module line.
var ErrNoModule = errors.New("no go.mod with a module line at the root: load the repository's root folder")

// Load reads the tree under fsys. It leaves out what Git keeps for itself or
// ignores, for that is not the repository's: what a build, a model run or a test
// that failed has left behind. It leaves out what is no text, too. A Go file that
// does not parse is an error, and so is a line of .gitignore that is not understood.
func Load(fsys fs.FS) (*Tree, error) {
	rules, err := readIgnored(fsys)
	if err != nil {
		return nil, err
	}
	t := &Tree{fset: token.NewFileSet(), dirs: map[string]bool{}, ignored: rules}
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return t.enter(name)
		}
		return t.read(fsys, name, entry)
	}
	if err := fs.WalkDir(fsys, ".", walk); err != nil {
		return nil, fmt.Errorf("load source tree: %w", err)
	}
	if t.Module = t.modulePath(); t.Module == "" {
		return nil, ErrNoModule
	}
	return t, nil
}

func (t *Tree) enter(name string) error {
	if path.Base(name) == ".git" || t.ignores(name, true) {
		return fs.SkipDir
	}
	t.dirs[name] = true
	return nil
}

func (t *Tree) read(fsys fs.FS, name string, entry fs.DirEntry) error {
	if !entry.Type().IsRegular() || path.Base(name) == ".git" || t.ignores(name, false) { // a worktree's .git is a file
		return nil
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f := &File{Path: name, Text: string(text)}
	if f.isBinary() {
		return nil
	}
	if t.isSource(name) {
		if f.Syntax, err = parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return err
		}
	}
	t.Files = append(t.Files, f)
	return nil
}

// isSource leaves out what the go command leaves out.
func (t *Tree) isSource(name string) bool {
	ignored := func(part string) bool {
		return part == "testdata" || part == "vendor" || strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")
	}
	return strings.HasSuffix(name, ".go") && !slices.ContainsFunc(strings.Split(name, "/"), ignored)
}

func (t *Tree) modulePath() string {
	for line := range strings.Lines(t.text("go.mod")) {
		if rest, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// text returns a file's text, or "" when there is no such file.
func (t *Tree) text(name string) string {
	at := slices.IndexFunc(t.Files, func(f *File) bool { return f.Path == name })
	if at < 0 {
		return ""
	}
	return t.Files[at].Text
}

// exists reports whether name is a file or folder of the tree.
func (t *Tree) exists(name string) bool {
	return t.dirs[name] || slices.ContainsFunc(t.Files, func(f *File) bool { return f.Path == name })
}

// source returns the Go files.
func (t *Tree) source() []*File {
	var files []*File
	for _, f := range t.Files {
		if f.Syntax != nil {
			files = append(files, f)
		}
	}
	return files
}

// at is a finding at a position of a Go file.
func (t *Tree) at(pos token.Pos, format string, args ...any) Finding {
	p := t.fset.Position(pos)
	return Finding{p.Filename, p.Line, fmt.Sprintf(format, args...)}
}

// room is the folder that holds the file.
func (f *File) room() string { return path.Dir(f.Path) }

func (f *File) isTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// isOutsideTest reports whether the file belongs to a package x_test, which the
// compiler keeps apart from package x.
func (f *File) isOutsideTest() bool {
	return f.isTest() && strings.HasSuffix(f.Syntax.Name.Name, "_test")
}

func (f *File) isBinary() bool { return strings.ContainsRune(f.Text, 0) }

// imported is the path of an import clause.
func imported(spec *ast.ImportSpec) string {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has accepted it, so this is not reached
	}
	return name
}
