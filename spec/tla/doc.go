// Package tla reads modules of TLA+ as SANY, TLC's own parser, has understood them: every name is resolved, every operator's
// body is a tree of the few kinds of node in expr.go. Load runs SANY, Parse reads what it wrote. Nothing is evaluated here:
// spec/prove turns the trees into questions for a solver, spec/ground evaluates them on given states.
//
// What a tree says is what the module says: no operator is rewritten, left out or known by its name. A construct that no node stands
// for is an error (ErrConstruct), with its place.
package tla
