package smt

// Given says what functions are: the value of one for values, or nil where it is not known.
type Given func(f *Function, args []*Term) *Term

// Evaluate returns what t is where the functions in it are given, or nil where something is asked for that is not known. What
// decides is asked first to last: of a conjunction nothing behind what is false. There are no quantifiers in t.
func Evaluate(t *Term, given Given, bound map[*Term]*Term) *Term {
	switch t.kind {
	case kindNumber, kindElement:
		return t
	case kindBound:
		return bound[t]
	case kindApply:
		args := make([]*Term, len(t.args))
		for k, a := range t.args {
			if args[k] = Evaluate(a, given, bound); args[k] == nil {
				return nil
			}
		}
		return given(t.function, args)
	case kindBuiltin:
		return evaluateBuiltin(t, given, bound)
	}
	panic("smt: a quantifier is evaluated")
}

func evaluateBuiltin(t *Term, given Given, bound map[*Term]*Term) *Term {
	switch t.name {
	case "and", "or":
		return evaluateList(t, given, bound)
	case "=>":
		a := Evaluate(t.args[0], given, bound)
		if a == nil || a == False {
			return orNil(a, True)
		}
		return Evaluate(t.args[1], given, bound)
	case "ite":
		c := Evaluate(t.args[0], given, bound)
		if c == nil {
			return nil
		}
		if c == True {
			return Evaluate(t.args[1], given, bound)
		}
		return Evaluate(t.args[2], given, bound)
	}
	args := make([]*Term, len(t.args))
	for k, a := range t.args {
		if args[k] = Evaluate(a, given, bound); args[k] == nil {
			return nil
		}
	}
	switch t.name {
	case "not":
		return Not(args[0])
	case "=":
		return Equal(args[0], args[1])
	case "<=":
		return AtMost(args[0], args[1])
	case "<":
		return Less(args[0], args[1])
	case "+":
		return Plus(args[0], args[1])
	case "-":
		return Minus(args[0], args[1])
	}
	panic("smt: no value is known of " + t.name)
}

func orNil(a, b *Term) *Term {
	if a == nil {
		return nil
	}
	return b
}

// evaluateList ends at what decides; what is not known before that leaves the rest to be asked.
func evaluateList(t *Term, given Given, bound map[*Term]*Term) *Term {
	decides, none := False, True
	if t.name == "or" {
		decides, none = True, False
	}
	all := none
	for _, a := range t.args {
		switch v := Evaluate(a, given, bound); v {
		case nil:
			all = nil
		case decides:
			return decides
		}
	}
	return all
}
