//go:build !mutants

package node

import (
	"net"

	"github.com/eventstreamcore/semel/raft/transport"
)

// The decisions of who looks for others by a list. guards_join_mutants.go holds a wrong one for each fault.

// isOtherCluster reports whether somebody who was asked has another secret, or is of a cluster of another name. Who is silent, or gone, may be of ours.
func isOtherCluster(err error, answer *joined) bool {
	return err == nil && answer.Other || transport.CauseOf(err) == transport.CauseSecret
}

// nobodyIsLeft reports whether all that a list stands for are of other clusters, and will be.
func nobodyIsLeft(found, strange, lacking int) bool {
	return found > 0 && lacking == 0 && strange == found
}

// looksAnew reports whether names are looked up again in each round.
func looksAnew() bool { return true }

// goesBeforeTold reports whether what a node says of where it is found goes before what stands in this one's command line: where it was told to say so, and
// names a place. What it takes from its own list does not: there may be something in between that this node is to go through.
func goesBeforeTold(said string, moved bool) bool {
	host, _, err := net.SplitHostPort(said)
	return moved && err == nil && host != "" && !net.ParseIP(host).IsUnspecified()
}
