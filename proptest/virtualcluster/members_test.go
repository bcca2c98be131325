package virtualcluster_test

// Goal: histories reach all that may become of the members of a cluster, and whoever comes or goes, what clients see is what the service promises.
// Method: plans of the profile that favours changes run until each kind was seen, each run judged as all are; and, with hosts that do one thing wrong,
// until one is judged wrong.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

func TestHistoriesReachAllThatBecomesOfMembers(t *testing.T) {
	members, err := workload.Named("members")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, members) })
	seen := newTally()
	missing := func() (kinds []string) {
		for _, kind := range workload.Changing() {
			kinds = append(kinds, unless(seen.faults, string(kind))...)
		}
		return append(kinds, seen.unchanged()...)
	}
	for seed := 0; len(missing()) > 0 && seed < mostSnapped; seed++ {
		plan := plans.Example(seed)
		r := virtualcluster.Execute(&plan, virtualcluster.Options{})
		require.True(t, r.Verdict.OK, "seed %d: %s\n%s", seed, story(r), &plan)
		seen.add(&plan, r)
	}
	t.Log(seen)
	require.Empty(t, missing(), "in %d runs this became of no member", seen.runs)
}

func TestHistoriesNoticeWhatHostsDoWrongWithMembers(t *testing.T) {
	members, err := workload.Named("members")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, members) })
	for _, wrong := range simulator.MemberSabotages() {
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
