package virtualcluster

// Goal: the end of a run finds replicas that differ, and a run that is right says that it looked. Method: a run of an
// idle cluster, of which one replica is then changed, in its state and in its log.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

func idle(t *testing.T, seed uint64) *run {
	t.Helper()
	r := newRun(&workload.Plan{Servers: 3, Seed: seed, Capacity: 9, Bytes: 900}, Options{})
	require.NoError(t, r.execute())
	return r
}

func TestAnEndingFindsAStateThatDiffers(t *testing.T) {
	r := idle(t, 1)
	require.Equal(t, 3, r.sameStateChecked(nil).Examined)
	r.world.Members[2].Machine().(*server.Machine).View(func(d *dedup.Machine) {
		var results dedup.Results
		claim := dedup.AppendClaim(dedup.AppendHeader(nil, 1), dedup.Claim{Key: dedup.Key{1}, Owner: 1})
		require.NoError(t, d.Apply(d.AppliedIndex()+1, claim, &results))
	})
	err := r.sameState()
	require.ErrorIs(t, err, errDifferent)
	require.ErrorContains(t, err, "the state of node 3 and that of its log")
	require.Equal(t, CheckSameState, nameOf(err))
	require.False(t, r.sameStateChecked(err).OK)
}

func TestAnEndingFindsALogThatDiffers(t *testing.T) {
	r := idle(t, 1)
	r.cluster.operator.places[1].member = idle(t, 2).world.Members[1]
	_, err := r.commonLog()
	require.ErrorIs(t, err, errDifferent)
	require.ErrorContains(t, err, "of node 2 ")
}

func TestARunSaysThatItComparedTheReplicas(t *testing.T) {
	v := Execute(&workload.Plan{Servers: 3, Seed: 1, Capacity: 9, Bytes: 900}, Options{}).Verdict
	require.True(t, v.OK)
	for _, c := range v.Checks {
		if c.Name == CheckSameState {
			require.True(t, c.OK)
			require.Equal(t, 3, c.Examined)
			return
		}
	}
	t.Fatalf("no check %s among %v", CheckSameState, v.Checks)
}

func TestWhatEndedARunIsToldFirstAndIsNotRight(t *testing.T) {
	v := &linearizability.Verdict{OK: true, Violations: []linearizability.Violation{{Check: linearizability.CheckLog}, {Check: "OneOrder"}}}
	brokenOff(v, &linearizability.History{}, fmt.Errorf("%w: x", ErrNoProgress))
	require.False(t, v.OK)
	require.Len(t, v.Violations, 2, "that open calls can't be settled without a log is no news")
	require.Equal(t, CheckProgress, v.Violations[0].Check)
	require.Equal(t, "OneOrder", v.Violations[1].Check)
}
