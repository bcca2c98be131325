package ground

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/tla"
)

// What is compiled: every operator is compiled anew where it is called, with its parameters standing for the arguments' trees, as
// TLA+ defines it. So an argument may be primed by the operator that gets it, and is not evaluated where it is not needed. What is
// asked for more than once is kept: see memo.

type (
	// expr evaluates to a value, cond to a truth.
	expr func(f *frame) Value
	cond func(f *frame) bool
	// act goes on with what follows it, once for each way in which it holds.
	act func(f *frame)
)

// frame is what one evaluation works on.
type frame struct {
	before, after State
	assigned      uint64 // the variables whose next value is known
	undone        uint64 // grows whenever a next value is taken back
	slots         []Value
	lists         [][]Value
	memos         []memo
	scopes        []uint64 // when each was last entered, in stamps
	stamp         uint64
	found         []State
}

// memo is a value that was asked for before.
type memo struct {
	v             Value
	stamp, undone uint64
}

// enter begins a scope: what was kept of it is forgotten.
func (f *frame) enter(scope int) {
	f.stamp++
	f.scopes[scope] = f.stamp
}

// unit is what is compiled together, and evaluated in one frame.
type unit struct {
	spec         *Spec
	slots, lists int // how many there are
	memos        int
	scopes       int
	root         *scope
	depth        int
	needs        *needs              // of what is being compiled
	kept         map[string]keptExpr // operators without parameters
	initial      bool                // variables are assigned, not their next values
}

// scope is where bound names have one value each: the whole evaluation, or one round of a quantifier.
type scope struct {
	id, depth int
	used      bool // something is kept of it
}

// needs is what a formula depends on.
type needs struct {
	scopes map[*scope]bool
	next   bool
}

// env says what names stand for.
type env struct {
	outer *env
	param *tla.Param
	is    *binding
	old   *binding // @
}

// binding is what a name stands for: a slot, or a tree with the names that it sees.
type binding struct {
	slot  int
	scope *scope

	tree     tla.Expr
	env      *env
	compiled [2]expr
	needs    [2]needs
}

// context is where a formula stands.
type context struct {
	env    *env
	primed bool
}

func newUnit(s *Spec) *unit {
	u := &unit{spec: s, kept: map[string]keptExpr{}, needs: &needs{scopes: map[*scope]bool{}}}
	u.root = u.newScope()
	return u
}

func (u *unit) newScope() *scope {
	u.scopes++
	return &scope{id: u.scopes - 1, depth: u.depth}
}

func (u *unit) newSlot(in *scope) *binding {
	u.slots++
	return &binding{slot: u.slots - 1, scope: in}
}

func (u *unit) frame() *frame {
	return &frame{slots: make([]Value, u.slots), lists: make([][]Value, u.lists), memos: make([]memo, u.memos),
		scopes: make([]uint64, u.scopes), after: make(State, len(u.spec.module.Variables))}
}

// refused ends a compilation.
type refused struct{ error }

func refuse(at tla.Expr, format string, args ...any) {
	panic(refused{fmt.Errorf("%w: %v: %s: %s", ErrConstruct, at.At(), fmt.Sprintf(format, args...), tla.Text(at))})
}

// compiling returns what do refused.
func compiling(do func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case refused:
			err = p.error
		default:
			panic(p)
		}
	}()
	do()
	return nil
}

func (e *env) with(p *tla.Param, is *binding) *env {
	inner := &env{outer: e, param: p, is: is}
	if e != nil {
		inner.old = e.old
	}
	return inner
}

func (e *env) find(p *tla.Param) *binding {
	for ; e != nil; e = e.outer {
		if e.param == p {
			return e.is
		}
	}
	return nil
}

// needing compiles and returns what that depends on, which whoever compiles around it depends on as well.
func (u *unit) needing(compile func()) needs {
	outer := u.needs
	u.needs = &needs{scopes: map[*scope]bool{}}
	compile()
	own := *u.needs
	u.needs = outer
	u.need(own)
	return own
}

func (u *unit) need(n needs) {
	for s := range n.scopes {
		u.needs.scopes[s] = true
	}
	u.needs.next = u.needs.next || n.next
}

// within compiles what has names of its own, bound in a scope that ends with it.
func (u *unit) within(compile func(*scope)) *scope {
	u.depth++
	s := u.newScope()
	compile(s)
	delete(u.needs.scopes, s)
	u.depth--
	return s
}

// memo keeps the value of x until what it depends on is bound anew, or a next value that it may have seen is taken back.
func (u *unit) memo(x expr, n needs) expr {
	k := u.memos
	u.memos++
	if len(n.scopes) == 0 && !n.next {
		return func(f *frame) Value {
			m := &f.memos[k]
			if m.v.o == nil {
				m.v = x(f)
			}
			return m.v
		}
	}
	in := u.root
	for s := range n.scopes {
		if s.depth > in.depth {
			in = s
		}
	}
	in.used = true
	id := in.id
	return func(f *frame) Value {
		m := &f.memos[k]
		if m.stamp == f.scopes[id] && (m.undone == f.undone || !n.next) {
			return m.v
		}
		v := x(f)
		*m = memo{v, f.scopes[id], f.undone}
		return v
	}
}

// cheap reports whether e costs no more than to keep it would.
func cheap(e tla.Expr) bool {
	switch x := e.(type) {
	case *tla.Number, *tla.String, *tla.Boolean, *tla.Declared, *tla.Bound, *tla.Old:
		return true
	case *tla.Field:
		return cheap(x.Record)
	case *tla.Apply:
		return cheap(x.Function) && cheap(x.Argument)
	}
	return false
}

// bound is the value of a name.
func (u *unit) bound(b *binding, primed bool) expr {
	if b.tree == nil {
		slot := b.slot
		u.needs.scopes[b.scope] = true
		return func(f *frame) Value { return f.slots[slot] }
	}
	k := 0
	if primed {
		k = 1
	}
	if b.compiled[k] == nil {
		var x expr
		b.needs[k] = u.needing(func() { x = u.expr(b.tree, context{b.env, primed}) })
		if !cheap(b.tree) {
			x = u.memo(x, b.needs[k])
		}
		b.compiled[k] = x
		return x
	}
	u.need(b.needs[k])
	return b.compiled[k]
}
