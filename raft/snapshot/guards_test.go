package snapshot

// Goal: without a seeded fault guards_mutants.go is guards.go, so that what the mutants' test runs is
// what ships. Method: take the statements `if Mutant == …` out of the one and compare the functions; an
// altered source shows that a difference is found.

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGuardsWithoutTheirMutantsAreTheGuards(t *testing.T) {
	guards, mutants := source(t, "guards.go"), source(t, "guards_mutants.go")
	require.Equal(t, functions(t, guards), functions(t, mutants))
	require.Equal(t, 24, strings.Count(mutants, `if Mutant == "`))

	altered := strings.Replace(mutants, "sum == stored", "sum != stored", 1)
	require.NotEqual(t, functions(t, guards), functions(t, altered))
}

func source(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// functions returns the text of each function, seeded faults and comments left out.
func functions(t *testing.T, source string) []string {
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
func text(t *testing.T, fn *ast.FuncDecl) string {
	var b bytes.Buffer
	require.NoError(t, printer.Fprint(&b, token.NewFileSet(), fn))
	return strings.Join(strings.Fields(b.String()), " ")
}
