package cluster

// Goal: what a run itself finds is told first, by its name, and a disk that differs is found. Method: verdicts over made-up
// endings.

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
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

// disks are what three nodes hold that have applied all of one log of three entries, and the archive. The first two logs begin behind
// entry 2, and both have a snapshot of that.
func disks(t *testing.T) (all []remains, log [][]byte, ever []kept) {
	t.Helper()
	bootstrap := dedup.AppendBootstrap(nil, 1, &dedup.Bootstrap{CapacityKeys: 9, CapacityBytes: 900})
	claim := dedup.AppendClaim(dedup.AppendHeader(nil, 2), dedup.Claim{Key: dedup.Key{1}, Owner: 1})
	log = [][]byte{bootstrap, claim, dedup.AppendNoOp(nil, 3)}
	for id := uint8(1); id <= 3; id++ {
		m := dedup.New()
		var results dedup.Results
		r := remains{id: id, applied: 3}
		for k, payload := range log {
			require.NoError(t, m.Apply(uint64(k+1), payload, &results))
			r.log = append(r.log, wal.Entry{Term: 1, Value: protocol.Command, Payload: payload})
			if k == 1 {
				ever = []kept{snapshotOf(2, m)}
			}
		}
		r.state = m.AppendState(nil)
		entries := protocol.EntriesOf(slices.Repeat([]protocol.Entry{{Term: 1, Value: protocol.Command}}, 3)...)
		r.known = protocol.LogBehind(0, 0, &entries)
		if id < 3 {
			last := protocol.EntriesOf(protocol.Entry{Term: 1, Value: protocol.Command})
			r.known, r.log, r.snapshots = protocol.LogBehind(2, 1, &last), r.log[2:], []kept{snapshotOf(2, machineAt(t, log[:2]))}
		}
		all = append(all, r)
	}
	return all, log, ever
}

func machineAt(t *testing.T, log [][]byte) *dedup.Machine {
	t.Helper()
	m := dedup.New()
	var results dedup.Results
	for k, payload := range log {
		require.NoError(t, m.Apply(uint64(k+1), payload, &results))
	}
	return m
}

func snapshotOf(index protocol.Index, m *dedup.Machine) kept {
	state := m.AppendState(nil)
	return kept{Header: snapshot.Header{Index: index, Term: 1}, state: fingerprintOf(state), file: fingerprintOf(append([]byte("file of "), state...))}
}

// found is what an ending finds where what is left of a cluster was altered.
func found(t *testing.T, alter func(all []remains, log [][]byte, ever []kept)) *Ending {
	t.Helper()
	all, log, ever := disks(t)
	alter(all, log, ever)
	return endingOf(all, log, ever)
}

func TestAnEndingFindsWhatDisksHaveLostAndStatesThatDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		check, says string
		alter       func(all []remains, log [][]byte, ever []kept)
	}{
		"nothing":                        {"", "", func([]remains, [][]byte, []kept) {}},
		"an entry that a majority holds": {"", "", func(all []remains, _ [][]byte, _ []kept) { all[0].log = nil }},
		"an entry of another term": {CheckDurable, "entry 3", func(all []remains, _ [][]byte, _ []kept) {
			all[0].log, all[1].log[0].Term = nil, 7
		}},
		"an entry with another payload": {CheckDurable, "entry 3", func(all []remains, _ [][]byte, _ []kept) {
			all[0].log[0].Payload, all[1].log = append([]byte{0}, all[0].log[0].Payload...), nil
		}},
		"entries that all disks have alike, and nobody applied": {CheckDurable, "entry 3", func(all []remains, _ [][]byte, _ []kept) {
			for k := range all {
				all[k].log[len(all[k].log)-1].Payload = []byte{9}
			}
		}},
		"no entry anywhere": {CheckDurable, "entry 3", func(all []remains, _ [][]byte, _ []kept) {
			for k := range all {
				all[k].log = nil
			}
		}},
		"a state":                        {CheckSameState, "node 3", func(all []remains, _ [][]byte, _ []kept) { all[2].state[20]++ }},
		"an entry that can't be applied": {CheckSameState, "can't be applied", func(_ []remains, log [][]byte, _ []kept) { log[1] = []byte{9} }},
		"the snapshot that a log begins behind": {CheckDurable, "entry 1", func(all []remains, _ [][]byte, _ []kept) {
			all[0].snapshots, all[1].snapshots = nil, nil
		}},
		"a snapshot of another term": {CheckDurable, "entry 1", func(all []remains, _ [][]byte, _ []kept) {
			all[0].snapshots[0].Term, all[1].snapshots[0].Term = 7, 7
		}},
		"a snapshot that is older than the base": {CheckDurable, "entry 1", func(all []remains, log [][]byte, _ []kept) {
			older := snapshotOf(1, machineAt(t, log[:1]))
			all[0].snapshots[0], all[1].snapshots[0] = older, older
		}},
		"a snapshot that can't be read": {CheckSnapshots, "can't be read: rot", func(all []remains, _ [][]byte, _ []kept) {
			all[0].snapshots[0].err = errors.New("rot")
		}},
		"a snapshot of another state": {CheckSnapshots, "entry 2 differs", func(all []remains, _ [][]byte, _ []kept) {
			all[0].snapshots[0].state.sum[20]++
		}},
		"a snapshot of a shorter state": {CheckSnapshots, "entry 2 differs", func(all []remains, _ [][]byte, _ []kept) {
			all[0].snapshots[0].state.bytes--
		}},
		"a snapshot that was there once": {CheckSnapshots, "entry 2 differs", func(_ []remains, _ [][]byte, ever []kept) {
			ever[0].state.sum[20]++
		}},
		"a snapshot in another file": {CheckSnapshots, "not the same file", func(all []remains, _ [][]byte, _ []kept) {
			all[1].snapshots[0].file.sum[0]++
		}},
		"a snapshot of the future": {CheckSnapshots, "nobody has applied", func(_ []remains, _ [][]byte, ever []kept) { ever[0].Index = 9 }},
	} {
		e := found(t, c.alter)
		if c.check == "" {
			require.Empty(t, e.Found, name)
			continue
		}
		k := slices.IndexFunc(e.Found, func(v linearizability.Violation) bool { return v.Check == c.check })
		require.GreaterOrEqual(t, k, 0, "%s: %+v", name, e.Found)
		require.Contains(t, e.Found[k].Sentence, c.says, name)
	}
}

func TestTheArchiveFindsWhatReplicasApplyOtherwise(t *testing.T) {
	var met []error
	a := newArchive([16]byte{1}, func(err error) { met = append(met, err) })
	a.applied(1, 1, []byte("a"))
	a.applied(1, 2, []byte("b"))
	a.applied(2, 1, []byte("a"))
	a.applied(1, 1, []byte("a"))
	state, stale := fileOf(t, 2, "12345678state"), fileOf(t, 2, "12345678stale")
	a.keep(1, nameOfSnapshot(2), state)
	a.keep(2, nameOfSnapshot(2), state)
	require.Empty(t, met)
	require.Len(t, a.entries(), 2)
	a.applied(2, 2, []byte("c"))
	a.applied(3, 4, []byte("d"))
	a.keep(3, nameOfSnapshot(2), stale)
	require.Len(t, met, 3)
	for k, check := range []string{CheckSameLog, CheckSameLog, CheckSameSnapshot} {
		require.Equal(t, check, nameOf(met[k]))
	}
	require.Len(t, a.entries(), 2)

	ever := a.ever()
	require.Len(t, ever, 1)
	require.NoError(t, ever[0].err)
	require.Equal(t, fingerprintOf([]byte("state")), ever[0].state)
	require.Equal(t, fingerprintOf(state), ever[0].file)

	a.keep(1, nameOfSnapshot(3), []byte("no snapshot"))
	short := fileOf(t, 4, "head")
	a.keep(1, nameOfSnapshot(4), short)
	torn := fileOf(t, 5, "12345678state")
	torn[len(torn)-1]++
	a.keep(1, nameOfSnapshot(5), torn)
	a.keep(1, "stranger.snapshot", state)
	require.ErrorContains(t, met[3], "no snapshot")
	require.Len(t, a.ever(), 4)
	for _, s := range a.ever() {
		if s.Index > 2 {
			require.Error(t, s.err)
		}
		if s.Index == 4 {
			require.ErrorContains(t, s.err, "fewer than its head")
		}
	}
}

// fileOf is the file of a snapshot of that body.
func fileOf(t *testing.T, index protocol.Index, body string) []byte {
	t.Helper()
	folder := crashfs.New(0)
	store, err := snapshot.Open(snapshot.Config{FS: folder, Cluster: [16]byte{1}})
	require.NoError(t, err)
	w, err := store.Create(index, 1, 0)
	require.NoError(t, err)
	_, err = w.Write([]byte(body))
	require.NoError(t, err)
	_, err = w.Commit()
	require.NoError(t, err)
	content, err := contentOf(folder, nameOfSnapshot(index))
	require.NoError(t, err)
	return content
}
