package tla

// Walk calls do for x and all that it is made of. The operators that it calls are not entered.
func Walk(x Expr, do func(Expr)) {
	if x == nil {
		return
	}
	do(x)
	for _, part := range parts(x) {
		Walk(part, do)
	}
}

// parts are the expressions right under x.
func parts(x Expr) []Expr {
	switch x := x.(type) {
	case *Declared:
		return x.Args
	case *Bound:
		return x.Args
	case *Call:
		return x.Args
	case *Builtin:
		return x.Args
	case *Quantified:
		var all []Expr
		for _, r := range x.Ranges {
			all = append(all, r.Set)
		}
		return append(all, x.Body)
	case *Apply:
		return []Expr{x.Function, x.Argument}
	case *Field:
		return []Expr{x.Record}
	case *If:
		return []Expr{x.Condition, x.Then, x.Else}
	case *Case:
		var all []Expr
		for _, a := range x.Arms {
			all = append(all, a.Guard, a.Value)
		}
		if x.Other != nil {
			all = append(all, x.Other)
		}
		return all
	}
	return members(x)
}

// members are the parts of what is made of parts.
func members(x Expr) []Expr {
	switch x := x.(type) {
	case *Record:
		return values(x.Fields)
	case *RecordSet:
		return values(x.Fields)
	case *SetOf:
		return x.Elements
	case *Tuple:
		return x.Elements
	case *FunctionSet:
		return []Expr{x.From, x.To}
	case *Product:
		return x.Factors
	case *Except:
		all := []Expr{x.Function}
		for _, c := range x.Changes {
			all = append(append(all, c.Path...), c.Value)
		}
		return all
	}
	return nil
}

func values(fields []Named) []Expr {
	var all []Expr
	for _, f := range fields {
		all = append(all, f.Value)
	}
	return all
}
