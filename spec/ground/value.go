package ground

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
)

// Kind tells values apart.
type Kind uint8

// The kinds. A function over 1..n is a Sequence and one over strings is a Record; Function is every other one.
const (
	Boolean Kind = iota + 1
	Integer
	String
	ModelValue // equal to itself alone, and comparable with everything
	Set
	Sequence
	Record
	Function
)

func (k Kind) String() string {
	return [...]string{"nothing", "a boolean", "an integer", "a string", "a model value", "a set", "a sequence", "a record", "a function"}[k]
}

// Value is a value of TLA+. The zero Value is none.
type Value struct {
	n int64 // of an integer or boolean; of a sequence: where it starts in items, and its length
	o *object
}

// object is what a value stands for beyond n. But for used it never changes.
type object struct {
	kind  Kind
	used  atomic.Int32 // of a sequence: how many of items some value has
	items []Value      // members of a set, sorted; of a sequence; what names or keys map to
	shape *shape
}

// shape is what many values have in common.
type shape struct {
	text  string    // of a string or model value
	names []*object // of a record: strings, sorted
	keys  []Value   // of a function: sorted
}

var (
	booleanObject = &object{kind: Boolean}
	integerObject = &object{kind: Integer}
	emptySet      = Value{0, &object{kind: Set}}
	emptySequence = Value{0, &object{kind: Sequence}}
)

// words are the strings and model values that there are, each once. They are few and looked up at each step, so who adds one copies
// all the others, and who looks does not wait.
var (
	words  atomic.Pointer[map[word]*object]
	adding sync.Mutex
)

type word struct {
	kind Kind
	text string
}

func init() { words.Store(&map[word]*object{}) }

func interned(kind Kind, text string) *object {
	key := word{kind, text}
	if o := (*words.Load())[key]; o != nil {
		return o
	}
	adding.Lock()
	defer adding.Unlock()
	if o := (*words.Load())[key]; o != nil {
		return o
	}
	more := maps.Clone(*words.Load())
	o := &object{kind: kind, shape: &shape{text: text}}
	more[key] = o
	words.Store(&more)
	return o
}

// Bool returns TRUE or FALSE.
func Bool(b bool) Value {
	if b {
		return Value{1, booleanObject}
	}
	return Value{0, booleanObject}
}

// Int returns an integer.
func Int(n int) Value { return Value{int64(n), integerObject} }

// Text returns a string.
func Text(s string) Value { return Value{0, interned(String, s)} }

// Model returns a model value, as a .cfg names them.
func Model(name string) Value { return Value{0, interned(ModelValue, name)} }

// Kind returns what v is; 0 of the zero Value.
func (v Value) Kind() Kind {
	if v.o == nil {
		return 0
	}
	return v.o.kind
}

// AsInt returns the integer that v is.
func (v Value) AsInt() int { return int(v.want(Integer).n) }

// AsBool reports whether v, a boolean, is TRUE.
func (v Value) AsBool() bool { return v.want(Boolean).n == 1 }

// AsText returns the string, or the model value's name, that v is.
func (v Value) AsText() string {
	if v.Kind() != ModelValue {
		v.want(String)
	}
	return v.o.shape.text
}

// want panics where v is of another kind: the caller's fault, or within an evaluation an error of it.
func (v Value) want(k Kind) Value {
	if v.Kind() != k {
		fail("expected %v, not %v", k, v)
	}
	return v
}

// Len returns how many members or places v has: a set, sequence, record or function.
func (v Value) Len() int {
	if v.Kind() < Set {
		fail("expected a set or a function, not %v", v)
	}
	return len(v.items())
}

// items are the members of a set, or what a function maps to, in order. They are not to be changed.
func (v Value) items() []Value {
	if v.o.kind != Sequence {
		return v.o.items
	}
	start, length := v.span()
	return v.o.items[start : start+length : start+length]
}

// At returns the member at k of a set's order or the item at k of a sequence, from 0.
func (v Value) At(k int) Value { return v.items()[k] }

// Field returns what a record has under a name.
func (v Value) Field(name string) Value {
	v.want(Record)
	value, ok := v.named(name)
	if !ok {
		fail("no field %q in %v", name, v)
	}
	return value
}

// Lookup returns what a record has under a name, where it has it.
func (v Value) Lookup(name string) (Value, bool) {
	v.want(Record)
	return v.named(name)
}

func (v Value) named(name string) (Value, bool) {
	for k, n := range v.o.shape.names {
		if n.shape.text == name {
			return v.o.items[k], true
		}
	}
	return Value{}, false
}

func (v Value) field(name *object) (Value, bool) {
	for k, n := range v.o.shape.names {
		if n == name {
			return v.o.items[k], true
		}
	}
	return Value{}, false
}

// evaluationError is what ends an evaluation.
type evaluationError struct{ error }

// fail ends an evaluation; whoever began it returns the error.
func fail(format string, args ...any) {
	panic(evaluationError{fmt.Errorf("%w: "+format, append([]any{ErrEvaluation}, args...)...)})
}
