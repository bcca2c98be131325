package ground

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/spec/tla"
)

// declared compiles a variable or a constant.
func (u *unit) declared(x *tla.Declared, at context) expr {
	if !x.Variable {
		if v, ok := u.spec.config.Constants[x.Name]; ok {
			return constant(v)
		}
		return u.callOf(x, u.spec.module.Operators[u.spec.config.Replace[x.Name]], x.Args, nil, at)
	}
	k := u.spec.variables[x.Name]
	u.needs.scopes[u.root] = true
	if !at.primed && !u.initial {
		return func(f *frame) Value { return f.before[k] }
	}
	u.needs.next = true
	bit := uint64(1) << k
	return func(f *frame) Value {
		if f.assigned&bit == 0 {
			failAt(x, "its next value is not known yet")
		}
		return f.after[k]
	}
}

// name compiles a bound name, applied where it is an operator.
func (u *unit) name(x *tla.Bound, at context) expr {
	b := at.env.find(x.Param)
	if b == nil {
		refuse(x, "a name that nothing binds")
	}
	if x.Param.Arity == 0 {
		return u.bound(b, at.primed)
	}
	o, inner := u.operatorOf(x, b)
	return u.callOf(x, o, x.Args, inner, at)
}

// operatorOf finds the operator that an argument names, and what its body sees.
func (u *unit) operatorOf(x tla.Expr, b *binding) (*tla.Operator, *env) {
	switch tree := b.tree.(type) {
	case *tla.Call:
		return tree.Operator, b.env
	case *tla.Bound:
		if outer := b.env.find(tree.Param); outer != nil {
			return u.operatorOf(x, outer)
		}
	case *tla.Declared:
		if by := u.spec.module.Operators[u.spec.config.Replace[tree.Name]]; by != nil {
			return by, nil
		}
	}
	refuse(x, "an operator that is not known")
	return nil, nil
}

func (u *unit) call(x *tla.Call, at context) expr {
	return u.callOf(x, x.Operator, x.Args, at.env, at)
}

// callOf compiles an operator with its arguments; its body sees the names of seen, they those where it is called.
func (u *unit) callOf(x tla.Expr, o *tla.Operator, args []tla.Expr, seen *env, at context) expr {
	if v, ok := u.spec.overridden[o]; ok {
		return constant(v)
	}
	o = u.spec.inPlace(o)
	if len(args) != len(o.Params) && o.Body != nil {
		refuse(x, "%d arguments for the operator %s of %d", len(args), o.Name, len(o.Params))
	}
	if o.Body == nil {
		return u.standard(x, o, args, at)
	}
	if len(args) == 0 {
		return u.once(o, context{seen, at.primed})
	}
	return u.expr(o.Body, context{u.parameters(o, args, seen, at), at.primed})
}

// parameters returns the names that the body of o sees, its own standing for the arguments.
func (u *unit) parameters(o *tla.Operator, args []tla.Expr, seen *env, at context) *env {
	for k, p := range o.Params {
		seen = seen.with(p, &binding{tree: args[k], env: at.env})
	}
	return seen
}

// body returns the body of the operator that x calls, and where it stands; false for what has none here.
func (u *unit) body(x tla.Expr, at context) (tla.Expr, context, *tla.Operator, bool) {
	call, ok := x.(*tla.Call)
	if !ok {
		return nil, at, nil, false
	}
	o := u.spec.inPlace(call.Operator)
	if _, given := u.spec.overridden[call.Operator]; given || o.Body == nil || len(call.Args) != len(o.Params) {
		return nil, at, nil, false
	}
	return o.Body, context{u.parameters(o, call.Args, at.env, at), at.primed}, o, true
}

// once compiles an operator without parameters: wherever it is called its value is the same while what it sees is.
func (u *unit) once(o *tla.Operator, at context) expr {
	key := fmt.Sprintf("%p %v", o, at.primed)
	if at.env != nil {
		key += fmt.Sprintf(" %p", at.env.old)
	}
	for _, p := range u.spec.free(o) {
		key += fmt.Sprintf(" %p", at.env.find(p))
	}
	kept, ok := u.kept[key]
	if !ok {
		kept.needs = u.needing(func() { kept.x = u.expr(o.Body, at) })
		if !cheap(o.Body) {
			kept.x = u.memo(kept.x, kept.needs)
		}
		u.kept[key] = kept
	}
	u.need(kept.needs)
	return kept.x
}

// keptExpr is an operator without parameters that was compiled.
type keptExpr struct {
	x     expr
	needs needs
}

// free are the names of others that the body of an operator sees.
func (s *Spec) free(o *tla.Operator) []*tla.Param {
	if known, ok := s.frees[o]; ok {
		return known
	}
	s.frees[o] = nil // while it is asked
	var seen, own []*tla.Param
	own = append(own, o.Params...)
	var walk func(tla.Expr)
	walk = func(e tla.Expr) {
		switch x := e.(type) {
		case *tla.Bound:
			seen = append(seen, x.Param)
		case *tla.Quantified:
			for _, r := range x.Ranges {
				own = append(own, r.Names...)
			}
		case *tla.Call:
			if s.module.Operators[x.Operator.Name] != x.Operator {
				seen = append(seen, s.free(x.Operator)...)
			}
		}
		children(e, walk)
	}
	if o.Body != nil {
		walk(o.Body)
	}
	free := slices.DeleteFunc(seen, func(p *tla.Param) bool { return slices.Contains(own, p) })
	s.frees[o] = free
	return free
}
