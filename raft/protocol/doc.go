// Package protocol is the mechanism of Raft: the specification in spec/*.tla as Go.
//
// Each action of the specification is one exported method of Node with the same name,
// parameters and effect; the receiver, called i as there, is the node. A method checks
// its guard, changes the state and ends in output, which decides what is written, what
// leaves now and what leaves only when the write is durable. It returns false, and has
// changed nothing, where the action is not enabled; a message it was given is then
// dropped, which is the network's Lose.
//
// Contract. The caller executes Output.Writes in order as one stream and calls Persist
// once for each write that has become durable, in that order. Messages that depend on
// a write are held inside the Node until then. After a crash the node is New with what
// the disk held. When to campaign, what to send and how much is the caller's choice
// (package raft): any choice is safe.
//
// A log may begin behind a base: what stands up to there is in a snapshot, which the core knows by its last entry. The
// caller says when one is durable (Compact), and hands an InstallSnapshot to its handler only when it has the bytes that it
// speaks of: before that the network has not delivered it. A Write whose Base differs makes the log begin there.
//
// Who decides stands in the log, too: a Configuration is an entry, in force from when it is appended (membership.go). Where there is none all
// servers decide. Whom a leader sends to, when a learner becomes a voter, and when who is no voter resigns, is the caller's choice.
//
// Assumptions. Stable storage keeps what it acknowledged. The network may lose, delay,
// repeat and reorder messages, but does not alter them.
//
// Not here: time, randomness, payloads, I/O. A Node is not safe for concurrent use.
package protocol
