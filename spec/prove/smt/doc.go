// Package smt has the terms of first-order logic that questions to a solver are made of, writes them in SMT-LIB 2, and runs z3.
//
// Terms simplify as they are built: what has nothing open folds to true, false, a number or an element of an enumeration. So the
// same term that is a question over any number of nodes is an answer where all nodes are given.
package smt
