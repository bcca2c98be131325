// Goal: marks. They number the mechanism's writes, records merge what goes on, and only
// the disk's word for a mark counts.
// Method: stories on one replica whose disk is in the test's hands.

package raft

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func leaderWithSlowDisk(t *testing.T) *replica {
	c := newTrio(t)
	r := c.elect(1)
	c.acknowledge = false
	return r
}

func TestMarksNumberTheMechanismsWrites(t *testing.T) {
	r := leaderWithSlowDisk(t)
	start := r.lastMark
	first := r.step(Proposed(3)).Writes
	second := r.step(Proposed(2)).Writes
	require.Equal(t, start+3, first[0].Mark, "one record, the mark of the last of its three writes")
	require.Equal(t, start+5, second[0].Mark)
	require.Equal(t, 5, r.Status().PendingWrites)
	r.disk.keep(1)
	r.step(Durable(start + 3))
	require.Equal(t, 2, r.Status().PendingWrites)
	require.Equal(t, first[0].Entries.Len(), uint64(r.Status().DurableIndex-1))
	require.Empty(t, r.step(Tick()).Writes, "nothing changed, nothing to write")
}

func TestAMarkInsideARecordCountsWhatItCovers(t *testing.T) {
	r := leaderWithSlowDisk(t)
	r.Step(Proposed(4))
	before := r.node.DurableIndex()
	r.Step(Durable(r.lastMark - 1))
	require.Equal(t, before+3, r.node.DurableIndex())
}

func TestLateAcknowledgementsAreHarmless(t *testing.T) {
	r := leaderWithSlowDisk(t)
	r.step(Proposed(1))
	r.disk.keep(1)
	r.step(Durable(r.lastMark))
	r.step(Proposed(1))
	before := r.AppendState(nil)
	for _, late := range []Mark{r.lastMark - 1, r.lastMark - 1, 1, 0} {
		r.step(Durable(late))
		require.Equal(t, before, r.AppendState(nil), "not credited to a later write")
	}
}

func TestAcknowledgingAMarkNeverGivenPanics(t *testing.T) {
	r := leaderWithSlowDisk(t)
	require.PanicsWithValue(t, "raft: contract broken: only a mark that was given out is acknowledged",
		func() { r.Step(Durable(r.lastMark + 1)) })
}

func TestEventsThatAreNonePanic(t *testing.T) {
	r := leaderWithSlowDisk(t)
	require.Panics(t, func() { r.Step(Event{}) })
	require.Panics(t, func() { r.Step(Proposed(0)) })
	require.Equal(t, "no event", Event{}.String())
}

func TestMarksGoOnAfterRestart(t *testing.T) {
	r, err := New(Config{ID: 1, Servers: protocol.Nodes(1)}, protocol.HardState{}, 41)
	require.NoError(t, err)
	for range 20 {
		r.Step(Tick())
	}
	require.EqualValues(t, 42, r.Status().LastMark)
	r.Step(Durable(41))
	require.Equal(t, 1, r.Status().PendingWrites, "of before the restart")
	out := r.Step(Durable(42))
	require.EqualValues(t, 43, out.Writes[0].Mark)
}

func TestRecordsMergeOnlyWhatGoesOn(t *testing.T) {
	write := func(prev protocol.Index, entries ...protocol.Entry) protocol.Write {
		return protocol.Write{Term: 2, Vote: 1, Prev: prev, Entries: protocol.EntriesOf(entries...)}
	}
	noOp := protocol.Entry{Term: 2, Value: protocol.NoOp}
	for name, c := range map[string]struct {
		writes []protocol.Write
		want   []string
	}{
		"appends":            {[]protocol.Write{write(3, two), write(4, two, two)}, []string{"12: term=2 vote=1 keep=3 then=[2 2 2]"}},
		"of several kinds":   {[]protocol.Write{write(3, noOp), write(4, two), write(5, noOp)}, []string{"13: term=2 vote=1 keep=3 then=[2* 2 2*]"}},
		"term, then append":  {[]protocol.Write{{Term: 1, Prev: 3}, write(3, two)}, []string{"12: term=2 vote=1 keep=3 then=[2]"}},
		"cut, then append":   {[]protocol.Write{write(1, two), write(2, two)}, []string{"12: term=2 vote=1 keep=1 then=[2 2]"}},
		"append, then cut":   {[]protocol.Write{write(3, two), write(2, two)}, []string{"11: term=2 vote=1 keep=3 then=[2]", "12: term=2 vote=1 keep=2 then=[2]"}},
		"append, then a gap": {[]protocol.Write{write(3, two), write(5, two)}, []string{"11: term=2 vote=1 keep=3 then=[2]", "12: term=2 vote=1 keep=5 then=[2]"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Raft{lastMark: 10}
			r.taken.Writes = c.writes
			given := fmt.Sprint(c.writes)
			r.numberWrites()
			var got []string
			for _, w := range r.out.Writes {
				got = append(got, fmt.Sprintf("%d: %v", w.Mark, w.Write))
			}
			require.Equal(t, c.want, got)
			require.Equal(t, given, fmt.Sprint(c.writes), "what the node holds as pending is as it was")
		})
	}
}
