package wal

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// place is where a record stands or may stand.
type place struct {
	seq uint64 // of the segment
	off int64
}

// tail is the state after the last record, which the next one has to follow.
type tail struct {
	mark   uint64
	term   protocol.Term
	vote   protocol.NodeID
	last   protocol.Index
	commit protocol.Index
	sum    uint32 // of the last record: the chain
	end    place  // behind the last record
}

// startOf is the tail of an empty log.
func startOf(id identity) tail {
	return tail{sum: id.seed(), end: place{1, firstRecord}}
}

// admit returns an error that wraps ErrOrder if the record can't be the next one.
func (t *tail) admit(r *Record) error {
	switch {
	case r.Mark <= t.mark:
		return fmt.Errorf("%w: mark %d after mark %d", ErrOrder, r.Mark, t.mark)
	case r.Term < t.term:
		return fmt.Errorf("%w: term %d after term %d", ErrOrder, r.Term, t.term)
	case r.Vote > protocol.MaxNodeID:
		return fmt.Errorf("%w: vote for node %d, the highest is %d", ErrOrder, r.Vote, protocol.MaxNodeID)
	case r.Prev > t.last:
		return fmt.Errorf("%w: entries behind index %d, the last is %d", ErrOrder, r.Prev, t.last)
	case !r.Log && (r.Prev != 0 || len(r.Entries) != 0):
		return fmt.Errorf("%w: it leaves the log alone and has %d entries behind index %d", ErrOrder, len(r.Entries), r.Prev)
	case r.Log && r.Prev < t.commit:
		return fmt.Errorf("%w: entries behind index %d, those up to %d are committed", ErrOrder, r.Prev, t.commit)
	case r.Commit < t.commit || r.Commit > t.lastBehind(r):
		return fmt.Errorf("%w: committed up to %d, it must be %d to %d, the last index", ErrOrder, r.Commit, t.commit, t.lastBehind(r))
	}
	return withinLimits(r)
}

// withinLimits: what is beyond them no node ever wrote. It is said of a log that is read and of a record to append alike.
func withinLimits(r *Record) error {
	term, last := r.Term, r.Prev+protocol.Index(len(r.Entries))
	for k := range r.Entries {
		term = max(term, r.Entries[k].Term)
	}
	if term > protocol.MaxTerm || last > protocol.MaxIndex {
		return fmt.Errorf("%w: term %d and index %d, the highest are %d and %d", ErrOrder, term, last, protocol.MaxTerm, protocol.MaxIndex)
	}
	return nil
}

// lastBehind is the last index of the log with the record.
func (t *tail) lastBehind(r *Record) protocol.Index {
	if r.Log {
		return r.Prev + protocol.Index(len(r.Entries))
	}
	return t.last
}

// pass moves the tail behind the record, which stands at the place and takes length bytes.
func (t *tail) pass(r *Record, sum uint32, at place, length int64) {
	t.mark, t.term, t.vote, t.commit, t.sum = r.Mark, r.Term, r.Vote, r.Commit, sum
	t.last, t.end = t.lastBehind(r), place{at.seq, at.off + length}
}
