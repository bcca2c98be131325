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

	base     protocol.Index // the log begins behind it; 0: at its first entry
	baseTerm protocol.Term
	basedIn  uint64 // the segment of the record that said so; 0: none
	terms    terms  // above the base

	memberships memberships
}

// startOf is the tail of an empty log.
func startOf(id identity) tail {
	return tail{sum: id.seed(), end: place{1, firstRecord}, memberships: memberships{{}}}
}

// startIn is the tail in front of the first record of a segment, where those before it are gone. Of the state before a record
// all that counts afterwards is in the record, but for the base, and the record of that is still to come.
func startIn(seq uint64, h header) tail {
	last := lastBefore(h)
	return tail{mark: h.mark - 1, last: last, sum: h.before, end: place{seq, firstRecord}, terms: terms{above: last}}
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
	case r.Prev > t.last && !r.replaces():
		return fmt.Errorf("%w: entries behind index %d, the last is %d", ErrOrder, r.Prev, t.last)
	case !r.Log && (r.Prev != 0 || len(r.Entries) != 0):
		return fmt.Errorf("%w: it leaves the log alone and has %d entries behind index %d", ErrOrder, len(r.Entries), r.Prev)
	case r.Log && r.Prev < t.commit:
		return fmt.Errorf("%w: entries behind index %d, those up to %d are committed", ErrOrder, r.Prev, t.commit)
	case r.Commit < t.commit || r.Commit > t.lastBehind(r):
		return fmt.Errorf("%w: committed up to %d, it must be %d to %d, the last index", ErrOrder, r.Commit, t.commit, t.lastBehind(r))
	}
	if err := withinLimits(r); err != nil {
		return err
	}
	if err := t.admitBase(r); err != nil {
		return err
	}
	return t.admitMembership(r)
}

// admitBase: what a base covers is committed, so it is the same on every node. Only what is not known to be committed
// here may be of another term than the base that takes its place.
func (t *tail) admitBase(r *Record) error {
	switch term, known := t.termBehind(r); {
	case r.Base == 0 && r.BaseTerm == 0 && r.Under == nil:
		return nil
	case !risesTo(r.Base, t.base):
		return fmt.Errorf("%w: base %d of term %d after base %d: it only rises", ErrOrder, r.Base, r.BaseTerm, t.base)
	case r.Base > r.Commit:
		return fmt.Errorf("%w: base %d, and only what is up to %d is committed", ErrOrder, r.Base, r.Commit)
	case r.BaseTerm > r.Term:
		return fmt.Errorf("%w: a base of term %d in term %d", ErrOrder, r.BaseTerm, r.Term)
	case known && term != r.BaseTerm:
		return fmt.Errorf("%w: base %d of term %d, the entry there is of term %d", ErrOrder, r.Base, r.BaseTerm, term)
	}
	return nil
}

// termBehind returns the term that the entry at the record's base has in the log with the record; known is false if it
// is not there, or if the record takes its place.
func (t *tail) termBehind(r *Record) (term protocol.Term, known bool) {
	if r.Log && r.Base > r.Prev {
		k := uint64(r.Base - r.Prev - 1)
		if k >= uint64(len(r.Entries)) {
			return 0, false // beyond the end: not committed either
		}
		return r.Entries[k].Term, true
	}
	if r.Base > t.last || r.replaces() && r.Base > t.commit {
		return 0, false
	}
	return t.terms.termAt(r.Base)
}

// withinLimits: what is beyond them no node ever wrote. It is said of a log that is read and of a record to append alike.
func withinLimits(r *Record) error {
	term, last := r.Term, r.Prev+protocol.Index(len(r.Entries))
	for k := range r.Entries {
		e := &r.Entries[k]
		term = max(term, e.Term)
		if e.Value != protocol.Configured && e.Configuration == (protocol.Configuration{}) {
			continue
		}
		if err := e.admit(); err != nil {
			return fmt.Errorf("entry %d: %w", r.Prev+protocol.Index(k)+1, err)
		}
	}
	if term > protocol.MaxTerm || last > protocol.MaxIndex {
		return fmt.Errorf("%w: term %d and index %d, the highest are %d and %d", ErrOrder, term, last, protocol.MaxTerm, protocol.MaxIndex)
	}
	return nil
}

// admit returns an error for an entry that says who decides as none does.
func (e *Entry) admit() error {
	if e.Value != protocol.Configured {
		return fmt.Errorf("%w: it is of kind %d, and has the configuration %v", ErrOrder, e.Value, e.Configuration)
	}
	m := Membership{e.Configuration, e.Payload}
	return m.validate()
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
	t.terms.pass(r, t.last)
	t.memberships.pass(r)
	if r.Base != 0 {
		t.base, t.baseTerm, t.basedIn = r.Base, r.BaseTerm, at.seq
	}
}
