//go:build !mutants

package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// The choices on which it rests that a minority does not stop the others. guards_mutants.go holds a wrong one for each;
// the stories of this package show that each is missed. Those that spec/RaftLiveness.tla has by the same name show it
// there, too, and the bounds of proptest/virtualcluster the first four that follow.

// preVotesWin: a campaign is worth its disturbance where a quorum would vote for it.
func preVotesWin(r *Raft, granted protocol.NodeSet) bool { return decides(r, granted) }

// decides: those of a set are a quorum by the configuration in force, and not of all that there may ever be.
func decides(r *Raft, set protocol.NodeSet) bool { return r.node.IsQuorum(set) }

// leaderIsAlive: a leader whom a quorum answers, or somebody who hears from one.
func leaderIsAlive(r *Raft) bool {
	if r.node.Role() == protocol.Leader {
		return r.answered()
	}
	return r.hearsLeader()
}

// mayLead: a leader is of use.
func mayLead(r *Raft) bool { return r.answered() && !r.heldUp() }

// backOff is how often the time of a campaign is doubled after so many that gave no leader.
func backOff(failed int) int { return failed }

// yields: of two that ask for pre-votes one is to campaign. Nobody is given way to twice, for it may be deaf.
func yields(r *Raft, m *protocol.Message) bool { return !r.gaveWay.Has(m.From) }

// outlives: what a leader sent may come for so many ticks after the news of its death.
func outlives(ticks int) int { return ticks }

// retriesSoon: a campaign that collided with another one is no sign of slow disks.
func retriesSoon() bool { return true }

// asksTheSilent: whose disk is slow has nothing to acknowledge, and hears its leader.
func asksTheSilent() bool { return true }

// allowed is a time for what took so long of late.
func allowed(took int) int { return 2 * took }

// readsConfirmed: a quorum has said, since they came, that it knows no later term.
func readsConfirmed(r *Raft) bool { return r.confirmRead() }

// learnsTerm: a refusal teaches who asked for a pre-vote the later term.
func learnsTerm(r *Raft, m *protocol.Message) bool { return r.stepDown(m) }

// answersLeader: who leads an earlier term is told of the later one.
func answersLeader(r *Raft, m *protocol.Message) bool { return r.handleAppendEntries(m) }

// lacks: p has to have this leader's snapshot first, since what it would be sent is forgotten. While what it was sent before may
// still arrive it does not.
func lacks(r *Raft, p *peer) bool {
	return p.probing && r.node.NextIndex(p.id) <= r.node.SnapshotIndex()
}

// installed is up to where a snapshot came that stands for more than was applied; else 0.
func installed(r *Raft) protocol.Index {
	if base := r.node.SnapshotIndex(); base > r.appliedIndex {
		return base
	}
	return 0
}

// mayCampaign: who is no voter leaves elections to those who are, but for one that may have to lead.
func mayCampaign(r *Raft) bool { return r.isVoter() || r.mayHaveToLead() }

// leavesJoint: whoever leads ends a change as soon as the core lets it.
func leavesJoint(r *Raft) bool { return r.leaveJoint() }

// hasToGo: a leader that is no voter is of no use once that is committed.
func hasToGo(r *Raft) bool { return !r.isVoter() && r.InForceCommitted() }

// heeds: who is no member any more has a leader step down by nothing that it says. It may have campaigned while it was away, and there is no
// need that it follows.
func heeds(r *Raft, m *protocol.Message) bool {
	return m.Term <= r.node.CurrentTerm() || r.node.Role() != protocol.Leader || r.inForce.members().Has(m.From) || !answers(m)
}

// tellsLeaving: who is removed is sent the entry that says so, and that it is committed.
func tellsLeaving() bool { return true }

// handsOverTo: only one of the newest voters is made leader.
func handsOverTo(r *Raft, id protocol.NodeID) bool { return r.inForce.Last().Has(id) }

// isLevel: a peer that answers, and whose disk is behind by less than an election timeout.
func isLevel(r *Raft, p *peer) bool { return p.round.level && p.ticksSinceAck < r.cfg.ElectionTicks }

// leaves: policy adds nothing to what an action lets leave, takes nothing from it and addresses it to nobody else.
func leaves(*Raft, string) {}
