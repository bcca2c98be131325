package tidy

import (
	"go/ast"
	"go/token"
	"iter"
	"strings"
)

// Tests finds tests that wait for a span of time (flaky on a slow machine, slow
// on a fast one) and tests that skip, which is green without having looked. A
// function may skip for want of a tool if it looks at CI too, where it must fail.
func Tests(t *Tree) []Finding {
	var findings []Finding
	for _, f := range t.source() {
		for _, decl := range f.Syntax.Decls {
			findings = append(findings, t.sleeps(f, decl)...)
			findings = append(findings, t.skips(f, decl)...)
		}
	}
	return findings
}

func (t *Tree) sleeps(f *File, decl ast.Decl) []Finding {
	var findings []Finding
	clock := localName(f.Syntax, "time")
	for call := range selections(decl) {
		if f.isTest() && call.from == clock && call.name == "Sleep" {
			findings = append(findings, t.at(call.pos, "a test does not sleep: wait for the event itself, or drive the clock"))
		}
	}
	return findings
}

func (t *Tree) skips(f *File, decl ast.Decl) []Finding {
	if mentions(decl, `"CI"`) {
		return nil
	}
	var findings []Finding
	testing := testingParameters(f.Syntax)
	for call := range selections(decl) {
		if testing[call.from] && (call.name == "Skip" || call.name == "Skipf" || call.name == "SkipNow") {
			findings = append(findings, t.at(call.pos, "a test does not skip: it would be green and have looked at nothing; "+
				"put it behind a build tag, or let it fail where CI=true"))
		}
	}
	return findings
}

// selection is from.name in the source, where from is a plain name.
type selection struct {
	from, name string
	pos        token.Pos
}

func selections(in ast.Node) iter.Seq[selection] {
	return func(yield func(selection) bool) {
		for n := range ast.Preorder(in) {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			if from, ok := selector.X.(*ast.Ident); ok && !yield(selection{from.Name, selector.Sel.Name, selector.Pos()}) {
				return
			}
		}
	}
}

func mentions(in ast.Node, literal string) bool {
	for n := range ast.Preorder(in) {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Value == literal {
			return true
		}
	}
	return false
}

// testingParameters are the names of the parameters of a type of package testing.
// rapid's Skip is another matter: it draws the next case, and rapid fails on too many.
func testingParameters(file *ast.File) map[string]bool {
	names := map[string]bool{}
	local := localName(file, "testing")
	for n := range ast.Preorder(file) {
		field, ok := n.(*ast.Field)
		if !ok {
			continue
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
	}
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
