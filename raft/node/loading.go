package node

import "github.com/eventstreamcore/semel/raft/protocol"

// replay is how far a replica has applied of what was committed when it started: it refuses proposals
// until it has, since the answers would come only then.
//
// What that is nobody tells at once. Its own disk has a hint, which is old by what was on its way when the
// process ended. A leader's commit index, once heard, is newer, but a new leader knows no more
// than a hint itself, until it has committed an entry of its own term. So the replay is over when, with a leader known,
//
//   - all that its disk said is committed is applied,
//   - and all that a leader said is committed when this process first heard one,
//   - and an entry of that leader's term: all that was committed before it led is then applied.
//
// A replica that leads finds the third in its own no-op. Once over it is over for the life of the
// process: who falls behind later is slow, not loading.
type replay struct {
	over  bool
	heard bool           // a leader's commit index
	to    protocol.Index // the highest index known to be committed at the start
}

// noteLeader takes in what a leader says is committed, the first time.
func (r *Replica) noteLeader(m *protocol.Message) {
	if r.replay.over || r.replay.heard || m.Type != protocol.AppendEntries || m.Term != r.core.Term() {
		return
	}
	r.replay.heard = true
	r.replay.to = max(r.replay.to, m.Commit)
}

// noteReplay ends the replay where it is over.
func (r *Replica) noteReplay() {
	if r.replay.over || r.applied == 0 || r.core.Leader() == protocol.Nil {
		return
	}
	ofTerm := r.core.TermAt(r.applied) == r.core.Term()
	r.replay.over = replayed(r.applied, r.replay.to, ofTerm)
}

// loading reports whether proposals are refused because the replay is not over.
func (r *Replica) loading() bool { return !r.replay.over }

// replayTo is up to where the replay goes, as far as is known; 0 when it is over. A leader that replays
// proposes nothing, so its log ends with its no-op.
func (r *Replica) replayTo() protocol.Index {
	switch {
	case r.replay.over:
		return 0
	case r.core.Role() == protocol.Leader:
		return r.lastIndex
	}
	return r.replay.to
}
