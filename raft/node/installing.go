package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A leader that has forgotten what this replica lacks says so with each heartbeat: InstallSnapshot names the last entry of its snapshot, and
// nothing more. Where this replica has no use for it, or has that snapshot, the core handles the message. Otherwise the host is asked
// to fetch it, and the message is as if it were lost: the next one comes soon, and the core handles the one that comes when
// the snapshot is here, durable and loaded, and nobody doubts it (contested.go). So the core never has the log begin behind what is not on this disk.
//
// It is fetched, and installed, for the known leader of the replica's own term alone: nobody else can have it give up what it fetches for another,
// or ask for what does not exist.

// load makes a snapshot's state the machine's. What was applied before it is forgotten, and digests of it with that.
func (r *Replica) load(s *Snapshot) error {
	r.machine.Swap(s.State)
	r.applied, r.committed = loadedIndex(r.applied, s.Index), max(r.committed, s.Index)
	r.digests.loaded(s.Index, loadedSum(s.Sum))
	k := &r.snapshots
	k.newest, k.bytes, k.notBefore, k.last = DurableSnapshot{s.SnapshotID, s.Bytes}, 0, 0, nil
	if r.lastIndex == s.Index {
		r.clock.loaded(loadedStamp(s.Stamp), r.host.Now())
	}
	return r.noteVersion()
}

// recoverSnapshot loads the snapshot that the host found.
func (r *Replica) recoverSnapshot(disk *Recovered) error {
	s, log := disk.Snapshot, &disk.State.Log
	first, _ := log.Base()
	switch {
	case s == nil && first > 0:
		return fmt.Errorf("the log begins behind entry %d, and there is no snapshot of what was before", first)
	case s == nil:
		return nil
	case !s.Fits(log):
		return fmt.Errorf("the snapshot of entry %d (term %d) is none of the log, which begins behind entry %d and ends at entry %d",
			s.Index, s.Term, first, log.LastIndex())
	}
	if err := r.load(s); err != nil {
		return err
	}
	if s.Index != first {
		r.digests.taken[1] = digestOfBase(disk.Base)
	}
	return nil
}

// deniesLoaded reports whether a message has another entry than this replica where the snapshot that it came up with says that one is
// committed. Its core does not know that yet: it hears of commits later. It need be no lie: the entry may have been committed by a leader
// of a later term than this replica's disk knows, and one of a term between the two still have another one in its log. So such a
// message is as if it were lost; whoever leads by then has the entry.
func (r *Replica) deniesLoaded(m *protocol.Message) bool {
	if r.applied <= r.core.CommitIndex() || m.Term < r.core.Term() {
		return false
	}
	denies := func(k protocol.Index, term protocol.Term) bool {
		return k > 0 && k >= r.base.index && k <= r.applied && r.core.TermAt(k) != term
	}
	switch m.Type {
	case protocol.InstallSnapshot:
		return denies(m.LastIndex, m.LastTerm)
	case protocol.AppendEntries:
		if denies(m.Prev, m.PrevTerm) {
			return true
		}
		for k := range m.Entries.Len() {
			if denies(m.Prev+1+protocol.Index(k), m.Entries.At(k+1).Term) {
				return true
			}
		}
	}
	return false
}

// lacksBytes reports whether a message speaks of a snapshot that is not here and of use.
func (r *Replica) lacksBytes(m *protocol.Message) bool {
	switch o := r.obtained; {
	case m.Type != protocol.InstallSnapshot || m.Term < r.core.Term():
		return false
	case m.LastIndex <= max(r.core.CommitIndex(), r.snapshots.newest.Index):
		return false
	default:
		return o == nil || o.Index != m.LastIndex || o.Term != m.LastTerm
	}
}

// unfetched is why a snapshot that a leader spoke of has not come, or is not installed.
type unfetched struct {
	index protocol.Index
	err   error // nil: there is nothing to be said
}

// isOfLeader reports whether a message is the known leader's of the replica's own term.
func (r *Replica) isOfLeader(m *protocol.Message) bool {
	return m.Term == r.core.Term() && m.From == r.core.Leader()
}

// fetch has the host get the snapshot that a leader speaks of.
func (r *Replica) fetch(m *protocol.Message) {
	if !isToBeFetched(r.isOfLeader(m)) {
		return
	}
	if err := r.contested(m.From, m.LastIndex); !mayFetch(err) {
		r.unfetched = unfetched{m.LastIndex, err}
		return
	}
	r.giveUpObtained()
	r.fetching = SnapshotID{Index: m.LastIndex, Term: m.LastTerm}
	r.host.FetchSnapshot(m.From, m.LastIndex, m.LastTerm)
}

// snapshotFetched takes the snapshot that was asked for last, if it is still of use.
func (r *Replica) snapshotFetched(s *Snapshot) {
	if s.Index != r.fetching.Index || s.Term != r.fetching.Term || s.Index <= r.committed {
		r.drop(s.Index)
		return
	}
	r.obtained, r.fetching, r.unfetched = s, SnapshotID{}, unfetched{}
	r.lookAtObtained() // it is installed when the leader speaks of it again
}

// fetchFailed notes why. The leader's next message has the host go on. Want of room is met as where one can't be taken: what this
// replica's log has is of little use, where its leader's begins behind that.
func (r *Replica) fetchFailed(index protocol.Index, err error) {
	if errors.Is(err, ErrNoRoom) {
		r.giveUpTail()
	}
	if index == r.fetching.Index {
		r.fetching, r.unfetched = SnapshotID{}, unfetched{index, err}
	}
}

// dropObtained gives up a snapshot that came and is of no use any more: the log came first. Why one did not come, or not stay, is of no interest then
// either.
func (r *Replica) dropObtained() {
	if r.obtained != nil && r.obtained.Index <= r.committed {
		r.giveUpObtained()
	}
	if r.fetching.Index <= r.committed {
		r.fetching = SnapshotID{}
	}
	if isOver(r.unfetched.index, r.committed) {
		r.unfetched = unfetched{}
	}
}

// giveUpObtained gives up the snapshot that came, if one did and is not installed.
func (r *Replica) giveUpObtained() {
	if s := r.obtained; s != nil {
		r.obtained = nil
		r.drop(s.Index)
	}
}

// drop tells the host that a snapshot which came is of no use. One of the same entry may be of use all the same: the log begins behind it, or is
// to, or this replica took it itself, or does, or it came a second time and waits to be installed.
func (r *Replica) drop(index protocol.Index) {
	took := &r.snapshots
	stands := index == r.base.index || index == r.base.wanted || index == took.newest.Index || index == took.taking.Index ||
		r.obtained != nil && index == r.obtained.Index
	if mayDrop(stands) {
		r.host.DropSnapshot(index)
	}
}

// install puts the snapshot that came in the place of all that was applied.
func (r *Replica) install(k protocol.Index) error {
	s := r.obtained
	assert(s != nil && s.Index == k, "a snapshot that is installed is here")
	r.obtained = nil
	if err := r.load(s); err != nil {
		return err
	}
	r.ahead[ForMachine].entries = nil
	r.loseOpen(k)
	r.tellSnapshotWaiters(k, nil) // they asked for less
	return nil
}

// loseOpen tells those who wait for entries up to k that nobody knows: the entries are not here to be looked at.
func (r *Replica) loseOpen(k protocol.Index) {
	r.endWaiting(func(open *openEntry) bool {
		if !isLost(open, k) {
			return false
		}
		r.closeUnanswered(open, covered())
		return true
	})
}
