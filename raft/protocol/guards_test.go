// Goal: the two files of guards say the same but for the seeded faults, so that what is
// tested with a fault switched on is, without it, what ships.
// Method: parse both; take the `if Mutant == …` statements out of guards_mutants.go and
// compare function by function. Altered sources show that each difference is found.

package protocol_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGuardsWithoutTheirMutantsAreTheGuards(t *testing.T) {
	require.Empty(t, compareGuards(sourceOf(t, "guards.go"), sourceOf(t, "guards_mutants.go")))
}

func TestGuardsComparisonFindsEachDifference(t *testing.T) {
	guards, mutants := sourceOf(t, "guards.go"), sourceOf(t, "guards_mutants.go")
	for _, c := range []struct{ name, old, new, found string }{
		{"another body", "return max(i.commitIndex, bound)", "return min(i.commitIndex, bound)", "newCommit differs"},
		{"a fault without a condition", `if Mutant == "vote-twice" {`, "if m.Term > 7 {", "voteFree differs"},
		{"another signature", "func ridesOn(q *queue)", "func ridesOn(w *queue)", "ridesOn differs"},
		{"a guard that only one file has", "func ackWaits()", "func acksWait()", "other functions"},
		{"a fault that is not listed", `"stale-vote-counted",`, "", "MutantIDs"},
		{"a fault that is nowhere", `"stale-vote-counted",`, `"stale-vote-counted", "ghost",`, "MutantIDs"},
		{"a guard without a fault", `if Mutant == "commit-prior-term" {
		return true
	}`, "", "mayCommit has no fault"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, mutants, c.old)
			found := compareGuards(guards, strings.Replace(mutants, c.old, c.new, 1))
			require.Contains(t, strings.Join(found, "\n"), c.found)
		})
	}
}

// compareGuards returns in what the files differ, faults aside.
func compareGuards(guards, mutants string) []string {
	right, seeded := functionsOf(guards), functionsOf(mutants)
	var found, ids []string
	for k, fn := range seeded {
		faults := takeFaults(fn)
		if len(faults) == 0 {
			found = append(found, fn.Name.Name+" has no fault")
		}
		for _, id := range faults {
			if !slices.Contains(ids, id) { // one of them is in two guards
				ids = append(ids, id)
			}
		}
		if k < len(right) && right[k].Name.Name == fn.Name.Name && printed(right[k]) != printed(fn) {
			found = append(found, fmt.Sprintf("%s differs:\n%s\n%s", fn.Name.Name, printed(right[k]), printed(fn)))
		}
	}
	if !slices.EqualFunc(right, seeded, func(a, b *ast.FuncDecl) bool { return a.Name.Name == b.Name.Name }) {
		found = append(found, "other functions, or in another order")
	}
	if listed := listedIDs(mutants); !slices.Equal(listed, ids) {
		found = append(found, fmt.Sprintf("MutantIDs are %q, the faults are %q", listed, ids))
	}
	return found
}

// takeFaults removes the statements `if Mutant == "id" …` and returns the ids.
func takeFaults(fn *ast.FuncDecl) []string {
	var ids []string
	fn.Body.List = slices.DeleteFunc(fn.Body.List, func(s ast.Stmt) bool {
		branch, ok := s.(*ast.IfStmt)
		if !ok || branch.Else != nil || branch.Init != nil {
			return false
		}
		id := faultID(branch.Cond)
		if id != "" {
			ids = append(ids, id)
		}
		return id != ""
	})
	return ids
}

// faultID is id where the condition is `Mutant == "id"`, or that and something else.
func faultID(condition ast.Expr) string {
	binary, ok := condition.(*ast.BinaryExpr)
	if !ok {
		return ""
	}
	if binary.Op == token.LAND {
		return faultID(binary.X)
	}
	name, ok := binary.X.(*ast.Ident)
	if !ok || binary.Op != token.EQL || name.Name != "Mutant" {
		return ""
	}
	return literal(binary.Y)
}

// listedIDs are the elements of MutantIDs.
func listedIDs(source string) []string {
	var ids []string
	for n := range ast.Preorder(parsed(source)) {
		list, ok := n.(*ast.CompositeLit)
		if !ok || printed(list.Type) != "[]string" {
			continue
		}
		for _, element := range list.Elts {
			ids = append(ids, literal(element))
		}
	}
	return ids
}

func literal(e ast.Expr) string {
	basic, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	text, err := strconv.Unquote(basic.Value)
	if err != nil {
		return ""
	}
	return text
}

// functionsOf are the functions and methods of a source file, in order.
func functionsOf(source string) []*ast.FuncDecl {
	var functions []*ast.FuncDecl
	for _, d := range parsed(source).Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Doc = nil
			functions = append(functions, fn)
		}
	}
	return functions
}

func parsed(source string) *ast.File {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		panic(err)
	}
	return file
}

// printed is the source of n on one layout, without its comments.
func printed(n ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), n); err != nil {
		panic(err)
	}
	return b.String()
}

func sourceOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
