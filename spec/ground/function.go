package ground

import (
	"slices"
	"strings"
	"sync"
)

// Pair is a field of a record, or a place of a function, with its value.
type Pair struct {
	Name  string
	Value Value
}

// RecordOf returns a record. No name may come twice.
func RecordOf(fields ...Pair) Value {
	names := make([]string, len(fields))
	for k, f := range fields {
		names[k] = f.Name
	}
	s, order := shapeOf(names)
	items := make([]Value, len(fields))
	for k, at := range order {
		items[at] = fields[k].Value
	}
	return recordValue(s, items)
}

// Fields returns what makes records with these names, of their values in the same order, at less cost than RecordOf.
func Fields(names ...string) func(values ...Value) Value {
	s, order := shapeOf(names)
	return func(values ...Value) Value {
		items := make([]Value, len(order))
		for k, at := range order {
			items[at] = values[k]
		}
		return recordValue(s, items)
	}
}

func recordValue(s *shape, items []Value) Value {
	if len(items) == 0 {
		return emptySequence
	}
	return Value{0, &object{kind: Record, items: items, shape: s}}
}

// shapes are those of records that there are, each once, by their sorted names.
var shapes sync.Map // of string to *shape

// shapeOf returns the shape of records with these names, and the place of each in it.
func shapeOf(names []string) (*shape, []int) {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	order := make([]int, len(names))
	for k, name := range names {
		order[k], _ = slices.BinarySearch(sorted, name)
	}
	key := strings.Join(sorted, "\x00")
	if s, ok := shapes.Load(key); ok {
		return s.(*shape), order
	}
	s := &shape{}
	for _, name := range sorted {
		s.names = append(s.names, interned(String, name))
	}
	kept, _ := shapes.LoadOrStore(key, s)
	return kept.(*shape), order
}

// FunctionOf returns the function that maps each key to the value at the same place. It takes both over.
func FunctionOf(keys, values []Value) Value {
	if !slices.IsSortedFunc(keys, Compare) {
		order := make([]int, len(keys))
		for k := range order {
			order[k] = k
		}
		slices.SortFunc(order, func(a, b int) int { return Compare(keys[a], keys[b]) })
		k, v := make([]Value, len(keys)), make([]Value, len(keys))
		for to, from := range order {
			k[to], v[to] = keys[from], values[from]
		}
		keys, values = k, v
	}
	return functionOver(keys, values)
}

// functionOver is FunctionOf of keys that are sorted, which it does not take over.
func functionOver(keys, values []Value) Value {
	switch {
	case len(keys) == 0:
		return emptySequence
	case isDomainOfSequence(keys):
		return Seq(values...)
	case keys[0].Kind() == String && keys[len(keys)-1].Kind() == String:
		names := make([]string, len(keys))
		for k, key := range keys {
			names[k] = key.o.shape.text
		}
		s, _ := shapeOf(names)
		return recordValue(s, values)
	}
	return Value{0, &object{kind: Function, items: values, shape: &shape{keys: keys}}}
}

func isDomainOfSequence(keys []Value) bool {
	return keys[0] == Int(1) && keys[len(keys)-1] == Int(len(keys))
}

// domain is DOMAIN f.
func domain(f Value) Value {
	switch f.Kind() {
	case Sequence:
		return interval(1, int64(f.Len()))
	case Record:
		keys := make([]Value, len(f.o.shape.names))
		for k, name := range f.o.shape.names {
			keys[k] = Value{0, name}
		}
		return sortedSet(keys)
	case Function:
		return sortedSet(f.o.shape.keys)
	}
	fail("expected a function, not %v", f)
	return f
}

// place returns where among the items of f stands what key maps to; -1 if key is not in the domain.
func place(f, key Value) int {
	switch f.Kind() {
	case Sequence:
		if _, length := f.span(); key.o == integerObject && key.n >= 1 && key.n <= int64(length) {
			return int(key.n) - 1
		}
	case Record:
		return slices.Index(f.o.shape.names, key.o)
	case Function:
		if k, found := slices.BinarySearchFunc(f.o.shape.keys, key, Compare); found {
			return k
		}
	default:
		fail("expected a function, not %v", f)
	}
	return -1
}

// Apply returns f[key] of a sequence, record or function.
func (v Value) Apply(key Value) Value {
	k := place(v, key)
	if k < 0 {
		fail("%v is not in the domain of %v", key, v)
	}
	return v.items()[k]
}

// with returns f with another value at one place of its items.
func with(f Value, at int, value Value) Value {
	old := f.items()
	if old[at] == value {
		return f
	}
	items := make([]Value, len(old))
	copy(items, old)
	items[at] = value
	if f.o.kind == Sequence {
		return Seq(items...)
	}
	return Value{0, &object{kind: f.o.kind, items: items, shape: f.o.shape}}
}

// merged is f @@ g: where both map a key, as f does.
func merged(f, g Value) Value {
	var keys []Value
	keys = append(keys, domain(f).items()...)
	for _, key := range domain(g).items() {
		if place(f, key) < 0 {
			keys = append(keys, key)
		}
	}
	values := make([]Value, len(keys))
	for k, key := range keys {
		if place(f, key) >= 0 {
			values[k] = f.Apply(key)
		} else {
			values[k] = g.Apply(key)
		}
	}
	return FunctionOf(keys, values)
}
