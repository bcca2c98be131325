package ground

import "github.com/eventstreamcore/semel/spec/tla"

// children calls yield with each part of e.
func children(e tla.Expr, yield func(tla.Expr)) {
	for _, part := range parts(e) {
		yield(part)
	}
}

// parts are those of e, in order; of a name or an operator its arguments.
func parts(e tla.Expr) []tla.Expr {
	switch x := e.(type) {
	case *tla.Declared:
		return x.Args
	case *tla.Bound:
		return x.Args
	case *tla.Call:
		return x.Args
	case *tla.Builtin:
		return x.Args
	case *tla.SetOf:
		return x.Elements
	case *tla.Tuple:
		return x.Elements
	case *tla.Product:
		return x.Factors
	case *tla.Apply:
		return []tla.Expr{x.Function, x.Argument}
	case *tla.Field:
		return []tla.Expr{x.Record}
	case *tla.FunctionSet:
		return []tla.Expr{x.From, x.To}
	case *tla.If:
		return []tla.Expr{x.Condition, x.Then, x.Else}
	}
	return manyParts(e)
}

// manyParts are the parts of what has them in lists of its own.
func manyParts(e tla.Expr) (list []tla.Expr) {
	switch x := e.(type) {
	case *tla.Quantified:
		for _, r := range x.Ranges {
			list = append(list, r.Set)
		}
		list = append(list, x.Body)
	case *tla.Record:
		_, list = fieldsOf(x.Fields)
	case *tla.RecordSet:
		_, list = fieldsOf(x.Fields)
	case *tla.Except:
		list = append(list, x.Function)
		for _, c := range x.Changes {
			list = append(append(list, c.Path...), c.Value)
		}
	case *tla.Case:
		for _, a := range x.Arms {
			list = append(list, a.Guard, a.Value)
		}
		if x.Other != nil {
			list = append(list, x.Other)
		}
	}
	return list
}

// speaksOfNext reports whether an operator's body speaks of a next state; of what its parameters are it says nothing.
func (s *Spec) speaksOfNext(o *tla.Operator) bool {
	o = s.inPlace(o)
	known, ok := s.primes[o]
	if !ok && o.Body != nil {
		s.primes[o] = false // while it is asked
		known = s.speaks(o.Body, func(*tla.Param) bool { return false })
		s.primes[o] = known
	}
	return known
}

// speaks reports whether e speaks of a next state, where of says it of what parameters stand for.
func (s *Spec) speaks(e tla.Expr, of func(*tla.Param) bool) bool {
	found := false
	switch x := e.(type) {
	case *tla.Builtin:
		found = x.Op == "'" || x.Op == "UNCHANGED"
	case *tla.Call:
		found = s.speaksOfNext(x.Operator)
	case *tla.Declared:
		by := s.module.Operators[s.config.Replace[x.Name]]
		found = by != nil && s.speaksOfNext(by)
	case *tla.Bound:
		found = of(x.Param)
	}
	if !found {
		children(e, func(part tla.Expr) { found = found || s.speaks(part, of) })
	}
	return found
}
