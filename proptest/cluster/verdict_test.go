package cluster

// Goal: what a run itself finds is told first, by its name, and a disk that differs is found. Method: verdicts over made-up
// endings.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

func TestWhatARunMeetsIsToldFirst(t *testing.T) {
	h := &linearizability.History{Header: linearizability.Header{Format: linearizability.FormatVersion}}
	plan := &workload.Plan{}
	require.True(t, Judge(plan, h, nil, nil).OK)
	for met, check := range map[error]string{
		fmt.Errorf("x: %w", ErrStopped): CheckReplica, odd("x"): CheckDoors, fmt.Errorf("%w: x", ErrNoProgress): CheckProgress,
		wal.ErrDamaged: CheckReplica,
	} {
		v := Judge(plan, h, nil, met)
		require.False(t, v.OK)
		require.Equal(t, check, v.Violations[0].Check)
	}
}

func TestWhatAnEndingFoundAndLogTimeThatOutranTheClocksAreNotRight(t *testing.T) {
	h, plan := &linearizability.History{Header: linearizability.Header{Format: linearizability.FormatVersion}}, &workload.Plan{}
	lost := &Ending{Found: []linearizability.Violation{{Check: CheckDurable}}}
	require.True(t, Judge(plan, h, &Ending{}, nil).OK)
	require.False(t, Judge(plan, h, lost, nil).OK)

	const day = 1_577_900_000_000_000_000
	returned := []int64{1, 3}
	for k, time := range []uint64{day, day + 1_000_000_000} {
		h.Operations = append(h.Operations, linearizability.Operation{
			ID: k, Call: returned[k] - 1, Return: &returned[k], Key: "k", Arguments: linearizability.Arguments{Kind: linearizability.Forget},
			Answer: &linearizability.Answer{Outcome: linearizability.NotFound, TimeNanos: time, Number: uint64(k + 1)},
		})
	}
	v := Judge(plan, h, &Ending{}, nil)
	require.False(t, v.OK)
	require.Equal(t, workload.CheckPace, v.Violations[0].Check)
}

// disks are what three nodes hold that have applied all of one log.
func disks(t *testing.T) []remains {
	t.Helper()
	bootstrap := dedup.AppendBootstrap(nil, 1, &dedup.Bootstrap{Nodes: []uint8{1, 2, 3}, CapacityKeys: 9, CapacityBytes: 900})
	claim := dedup.AppendClaim(dedup.AppendHeader(nil, 2), dedup.Claim{Key: dedup.Key{1}, Owner: 1})
	var all []remains
	for id := uint8(1); id <= 3; id++ {
		m := dedup.New()
		var results dedup.Results
		r := remains{id: id}
		for k, payload := range [][]byte{bootstrap, claim} {
			require.NoError(t, m.Apply(uint64(k+1), payload, &results))
			r.log = append(r.log, wal.Entry{Term: 1, Value: protocol.Command, Payload: payload})
		}
		r.applied, r.state = 2, m.AppendState(nil)
		all = append(all, r)
	}
	return all
}

func endingOf(all []remains) *Ending {
	e := &Ending{Committed: 2}
	e.checkStates(all, e.readBack(all))
	return e
}

func TestAnEndingFindsWhatDisksHaveLostAndStatesThatDiffer(t *testing.T) {
	require.Empty(t, endingOf(disks(t)).Found)

	one := disks(t)
	one[0].log = one[0].log[:1]
	require.Empty(t, endingOf(one).Found, "a majority holds it")

	two := disks(t)
	two[0].log, two[1].log[1].Term = two[0].log[:1], 7
	require.Equal(t, CheckDurable, endingOf(two).Found[0].Check)

	payload := disks(t)
	payload[0].log[1].Payload, payload[1].log = append([]byte{0}, payload[0].log[1].Payload...), payload[1].log[:1]
	require.Equal(t, CheckDurable, endingOf(payload).Found[0].Check, "an entry is its payload too")

	none := disks(t)
	for k := range none {
		none[k].log = nil
	}
	require.Equal(t, CheckDurable, endingOf(none).Found[0].Check)

	state := disks(t)
	state[2].state[20]++
	require.Equal(t, CheckSameState, endingOf(state).Found[0].Check)
	require.Contains(t, endingOf(state).Found[0].Sentence, "node 3")

	bad := disks(t)
	for k := range bad {
		bad[k].log[1].Payload = []byte{9}
	}
	require.Contains(t, endingOf(bad).Found[0].Sentence, "can't be applied")
}
