//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that each is caught.

package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"no-pre-vote", "no-stickiness", "no-check-quorum", "no-back-off", "no-giving-way", "no-second-try", "late-is-life", "no-question", "no-sizes", "reads-unconfirmed",
	"term-not-learnt", "stale-leader-unanswered", "gives-way-for-ever", "append-unsent", "pre-vote-of-one", "hands-over-to-another", "question-unsent", "snapshot-untold", "snapshot-too-soon", "snapshot-unsent", "install-untold",
	"quorum-of-all-slots", "learner-campaigns", "only-voters-campaign", "joint-not-left", "joint-stuck", "removed-leader-stays", "removed-untold", "strangers-depose", "hands-over-to-no-voter", "promotes-too-early"}

func preVotesWin(r *Raft, granted protocol.NodeSet) bool {
	return Mutant == "no-pre-vote" || decides(r, granted)
}

func decides(r *Raft, set protocol.NodeSet) bool {
	if Mutant == "quorum-of-all-slots" {
		return 2*set.Len() > r.cfg.Servers.Len()
	}
	return r.node.IsQuorum(set)
}

func leaderIsAlive(r *Raft) bool {
	if Mutant == "no-stickiness" {
		return false
	}
	if r.node.Role() == protocol.Leader {
		return r.answered()
	}
	return r.hearsLeader()
}

func mayLead(r *Raft) bool { return Mutant == "no-check-quorum" || r.answered() && !r.heldUp() }

func backOff(failed int) int {
	if Mutant == "no-back-off" {
		return 0
	}
	return failed
}

func yields(r *Raft, m *protocol.Message) bool {
	switch Mutant {
	case "no-giving-way":
		return false
	case "gives-way-for-ever":
		return true
	}
	return !r.gaveWay.Has(m.From)
}

func outlives(ticks int) int {
	if Mutant == "late-is-life" {
		return 0
	}
	return ticks
}

func retriesSoon() bool { return Mutant != "no-second-try" }

func asksTheSilent() bool { return Mutant != "no-question" }

func allowed(took int) int {
	if Mutant == "no-sizes" {
		return 0
	}
	return 2 * took
}

func readsConfirmed(r *Raft) bool {
	return r.confirmRead() || Mutant == "reads-unconfirmed" && r.took(Action{Name: "ConfirmRead"})
}

func learnsTerm(r *Raft, m *protocol.Message) bool {
	return Mutant != "term-not-learnt" && r.stepDown(m)
}

func answersLeader(r *Raft, m *protocol.Message) bool {
	if Mutant == "stale-leader-unanswered" && m.Term < r.node.CurrentTerm() {
		return false
	}
	return r.handleAppendEntries(m)
}

func lacks(r *Raft, p *peer) bool {
	if Mutant == "snapshot-untold" {
		return false
	}
	return (p.probing || Mutant == "snapshot-too-soon") && r.node.NextIndex(p.id) <= r.node.SnapshotIndex()
}

func installed(r *Raft) protocol.Index {
	if base := r.node.SnapshotIndex(); base > r.appliedIndex && Mutant != "install-untold" {
		return base
	}
	return 0
}

func mayCampaign(r *Raft) bool {
	switch Mutant {
	case "learner-campaigns":
		return true
	case "only-voters-campaign":
		return r.isVoter()
	}
	return r.isVoter() || r.mayHaveToLead()
}

func leavesJoint(r *Raft) bool {
	if Mutant == "joint-not-left" || Mutant == "joint-stuck" && r.inForce.term != r.node.CurrentTerm() {
		return false
	}
	return r.leaveJoint()
}

func hasToGo(r *Raft) bool {
	return Mutant != "removed-leader-stays" && !r.isVoter() && r.InForceCommitted()
}

func heeds(r *Raft, m *protocol.Message) bool {
	return Mutant == "strangers-depose" || m.Term <= r.node.CurrentTerm() || r.node.Role() != protocol.Leader || r.inForce.members().Has(m.From) || !answers(m)
}

func tellsLeaving() bool { return Mutant != "removed-untold" }

func handsOverTo(r *Raft, id protocol.NodeID) bool {
	return Mutant == "hands-over-to-no-voter" || r.inForce.Last().Has(id)
}

func isLevel(r *Raft, p *peer) bool {
	return Mutant == "promotes-too-early" || p.round.level && p.ticksSinceAck < r.cfg.ElectionTicks
}

func leaves(r *Raft, action string) {
	last := len(r.taken.Messages) - 1
	switch {
	case Mutant == "append-unsent" && action == "AppendEntries" && r.taken.Messages[last].Entries.Len() > 0,
		Mutant == "pre-vote-of-one" && action == "PreVote" && last > 0,
		Mutant == "question-unsent" && action == "ConfirmTerm",
		Mutant == "snapshot-unsent" && action == "SendSnapshot":
		r.taken.Messages = r.taken.Messages[:last]
	case Mutant == "hands-over-to-another" && action == "TransferLeadership":
		m := &r.taken.Messages[last]
		for k := range r.peers {
			if id := r.peers[k].id; id != m.To {
				m.To = id
				return
			}
		}
	}
}
