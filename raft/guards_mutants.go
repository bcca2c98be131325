//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that each is caught.

package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"no-pre-vote", "no-stickiness", "no-check-quorum", "no-back-off", "reads-unconfirmed"}

func preVotesWin(r *Raft, granted protocol.NodeSet) bool {
	return Mutant == "no-pre-vote" || r.node.IsQuorum(granted)
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

func readsConfirmed(r *Raft) bool { return Mutant == "reads-unconfirmed" || r.confirmRead() }
