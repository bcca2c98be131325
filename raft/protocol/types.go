package protocol

import "math/bits"

// Term numbers a period of at most one leader (§5.1). 0 is before any election.
type Term uint64

// ReadID numbers the reads of a leader within its term, from 1; 0 is none.
type ReadID uint64

// Index is a place in the log. The first entry stands at 1; 0 is the base before it.
type Index uint64

// NodeID names one node of a cluster. Valid ids are 1 to MaxNodeID; 0 is Nil, no node.
type NodeID uint8

// Nil is the vote of a node that has not voted.
const Nil NodeID = 0

// MaxNodeID is the highest id, so that a set of nodes is one machine word.
const MaxNodeID NodeID = 63

// NodeSet is a set of nodes; bit k is node k.
type NodeSet uint64

// Nodes returns the set of ids.
func Nodes(ids ...NodeID) NodeSet {
	var s NodeSet
	for _, id := range ids {
		s = s.With(id)
	}
	return s
}

// Has reports whether id is in the set.
func (s NodeSet) Has(id NodeID) bool { return s&(1<<id) != 0 }

// With returns the set and id.
func (s NodeSet) With(id NodeID) NodeSet { return s | 1<<id }

// Without returns the set but for id.
func (s NodeSet) Without(id NodeID) NodeSet { return s &^ (1 << id) }

// Union returns the members of either set.
func (s NodeSet) Union(t NodeSet) NodeSet { return s | t }

// Intersect returns the members of both sets.
func (s NodeSet) Intersect(t NodeSet) NodeSet { return s & t }

// Len returns the number of members.
func (s NodeSet) Len() int { return bits.OnesCount64(uint64(s)) }

// Next returns the lowest member above id, or Nil; Next(Nil) is the lowest of all.
func (s NodeSet) Next(id NodeID) NodeID {
	above := uint64(s) &^ (1<<(id+1) - 1)
	if above == 0 {
		return Nil
	}
	return NodeID(bits.TrailingZeros64(above))
}

// Value is the kind of an entry. The core never holds a payload: the host keeps
// the bytes and attaches them while an output is executed.
type Value uint8

// The kinds of entries.
const (
	Command Value = 1 // what a client proposed
	NoOp    Value = 2 // what a new leader appends so that it can commit (§8)

	Configured Value = 3 // who decides from here on (§6)
)

// Entry is what the core knows of one log entry.
type Entry struct {
	Term          Term
	Value         Value
	Configuration Configuration // of a Configured one
}
