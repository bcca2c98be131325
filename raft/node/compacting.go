package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Where the log begins. Once a snapshot is durable the log begins behind the one before it: so two snapshots stand, and at most two
// intervals of log. Who is no more than an interval behind is sent the log, and where the newest snapshot has rotted a replica comes
// up with the one before and the log. Without room on the disk that is given up: the log then begins behind the newest one, unless that is known
// to be damaged: then what is given up would be all that there is.
//
// A record says where the log begins. Once it is durable, and not before, the host may forget what is older, entries and snapshots.

// base is where the log begins, and is to.
type base struct {
	wanted protocol.Index // behind this, as soon as the core takes it: it is a durable snapshot's
	index  protocol.Index // behind this, by the last record; 0: it has all
	mark   raft.Mark      // of the record that said so first
	told   protocol.Index // Host.Forget was called with it
}

// tendSnapshots does what is left to do about them at the end of a round.
func (r *Replica) tendSnapshots() error {
	r.dropObtained()
	if err := r.compact(); err != nil {
		return err
	}
	r.forget()
	return nil
}

// giveUpTail has the log begin behind the newest snapshot.
func (r *Replica) giveUpTail() {
	r.base.wanted = max(r.base.wanted, r.snapshots.newest.Index)
}

// makeRoom is called once a tick. Where the log has no room for new work, and none is coming, the log is made short. A snapshot is taken sooner for it, though not
// for every entry: where something else has filled the disk that would not help. After one that failed time counts as well: a full log
// takes nothing that would make the next one due.
func (r *Replica) makeRoom() error {
	enough := r.isDueInNeed()
	if r.snapshots.newest.Index <= r.base.index && !enough {
		return nil
	}
	if !isShort(r.host.Room(), &r.cfg) {
		return nil
	}
	r.giveUpTail()
	if enough {
		return r.take()
	}
	return nil
}

// isDueInNeed reports whether enough was applied for a snapshot where the log is full.
func (r *Replica) isDueInNeed() bool {
	s, enough := &r.snapshots, r.interval()/hurried
	return r.isDue(enough) || s.taking.Index == 0 && s.bytes > 0 && isDue(s.bytes, enough) && isTriedAgain(s.since)
}

// compact has the log begin where it is to. A candidate's core does not take it, nor one that has not yet named as committed what the
// machine came up with; and it takes a record: it is tried again. Behind the newest snapshot it does not begin where that is damaged, but behind
// the next one it may.
func (r *Replica) compact() error {
	k := r.base.wanted
	if k <= r.base.index || r.core.Role() == protocol.Candidate || k > r.core.Status().AppliedIndex {
		return nil
	}
	if k == r.snapshots.newest.Index && !mayBeginBehind(r.host.IsDamaged(k)) {
		return nil
	}
	if !mayHandle(r.host.Room().Sure >= vitalBytes) {
		return nil
	}
	return r.step(raft.Compact(k))
}

// rebased: the record of a mark has the log begin behind k. What stands there and below is needed by nobody.
func (r *Replica) rebased(k protocol.Index, mark raft.Mark) {
	r.base.index, r.base.mark = k, mark
	r.cache.forget(k)
	for reader := range r.ahead {
		r.ahead[reader].usedUpTo(k)
	}
}

// forget tells the host, once, that the log begins where it does.
func (r *Replica) forget() {
	if b := &r.base; b.index > b.told && mayForget(b.mark, r.syncedMark) {
		b.told = b.index
		r.host.Forget(b.index)
	}
}
