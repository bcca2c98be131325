package ground

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/eventstreamcore/semel/spec/tla"
)

// Equal reports whether both are the same value. Values of different kinds are not.
func Equal(a, b Value) bool {
	if a == b {
		return true
	}
	if a.o == nil || b.o == nil || a.o.kind != b.o.kind || a.o.kind < Set {
		return false
	}
	if a.o.shape != b.o.shape && !sameDomain(a.o.shape, b.o.shape) {
		return false
	}
	x, y := a.items(), b.items()
	if len(x) != len(y) {
		return false
	}
	if len(x) > 0 && &x[0] == &y[0] {
		return true
	}
	for k := range x {
		if !Equal(x[k], y[k]) {
			return false
		}
	}
	return true
}

func sameDomain(a, b *shape) bool {
	return a != nil && b != nil && slices.Equal(a.names, b.names) && slices.EqualFunc(a.keys, b.keys, Equal)
}

// mustCompare ends the evaluation where TLC cannot tell whether two values are equal.
func mustCompare(at tla.Expr, a, b Value) {
	x, y := a.Kind(), b.Kind()
	if x != y && x != ModelValue && y != ModelValue && (x < Sequence || y < Sequence) {
		failAt(at, "%v is %v and %v is %v: they cannot be compared", a, x, b, y)
	}
}

// Compare orders all values: by kind, integers by size, strings by text, functions by domain and then by what they map to.
func Compare(a, b Value) int {
	if a == b {
		return 0
	}
	if c := cmp.Compare(a.Kind(), b.Kind()); c != 0 || a.o == nil {
		return c
	}
	switch a.o.kind {
	case Boolean, Integer:
		return cmp.Compare(a.n, b.n)
	case String, ModelValue:
		return cmp.Compare(a.o.shape.text, b.o.shape.text)
	case Record:
		if c := slices.CompareFunc(a.o.shape.names, b.o.shape.names, func(x, y *object) int {
			return cmp.Compare(x.shape.text, y.shape.text)
		}); c != 0 {
			return c
		}
	case Function:
		if c := slices.CompareFunc(a.o.shape.keys, b.o.shape.keys, Compare); c != 0 {
			return c
		}
	}
	return slices.CompareFunc(a.items(), b.items(), Compare)
}

var seed = maphash.MakeSeed()

// Hash is the same for equal values, within one run of a program.
func Hash(v Value) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	hash(&h, v)
	return h.Sum64()
}

func hash(h *maphash.Hash, v Value) {
	_ = h.WriteByte(byte(v.Kind()))
	switch v.Kind() {
	case 0:
	case Boolean, Integer:
		for n := uint64(v.n); ; n >>= 8 {
			_ = h.WriteByte(byte(n))
			if n == 0 {
				return
			}
		}
	case String, ModelValue:
		_, _ = h.WriteString(v.o.shape.text)
	default:
		for _, item := range v.items() {
			hash(h, item)
		}
		_ = h.WriteByte(0xff)
	}
}

// Values is a set that grows, and says at a cost that does not grow with it what it has. Its zero value is empty. It is for one
// goroutine.
type Values struct{ byHash map[uint64][]Value }

// Has reports whether v is in the set.
func (s *Values) Has(v Value) bool {
	return slices.ContainsFunc(s.byHash[Hash(v)], func(o Value) bool { return Equal(o, v) })
}

// Add puts v into the set; it returns false where it was there.
func (s *Values) Add(v Value) bool {
	h := Hash(v)
	same := s.byHash[h]
	if slices.ContainsFunc(same, func(o Value) bool { return Equal(o, v) }) {
		return false
	}
	if s.byHash == nil {
		s.byHash = map[uint64][]Value{}
	}
	s.byHash[h] = append(same, v)
	return true
}
