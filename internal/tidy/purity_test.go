// Goal: whatever could make two runs of the core differ is found.
// Method: a line of Go for each way out of purity, in a file of package raft;
// the same line is no finding in a test or in a room below the core.
package tidy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPurityFindsEachWayOut(t *testing.T) {
	const in = "package raft\n"
	impure := map[string]string{
		"files":            in + `import _ "os"`,
		"file systems":     in + `import _ "io/fs"`,
		"network":          in + `import _ "net"`,
		"http":             in + `import _ "net/http"`,
		"clock":            in + `import _ "time"`,
		"locks":            in + `import _ "sync"`,
		"atomics":          in + `import _ "sync/atomic"`,
		"randomness":       in + `import _ "math/rand"`,
		"randomness v2":    in + `import _ "math/rand/v2"`,
		"true randomness":  in + `import _ "crypto/rand"`,
		"drawn hash seed":  in + `import _ "hash/maphash"`,
		"unordered maps":   in + `import _ "maps"`,
		"cancellation":     in + `import _ "context"`,
		"runtime":          in + `import _ "runtime"`,
		"unsafe":           in + `import _ "unsafe"`,
		"cgo":              in + `import _ "C"`,
		"system calls":     in + `import _ "syscall"`,
		"log":              in + `import _ "log"`,
		"structured log":   in + `import _ "log/slog"`,
		"testing":          in + `import _ "testing"`,
		"third parties":    in + `import _ "golang.org/x/exp/slices"`,
		"a room below":     in + `import _ "m/raft/wal"`,
		"goroutine":        in + `func f() { go f() }`,
		"channel type":     in + `var c chan int`,
		"channel argument": in + `func f(c <-chan int) {}`,
		"send":             in + `func f() { c <- 1 }`,
		"receive":          in + `func f() { <-c }`,
		"select":           in + `func f() { select {} }`,
		"print":            in + `func f() { print(1) }`,
		"println":          in + `func f() { println(1) }`,
		"standard output":  in + `func f() { fmt.Println(1) }`,
		"standard input":   in + `func f() { fmt.Scan(nil) }`,
	}
	for name, text := range impure {
		t.Run(name, func(t *testing.T) {
			findings := Purity(load(t, sources{"raft/a.go": text}))
			require.Len(t, findings, 1)
			require.Contains(t, findings[0].String(), "raft/a.go:2: the core ")
			for _, outside := range []string{"raft/a_test.go", "raft/node/a.go", "dedup/server/a.go"} {
				require.Empty(t, Purity(load(t, sources{outside: text})))
			}
		})
	}
}

func TestPurity(t *testing.T) {
	const clean = "package a\nimport (\n\"errors\"\n\"fmt\"\n\"m/raft/protocol\"\n\"math/bits\"\n)\n" +
		"func f(m map[int]int) string { clear(m); return fmt.Sprintf(\"%d\", -m[1]) }\n"
	checkRows(t, Purity, []row{
		{"clean", sources{"raft/a.go": clean, "raft/protocol/a.go": clean, "dedup/a.go": clean}, nil},
		{"each core room", sources{
			"raft/a.go": "package raft\nimport _ \"os\"", "raft/protocol/a.go": "package protocol\nimport _ \"os\"",
			"dedup/a.go": "package dedup\nimport _ \"os\"",
		}, []string{"dedup/a.go:2: ", "raft/a.go:2: ", "raft/protocol/a.go:2: "}},
		{"under a build tag too", sources{"raft/a.go": "//go:build mutants\n\npackage raft\nimport _ \"os\""}, []string{"raft/a.go:4: "}},
	})
}

func TestMapRanges(t *testing.T) {
	const imports = "package raft\nimport (\"m/raft/protocol\"; \"slices\")\n"
	checkRows(t, MapRanges, []row{
		{"map", sources{"raft/a.go": "package raft\nfunc f(m map[int]int) {\nfor range m {}\n}"}, []string{"raft/a.go:3: the core does not range"}},
		{"named map", sources{"dedup/a.go": "package dedup\ntype table map[int]int\nfunc (t table) f() {\nfor k := range t { _ = k }\n}"},
			[]string{"dedup/a.go:4: "}},
		{"type parameter", sources{"raft/a.go": "package raft\nfunc f[M ~map[int]int](m M) {\nfor range m {}\n}"}, []string{"raft/a.go:3: "}},
		{"map of another room", sources{
			"raft/protocol/a.go": "package protocol\ntype Set = map[int]bool\nvar All Set",
			"raft/a.go":          "package raft\nimport \"m/raft/protocol\"\nfunc f() {\nfor range protocol.All {}\n}",
		}, []string{"raft/a.go:4: "}},
		{"only with mutants", sources{
			"raft/a.go": "//go:build !mutants\n\npackage raft\nvar picked []int",
			"raft/b.go": "//go:build mutants\n\npackage raft\nvar picked map[int]int",
			"raft/c.go": "package raft\nfunc f() {\nfor range picked {}\n}",
		}, []string{"raft/c.go:3: "}},
		{"everything else that ranges", sources{
			"raft/protocol/a.go": "package protocol\ntype Log []int",
			"raft/a.go": imports + "func f(l protocol.Log, next func(func(int) bool), m map[int]int) {\n" +
				"for range l {}\nfor range 3 {}\nfor range next {}\nfor range \"s\" {}\nfor range slices.Values(l) {}\nfor range l[len(m):] {}\n}",
		}, nil},
		{"tests and lower rooms", sources{
			"raft/a_test.go": "package raft\nfunc f(m map[int]int) {\nfor range m {}\n}",
			"raft/wal/a.go":  "package wal\nfunc f(m map[int]int) {\nfor range m {}\n}",
		}, nil},
		{"code that was not looked at", sources{"raft/a.go": "package raft\nfunc f() {\nfor range unknown {}\n}"},
			[]string{"raft/a.go:3: does not type-check with tags []: undefined: unknown", "raft/a.go:3: does not type-check with tags [mutants]: "}},
		{"a file that no build takes in", sources{"raft/a.go": "//go:build plan9\n\npackage raft\n"}, []string{"raft/a.go: the core builds alike"}},
	})
}
