package virtualcluster_test

// Goal: porcupine, which knows nothing of the log, explains what clients saw of short, crowded runs, and really has to
// search. Method: plans of the profile that is made for it; every key is searched, or the run does not count.

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var crowds = flag.Int("contended", 20, "how many runs that porcupine searches whole")

func TestContendedHistories(t *testing.T) {
	profile, err := workload.Named("contended")
	require.NoError(t, err)
	var seen workload.Searched
	base, idle, written := rand.Uint64N(1<<53)+1, 0, 0
	for k := 0; k < *crowds+idle && !workload.TooManyIdle(idle, *crowds); k++ {
		j := &judged{profile: profile, seed: base + uint64(k)}
		t.Run(fmt.Sprint(j.seed), func(t *testing.T) {
			defer j.save(t, &written)
			j.run(t)
		})
		if j.idle {
			idle++
		} else if j.result != nil {
			seen.Add(j.result.Verdict)
		}
	}
	t.Log(&seen)
	require.False(t, workload.TooManyIdle(idle, *crowds), "%d runs showed too little", idle)
	if !t.Failed() {
		require.Empty(t, seen.Missing(), seen.String())
	}
}

// A crowd of one is none: the suite says so.
func TestRunsWithoutContentionAreNoEvidence(t *testing.T) {
	profile, err := workload.Named("contended")
	require.NoError(t, err)
	profile.Clients, profile.Faults = workload.Range{Least: 1, Most: 1}, nil
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, profile) })
	var seen workload.Searched
	for seed := range 5 {
		plan := plans.Example(seed)
		v := virtualcluster.Execute(&plan, virtualcluster.Options{}).Verdict
		require.True(t, v.OK)
		seen.Add(v)
	}
	require.NotEmpty(t, seen.Missing(), seen.String())
}
