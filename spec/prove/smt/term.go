package smt

import (
	"hash/maphash"
	"slices"
)

// Sort is what a term stands for an element of.
type Sort string

// The sorts that the solver knows by itself. All others are declared.
const (
	Bool Sort = "Bool"
	Int  Sort = "Int"
)

// Function is an uninterpreted function; one without arguments is a constant.
type Function struct {
	Name string
	From []Sort
	To   Sort
}

type kind int

const (
	kindNumber  kind = iota // number
	kindElement             // of an enumeration: two of different name differ
	kindBound               // a variable of a quantifier or definition
	kindApply               // function, args
	kindBuiltin             // name, args
	kindForAll              // vars, args[0]
	kindExists
)

// Term is a term; it does not change. The zero value is none.
type Term struct {
	kind     kind
	sort     Sort
	name     string // of an element, a bound variable, or the operator
	number   int
	function *Function
	args     []*Term
	vars     []*Term
	hash     uint64
}

// Sort returns the sort of t.
func (t *Term) Sort() Sort { return t.sort }

// Number returns the number that t is.
func (t *Term) Number() (int, bool) { return t.number, t.kind == kindNumber }

// Element returns the name of the element of an enumeration that t is.
func (t *Term) Element() (string, bool) { return t.name, t.kind == kindElement }

// Truth returns the truth that t has folded to, if it has.
func (t *Term) Truth() (value, known bool) { return t == True, t == True || t == False }

// Hash is the same for terms that are the same.
func (t *Term) Hash() uint64 { return t.hash }

var seed = maphash.MakeSeed()

func finish(t *Term) *Term {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, int(t.kind))
	maphash.WriteComparable(&h, t.sort)
	h.WriteString(t.name)
	maphash.WriteComparable(&h, t.number)
	maphash.WriteComparable(&h, t.function)
	for _, a := range t.vars {
		maphash.WriteComparable(&h, a.hash)
	}
	for _, a := range t.args {
		maphash.WriteComparable(&h, a.hash)
	}
	t.hash = h.Sum64()
	return t
}

// Same reports whether two terms are built alike.
func Same(a, b *Term) bool {
	if a == b {
		return true
	}
	return a.hash == b.hash && a.kind == b.kind && a.sort == b.sort && a.name == b.name && a.number == b.number && a.function == b.function &&
		slices.EqualFunc(a.vars, b.vars, Same) && slices.EqualFunc(a.args, b.args, Same)
}

// True and False are the two truths: no other term of that meaning is built.
var (
	True  = finish(&Term{kind: kindElement, sort: Bool, name: "true"})
	False = finish(&Term{kind: kindElement, sort: Bool, name: "false"})
)

// Truth returns True or False.
func Truth(b bool) *Term {
	if b {
		return True
	}
	return False
}

// Number returns a number.
func Number(n int) *Term { return finish(&Term{kind: kindNumber, sort: Int, number: n}) }

// Element returns an element of an enumeration.
func Element(s Sort, name string) *Term { return finish(&Term{kind: kindElement, sort: s, name: name}) }

// Bound returns a variable for ForAll, Exists or a Definition.
func Bound(s Sort, name string) *Term { return finish(&Term{kind: kindBound, sort: s, name: name}) }

// Apply applies a function.
func Apply(f *Function, args ...*Term) *Term {
	return finish(&Term{kind: kindApply, sort: f.To, function: f, args: args})
}

func builtin(s Sort, name string, args ...*Term) *Term {
	return finish(&Term{kind: kindBuiltin, sort: s, name: name, args: args})
}

// Plain reports whether t is small: a function's value, a variable, or what has folded.
func (t *Term) Plain() bool {
	return t.kind != kindBuiltin && t.kind != kindForAll && t.kind != kindExists
}

// IsZero reports whether t is the number 0.
func (t *Term) IsZero() bool { return t.kind == kindNumber && t.number == 0 }

// Constant reports whether t is a constant: unknown, or known.
func (t *Term) Constant() bool { return t.fixed() || t.kind == kindApply && len(t.args) == 0 }

// Function returns the function that t applies, or nil.
func (t *Term) Function() *Function { return t.function }

// Conjuncts are the parts of a conjunction; of anything else, itself.
func (t *Term) Conjuncts() []*Term {
	if t.kind == kindBuiltin && t.name == "and" {
		return t.args
	}
	return []*Term{t}
}
