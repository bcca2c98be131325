package dedup_test

// Goal: snapshots in the midst of drawn histories are those of the entry at which they began. Method: the scenarios of the
// model, whose tables have a handful of slots; and a crowd, whose tables have segments that come and go. A twin that is never
// snapshotted has the same state after each entry.

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSnapshotsOfScenariosAreOfTheirEntry(t *testing.T) {
	ended := 0
	rapid.Check(t, func(t *rapid.T) {
		c := newCamera(rapid.Uint64().Draw(t, "seed of snapshots"), 200)
		require.NoError(t, scenarios.Draw(t, "scenario").photographed(c))
		ended += c.ended
	})
	require.Greater(t, ended, 100, "too few snapshots to mean anything")
}

// photographed is run with snapshots in the midst.
func (s scenario) photographed(c *camera) error {
	p := s.start()
	p.between = c.between
	return p.all(s)
}

func TestSnapshotsOfCrowdsAreOfTheirEntry(t *testing.T) {
	var sum camera
	pins := 0
	for seed := range uint64(12) {
		c, w, err := photographCrowd(seed)
		require.NoError(t, err, "seed %d", seed)
		pins += w.pins
		sum.ended, sum.closed, sum.outgrown = sum.ended+c.ended, sum.closed+c.closed, sum.outgrown+c.outgrown
	}
	require.Greater(t, sum.ended, 30)
	require.Greater(t, sum.closed, 10)
	require.Greater(t, sum.outgrown, 5)
	require.Greater(t, pins, 50)
	t.Logf("%d told, %d given up, %d that gave themselves up", sum.ended, sum.closed, sum.outgrown)
}

// photographCrowd takes snapshots of a crowd, by the seed with a limit that some outgrow.
func photographCrowd(seed uint64) (*camera, *crowd, error) {
	c := newCamera(seed, 1<<(9+seed%7))
	if seed%3 == 2 {
		c.limit = 60_000
	}
	w := newCrowd(seed)
	for i := range 200 {
		if err := c.between(w.machine); err != nil {
			return c, w, fmt.Errorf("before entry %d: %w", i, err)
		}
		if err := w.entry(); err != nil {
			return c, w, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return c, w, nil
}

func TestOneSnapshotAtATime(t *testing.T) {
	m := bootstrapped(t, 10, 0)
	first, err := m.Snapshot(0)
	require.NoError(t, err)
	_, err = m.Snapshot(0)
	require.ErrorIs(t, err, dedup.ErrSnapshotUnderWay)
	require.Equal(t, m.AppendState(nil), told(t, first), "AppendState is none")
	second, err := m.Snapshot(0)
	require.NoError(t, err, "the first has ended with its last piece")
	second.Close()
	second.Close()
	_, err = second.Next(nil)
	require.ErrorIs(t, err, dedup.ErrSnapshotClosed)
	first.Close()
	_, err = first.Next(nil)
	require.ErrorIs(t, err, dedup.ErrSnapshotEnd)
	third, err := m.Snapshot(0)
	require.NoError(t, err, "Close has ended the second")
	require.EqualValues(t, 1, third.Index())
}

// told returns all that is left of a snapshot.
func told(t testing.TB, s *dedup.Snapshot) (state []byte) {
	for {
		var err error
		if state, err = s.Next(state); err != nil {
			require.ErrorIs(t, err, dedup.ErrSnapshotEnd)
			return state
		}
	}
}

func TestTheStateBeforeTheFirstEntryIsToldWhileItIsApplied(t *testing.T) {
	m := dedup.New()
	want := m.AppendState(nil)
	s, err := m.Snapshot(0)
	require.NoError(t, err)
	limits := dedup.Bootstrap{Secret: secret, CapacityKeys: 1}
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, startNanos, &limits), &dedup.Results{}))
	require.Equal(t, want, told(t, s))
}

func TestAPieceIsNeitherShortNorLong(t *testing.T) {
	m := bootstrapped(t, 1<<20, 1<<30)
	c := claimer{machine: m, index: 1}
	for c.keys < 20_000 {
		require.NoError(t, c.entry(4000))
	}
	value := bytes.Repeat([]byte("v"), dedup.MaxValueBytes)
	for n := range 40 {
		payload := dedup.AppendHeader(nil, startNanos)
		for i := range 3 {
			payload = dedup.AppendPut(payload, dedup.Put{Key: scattered(uint64(n*100 + i)), Value: value[:1+n*1600]})
		}
		c.index++
		require.NoError(t, m.Apply(c.index+1, payload, &c.results))
	}
	s, err := m.Snapshot(0)
	require.NoError(t, err)
	state, short := []byte{}, 0
	for {
		before := len(state)
		if state, err = s.Next(state); err != nil {
			break
		}
		require.Less(t, len(state)-before, 130<<10)
		if len(state)-before < 64<<10 {
			short++
		}
	}
	require.ErrorIs(t, err, dedup.ErrSnapshotEnd)
	require.LessOrEqual(t, short, 1, "only the last may be")
	require.Equal(t, m.AppendState(nil), state)
}
