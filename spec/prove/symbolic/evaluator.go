package symbolic

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// Options say what a module is evaluated in.
type Options struct {
	World World
	// Constants gives a truth to constants of the module; others are left open.
	Constants map[string]bool
	// Replaced has operators that stand for others of the same parameters, as a .cfg's `Guard <- WrongGuard` does.
	Replaced map[string]string
	// Opaque are operators that keep their definition to themselves.
	Opaque []string
}

// Evaluator evaluates the operators of one module.
type Evaluator struct {
	module    *tla.Module
	options   Options
	world     World
	shapes    shapes
	functions map[string]*smt.Function
	texts     []string
	count     int
	initial   *State
	reads     map[*tla.Operator]map[string]bool
	opaque    map[string][]smt.Sort // sorts of the arguments, as they were first seen
}

// New reads the shapes of the module's variables from its operator Types.
func New(m *tla.Module, o Options) (x *Evaluator, err error) {
	defer catch(&err)
	x = &Evaluator{module: m, options: o, world: o.World, functions: map[string]*smt.Function{}, reads: map[*tla.Operator]map[string]bool{}, opaque: map[string][]smt.Sort{}}
	x.shapes = shapes{variables: map[string]shape{}, fields: map[string]shape{}, x: x}
	for _, name := range o.Opaque {
		x.opaque[name] = nil
	}
	types := m.Operators["Types"]
	if types == nil {
		return nil, fmt.Errorf("module %s has no operator Types that says what shape its variables have", m.Name)
	}
	for _, c := range Conjuncts(types.Body) {
		if err := x.readType(c); err != nil {
			return nil, err
		}
	}
	x.initial = x.newState()
	for _, v := range m.Variables {
		if s := x.shapes.variables[v.Name]; s != nil { // of any other nothing may be said
			x.initial.values[v.Name] = s.build(x, x.function, v.Name, nil)
		}
	}
	return x, nil
}

func (x *Evaluator) readType(c tla.Expr) error {
	b, ok := c.(*tla.Builtin)
	if !ok || b.Op != `\in` {
		return fmt.Errorf("%s: a conjunct of Types is not of the form variable \\in set", c.At())
	}
	v, ok := b.Args[0].(*tla.Declared)
	if !ok || !v.Variable {
		return fmt.Errorf("%s: a conjunct of Types is not of the form variable \\in set", c.At())
	}
	e := env{x: x}
	s, err := x.shapeOf(e.asSet(e.eval(b.Args[1])))
	if err != nil {
		return fmt.Errorf("%s: %w", c.At(), err)
	}
	x.shapes.variables[v.Name] = s
	return nil
}

// Conjuncts are the parts of a conjunction, lists in lists laid flat.
func Conjuncts(e tla.Expr) []tla.Expr { return partsOf(e, `/\`) }

// Disjuncts are the parts of a disjunction.
func Disjuncts(e tla.Expr) []tla.Expr { return partsOf(e, `\/`) }

func partsOf(e tla.Expr, op string) []tla.Expr {
	b, ok := e.(*tla.Builtin)
	if !ok || b.Op != op {
		return []tla.Expr{e}
	}
	var all []tla.Expr
	for _, a := range b.Args {
		all = append(all, partsOf(a, op)...)
	}
	return all
}

// fresh makes a variable for a quantifier or definition.
func (x *Evaluator) fresh(s smt.Sort, name string) *smt.Term {
	x.count++
	return smt.Bound(s, fmt.Sprintf("%s!%d", name, x.count))
}

// function finds the function of that name.
func (x *Evaluator) function(name string, from []smt.Sort, to smt.Sort) *smt.Function {
	f := x.functions[name]
	if f == nil {
		f = &smt.Function{Name: name, From: from, To: to}
		x.functions[name] = f
	}
	if f.To != to || !slices.Equal(f.From, from) {
		panic(fault{fmt.Errorf("%s is of %v to %s, and of %v to %s", name, f.From, f.To, from, to)})
	}
	return f
}

// text is a string: an element of the sort of all strings that the module writes.
func (x *Evaluator) text(s string) *smt.Term {
	if !slices.Contains(x.texts, s) {
		x.texts = append(x.texts, s)
	}
	return smt.Element(textSort, s)
}

func (x *Evaluator) none() *smt.Term                { return x.world.none(x) }
func (x *Evaluator) isServer(n *smt.Term) *smt.Term { return smt.Not(smt.Equal(n, x.none())) }

// Theory is what a question about the module is asked over.
func (x *Evaluator) Theory() *smt.Theory {
	t := x.world.theory(x)
	texts := x.texts
	if len(texts) == 0 {
		texts = []string{"none"}
	}
	t.Enumerations = append(t.Enumerations, smt.Enumeration{Sort: textSort, Elements: texts})
	return t
}

// scalar is v as a term of the sort.
func (x *Evaluator) scalar(v value, s smt.Sort) *smt.Term {
	t, ok := v.(*smt.Term)
	if !ok || t.Sort() != s {
		panic(fault{fmt.Errorf("%T where an element of %s is expected", v, s)})
	}
	return t
}

func (e env) scalar(v value, s smt.Sort) *smt.Term { return e.x.scalar(v, s) }

// State is a value for each variable.
type State struct {
	values  map[string]value
	changed map[string]bool // opaque operators that read one of these are others than before
}

func (x *Evaluator) newState() *State {
	return &State{values: map[string]value{}, changed: map[string]bool{}}
}

// Before is a state of which nothing is known.
func (x *Evaluator) Before() *State { return x.initial }

// FixedMembers stand for what the specification says of members, where these never change: no entry is a configuration, and all servers
// decide. The actions that change them are not in such a proof.
func FixedMembers() map[string]string {
	return map[string]string{"Quorum": "FixedQuorum", "QuorumAt": "FixedQuorum", "Voters": "FixedVoters", "AnyEntry": "Entry"}
}
