package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// A fault that makes no difference anywhere in the search of a model can't be noticed in it, and is not tried there. So the altered
// source notes, while a model is searched without a fault, which faults would make one (switches.go.txt): a condition that would have
// another value, a field that is not zero, a sum whose second half is not. Of a statement that is left out, and of a condition that may do
// more than look, any is taken to make one. The code is the same up to the first difference, for it is pure; where
// there is none it is the same to the end.

// looks are the functions and methods that a condition may call for its value alone. Any other is taken to do more.
var looks = []string{"len", "uint64", "LastIndex", "TermAt", "Has", "Len", "impossible"}

// onlyLooks reports whether an expression can be evaluated once more and nothing comes of it.
func onlyLooks(e ast.Expr) bool {
	only := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.Ident, *ast.BasicLit, *ast.SelectorExpr, *ast.ParenExpr, *ast.IndexExpr, *ast.BinaryExpr:
		case *ast.UnaryExpr:
			only = only && n.Op != token.ARROW
		case *ast.CallExpr:
			only = only && slices.Contains(looks, called(n))
		default:
			only = false
		}
		return only
	})
	return only
}

// called is the name of the function or method that is called; empty where it has none.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// notes is an expression that is always false, and notes the faults of a condition that would make a difference: that it is another
// one or, without another, that it is true, or false.
func (s *sites) notes(e ast.Expr, other string, ids ...int) string {
	switch {
	case !onlyLooks(e):
		return fmt.Sprintf("recording && reached(%s)", list(ids))
	case other != "":
		return fmt.Sprintf("recording && differs(%s, (%s) != (%s))", list(ids), s.text(e), other)
	}
	return fmt.Sprintf("recording && (differs(%d, !(%s)) || differs(%d, %s))", ids[0], s.text(e), ids[1], s.text(e))
}

// list writes numbers as arguments.
func list(ids []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ", "), "[]")
}
