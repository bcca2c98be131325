package ground

import "slices"

// SetOf returns the set of the members, which it takes over.
func SetOf(members ...Value) Value {
	if len(members) == 0 {
		return emptySet
	}
	if !slices.IsSortedFunc(members, Compare) {
		slices.SortFunc(members, Compare)
	}
	return sortedSet(slices.CompactFunc(members, Equal))
}

// sortedSet takes over members that are sorted, each once.
func sortedSet(members []Value) Value {
	if len(members) == 0 {
		return emptySet
	}
	return Value{0, &object{kind: Set, items: members}}
}

// Has reports whether v is a member of a set.
func (v Value) Has(member Value) bool {
	items := v.want(Set).o.items
	if len(items) <= 8 {
		for _, m := range items {
			if Equal(m, member) {
				return true
			}
		}
		return false
	}
	_, found := slices.BinarySearchFunc(items, member, Compare)
	return found
}

// interval is a..b.
func interval(a, b int64) Value {
	if b < a {
		return emptySet
	}
	members := make([]Value, 0, b-a+1)
	for n := a; n <= b; n++ {
		members = append(members, Value{n, integerObject})
	}
	return sortedSet(members)
}

func union(a, b Value) Value {
	x, y := a.want(Set).o.items, b.want(Set).o.items
	if len(x) == 0 {
		return b
	}
	if len(y) == 0 {
		return a
	}
	both := make([]Value, 0, len(x)+len(y))
	for len(x) > 0 && len(y) > 0 {
		switch c := Compare(x[0], y[0]); {
		case c < 0:
			both, x = append(both, x[0]), x[1:]
		case c > 0:
			both, y = append(both, y[0]), y[1:]
		default:
			both, x, y = append(both, x[0]), x[1:], y[1:]
		}
	}
	return sortedSet(append(append(both, x...), y...))
}

func intersection(a, b Value) Value {
	return kept(a, func(m Value) bool { return b.Has(m) })
}

func difference(a, b Value) Value {
	if len(b.want(Set).o.items) == 0 {
		return a.want(Set)
	}
	return kept(a, func(m Value) bool { return !b.Has(m) })
}

func kept(set Value, keep func(Value) bool) Value {
	var members []Value
	for _, m := range set.want(Set).o.items {
		if keep(m) {
			members = append(members, m)
		}
	}
	return sortedSet(members)
}

// mostMembers bounds a set whose subsets, or a set of functions, are listed one by one.
const mostMembers = 1 << 20

// subsets is SUBSET set.
func subsets(set Value) Value {
	items := set.want(Set).o.items
	if len(items) > 20 {
		fail("SUBSET of a set of %d members", len(items))
	}
	all := make([]Value, 0, 1<<len(items))
	for bits := range 1 << len(items) {
		var members []Value
		for k, m := range items {
			if bits&(1<<k) != 0 {
				members = append(members, m)
			}
		}
		all = append(all, sortedSet(members))
	}
	return SetOf(all...)
}

// choices calls yield with every way to take one member of each set; what it is given is its own.
func choices(sets []Value, yield func([]Value)) {
	total := 1
	for _, s := range sets {
		if total *= len(s.want(Set).o.items); total > mostMembers {
			fail("a set of more than %d functions", mostMembers)
		}
	}
	for n := range total {
		taken := make([]Value, len(sets))
		for k, s := range sets {
			taken[k], n = s.o.items[n%s.Len()], n/s.Len()
		}
		yield(taken)
	}
}
