package tla

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ErrConstruct is returned for what SANY understands and no Expr stands for.
var ErrConstruct = errors.New("construct of TLA+ that is not read here")

// Module is a module with all that it extends.
type Module struct {
	Name      string
	Constants []Declaration // by place; those of modules that are standard left out
	Variables []Declaration
	Operators map[string]*Operator // all that stand at the top level of their module
}

// Declaration is of a CONSTANT or VARIABLE.
type Declaration struct {
	Place
	Name string
}

// Parse reads what SANY's XMLExporter wrote. Of modules that are standard it reads no bodies.
func Parse(text []byte, standard func(module string) bool) (*Module, error) {
	var root element
	if err := xml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("read SANY's XML: %w", err)
	}
	p := parser{entries: map[string]*element{}, operators: map[string]*Operator{}, params: map[string]*Param{}, standard: standard}
	if err := p.index(&root); err != nil {
		return nil, err
	}
	m := &Module{Name: root.text("RootModule"), Operators: map[string]*Operator{}}
	if err := p.declared(m); err != nil {
		return nil, err
	}
	return m, p.defined(m)
}

// parser resolves the numbers by which SANY's nodes name each other.
type parser struct {
	entries   map[string]*element
	order     []string
	operators map[string]*Operator
	params    map[string]*Param
	standard  func(module string) bool
	inner     map[string]bool // operators that a LET makes
}

func (p *parser) index(root *element) error {
	context := root.child("context")
	if context == nil {
		return fmt.Errorf("read SANY's XML: no context in <%s>", root.XMLName.Local)
	}
	p.inner = map[string]bool{}
	for i := range context.Children {
		entry := &context.Children[i]
		if len(entry.Children) != 2 {
			return fmt.Errorf("read SANY's XML: an entry of %d parts, not a UID and a node", len(entry.Children))
		}
		uid := entry.text("UID")
		p.entries[uid] = &entry.Children[1]
		p.order = append(p.order, uid)
	}
	root.walk(func(e *element) {
		if e.XMLName.Local == "opDefs" {
			for i := range e.Children {
				p.inner[e.Children[i].text("UID")] = true
			}
		}
	})
	slices.SortStableFunc(p.order, func(a, b string) int {
		x, y := p.entries[a].place(), p.entries[b].place()
		return cmp.Or(cmp.Compare(x.Module, y.Module), cmp.Compare(x.Line, y.Line))
	})
	return nil
}

// SANY's kinds of declarations.
const (
	kindConstant = "2"
	kindVariable = "3"
)

func (p *parser) declared(m *Module) error {
	for _, uid := range p.order {
		e := p.entries[uid]
		if e.XMLName.Local != "OpDeclNode" || p.standard(e.place().Module) {
			continue
		}
		switch e.text("kind") {
		case kindConstant:
			m.Constants = append(m.Constants, Declaration{e.place(), e.text("uniquename")})
		case kindVariable:
			m.Variables = append(m.Variables, Declaration{e.place(), e.text("uniquename")})
		}
	}
	return nil
}

// defined reads all definitions: first their heads, for one may call what stands behind it in SANY's order.
func (p *parser) defined(m *Module) error {
	var uids []string
	for _, uid := range p.order {
		e := p.entries[uid]
		if e.XMLName.Local != "UserDefinedOpKind" {
			continue
		}
		o := &Operator{Place: e.place(), Name: e.text("uniquename")}
		o.Level, _ = strconv.Atoi(e.text("level"))
		o.Standard = p.standard(o.Module)
		p.operators[uid] = o
		if !p.inner[uid] {
			m.Operators[o.Name] = o
		}
		uids = append(uids, uid)
	}
	for _, uid := range uids {
		if o := p.operators[uid]; !o.Standard {
			if err := p.define(o, p.entries[uid]); err != nil {
				return fmt.Errorf("%s: %w", o.Name, err)
			}
		}
	}
	return nil
}

func (p *parser) define(o *Operator, e *element) error {
	if params := e.child("params"); params != nil {
		for i := range params.Children {
			ref := params.Children[i].child("FormalParamNodeRef")
			if ref == nil {
				return unread(e, "a parameter of the form <%s>", params.Children[i].XMLName.Local)
			}
			o.Params = append(o.Params, p.param(ref))
		}
	}
	body := e.child("body")
	if body == nil || len(body.Children) != 1 {
		return unread(e, "a definition without a body")
	}
	var err error
	o.Body, err = p.expr(&body.Children[0])
	return err
}

func (p *parser) param(ref *element) *Param {
	uid := ref.text("UID")
	if p.params[uid] == nil {
		e := p.entries[uid]
		arity, _ := strconv.Atoi(e.text("arity"))
		p.params[uid] = &Param{Name: e.text("uniquename"), Arity: arity}
	}
	return p.params[uid]
}

func unread(e *element, format string, args ...any) error {
	return fmt.Errorf("%w: %s, at %s", ErrConstruct, fmt.Sprintf(format, args...), e.place())
}
