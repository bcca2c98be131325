// Package seeded compares the two files of a room's guards for tests: guards.go, which ships, and guards_mutants.go, which holds the
// same functions with seeded faults in front. Where they differ otherwise, the test of the mutants runs something else than
// what ships. And it runs the tests that are to notice the faults (caught.go).
//
// Non-goals. Faults that are no statement `if Mutant == …`, as some rooms write them in expressions.
package seeded

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// Compare fails the test of a room, whose folder is the working directory, unless its two files are the same but for so many
// faults. It alters old, which stands in guards_mutants.go, to see that a difference is found.
func Compare(t require.TestingT, faults int, old, altered string) {
	guards, mutants := source(t, "guards.go"), source(t, "guards_mutants.go")
	require.Equal(t, functions(t, guards), functions(t, mutants))
	require.Equal(t, faults, strings.Count(mutants, `if Mutant == "`))
	require.NotEqual(t, functions(t, guards), functions(t, strings.Replace(mutants, old, altered, 1)))
}

func source(t require.TestingT, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// functions returns the text of each function, seeded faults and comments left out.
func functions(t require.TestingT, source string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	require.NoError(t, err)
	var texts []string
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Body.List = slices.DeleteFunc(fn.Body.List, isFault)
			texts = append(texts, text(t, fn))
		}
	}
	return texts
}

func isFault(s ast.Stmt) bool {
	branch, ok := s.(*ast.IfStmt)
	return ok && mentionsMutant(branch.Cond)
}

func mentionsMutant(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		name, ok := n.(*ast.Ident)
		found = found || ok && name.Name == "Mutant"
		return true
	})
	return found
}

// text prints a function on one line.
func text(t require.TestingT, fn *ast.FuncDecl) string {
	var b bytes.Buffer
	require.NoError(t, printer.Fprint(&b, token.NewFileSet(), fn))
	return strings.Join(strings.Fields(b.String()), " ")
}
