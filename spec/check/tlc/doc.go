// Package tlc runs TLC, the model checker of TLA+, on a bounded model and says
// what came of it in the words of the specification: which property broke, which
// actions fired and how often, how many states there are.
//
// It is written for TLC 2.18 of 20 March 2023 (release 1.7.3) and reads what that
// version prints. Jar finds or fetches it, ParseModel reads the declaration at the
// head of a .cfg, Run runs it. Nothing is left behind in the folder of the
// specification: TLC's files go to a folder of their own, which Run removes.
//
// Not here: what a verdict means for a build (package main, one folder up).
package tlc
