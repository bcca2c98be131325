package tla

import "fmt"

// Place is where something stands: SANY's module and first line.
type Place struct {
	Module string
	Line   int
}

func (p Place) String() string { return fmt.Sprintf("%s.tla:%d", p.Module, p.Line) }

// At returns p, so that whatever has a place tells it.
func (p Place) At() Place { return p }

// Expr is a node of a tree: a pointer to one of the types below.
type Expr interface{ At() Place }

// Param is a name bound by an operator, quantifier, constructor or function: one for each binding, told apart by its address.
type Param struct {
	Name  string
	Arity int // > 0: an operator
}

// Operator is a definition. Those that a LET makes have no entry in Module.Operators.
type Operator struct {
	Place
	Name     string
	Params   []*Param
	Body     Expr // nil if Standard
	Standard bool // of a module that comes with TLC (Naturals, Sequences, FiniteSets, ...): known by Name and Place.Module
	Level    int  // 0 constant, 1 of a state, 2 of a step, 3 of a behaviour
}

type (
	// Number is a numeral.
	Number struct {
		Place
		Value int
	}
	// String is a string.
	String struct {
		Place
		Value string
	}
	// Boolean is TRUE or FALSE.
	Boolean struct {
		Place
		Value bool
	}
	// Declared is a CONSTANT or VARIABLE.
	Declared struct {
		Place
		Name     string
		Variable bool
		Args     []Expr // of a constant operator
	}
	// Bound is a bound name, applied where it is an operator.
	Bound struct {
		Place
		Param *Param
		Args  []Expr
	}
	// Call is an operator with its arguments. A LET has no node: its operators are called where they are used, and
	// their bodies see the names around the LET.
	Call struct {
		Place
		Operator *Operator
		Args     []Expr
	}
	// Builtin is an operator of the language itself: /\ \/ ~ => = # \in \notin \cup \cap \ \subseteq SUBSET UNION DOMAIN
	// ' UNCHANGED [] (always) [A]_v (its two arguments). Lists of conjuncts or disjuncts are /\ and \/ of any number.
	Builtin struct {
		Place
		Op   string
		Args []Expr
	}
	// Quantified binds names over sets and evaluates its body for each: see Quantifier.
	Quantified struct {
		Place
		Kind   Quantifier
		Ranges []Range
		Body   Expr
		Self   *Param // of a recursive function, as its body calls it; else nil
	}
	// Apply is f[x].
	Apply struct {
		Place
		Function, Argument Expr
	}
	// Field is r.name.
	Field struct {
		Place
		Record Expr
		Name   string
	}
	// Record is [name |-> value, ...].
	Record struct {
		Place
		Fields []Named
	}
	// RecordSet is [name : set, ...].
	RecordSet struct {
		Place
		Fields []Named
	}
	// SetOf is {a, b, ...}.
	SetOf struct {
		Place
		Elements []Expr
	}
	// Tuple is <<a, b, ...>>.
	Tuple struct {
		Place
		Elements []Expr
	}
	// FunctionSet is [From -> To].
	FunctionSet struct {
		Place
		From, To Expr
	}
	// Product is A \X B.
	Product struct {
		Place
		Factors []Expr
	}
	// Except is [f EXCEPT ![..] = v, ...].
	Except struct {
		Place
		Function Expr
		Changes  []Change
	}
	// Old is @ in the value of a change.
	Old struct{ Place }
	// If is IF THEN ELSE.
	If struct {
		Place
		Condition, Then, Else Expr
	}
	// Case is CASE; Other is nil where there is no OTHER.
	Case struct {
		Place
		Arms  []Arm
		Other Expr
	}
)

// Quantifier is what becomes of the body of a Quantified.
type Quantifier int

// The quantifiers.
const (
	Exists   Quantifier = iota // \E x \in S : body
	ForAll                     // \A x \in S : body
	Choose                     // CHOOSE x \in S : body
	Filter                     // {x \in S : body}
	Map                        // {body : x \in S}
	Function                   // [x \in S |-> body]
)

// Range is names and the set that each of them is taken from; of a tuple, <<a, b>> \in S, the names are parts of one element.
type Range struct {
	Names []*Param
	Tuple bool
	Set   Expr
}

// Named is a field with its value, or its set.
type Named struct {
	Name  string
	Value Expr
}

// Change is one clause of an EXCEPT. A step of its path that is a String is a field's name.
type Change struct {
	Path  []Expr
	Value Expr
}

// Arm is one clause of a CASE.
type Arm struct{ Guard, Value Expr }
