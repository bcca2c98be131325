// Package tlc runs TLC, the model checker of TLA+, on a bounded model and says
// what came of it in the words of the specification: which property broke, which
// actions fired and how often, how many states there are.
//
// It is written for TLC 2.18 of 20 March 2023 (release 1.7.3) and reads what that
// version prints. Jar finds or fetches it, ParseModel reads the declaration at the
// head of a .cfg, Run runs it. Nothing is left behind in the folder of the
// specification: TLC's files go to a folder of their own, which Run removes.
//
// A .cfg begins with what it is for, one comment a line. The first four are needed:
//
//	\* module: MCRaft
//	\* shows: two writes pending while nodes crash
//	\* bounds: 2 nodes, T2 L2 P2 C1
//	\* expect: pass                  or the one property that must be violated
//	\* checks: all but OnlyPossible  what is checked, for whoever writes the lists (Model.Complete)
//	\* mutant: vote-ignores-log      the seeded bug, for a model that must fail
//	\* never: Lose, Restart          actions that these bounds switch off
//	\* fast: yes                     belongs to the set that runs in seconds
//	\* timeout: 120                  seconds
//	\* states: 61,009               distinct ones, of a model that must hold
//	\* parity: yes                  its states are compared with the Go core's; fast: in seconds
//	\* reaches: InstalledJoint       moments that must come, of those that proptest/explore knows
//	\* explored: 1,142,744           states; too many for TLC, proptest/explore alone searches it
//
// Two things are not the same in every run with more than one worker: the depth,
// and how far a run comes before it meets a violation.
//
// Not here: what a verdict means for a build (package main, one folder up).
package tlc
