package wal

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// MaxMembersBytes is the most that a host says of the members of a configuration: the payload of a protocol.Configured entry.
const MaxMembersBytes = 64 << 10

// configurationBytes is what a configuration takes on disk: in front of the payload of its entry, and in a base.
const configurationBytes = protocol.StoredConfigurationBytes

// Membership is who decides, and what the host says of them: the payload of the entry that said so.
type Membership struct {
	Configuration protocol.Configuration
	Members       []byte
}

func (m *Membership) equals(o *Membership) bool {
	return m.Configuration == o.Configuration && bytes.Equal(m.Members, o.Members)
}

// validate returns an error that wraps ErrOrder or ErrTooLarge for what no entry says.
func (m *Membership) validate() error {
	switch {
	case !m.Configuration.WellFormed():
		return fmt.Errorf("%w: nobody makes the configuration %v", ErrOrder, m.Configuration)
	case len(m.Members) > MaxMembersBytes:
		return fmt.Errorf("%w: %d bytes are said of members, at most %d", ErrTooLarge, len(m.Members), MaxMembersBytes)
	}
	return nil
}

// validateBase is validate of what a base says: it may say nothing.
func (m *Membership) validateBase() error {
	if m.Configuration == (protocol.Configuration{}) && len(m.Members) == 0 {
		return nil
	}
	return m.validate()
}

// storedBytes is what an entry takes behind the rows of its record.
func (e *Entry) storedBytes() int {
	if e.Value == protocol.Configured {
		return configurationBytes + len(e.Payload)
	}
	return len(e.Payload)
}

// entryOf returns the entry that a row and what is stored for it are. Where that is too short for a configuration the entry has
// none, which no log takes.
func entryOf(r row, stored []byte) Entry {
	e := Entry{Term: protocol.Term(r.term), Value: protocol.Value(r.value), Payload: stored}
	if e.Value == protocol.Configured && len(stored) >= configurationBytes {
		e.Configuration, e.Payload = protocol.ParseStoredConfiguration(stored), stored[configurationBytes:]
	}
	return e
}

// standing is a membership, and the entry or base from which on it is in force.
type standing struct {
	at protocol.Index
	Membership
}

// memberships are those of a log: what is in force at its base, where that is known, and what the entries above it say. With
// what the host says of them: they are few. Invariant: at ascends.
type memberships []standing

// at returns what is in force at k; ok is false where nothing is known of it.
func (m memberships) at(k protocol.Index) (s standing, ok bool) {
	for _, s := range slices.Backward(m) {
		if standsBy(s.at, k) {
			return s, true
		}
	}
	return standing{}, false
}

// pass takes in a record: what it cut off is forgotten, and what its base covers.
func (m *memberships) pass(r *Record) {
	if r.Log {
		*m = (*m)[:m.until(r.Prev)]
		for k := range r.Entries {
			if e := &r.Entries[k]; e.Value == protocol.Configured {
				*m = append(*m, standing{r.Prev + protocol.Index(k) + 1, Membership{e.Configuration, bytes.Clone(e.Payload)}})
			}
		}
	}
	if r.Under != nil {
		base := standing{r.Base, Membership{r.Under.Configuration, bytes.Clone(r.Under.Members)}}
		*m = append(memberships{base}, (*m)[m.until(r.Base):]...)
	}
}

// until returns how many are in force from an entry up to k on.
func (m memberships) until(k protocol.Index) (n int) {
	for n < len(m) && m[n].at <= k {
		n++
	}
	return n
}

// membershipBehind returns what is in force at the record's base in the log with the record; known is false if the base is
// not there, if nothing is known of an entry in front of it, or if the record takes the place of what is not known to be committed.
func (t *tail) membershipBehind(r *Record) (m Membership, known bool) {
	k := r.Base
	if r.Log && r.Base > r.Prev {
		for n := min(uint64(r.Base-r.Prev), uint64(len(r.Entries))); n > 0; n-- {
			if e := &r.Entries[n-1]; e.Value == protocol.Configured {
				return Membership{e.Configuration, e.Payload}, true
			}
		}
		k = r.Prev
	}
	if k > t.last || r.replaces() && r.Base > t.commit {
		return m, false
	}
	s, known := t.memberships.at(k)
	return s.Membership, known && saysAll(s.at, k, t.terms.above)
}

// resolved returns the record with what is in force at its base.
func (t *tail) resolved(r *Record) *Record {
	if r.Base == 0 || r.Under != nil {
		return r
	}
	m, _ := t.membershipBehind(r)
	whole := *r
	whole.Under = &m
	return &whole
}

// admitMembership: what is in force at a base is what the log says, where it says anything; and a log that says who decides is not
// followed by one that doesn't.
func (t *tail) admitMembership(r *Record) error {
	if r.Under == nil {
		return nil
	}
	if err := r.Under.validateBase(); err != nil {
		return fmt.Errorf("base %d: %w", r.Base, err)
	}
	if m, known := t.membershipBehind(r); known && !agreesWith(&m, r.Under) {
		return fmt.Errorf("%w: base %d under %v with %d bytes of members, in the log %v with %d bytes is in force there",
			ErrOrder, r.Base, r.Under.Configuration, len(r.Under.Members), m.Configuration, len(m.Members))
	}
	none := protocol.Configuration{}
	if s, known := t.memberships.at(t.commit); known && s.Configuration != none && r.Under.Configuration == none {
		return fmt.Errorf("%w: base %d says nothing of who decides, and %v was committed", ErrOrder, r.Base, s.Configuration)
	}
	return nil
}

// addTo adds a run of the log's entries that begins at k, each that says who decides with what it says.
func (m memberships) addTo(e *protocol.Entries, run protocol.Run, k protocol.Index) {
	if run.Value != protocol.Configured {
		e.Add(run)
		return
	}
	for n := range protocol.Index(run.Count) {
		s, _ := m.at(k + n)
		e.Add(protocol.Run{Term: run.Term, Value: run.Value, Count: 1, Configuration: recovered(s.Configuration)})
	}
}

// InForce returns who decides at entry k, the base or one above it, and the entry, or base, that says so. It does no I/O; the members are
// not to be changed. Errors wrap ErrNoEntry, ErrCompacted or ErrFailed.
func (l *Log) InForce(k protocol.Index) (m Membership, at protocol.Index, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.failed != nil:
		return m, 0, l.failure()
	case k > l.tail.last:
		return m, 0, fmt.Errorf("who decides at entry %d: %w: the log holds %d to %d", k, ErrNoEntry, l.tail.base+1, l.tail.last)
	case k < l.tail.base:
		return m, 0, fmt.Errorf("who decides at entry %d: %w", k, l.tail.compacted())
	}
	s, _ := l.tail.memberships.at(k)
	return s.Membership, s.at, nil
}
