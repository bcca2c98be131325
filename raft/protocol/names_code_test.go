// Reading the names of the Go source, for names_test.go.

package protocol_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// code is the parsed source of the package, by file.
type code struct {
	files     map[string]*ast.File
	complaint []string
}

func readCode(sources map[string]string) *code {
	c := &code{files: map[string]*ast.File{}}
	for name, text := range sources {
		c.files[name] = parsed(text)
	}
	return c
}

func (c *code) complain(format string, args ...any) {
	c.complaint = append(c.complaint, fmt.Sprintf(format, args...))
}

// function is a function or method, its parameters after the receiver's name.
type function struct {
	file, name, receiver string
	params               []string // "i", "j", …; without the output
	output               bool     // has a parameter of type *Output
	syntax               *ast.FuncDecl
}

// functions are those of a file, or of all where file is empty, in order.
func (c *code) functions(file string) []function {
	var found []function
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if file != "" && file != name {
			continue
		}
		for _, d := range c.files[name].Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				found = append(found, describe(name, fn))
			}
		}
	}
	if len(found) == 0 {
		c.complain("Go: %s has no functions", file)
	}
	return found
}

func describe(file string, syntax *ast.FuncDecl) function {
	fn := function{file: file, name: syntax.Name.Name, syntax: syntax}
	fields := syntax.Type.Params.List
	if syntax.Recv != nil {
		fn.receiver = printed(syntax.Recv.List[0].Type)
		fields = append(slices.Clone(syntax.Recv.List), fields...)
	}
	for _, f := range fields {
		isOutput := printed(f.Type) == "*Output"
		fn.output = fn.output || isOutput
		for _, name := range f.Names {
			if !isOutput {
				fn.params = append(fn.params, name.Name)
			}
		}
	}
	return fn
}

// types calls f for each type that is declared.
func (c *code) types(f func(*ast.TypeSpec)) {
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		for n := range ast.Preorder(c.files[name]) {
			if t, ok := n.(*ast.TypeSpec); ok {
				f(t)
			}
		}
	}
}

// structFields are the fields of a struct, with the comment behind each.
func (c *code) structFields(name string) (fields []string, remarks []string) {
	c.types(func(t *ast.TypeSpec) {
		s, ok := t.Type.(*ast.StructType)
		if !ok || t.Name.Name != name {
			return
		}
		for _, f := range s.Fields.List {
			for _, n := range f.Names {
				fields = append(fields, n.Name)
				remarks = append(remarks, strings.TrimSpace(f.Comment.Text()))
			}
		}
	})
	if len(fields) == 0 {
		c.complain("Go: there is no struct %s", name)
	}
	return fields, remarks
}

// constants are the names of the constants of a type, in order.
func (c *code) constants(of string) []string {
	var names []string
	for _, file := range slices.Sorted(maps.Keys(c.files)) {
		for n := range ast.Preorder(c.files[file]) {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil || printed(spec.Type) != of {
				continue
			}
			for _, name := range spec.Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// documented are the fields that each message type has by the remarks on Message:
// `LastIndex Index // RequestVote and RequestPreVote: …`. A field without one is every type's.
func (c *code) documented(types []string) map[string][]string {
	fields := map[string][]string{}
	names, remarks := c.structFields("Message")
	for k, name := range names {
		of, _, found := strings.Cut(remarks[k], ":")
		of, _, _ = strings.Cut(of, ",")
		for _, t := range types {
			if !found || slices.Contains(strings.Split(of, " and "), t) {
				fields[t] = append(fields[t], lower(name))
			}
		}
	}
	return sorted(fields)
}

// encoded are the fields m.X that a function of the codec touches for each message
// type: those outside its switch, or in the fields of a literal, are every type's.
func (c *code) encoded(function string, types []string) map[string][]string {
	fields := map[string][]string{}
	for _, fn := range c.functions("codec.go") {
		if fn.name != function {
			continue
		}
		every := touched(fn.syntax.Body, false)
		for _, t := range types {
			fields[t] = append(fields[t], every...)
		}
		for n := range ast.Preorder(fn.syntax.Body) {
			if clause, ok := n.(*ast.CaseClause); ok && len(clause.List) == 1 {
				t := printed(clause.List[0])
				fields[t] = append(fields[t], touched(clause, true)...)
			}
		}
	}
	if len(fields) == 0 {
		c.complain("Go: codec.go has no %s", function)
	}
	return sorted(fields)
}

// touched are the fields m.X below n, and those of literals of Message; not those in
// the clauses of a switch, unless within one.
func touched(n ast.Node, within bool) []string {
	found := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CaseClause:
			return within
		case *ast.SelectorExpr:
			if printed(n.X) == "m" {
				found[lower(n.Sel.Name)] = true
			}
		case *ast.KeyValueExpr:
			found[lower(printed(n.Key))] = true
		}
		return true
	})
	return slices.Collect(maps.Keys(found))
}

// listed are the names in the list that a function returns: {"Name", Type.Name}; a pair
// that disagrees is complained of.
func (c *code) listed(function string) []string {
	var names []string
	for _, fn := range c.functions("") {
		if fn.name != function || fn.receiver != "" {
			continue
		}
		for n := range ast.Preorder(fn.syntax.Body) {
			pair, ok := n.(*ast.CompositeLit)
			if !ok || len(pair.Elts) != 2 || pair.Type != nil {
				continue
			}
			name, method := literal(pair.Elts[0]), printed(pair.Elts[1])
			if !strings.HasSuffix(method, "."+name) {
				c.complain("Go: %s lists %s as %q", function, method, name)
			}
			names = append(names, name)
		}
	}
	return names
}

func sorted(fields map[string][]string) map[string][]string {
	for name := range fields {
		slices.Sort(fields[name])
	}
	return fields
}

// lower is a Go name as the specification writes it.
func lower(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

func exported(name string) bool { return token.IsExported(name) }
