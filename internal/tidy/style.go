package tidy

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

const (
	functionLines = 70  // what a reader holds on one screen
	fileLines     = 500 // past this a file has a second topic
)

// unspeaking are names that say nothing of what a package holds.
var unspeaking = []string{"util", "utils", "common", "types", "helper", "helpers", "misc"}

// Sizes finds functions and Go files that are too long.
func Sizes(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.source() {
		if lines := strings.Count(f.Text, "\n"); lines > fileLines {
			findings = append(findings, Finding{Path: f.Path, Message: fmt.Sprintf(
				"%d lines, at most %d: give the second topic a file of its own", lines, fileLines)})
		}
		for _, decl := range f.Syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if lines := t.lines(decl); ok && lines > functionLines {
				findings = append(findings, t.at(fn.Pos(),
					"function %s has %d lines, at most %d: move straight work into a small function with a name", fn.Name.Name, lines, functionLines))
			}
		}
	}
	return findings
}

func (t *Tree) lines(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// Packages finds packages whose name says nothing and packages that nobody introduces.
func Packages(t *Tree) []Finding {
	findings := t.unintroduced()
	for _, f := range t.source() {
		if slices.Contains(unspeaking, strings.TrimSuffix(f.Syntax.Name.Name, "_test")) {
			findings = append(findings, t.at(f.Syntax.Name.Pos(),
				"package %s: name it after what it holds, in the words of the field", f.Syntax.Name.Name))
		}
	}
	slices.SortFunc(findings, compareFindings)
	return findings
}

// unintroduced finds folders without a package comment. The comment that opens
// a test speaks of the test, so it counts only where there is nothing but tests.
func (t *Tree) unintroduced() []Finding {
	introduced, shipped := map[string]bool{}, map[string]bool{}
	for _, f := range t.source() {
		shipped[f.room()] = shipped[f.room()] || !f.isTest()
	}
	for _, f := range t.source() {
		counts := f.Syntax.Doc != nil && f.isTest() != shipped[f.room()]
		introduced[f.room()] = introduced[f.room()] || counts
	}
	var findings []Finding
	for folder, ok := range introduced {
		if !ok {
			findings = append(findings, Finding{Path: folder, Message: "no package comment: " +
				"write a doc.go with the contract, the assumptions and the non-goals"})
		}
	}
	return findings
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
}
