package tidy

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// coreRooms are pure: the same events in give the same outputs, in every run and
// on every machine. The rooms below them are not meant.
var coreRooms = []string{"raft", "raft/protocol", "dedup"}

// coreLibrary is what the core may import from the standard library: packages
// that compute. Not maps, whose iterators have no order; not hash/maphash, whose
// seed is drawn; not time, whose duration type would invite the clock.
var coreLibrary = []string{
	"bytes", "cmp", "container/heap", "encoding/binary", "errors", "fmt", "hash", "hash/crc32",
	"iter", "math", "math/bits", "slices", "sort", "strconv", "strings", "unicode/utf8",
}

// Purity finds imports outside coreLibrary, goroutines, channels and printing in
// the core. Locks, clocks, files and randomness can only come by an import.
func Purity(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.core() {
		for _, spec := range f.Syntax.Imports {
			if name := imported(spec); !t.isPureImport(name) {
				findings = append(findings, t.at(spec.Pos(), "the core may not import %s: "+
					"let the host do it and bring the result as an event (allowed: %s)", name, strings.Join(coreLibrary, ", ")))
			}
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if what := impurity(n); what != "" {
				findings = append(findings, t.at(n.Pos(), "the core has no %s: it belongs to the host", what))
			}
			return true
		})
	}
	return findings
}

// core returns the files that must be pure; tests need not be.
func (t *Tree) core() []*File {
	return slices.DeleteFunc(t.source(), func(f *File) bool {
		return f.isTest() || !slices.Contains(coreRooms, f.room())
	})
}

// isPureImport leaves the direction of imports of ours to Layering.
func (t *Tree) isPureImport(name string) bool {
	folder, ours := t.ours(name)
	return slices.Contains(coreLibrary, name) || ours && slices.Contains(coreRooms, folder)
}

func impurity(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "go statement"
	case *ast.ChanType:
		return "channel type"
	case *ast.SendStmt:
		return "channel send"
	case *ast.SelectStmt:
		return "select statement"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "channel receive"
		}
	case *ast.CallExpr:
		return printing(n)
	}
	return ""
}

// printing knows the functions that reach the process's standard streams
// without an import that says so.
func printing(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if f.Name == "print" || f.Name == "println" {
			return "call of " + f.Name
		}
	case *ast.SelectorExpr:
		from, ok := f.X.(*ast.Ident)
		if ok && from.Name == "fmt" && (strings.HasPrefix(f.Sel.Name, "Print") || strings.HasPrefix(f.Sel.Name, "Scan")) {
			return "call of fmt." + f.Sel.Name
		}
	}
	return ""
}
