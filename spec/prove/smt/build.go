package smt

// And is true if all are.
func And(terms ...*Term) *Term { return join("and", True, False, terms) }

// Or is true if one is.
func Or(terms ...*Term) *Term { return join("or", False, True, terms) }

func join(op string, none, decides *Term, terms []*Term) *Term {
	var open []*Term
	for _, t := range terms {
		switch {
		case t == decides:
			return decides
		case t == none:
		case t.kind == kindBuiltin && t.name == op:
			open = append(open, t.args...)
		default:
			open = append(open, t)
		}
	}
	open = distinct(open)
	switch len(open) {
	case 0:
		return none
	case 1:
		return open[0]
	}
	return builtin(Bool, op, open...)
}

// distinct leaves out what stands there twice.
func distinct(terms []*Term) []*Term {
	seen := make(map[uint64]*Term, len(terms))
	var out []*Term
	for _, t := range terms {
		if before, ok := seen[t.hash]; ok && Same(before, t) {
			continue
		}
		seen[t.hash] = t
		out = append(out, t)
	}
	return out
}

// Not negates.
func Not(t *Term) *Term {
	switch {
	case t == True:
		return False
	case t == False:
		return True
	case t.kind == kindBuiltin && t.name == "not":
		return t.args[0]
	}
	return builtin(Bool, "not", t)
}

// Implies is a => b.
func Implies(a, b *Term) *Term {
	switch {
	case a == True:
		return b
	case a == False || b == True:
		return True
	case b == False:
		return Not(a)
	}
	return builtin(Bool, "=>", a, b)
}

// If is b where a holds, else c.
func If(a, b, c *Term) *Term {
	switch {
	case a == True || Same(b, c):
		return b
	case a == False:
		return c
	case b == True && c == False:
		return a
	case b == False && c == True:
		return Not(a)
	case b == True:
		return Or(a, c)
	case b == False:
		return And(Not(a), c)
	case c == True:
		return Or(Not(a), b)
	case c == False:
		return And(a, b)
	}
	return builtin(b.sort, "ite", a, b, c)
}

// Equal is a = b.
func Equal(a, b *Term) *Term {
	if a.sort != b.sort {
		panic("smt: = between " + string(a.sort) + " and " + string(b.sort) + ": " + a.String() + ", " + b.String())
	}
	switch {
	case Same(a, b):
		return True
	case a.fixed() && b.fixed():
		return False
	case a == True:
		return b
	case b == True:
		return a
	case a == False:
		return Not(b)
	case b == False:
		return Not(a)
	}
	return builtin(Bool, "=", a, b)
}

func (t *Term) fixed() bool { return t.kind == kindNumber || t.kind == kindElement }

// AtMost is a <= b.
func AtMost(a, b *Term) *Term {
	if a.kind == kindNumber && b.kind == kindNumber {
		return Truth(a.number <= b.number)
	}
	if Same(a, b) {
		return True
	}
	return builtin(Bool, "<=", a, b)
}

// Less is a < b.
func Less(a, b *Term) *Term {
	if a.kind == kindNumber && b.kind == kindNumber {
		return Truth(a.number < b.number)
	}
	if Same(a, b) {
		return False
	}
	return builtin(Bool, "<", a, b)
}

// Plus is a + b; numbers added one after another are added up.
func Plus(a, b *Term) *Term {
	x, n := a.parts()
	y, k := b.parts()
	switch {
	case x == nil && y == nil:
		return Number(n + k)
	case x == nil:
		x = y
	case y != nil:
		x = builtin(Int, "+", x, y)
	}
	if n+k == 0 {
		return x
	}
	return builtin(Int, "+", x, Number(n+k))
}

// Minus is a - b.
func Minus(a, b *Term) *Term {
	if Same(a, b) {
		return Number(0)
	}
	if b.kind == kindNumber {
		return Plus(a, Number(-b.number))
	}
	if x, n := a.parts(); x != nil && Same(x, b) {
		return Number(n)
	}
	return builtin(Int, "-", a, b)
}

// parts splits off the number that is added to what is open.
func (t *Term) parts() (*Term, int) {
	switch {
	case t.kind == kindNumber:
		return nil, t.number
	case t.kind == kindBuiltin && t.name == "+" && t.args[1].kind == kindNumber:
		return t.args[0], t.args[1].number
	}
	return t, 0
}

// ForAll holds if body does for all values of vars.
func ForAll(vars []*Term, body *Term) *Term { return quantify(kindForAll, vars, body) }

// Exists holds if body does for some values of vars.
func Exists(vars []*Term, body *Term) *Term { return quantify(kindExists, vars, body) }

// quantify brings quantifiers to the front, and speaks of the parts of a conjunction one by one: what a solver matches best.
func quantify(k kind, vars []*Term, body *Term) *Term {
	if body == True || body == False || len(vars) == 0 {
		return body // no sort is empty
	}
	if k == kindForAll {
		return forAll(vars, nil, body)
	}
	if body.kind == k {
		return finish(&Term{kind: k, sort: Bool, vars: joined(vars, body.vars), args: body.args})
	}
	if body.kind == kindBuiltin && body.name == "and" {
		var flat []*Term
		for _, a := range body.args {
			if a.kind == k {
				vars, a = joined(vars, a.vars), a.args[0]
			}
			flat = append(flat, a)
		}
		body = And(flat...)
	}
	return bind(k, vars, body)
}

// bind leaves out variables that body does not speak of: no sort is empty.
func bind(k kind, vars []*Term, body *Term) *Term {
	met := map[*Term]bool{}
	free := map[uint64]bool{}
	var see func(t *Term)
	see = func(t *Term) {
		if met[t] {
			return
		}
		met[t] = true
		if t.kind == kindBound {
			free[t.hash] = true
		}
		for _, a := range t.args {
			see(a)
		}
	}
	see(body)
	var used []*Term
	for _, v := range vars {
		if free[v.hash] {
			used = append(used, v)
		}
	}
	if len(used) == 0 {
		return body
	}
	return finish(&Term{kind: k, sort: Bool, vars: used, args: []*Term{body}})
}

// forAll is body wherever the conditions hold.
func forAll(vars, conditions []*Term, body *Term) *Term {
	switch {
	case body.kind == kindForAll:
		return forAll(joined(vars, body.vars), conditions, body.args[0])
	case body.kind == kindBuiltin && body.name == "=>":
		return forAll(vars, joined(conditions, body.args[:1]), body.args[1])
	case body.kind == kindBuiltin && body.name == "and":
		var all []*Term
		for _, a := range body.args {
			all = append(all, forAll(vars, conditions, a))
		}
		return And(all...)
	}
	body = Implies(And(conditions...), body)
	if body == True || body == False {
		return body
	}
	return bind(kindForAll, vars, body)
}

func joined(a, b []*Term) []*Term { return append(a[:len(a):len(a)], b...) }
