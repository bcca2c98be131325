//go:build mutants

package virtualcluster_test

// Goal: the bounds of promise 9 and of elections are awake. Method: each of the choices of package raft that keep a minority from stopping
// the others is taken away, and a fault that it is for is held to its bound until a run exceeds it. The others stories of package raft
// show.

import (
	"slices"
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
}

// mostMissed is how many runs a fault has to show itself in.
const mostMissed = 12

func TestEveryMutantOfElectionsExceedsABound(t *testing.T) {
	for id := range missed {
		t.Run(id, func(t *testing.T) {
			require.Contains(t, raft.MutantIDs, id)
			t.Cleanup(func() { raft.Mutant = "" })
			raft.Mutant = id
			for seed := range uint64(mostMissed) {
				m, err := measure(workload.MinorityNamed(missed[id], timings[seed%2]), timings[seed%2], seed+1)
				require.NoError(t, err)
				if err := m.bounded(); err != nil {
					t.Logf("run %d: %v", seed+1, err)
					return
				}
			}
			require.Fail(t, "survives", "%d runs of %q", mostMissed, missed[id])
		})
	}
}

// slower is, for each choice that makes elections short, one of them that takes too long without it.
var slower = map[string]string{
	"no-pre-vote":   "of three one is killed",
	"no-second-try": "of five one is killed",
	"late-is-life":  "of three one is killed",
}

func TestEveryMutantOfElectionsMakesThemLong(t *testing.T) {
	for id, name := range slower {
		t.Run(id, func(t *testing.T) {
			t.Cleanup(func() { raft.Mutant = "" })
			raft.Mutant = id
			k := slices.IndexFunc(elections, func(e election) bool { return e.name == name })
			require.Error(t, elections[k].holdAll(t, 200), "survives")
		})
	}
}
