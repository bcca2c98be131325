package raft

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Raft is one replica's policy and the protocol's node that it drives. Its own fields
// are timers, cursors and counts, which a restart begins anew; New is told the last mark.
type Raft struct {
	cfg    Config
	node   *protocol.Node
	record Recorder

	lastMark     Mark           // of the last write that was given out
	appliedIndex protocol.Index // what Committed has covered; at most the commit index

	term   protocol.Term   // the term that leader and the timers below are of
	leader protocol.NodeID // who leads term, as far as is known
	clock  electionClock
	stall  stall

	granted          protocol.NodeSet // pre-votes for the next term, its own included; none where it has not asked
	askings          int              // how often it has asked since it last had no reason to, up to HeartbeatTicks
	asked            int              // ticks since the first time
	hurried          bool             // it is to ask as soon as its disk has nothing to do: its leader's process has ended
	gaveWay          protocol.NodeSet // those who asked and were given way to, in this term and since a leader was heard
	doubts           int              // ticks for which an append is no sign that the leader lives, as it is said to have ended
	led              bool             // a leader of the term was heard
	silences         slowest          // of one that was heard again
	ticksSinceLeader int              // since an append of a leader of the term came
	transfer         transfer
	goes             bool // a leader that is no voter any more has tried to hand over
	reads            reads

	inForce membership
	peers   []peer           // all other members, and those that leave, ids ascending
	leaving protocol.NodeSet // a leader's peers that are no members any more

	ticksSinceBeat int // of a leader
	heartbeatDue   bool
	taken          protocol.Output // of this step's actions
	told           int             // of its messages those that the recorder knows of
	out            Output
}

// New returns a replica as it comes up with what its disk holds, which it takes over; an
// empty disk is the zero HardState. The writes that it will ask for are numbered from
// mark+1: a replica that comes back passes the mark of the last write it found, or any
// higher one. It returns a *ConfigError where cfg can't work.
func New(cfg Config, disk protocol.HardState, mark Mark) (*Raft, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if !cfg.Configurations && disk.Log.Configures() {
		return nil, fmt.Errorf("%w: the disk has one", ErrConfiguration)
	}
	r := &Raft{
		cfg:      cfg,
		node:     protocol.New(cfg.ID, cfg.Servers, disk),
		record:   cfg.Record,
		lastMark: mark,
		clock:    newElectionClock(&cfg),
	}
	r.inForce = r.standing()
	r.addPeers(r.inForce.members())
	r.term, r.appliedIndex = r.node.CurrentTerm(), r.node.SnapshotIndex()
	r.redraw()
	r.took(Action{Name: "Restart", Mark: mark})
	return r, nil
}

// Step takes the actions that e means, then policy's choices. The output is valid until
// the next Step. It panics where the caller or the mechanism breaks its contract.
func (r *Raft) Step(e Event) *Output {
	r.begin()
	switch e.kind {
	case received:
		r.receive(e.message)
	case ticked:
		r.tick()
	case proposed:
		r.propose(e.count)
	case durable:
		r.acknowledge(e.mark)
	case supplied: // nothing has changed but what may be sent
	case gone:
		r.peerIsGone(e.peer)
	case transferred:
		r.beginTransfer(e.peer)
	case asked:
		r.read(e.count)
	case changed:
		assert(r.cfg.Configurations, "who proposes a change can keep it")
		r.change(e.voters, e.learners)
	case restated:
		assert(r.cfg.Configurations, "who says again what is in force can keep it")
		r.restate()
	case compacted:
		assert(e.index <= r.appliedIndex, "a snapshot is of what is applied")
		r.compact(e.index)
	default:
		assert(false, "an event is one of Received, Tick, Proposed, Change, Restate, Durable, Supplied, Gone, Transfer, Read, Compact")
	}
	r.followConfiguration()
	r.choose()
	return r.finish()
}

// choose takes what policy wants of the actions that are now enabled. One pass is enough:
// none of them enables one before it, but for the end of a change (commit).
func (r *Raft) choose() {
	r.hurry()
	r.lead()
	if r.node.Role() == protocol.Leader {
		r.commit()
	}
	if r.node.Role() != protocol.Leader {
		r.dropReads()
		r.dropPeers(r.leaving)
		return
	}
	r.serveReads()
	r.sendSnapshots()
	r.replicate()
	r.handOver()
}

// commit has a leader commit what it may, and do what that means for who decides. Where the old voters decide no more, more may be committed.
func (r *Raft) commit() {
	r.advance()
	if r.leaveJointOnceCommitted() {
		r.advance()
	}
	r.giveWayAsNoVoter()
}

func (r *Raft) advance() {
	if r.advanceCommitIndex() {
		r.clock.failed = 0 // an entry of its own term: it is of use
	}
}

// receive hands m to its handler. A message that is not enabled is dropped.
func (r *Raft) receive(m *protocol.Message) {
	r.heard(m)
	if !heeds(r, m) {
		return
	}
	switch m.Type {
	case protocol.RequestVote:
		r.receiveRequestVote(m)
	case protocol.RequestVoteResponse:
		if !r.handleRequestVoteResponse(m) {
			r.stepDown(m)
		}
	case protocol.AppendEntries:
		r.receiveAppendEntries(m)
	case protocol.AppendEntriesResponse:
		r.receiveAppendEntriesResponse(m)
	case protocol.RequestPreVote:
		r.receiveRequestPreVote(m)
	case protocol.RequestPreVoteResponse:
		r.receivePreVoteResponse(m)
	case protocol.TimeoutNow:
		r.receiveTimeoutNow(m)
	case protocol.ConfirmTerm:
		r.handleConfirmTerm(m)
	case protocol.ConfirmTermResponse:
		r.receiveConfirmTermResponse(m)
	case protocol.InstallSnapshot:
		r.receiveInstallSnapshot(m)
	}
	r.enterTerm()
}

// CheckMessage returns an error that wraps protocol.ErrImpossible for a message that no correct peer sends this
// replica as it is now. Step does nothing for such a message; the host is to disbelieve who brought it.
func (r *Raft) CheckMessage(m *protocol.Message) error {
	if !r.cfg.Configurations && m.Configures() {
		return fmt.Errorf("%w: %w: %v", protocol.ErrImpossible, ErrConfiguration, *m)
	}
	return r.node.CheckMessage(m)
}

// ErrConfiguration is wrapped by what refuses an entry, or a snapshot, that says who decides (protocol.Configuration), where the host does not
// carry them (Config.Configurations) and so proposes no change.
var ErrConfiguration = errors.New("members can't be changed yet")

// propose appends n commands in one step, or none. Who hands over appends none: the peer would never have all of it.
func (r *Raft) propose(n int) {
	assert(n > 0, "at least one command is proposed")
	r.out.Proposed = Proposal{Term: r.node.CurrentTerm(), Leader: r.leader}
	if r.node.Role() != protocol.Leader || r.transfer.to != protocol.Nil {
		return
	}
	r.out.Proposed.First, r.out.Proposed.Count = r.node.LastIndex()+1, n
	for range n {
		r.clientRequest(protocol.Command)
	}
}

// acknowledge takes one Persist for each write up to mark that is still pending. Marks
// are never given out twice, so a late acknowledgement means the writes it names, and
// one that comes again is harmless.
func (r *Raft) acknowledge(mark Mark) {
	assert(mark <= r.lastMark, "only a mark that was given out is acknowledged")
	for r.durableMark() < mark {
		r.persist()
	}
}

// Config returns the configuration, with its defaults.
func (r *Raft) Config() Config { return r.cfg }

// Role returns what the replica is in its term. Status has this and the next three too, and more, at the cost of a slice.
func (r *Raft) Role() protocol.Role { return r.node.Role() }

// Term returns the latest term that the replica has seen.
func (r *Raft) Term() protocol.Term { return r.node.CurrentTerm() }

// Leader returns who leads that term, as far as is known; else Nil.
func (r *Raft) Leader() protocol.NodeID { return r.leader }

// CommitIndex returns up to where the log is known to be committed.
func (r *Raft) CommitIndex() protocol.Index { return r.node.CommitIndex() }

// SnapshotIndex returns up to where a snapshot stands for the log.
func (r *Raft) SnapshotIndex() protocol.Index { return r.node.SnapshotIndex() }

// At returns what the core knows of the entry at k, SnapshotIndex() < k <= Status().LastIndex, for the
// caller to hold against the payload that it read there.
func (r *Raft) At(k protocol.Index) protocol.Entry { return r.node.At(k) }

// TermAt returns the term at k, SnapshotIndex() <= k <= Status().LastIndex.
func (r *Raft) TermAt(k protocol.Index) protocol.Term { return r.node.TermAt(k) }

// Acknowledged returns up to where a peer's disk is known to have this leader's log.
func (r *Raft) Acknowledged(j protocol.NodeID) protocol.Index { return r.node.MatchIndex(j) }

// AppendState appends the canonical encoding of the protocol's state at this replica to
// b, for fingerprints and checks; protocol.LoadState reads it.
func (r *Raft) AppendState(b []byte) []byte { return r.node.AppendState(b) }
