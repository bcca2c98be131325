//go:build mutants

// The guards of guards_join.go, each with a fault in front.

package node

import (
	"net"

	"github.com/eventstreamcore/semel/raft/transport"
)

// MovedMutantIDs are the faults of where a node is found that has moved.
var MovedMutantIDs = []string{"told-once-for-all", "anywhere-is-a-place", "all-have-moved"}

// JoinMutantIDs are the faults of who looks for others by a list.
var JoinMutantIDs = []string{"silent-is-another-cluster", "one-stranger-ends-it", "strangers-are-asked-for-ever", "names-are-looked-up-once"}

func isOtherCluster(err error, answer *joined) bool {
	if Mutant == "silent-is-another-cluster" && transport.CauseOf(err) == transport.CauseSilent {
		return true
	}
	return err == nil && answer.Other || transport.CauseOf(err) == transport.CauseSecret
}

func nobodyIsLeft(found, strange, lacking int) bool {
	switch Mutant {
	case "one-stranger-ends-it":
		return strange > 0
	case "strangers-are-asked-for-ever":
		return false
	}
	return found > 0 && lacking == 0 && strange == found
}

func looksAnew() bool { return Mutant != "names-are-looked-up-once" }

func goesBeforeTold(said string, moved bool) bool {
	host, _, err := net.SplitHostPort(said)
	switch Mutant {
	case "told-once-for-all":
		return false
	case "anywhere-is-a-place":
		return moved && err == nil
	case "all-have-moved":
		moved = true
	}
	return moved && err == nil && host != "" && !net.ParseIP(host).IsUnspecified()
}
