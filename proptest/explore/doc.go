// Package explore reaches every state that raft/protocol can reach within the bounds of
// a model of the specification, and compares the set of these states with the set that
// TLC reaches from the TLA+ text under the same bounds.
//
// The shipping code is the next-state relation: a breadth-first search takes every
// enabled action of every node from every state, with every parameter the bounds allow.
// Only the network, which has no twin in raft/protocol, and the bounds are written a
// second time (network.go, bounds.go); constants are read from the model's own .cfg.
// TLC prints each distinct state on one line; the line is turned into the encoding that
// AppendState gives, and the two sets are compared state by state.
//
// Two comparisons are made: the distinct states, as sets; and for each action how many
// steps it takes over all states. The first shows that the code does nothing that the
// specification forbids and leaves out nothing that it allows, as far as a state can tell;
// the second that each action is enabled equally often. (TLC takes a step once for each
// disjunct that it meets in an action, so MCRaft keeps bounds out of disjunctions.)
//
// A state is what a node keeps; what its host does is what the Output of an action says. The
// messages of an Output make the network's part of a state. Its writes are in no state, so
// every step is held to them: they must make of the disk what the step made pending (output.go).
//
// What it does not show. The scope is small: a few nodes, terms and entries. A model with
// SYMMETRY, VIEW or CONSTRAINT is refused, since what is counted then is something else.
// Policy (package raft), payloads and I/O are not here at all.
//
// Cost. Nothing is cloned. The codec makes bytes of a node and of a message and these
// become numbers (Parts), so that a global state is a few numbers. What an action makes
// of a node depends on that node, the action and its message alone, so each such step runs
// once and is remembered. That rests on two assumptions, which every search asserts: the same
// step gives the same result twice, and all state that matters is in the encoding. The latter
// from both sides: each step is taken once more by a node that never saw the codec but lived
// through all actions from its beginning (lived.go); and whatever TLC prints of a node or of
// the network must come back, to the last field, from the encoding that it was read as
// (convert.go).
package explore
