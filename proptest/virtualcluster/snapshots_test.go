package virtualcluster_test

// Goal: histories reach all that may become of a snapshot, and notice what a host does wrong with them. Method: plans of the profile
// that favours them run until each kind was seen, each run judged as all are; and, with hosts that do one thing wrong, until one is judged wrong.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// mostSnapped is how many runs may go by until all was seen.
const mostSnapped = 300

func TestHistoriesReachAllThatBecomesOfSnapshots(t *testing.T) {
	snapshots, err := workload.Named("snapshots")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, snapshots) })
	seen := newTally()
	for seed := 0; len(seen.unsnapped()) > 0 && seed < mostSnapped; seed++ {
		plan := plans.Example(seed)
		r := virtualcluster.Execute(&plan, virtualcluster.Options{})
		require.True(t, r.Verdict.OK, "seed %d: %s\n%s", seed, story(r), &plan)
		seen.add(&plan, r)
	}
	t.Log(seen)
	require.Empty(t, seen.unsnapped(), "in %d runs this became of no snapshot", seen.runs)
}

func TestHistoriesNoticeWhatHostsDoWrongWithSnapshots(t *testing.T) {
	snapshots, err := workload.Named("snapshots")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, snapshots) })
	for _, wrong := range simulator.Sabotages() {
		t.Run(string(wrong), func(t *testing.T) {
			for seed := range mostSnapped {
				plan := plans.Example(seed)
				r := virtualcluster.Execute(&plan, virtualcluster.Options{Sabotage: wrong})
				if !r.Verdict.OK {
					t.Logf("run %d: %s: %s", seed, r.Verdict.Violations[0].Check, r.Verdict.Violations[0].Sentence)
					return
				}
			}
			require.Fail(t, "survives", "%d runs", mostSnapped)
		})
	}
}
