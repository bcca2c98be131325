package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// What is altered, one thing a fault:
//
//   - a condition, or an operand of && and ||, is true, or false; a comparison is another one;
//   - an assignment, or one side of a double one, or a call for its effect, is dropped;
//   - true and false are each other, as an argument: what waits does not;
//   - a field of a literal is left zero; a sum loses its second half; max is min.
//
// Assertions are no sites: where they hold nothing changes without them.

// body finds the sites of a function.
func (s *sites) body(fn *ast.FuncDecl) {
	returnsBool := fn.Type.Results != nil && len(fn.Type.Results.List) == 1 && s.text(fn.Type.Results.List[0].Type) == "bool"
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			s.statements(n.List)
		case *ast.AssignStmt:
			s.conditions(n.Rhs)
		case *ast.CaseClause:
			s.clause(n)
		case *ast.IfStmt:
			s.condition(n.Cond)
		case *ast.ReturnStmt:
			if returnsBool && len(n.Results) == 1 {
				s.condition(n.Results[0])
			}
		case *ast.CallExpr:
			return s.call(n)
		case *ast.CompositeLit:
			s.literal(n)
		case *ast.BinaryExpr:
			s.sum(n)
		}
		return true
	})
}

// condition alters an expression of which only the truth matters, and what it is made of.
// A literal is none: an action that returns true was taken.
func (s *sites) condition(e ast.Expr) {
	switch c := e.(type) {
	case *ast.ParenExpr:
		s.condition(c.X)
		return
	case *ast.UnaryExpr:
		s.condition(c.X)
		return
	case *ast.Ident:
		if c.Name == "true" || c.Name == "false" {
			return
		}
	case *ast.BinaryExpr:
		if c.Op == token.LAND || c.Op == token.LOR {
			s.condition(c.X)
			s.condition(c.Y)
			return
		}
	}
	text := s.text(e)
	yes, no := s.fault("%s is true", text), s.fault("%s is false", text)
	prefix := fmt.Sprintf("(%s || fault == %d || fault != %d && ", s.notes(e, "", yes, no), yes, no)
	suffix := ")"
	if c, ok := e.(*ast.BinaryExpr); ok {
		for _, op := range otherComparisons[c.Op] {
			if unordered(s.text(c.X)) || unordered(s.text(c.Y)) {
				break
			}
			other := fmt.Sprintf("%s %s %s", s.text(c.X), op, s.text(c.Y))
			k := s.fault("%s for %s", other, text)
			prefix += fmt.Sprintf("(%s || fault == %d && %s || fault != %d && ", s.notes(e, other, k), k, other, k)
			suffix += ")"
		}
	}
	s.wrap(e, prefix+"(", ")"+suffix)
}

// conditions alters what of a list is plainly a condition.
func (s *sites) conditions(list []ast.Expr) {
	for _, e := range list {
		if c, ok := e.(*ast.BinaryExpr); ok && (c.Op == token.LAND || c.Op == token.LOR || otherComparisons[c.Op] != nil) {
			s.condition(c)
		}
	}
}

// otherComparisons are the nearest ones that differ where the two are equal, or where they
// are not.
var otherComparisons = map[token.Token][]token.Token{
	token.EQL: {token.LEQ, token.GEQ},
	token.NEQ: {token.LSS, token.GTR},
	token.LSS: {token.LEQ},
	token.LEQ: {token.LSS},
	token.GTR: {token.GEQ},
	token.GEQ: {token.GTR},
}

// unordered tells, by how this source writes it, what has no < and >, or nothing above it.
func unordered(text string) bool {
	return text == "nil" || text == "Leader" || strings.HasSuffix(text, "Granted") || strings.HasSuffix(text, "scalars()")
}

func (s *sites) clause(c *ast.CaseClause) {
	for _, e := range c.List {
		if _, ok := e.(*ast.Ident); !ok { // a value of a switch with a tag
			s.condition(e)
		}
	}
	s.statements(c.Body)
}

// statements drops those that can be: no variable is declared by them.
func (s *sites) statements(list []ast.Stmt) {
	for _, statement := range list {
		switch n := statement.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				s.drop(n, s.halves(n))
			}
		case *ast.ExprStmt:
			if call, ok := n.X.(*ast.CallExpr); ok && !isAssertion(s.text(call.Fun)) {
				s.drop(n, nil)
			}
		case *ast.IncDecStmt:
			s.drop(n, nil)
		}
	}
}

func isAssertion(function string) bool {
	return function == "assert" || strings.HasSuffix(function, ".checkAfter")
}

// drop switches a statement off; in its place the others, by fault.
func (s *sites) drop(n ast.Stmt, others map[int]string) {
	k := s.fault("without %s", s.text(n))
	prefix := "if recording && reached(" + list(append(slices.Sorted(maps.Keys(others)), k)) + ") { } else "
	for id, other := range others {
		prefix += fmt.Sprintf("if fault == %d { %s } else ", id, other)
	}
	s.wrap(n, prefix+fmt.Sprintf("if fault != %d { ", k), " }")
}

// halves are a double assignment with one side dropped.
func (s *sites) halves(n *ast.AssignStmt) map[int]string {
	if len(n.Lhs) < 2 || len(n.Lhs) != len(n.Rhs) {
		return nil
	}
	halves := map[int]string{}
	for k := range n.Lhs {
		var left, right []string
		for j := range n.Lhs {
			left, right = append(left, s.text(n.Lhs[j])), append(right, s.text(n.Rhs[j]))
		}
		left[k] = "_"
		halves[s.fault("without %s = %s", s.text(n.Lhs[k]), s.text(n.Rhs[k]))] =
			strings.Join(left, ", ") + " = " + strings.Join(right, ", ")
	}
	return halves
}

// call alters the arguments of a call; it returns whether to look into it.
func (s *sites) call(n *ast.CallExpr) bool {
	if isAssertion(s.text(n.Fun)) {
		return false
	}
	sendsNothing := slices.ContainsFunc(n.Args, func(arg ast.Expr) bool { return s.text(arg) == "nil" })
	for _, arg := range n.Args {
		if sendsNothing {
			break // whether it waits is all the same
		}
		if id, ok := arg.(*ast.Ident); ok && (id.Name == "true" || id.Name == "false") {
			k := s.fault("not %s in %s", id.Name, s.text(n))
			s.wrap(arg, "(", fmt.Sprintf(" != (fault == %d || recording && reached(%d)))", k, k))
		}
	}
	if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "max" || id.Name == "min") {
		k := s.fault("the other of %s", s.text(n))
		s.replace(id.Pos(), len(id.Name)+1, fmt.Sprintf("%sUnless(%d, ", id.Name, k))
	}
	return true
}

// literal leaves fields of a literal zero.
func (s *sites) literal(n *ast.CompositeLit) {
	for _, e := range n.Elts {
		value := e
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			value = pair.Value
		}
		if _, plain := value.(*ast.BasicLit); plain {
			continue
		}
		k := s.fault("no %s in %s", s.text(e), s.short(n))
		s.wrap(value, fmt.Sprintf("zeroIf(%d, ", k), ")")
	}
}

// short is the text of a literal, without its fields where they are many.
func (s *sites) short(n *ast.CompositeLit) string {
	if len(n.Elts) > 9 {
		return s.text(n.Type) + "{…}"
	}
	return s.text(n)
}

// sum drops the second half of a sum or a difference.
func (s *sites) sum(n *ast.BinaryExpr) {
	if n.Op != token.ADD && n.Op != token.SUB {
		return
	}
	k := s.fault("%s for %s", s.text(n.X), s.text(n))
	name := map[token.Token]string{token.ADD: "plus", token.SUB: "minus"}[n.Op]
	s.wrap(n, fmt.Sprintf("%s(%d, ", name, k), ")")
	s.replace(n.OpPos, 1, ",")
}
