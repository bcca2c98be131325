// Goal: each rule on how code reads finds its breach and leaves the neighbour alone.
// Method: tables of small trees, at the limit and one past it.
package tidy

import (
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	function := func(lines int) string {
		return "package a\n\n// F has a comment, which does not count.\nfunc F() {\n" + strings.Repeat("\n", lines-2) + "}\n"
	}
	file := func(lines int) string { return "package a\n" + strings.Repeat("\n", lines-1) }
	checkRows(t, Sizes, []row{
		{"function at the limit", sources{"a/a.go": function(functionLines)}, nil},
		{"function past the limit", sources{"a/a_test.go": function(functionLines + 1)}, []string{"a/a_test.go:4: function F has 71 lines"}},
		{"method past the limit", sources{"a/a.go": strings.Replace(function(functionLines+1), "func F", "func (t T) F", 1)},
			[]string{"a/a.go:4: function F"}},
		{"a long table is no function", sources{"a/a.go": "package a\nvar v = []int{\n" + strings.Repeat("1,\n", 100) + "}\n"}, nil},
		{"file at the limit", sources{"a/a.go": file(fileLines)}, nil},
		{"file past the limit", sources{"a/a.go": file(fileLines + 1), "a/a_test.go": file(fileLines + 1)},
			[]string{"a/a.go: 501 lines", "a/a_test.go: 501 lines"}},
		{"other files may be long", sources{"docs/a.md": file(fileLines + 1)}, nil},
	})
}

func TestTests(t *testing.T) {
	const sleep = "package a\nimport \"time\"\nfunc f() { time.Sleep(time.Second) }"
	checkRows(t, Tests, []row{
		{"sleep in a test", sources{"a/a_test.go": sleep}, []string{"a/a_test.go:3: a test does not sleep"}},
		{"sleep under another name", sources{"a/a_test.go": "package a\nimport clock \"time\"\nfunc f() { clock.Sleep(1) }"}, []string{"a/a_test.go:3: "}},
		{"sleep handed on", sources{"a/a_test.go": "package a\nimport \"time\"\nvar wait = time.Sleep"}, []string{"a/a_test.go:3: "}},
		{"sleep elsewhere", sources{"a/a.go": sleep, "a/a_test.go": "package a\nfunc f(sim Sim) { sim.Sleep(1) }"}, nil},
		{"skip", sources{"a/a_test.go": "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Skip() }"},
			[]string{"a/a_test.go:3: a test does not skip"}},
		{"skip with words, in a closure", sources{"a/a_test.go": "package a\nimport \"testing\"\n" +
			"func TestA(t *testing.T) { t.Run(``, func(tt *testing.T) { tt.Skipf(``) }) }"}, []string{"a/a_test.go:3: "}},
		{"skip in a helper", sources{"a/a.go": "package a\nimport \"testing\"\nfunc Need(tb testing.TB) { tb.SkipNow() }"}, []string{"a/a.go:3: "}},
		{"skip that fails on the build server", sources{"a/a_test.go": "package a\nimport (\"os\"; \"testing\")\n" +
			"func need(t *testing.T) { if os.Getenv(\"CI\") == `` { t.SkipNow() }; t.Fatal() }"}, nil},
		{"rapid's skip draws again", sources{"a/a_test.go": "package a\nimport (\"pgregory.net/rapid\"; \"testing\")\n" +
			"func TestA(t *testing.T) { rapid.Check(t, func(rt *rapid.T) { rt.Skip() }) }"}, nil},
		{"another skip", sources{"a/a_test.go": "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { d.Skip(4) }"}, nil},
	})
}

func TestPackages(t *testing.T) {
	const introduced = "// Package a holds.\npackage a"
	checkRows(t, Packages, []row{
		{"comment in any file", sources{"a/a.go": "package a", "a/doc.go": introduced, "a/a_test.go": "package a"}, nil},
		{"no comment", sources{"a/a.go": "package a", "b/b.go": introduced}, []string{"a: no package comment"}},
		{"a comment apart is none", sources{"a/a.go": "// Copyright.\n\npackage a"}, []string{"a: no package comment"}},
		{"a test does not introduce its package", sources{"a/a.go": "package a", "a/a_test.go": introduced}, []string{"a: no package comment"}},
		{"but tests alone do", sources{"a/a_test.go": introduced}, nil},
		{"commands too", sources{"cmd/a/main.go": "package main"}, []string{"cmd/a: no package comment"}},
		{"unspeaking", sources{"util/a.go": "// Package util holds.\npackage util", "a/b_test.go": "// Goal.\npackage helpers_test"},
			[]string{"a/b_test.go:2: package helpers_test: name it", "util/a.go:2: package util: name it"}},
	})
}

func TestMutants(t *testing.T) {
	const seeded = "//go:build mutants\n\npackage a"
	checkRows(t, Mutants, []row{
		{"tested", sources{"raft/wal/a.go": seeded, "raft/wal/b_test.go": seeded}, nil},
		{"not tested, told once", sources{"raft/wal/a.go": seeded, "raft/wal/b.go": seeded, "raft/wal/b_test.go": "package a"},
			[]string{"raft/wal: has seeded bugs and no test"}},
		{"tested elsewhere", sources{"raft/wal/a.go": seeded, "dedup/b_test.go": seeded}, []string{"raft/wal: "}},
		{"no seeded bugs", sources{"raft/wal/a.go": "//go:build !mutants\n\npackage a", "dedup/a.go": "//go:build linux\n\npackage a"}, nil},
	})
}
