package main

import (
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The code rests on invariants, and where one of them does not hold it may differ from the specification: then nothing is
// compared. These are all; whatever else a node cannot come to is compared like what it can. The first four are of a state and a
// step; assumed has those of a state.

// rests reports whether the code rests on what the state and the step do not have.
func rests(s *small, t *step) bool {
	switch t.Name {
	case "AdvanceCommitIndex":
		return laterEntry(s) || matchBeyond(s)
	case "BecomeLeader":
		return ownNext(s)
	}
	return disagrees(s, t.Message)
}

// ownNext: KnowledgeByRole does not hold, and of a candidate's own progress. The specification forgets it, the code leaves it alone.
func ownNext(s *small) bool { return s.next[s.id-1] != 0 }

// laterEntry: a node has an entry of a later term than its own. Of a leader the specification may commit what is before it; the
// code, which looks at one index, the highest that a quorum holds, does not.
func laterEntry(s *small) bool {
	return len(s.hard.log) > 0 && s.hard.log[len(s.hard.log)-1].Term > s.hard.term
}

// matchBeyond: MatchWithinLog does not hold. The code looks for the term of an entry that is not there.
func matchBeyond(s *small) bool {
	return slices.ContainsFunc(s.match, func(k protocol.Index) bool { return k > protocol.Index(len(s.hard.log)) })
}

// disagrees: the message has another entry of an index and term that the log has one of, against LogMatching. The code writes
// what is behind the last entry that agrees in its term; the specification all that is in the message.
func disagrees(s *small, m *protocol.Message) bool {
	if m == nil || m.Type != protocol.AppendEntries {
		return false
	}
	at := uint64(m.Prev)
	for k := range m.Entries.Runs() {
		r := m.Entries.Run(k)
		for range r.Count {
			if uint64(s.hard.base) <= at && at < uint64(len(s.hard.log)) && s.hard.log[at] != (protocol.Entry{Term: s.hard.log[at].Term, Value: r.Value, Configuration: r.Configuration}) && s.hard.log[at].Term == r.Term {
				return true
			}
			at++
		}
	}
	return false
}

// assumed reports whether the state has what the code asserts or says that it rests on, whatever led there. All else is compared,
// whether a node can come to it or not.
func (s *small) assumed() bool {
	last := &s.disk
	images := []*hardState{&s.hard, &s.disk}
	for k := range s.pending {
		last = &s.pending[k].hardState
		images = append(images, last)
	}
	return !slices.ContainsFunc(images, func(h *hardState) bool { return !h.ordered() }) &&
		// What is not pending is durable.
		last.term == s.hard.term && last.vote == s.hard.vote && last.base == s.hard.base && slices.Equal(last.log, s.hard.log)
}

// ordered: TermsAscend, CommitWithinLog, SnapshotIsCommitted.
func (h *hardState) ordered() bool {
	return slices.IsSortedFunc(h.log, func(a, b protocol.Entry) int { return int(a.Term) - int(b.Term) }) &&
		h.commit <= protocol.Index(len(h.log)) && h.base <= h.commit
}
