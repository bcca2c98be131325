//go:build !mutants

package server

import (
	"slices"
	"time"

	"github.com/eventstreamcore/semel/dedup"
)

// The decision that the adapter between a replica and the machine rests on. guards_mutants.go holds a wrong
// one; the tests show that it is caught.

// notePropose is where commands are about to be proposed: nothing is kept of them.
func (m *Machine) notePropose([]byte) {}

// decide is where answers to applied commands are ready: they were decided when the commands were applied.
func (m *Machine) decide([]byte) {}

// goesApart: a large value is copied outside of the replica's loop.
func goesApart(large bool) bool { return large }

// holder is the state in which values are pinned: the machine has another one since, where a snapshot has taken its place.
func (v *values) holder() *dedup.Machine { return v.state }

// fades reports whether so many commands were counted that those of before count for less.
func fades(counted int64) bool { return counted >= lateCommands }

// isLow reports whether there is too little room where so many bytes are lacking for the next snapshot.
func isLow(lacking int64) bool { return lacking > 0 }

// isQuiet reports whether a peer of which nothing came for so many ms is not heard.
func isQuiet(ms int64) bool { return ms >= quietFor }

// keepsOut reports whether a node that any other keeps out does not count.
func keepsOut() bool { return true }

// waitsForDisks reports whether a node whose disk hangs does not count: it acknowledges nothing.
func waitsForDisks() bool { return true }

// hasWitness reports whether a node that does not answer is heard by one that does.
func hasWitness(h *ClusterHealth, node uint8) bool { return h.isWitnessed(node) }

// talk reports whether two nodes are in touch: each of them that answers says so, and one does.
func talk(a, b *NodeHealth) bool {
	there, back := a.said(b.Node), b.said(a.Node)
	return (there != nil || back != nil) && (there == nil || there.isReached()) && (back == nil || back.isReached())
}

// survives reports whether a quorum is left when any k fail, where so many nodes have k more than they need.
func survives(spare, k int) bool { return spare > k }

// isFresh reports whether what was found so long ago is told again.
func isFresh(ago time.Duration) bool { return ago < freshFor }

// shares reports whether who polls waits for the round that runs, where one does.
func shares(running bool) bool { return running }

// mayAsk reports whether a node is asked, of which a question is open or not.
func mayAsk(open bool) bool { return !open }

// patienceOf is how long a round waits.
func patienceOf(patience time.Duration) time.Duration { return patience }

// isJoint reports whether a second set of voters decides too.
func isJoint(next []int) bool { return len(next) > 0 }

// decides reports whether a node is one of a set of voters.
func decides(set []int, node uint8) bool { return slices.Contains(set, int(node)) }
