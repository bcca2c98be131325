package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Who decides stands in the log (§6, and §4 of the thesis), and policy goes by the configuration in force: from when it is appended, and
// no longer than it stands there. The host says what to change; that a joint configuration is left is policy's own, whoever leads, and so
// is that a leader that is no voter any more gives way, and that who was removed is told.

// membership is the configuration in force, where it stands, 0 where it is of the log's beginning, and the term there.
type membership struct {
	protocol.Configuration
	at   protocol.Index
	term protocol.Term
}

// members are all that a leader sends to, itself among them where it is one.
func (m *membership) members() protocol.NodeSet { return m.AllVoters().Union(m.Learners) }

func (r *Raft) standing() membership {
	c, at := r.node.InForce()
	m := membership{Configuration: c, at: at}
	if at > 0 {
		m.term = r.node.TermAt(at)
	}
	return m
}

// InForce returns the configuration that this replica goes by, and where it stands: 0 where it is of the log's beginning. It is committed
// where that is not behind CommitIndex.
func (r *Raft) InForce() (protocol.Configuration, protocol.Index) {
	return r.inForce.Configuration, r.inForce.at
}

// InForceCommitted reports whether the configuration in force is known to be committed: no other leader takes it back.
func (r *Raft) InForceCommitted() bool { return r.inForce.at <= r.node.CommitIndex() }

// followConfiguration has policy go by the configuration in force, which is a function of the log: where nothing was written it is what it was. What
// is known of a peer that stays is kept.
func (r *Raft) followConfiguration() {
	if len(r.taken.Writes) == 0 {
		return
	}
	now := r.standing()
	if now == r.inForce {
		return
	}
	r.inForce, r.out.Configuration = now, true
	members := now.members()
	var gone protocol.NodeSet
	for k := range r.peers {
		if id := r.peers[k].id; !members.Has(id) {
			gone = gone.With(id)
		}
	}
	r.leaving = r.leaving.Intersect(gone)
	r.addPeers(members)
	if r.node.Role() == protocol.Leader && tellsLeaving() {
		r.bid(gone)
	} else {
		r.dropPeers(gone)
	}
}

// addPeers adds those of a set that are no peers yet. A leader asks first how much they have.
func (r *Raft) addPeers(set protocol.NodeSet) {
	for id := set.Without(r.cfg.ID).Next(protocol.Nil); id != protocol.Nil; id = set.Without(r.cfg.ID).Next(id) {
		if r.peer(id) != nil {
			continue
		}
		p := peer{id: id, flight: newFlight(r.cfg.MaxInflightMessages)}
		if r.node.Role() == protocol.Leader {
			p.start(r.resumes(&p), r.node.LastIndex())
			p.probe(p.cursor)
		}
		at := 0
		for at < len(r.peers) && r.peers[at].id < id {
			at++
		}
		r.peers = append(r.peers, peer{})
		copy(r.peers[at+1:], r.peers[at:])
		r.peers[at] = p
	}
}

func (r *Raft) dropPeers(set protocol.NodeSet) {
	if set == 0 {
		return
	}
	kept := r.peers[:0]
	for k := range r.peers {
		if !set.Has(r.peers[k].id) {
			kept = append(kept, r.peers[k])
		}
	}
	clear(r.peers[len(kept):])
	r.peers = kept
	r.leaving = r.leaving.Intersect(^set)
}

// farewell is what a leader knows of a peer that is no member any more.
type farewell struct {
	left  protocol.Index // the configuration without it stands here, or before
	ticks int            // since that was known to be committed
	acks  int            // since the peer was told so
}

// enoughFarewells is how many acknowledgements of one who was told that it is removed say that it has heard it: those of what was sent before
// come first. Where they are too few, or too late, it asks (tellsStranger).
const enoughFarewells = 3

// farewellTicks bounds for how long a peer that was removed is sent what is appended.
func (r *Raft) farewellTicks() int { return 4 * r.cfg.ElectionTicks }

// bid begins to tell those of a set, who are no members, that they are removed.
func (r *Raft) bid(set protocol.NodeSet) {
	set = set.Intersect(r.cfg.Servers).Without(r.cfg.ID).Intersect(^r.inForce.members()).Intersect(^r.leaving)
	r.addPeers(set)
	r.leaving = r.leaving.Union(set)
	for k := range r.peers {
		if p := &r.peers[k]; set.Has(p.id) {
			p.farewell = farewell{left: max(r.inForce.at, r.node.SnapshotIndex())}
		}
	}
}

// tellLeaving counts a tick, and drops whom there is no more to tell.
func (r *Raft) tellLeaving() {
	if r.leaving == 0 {
		return
	}
	var told protocol.NodeSet
	for k := range r.peers {
		p := &r.peers[k]
		if !r.leaving.Has(p.id) {
			continue
		}
		if f := &p.farewell; f.left <= r.node.CommitIndex() {
			f.ticks++
			if f.acks >= enoughFarewells || f.ticks >= r.farewellTicks() {
				told = told.With(p.id)
			}
		}
	}
	if told != 0 {
		r.dropPeers(told)
	}
}

// noteFarewell counts an acknowledgement of a peer that leaves.
func (r *Raft) noteFarewell(p *peer) {
	f := &p.farewell
	if r.leaving.Has(p.id) && f.left <= min(p.told, r.node.MatchIndex(p.id)) {
		f.acks++
	}
}

// bidThoseBefore has a new leader tell whom a configuration leaves out that is not committed yet: its former leader may not have told them.
func (r *Raft) bidThoseBefore() {
	if r.InForceCommitted() || !tellsLeaving() {
		return
	}
	before := r.before()
	r.bid(before.AllVoters().Union(before.Learners))
}

// before is what was in force before the configuration that is. That one is in the log.
func (r *Raft) before() protocol.Configuration { return r.node.ConfigurationAt(r.inForce.at - 1) }

// tellStranger has a leader tell who asks for pre-votes and is no member: it was one, and was away when it was removed.
func (r *Raft) tellStranger(id protocol.NodeID) {
	if r.node.Role() == protocol.Leader && r.InForceCommitted() && tellsLeaving() && r.peer(id) == nil {
		r.bid(protocol.Nodes(id))
	}
}

// answers reports whether m is an answer to what its receiver asked.
func answers(m *protocol.Message) bool {
	switch m.Type {
	case protocol.RequestVoteResponse, protocol.AppendEntriesResponse, protocol.RequestPreVoteResponse, protocol.ConfirmTermResponse:
		return true
	}
	return false
}

// leaveJointOnceCommitted ends a change, whoever began it.
func (r *Raft) leaveJointOnceCommitted() bool {
	if !r.inForce.IsJoint() || !leavesJoint(r) {
		return false
	}
	r.out.LeftJoint = r.node.LastIndex()
	r.followConfiguration()
	return true
}

// isVoter reports whether this replica's vote counts.
func (r *Raft) isVoter() bool { return r.inForce.AllVoters().Has(r.cfg.ID) }

// mayHaveToLead: this replica is no voter any more, and may be the only one that has the entry which says so. Then its log is longer than
// those of the others, who can't lead (0039).
func (r *Raft) mayHaveToLead() bool {
	return !r.InForceCommitted() && r.before().AllVoters().Has(r.cfg.ID)
}

// giveWayAsNoVoter has a leader that has been voted out hand over to the voter that has most, or else resign.
func (r *Raft) giveWayAsNoVoter() {
	if !hasToGo(r) || r.transfer.to != protocol.Nil {
		return
	}
	if !r.goes {
		r.goes = true
		if r.beginTransfer(r.mostLevel()); r.transfer.to != protocol.Nil {
			return
		}
	}
	r.giveUp()
}

// mostLevel returns the voter to whom a leader that is none would hand over, or Nil: of those that answer the one that has most.
func (r *Raft) mostLevel() protocol.NodeID {
	best := protocol.Nil
	for k := range r.peers {
		p := &r.peers[k]
		fit := r.mayTakeOver(p)
		if fit && (best == protocol.Nil || r.node.MatchIndex(p.id) > r.node.MatchIndex(best)) {
			best = p.id
		}
	}
	return best
}

// mayTakeOver reports whether the peer may be made leader: it is one of the newest voters, and answers.
func (r *Raft) mayTakeOver(p *peer) bool {
	return handsOverTo(r, p.id) && p.ticksSinceAck < r.cfg.ElectionTicks
}

// round measures how far behind a peer is (thesis, §4.2.1): one ends when the peer has acknowledged what the leader had as it began.
type round struct {
	goal  protocol.Index
	ticks int
	level bool // the last one took no longer than an election timeout, and this one has not
}

func (o *round) tick(match, last protocol.Index, most int) {
	o.ticks++
	switch {
	case match >= o.goal:
		*o = round{goal: last, level: o.ticks <= most}
	case o.ticks > most:
		o.level = false
	}
}

func (r *Raft) measureRounds() {
	for k := range r.peers {
		p := &r.peers[k]
		p.round.tick(r.node.MatchIndex(p.id), r.node.LastIndex(), r.cfg.ElectionTicks)
	}
}

// Level reports whether this replica leads and a peer keeps up with it: what the leader had an election timeout ago the peer's disk has, at
// the latest. Who is made a voter before may be waited for by all.
func (r *Raft) Level(id protocol.NodeID) bool {
	p := r.peer(id)
	return p != nil && r.node.Role() == protocol.Leader && isLevel(r, p)
}

// Removed reports whether this replica is no member any more, and nobody will take that back: it is to be stopped. One that has been voted out
// and leads is not removed before it has handed over.
func (r *Raft) Removed() bool {
	since := r.inForce.at
	if since == 0 {
		since = r.node.SnapshotIndex()
	}
	out := since >= r.cfg.Joined && !r.inForce.members().Has(r.cfg.ID)
	return out && r.InForceCommitted() && r.node.Role() != protocol.Leader
}
