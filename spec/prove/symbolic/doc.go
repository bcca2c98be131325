// Package symbolic evaluates TLA+ (trees of spec/tla) to terms of logic (spec/prove/smt): a state's variables are functions of no
// known value, and what an action, a guard or a property says of them is a term.
//
// There is one walk of the tree. A World says what the sets are that the constants leave open: in an Unbounded one, Server is a sort
// of which nothing is known and quantifiers stay quantifiers; in a Bounded one all sets are finite, and quantifiers are written out.
//
// A module says what shape its variables have in an operator Types (see Shapes). Three things have a meaning here that is not read from
// the tree, because no solver would find it: a family of sets {Q \in SUBSET Server : majority of Q} is a sort of which any two elements
// meet, and a set of nodes that contains one is in it; of `CHOOSE k \in S : \A o \in S : o <= k`, S being numbers, no more is asked than that S is not empty (see Row.Obligations); and
// operators named opaque keep their definition to themselves.
package symbolic
