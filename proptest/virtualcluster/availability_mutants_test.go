//go:build mutants

package virtualcluster_test

// Goal: the bounds of promise 9 are awake. Method: each of the choices of package raft that keep a minority from stopping
// the others is taken away, and a fault that it is for is held to its bound until a run exceeds it.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
)

// missed is, for each of them, what shows that it is missed.
var missed = map[string]string{
	"no-pre-vote":     "deaf: another",
	"no-stickiness":   "ticks at eight times the rate, and few write: another",
	"no-check-quorum": "deaf: the leader",
	"no-back-off":     "each sync takes four timeouts more: all, and the leader is killed",
}

// mostMissed is how many runs a fault has to show itself in.
const mostMissed = 12

func TestEveryMutantOfElectionsExceedsABound(t *testing.T) {
	for _, id := range raft.MutantIDs {
		if id == "reads-unconfirmed" { // of reads, which a story of package raft shows
			continue
		}
		t.Run(id, func(t *testing.T) {
			require.Contains(t, missed, id)
			t.Cleanup(func() { raft.Mutant = "" })
			raft.Mutant = id
			for seed := range uint64(mostMissed) {
				m := measure(t, workload.MinorityNamed(missed[id], timings[seed%2]), timings[seed%2], seed+1)
				if err := m.bounded(); err != nil {
					t.Logf("run %d: %v", seed+1, err)
					return
				}
			}
			require.Fail(t, "survives", "%d runs of %q", mostMissed, missed[id])
		})
	}
}
