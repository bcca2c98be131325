package protocol

import (
	"errors"
	"fmt"
)

// What a peer says may be wrong in any way; what is wrong about a node's own state stops it.
// A message that no correct node sends is not handled, and whoever brought it is to be
// disbelieved: no action is enabled by it, which is what Lose does to a message.

// ErrImpossible is wrapped by what CheckMessage says of a message that no correct node sends.
var ErrImpossible = errors.New("no correct node sends this")

// The greatest term and index that are decoded, and that a node goes to by itself: then
// Timeout and ClientRequest are not enabled. 2^48 terms are 8,900 years of one a
// millisecond. There is no bound on how far one message may be ahead of the next: who was
// away for long has to be able to follow.
const (
	MaxTerm  Term  = 1 << 48
	MaxIndex Index = 1 << 48

	MaxReadID ReadID = 1 << 48 // of one leader in one term
)

// CheckMessage returns an error that wraps ErrImpossible for a message that no correct node of
// i's cluster sends i as it is now, and nil for any other. It changes nothing.
func (i *Node) CheckMessage(m *Message) error {
	switch why := m.malformed(); {
	case m.To != i.id || m.From == i.id || !i.server.Has(m.From):
		return fmt.Errorf("%w: it goes from %d to %d, this is node %d of %v", ErrImpossible, m.From, m.To, i.id, i.server)
	case why != "":
		return fmt.Errorf("%w: %s: %v", ErrImpossible, why, *m)
	case impossible(i, m):
		return fmt.Errorf("%w: node %d is %v of term %d with commit index %d and last index %d, and is sent %v",
			ErrImpossible, i.id, i.role, i.currentTerm, i.commitIndex, i.log.LastIndex(), *m)
	}
	return nil
}

// malformed says in what m is like no message that message.go makes, whatever the states of
// its sender and receiver; empty for one that is.
func (m *Message) malformed() string {
	switch {
	case m.Term == 0:
		return "it is of no term"
	case m.asksForVotes() && (m.LastTerm >= m.Term || (m.LastTerm == 0) != (m.LastIndex == 0)):
		return "a candidate's log ends before its term"
	case m.Type == AppendEntries && (m.Prev == 0) != (m.PrevTerm == 0):
		return "every entry has a term"
	case m.Type == AppendEntries && !m.termsRise():
		return "terms don't fall along a log, nor go above its leader's, and entries are commands, no-ops or configurations"
	case m.Type == InstallSnapshot && !m.standsForEntry():
		return "a snapshot stands for an entry, of no later term than its leader's"
	case m.Type == AppendEntriesResponse && m.Success && (m.Hint != 0 || m.HintTerm != 0):
		return "an acknowledgement has no hint"
	case m.Type == AppendEntriesResponse && (!m.Success && m.Match != 0 || m.HintTerm > m.Term):
		return "a refusal acknowledges nothing, and hints at no later term"
	}
	return ""
}

// asksForVotes: m has the end of a candidate's log.
func (m *Message) asksForVotes() bool { return m.Type == RequestVote || m.Type == RequestPreVote }

// standsForEntry reports whether a snapshot has a last entry, of the sender's term or an earlier one.
func (m *Message) standsForEntry() bool {
	return m.LastIndex > 0 && 0 < m.LastTerm && m.LastTerm <= m.Term && (m.Configuration == (Configuration{}) || m.Configuration.WellFormed())
}

// termsRise reports whether terms rise from PrevTerm to the entries' and to the sender's.
func (m *Message) termsRise() bool {
	before := m.PrevTerm
	for k := range m.Entries.Runs() {
		r := m.Entries.Run(k)
		if r.Term < max(before, 1) || !r.isEntry() {
			return false
		}
		before = r.Term
	}
	return before <= m.Term
}

// isEntry reports whether a correct leader may have appended such entries.
func (r *Run) isEntry() bool {
	if r.Value == Configured {
		return r.Configuration.WellFormed()
	}
	return (r.Value == Command || r.Value == NoOp) && r.Configuration == (Configuration{})
}

// Configures reports whether m says who decides: has an entry that does, or a snapshot of one.
func (m *Message) Configures() bool {
	for k := range m.Entries.Runs() {
		if m.Entries.Run(k).Value == Configured {
			return true
		}
	}
	return m.Configuration != (Configuration{})
}

// leads: i leads the term.
func (i *Node) leads(term Term) bool { return i.role == Leader && i.currentTerm == term }
