// Package ground evaluates the specification on given states: the trees of spec/tla, compiled once into closures. It answers what
// TLC answers while it searches, without a search: which states an action makes of a given one, whether a recorded step is a step
// of the specification, and if it is none, which conjunct is false, with the values on both sides.
//
// New gives the constants their values and puts the replacements in place, as a .cfg does; Spec.Action compiles one action with its
// parameters, Spec.Formula an operator of one state.
//
// Of an action the conjuncts are taken in order, as TLC takes them: the first x' = e assigns, every later one compares; UNCHANGED
// assigns; a disjunction, \E and x' \in S give a successor for each way that holds. An operator or construct that is not known here
// is an error when it is compiled (ErrConstruct); what has no value (a place outside a sequence, a next value that is not assigned
// yet, an integer compared with a string) is an error when it is evaluated (ErrEvaluation). Neither is ever FALSE.
//
// Where TLA+ leaves open what CHOOSE takes of several values, the least is taken, in the order of Compare.
//
// # Values
//
// A Value is two words, immutable, and may be shared by goroutines. Equal values have equal texts. Functions over 1..n are
// sequences and functions over strings are records, as in TLA+. Sequences share their memory: SubSeq copies nothing, and to append
// to a sequence that was not appended to before costs what is appended.
//
// # The network
//
// messages is a set like any other, and a set costs its size whenever one is made of it. Of a recorded run, whose network has
// everything that was ever sent, evaluate instead with KeepMessages = TRUE and messages = {}: no action but Lose reads messages
// otherwise than by adding to it, so messages after the step is exactly what was sent, and whoever keeps the run's network asks it
// (Values) whether a message that is handled is there.
//
// Not here: temporal formulas, recursive operators and functions, and reals.
package ground
