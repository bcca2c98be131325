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

// Tests finds tests that wait for a span of time (flaky on a slow machine, slow
// on a fast one) and tests that skip, which is green without having looked.
func Tests(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.source() {
		skippers := testingParameters(f.Syntax)
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := call.X.(*ast.Ident)
			if ok && f.isTest() && from.Name == localName(f.Syntax, "time") && call.Sel.Name == "Sleep" {
				findings = append(findings, t.at(n.Pos(), "a test does not sleep: wait for the event itself, or drive the clock"))
			}
			if ok && skippers[from.Name] && isSkip(call.Sel.Name) {
				findings = append(findings, t.at(n.Pos(), "a test does not skip: "+
					"a skipped test is green and has looked at nothing; put it behind a build tag or a make target"))
			}
			return true
		})
	}
	return findings
}

func isSkip(name string) bool { return name == "Skip" || name == "Skipf" || name == "SkipNow" }

// testingParameters are the names of the parameters of a type of package testing.
// rapid's Skip is another matter: it draws the next case, and rapid fails on too many.
func testingParameters(file *ast.File) map[string]bool {
	names := map[string]bool{}
	local := localName(file, "testing")
	ast.Inspect(file, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		of := field.Type
		if pointer, ok := of.(*ast.StarExpr); ok {
			of = pointer.X
		}
		if named, ok := of.(*ast.SelectorExpr); ok {
			if from, ok := named.X.(*ast.Ident); ok && from.Name == local {
				for _, name := range field.Names {
					names[name.Name] = true
				}
			}
		}
		return true
	})
	return names
}

// localName is what the file calls the package importPath; "" when it does not import it.
func localName(file *ast.File, importPath string) string {
	for _, spec := range file.Imports {
		if imported(spec) != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return importPath[strings.LastIndex(importPath, "/")+1:]
	}
	return ""
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
