package node_test

// Goal: what stands on a disk is bounded by what MostBytes says, at each moment of a life in which the log ends many times; and what a snapshot
// lacks is told. Method: the world of crash_world_test.go, whose files are added up after each step, and a table.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
)

// footprint has three nodes take snapshots until the log has ended so many times, and returns the most that was on a disk, of what is
// stated: an error where that was more.
func footprint(times int) (part float64, err error) {
	w := newWorld(5, 3)
	defer w.close()
	var over error
	w.after = func() {
		for _, m := range w.members {
			if m.Stepped == nil {
				continue
			}
			there, f := m.log.Used()+m.files.Used(), m.Footprint(chainPadding)
			if part = max(part, float64(there)/float64(f.Most)); there > f.Most {
				over = fmt.Errorf("node %d has %d bytes on its disk, at most %d are stated", m.id, there, f.Most)
			}
		}
	}
	for _, m := range w.members {
		err = errors.Join(err, m.start())
	}
	ends, base := 0, w.at(1).Status().SnapshotIndex
	for ends < times && err == nil && over == nil {
		err = w.write(1)
		if now := w.at(1).Status().SnapshotIndex; now > base {
			base, ends = now, ends+1
		}
	}
	return part, errors.Join(err, over)
}

func TestADiskHoldsNoMoreThanIsStated(t *testing.T) {
	part, err := footprint(60)
	require.NoError(t, err)
	require.Greater(t, part, 0.5, "what is stated is no guess: a life comes near it")
	t.Log(part)
}

func TestWhatIsStatedFollowsTheLargerOfSnapshotAndInterval(t *testing.T) {
	const mib = 1 << 20
	require.EqualValues(t, 6*100*mib+64*mib, node.MostBytes(100*mib, 64*mib, 16*mib))
	require.EqualValues(t, 3*10*mib+3*64*mib+64*mib, node.MostBytes(10*mib, 64*mib, 16*mib))
}

func TestWhatASnapshotLacksIsTold(t *testing.T) {
	w := newWorld(3, 1)
	defer w.close()
	one := w.at(1)
	require.NoError(t, errors.Join(one.start(), w.write(3), w.take(one), w.write(1)))
	_, store := one.Files()
	bytes := store.List()[0].Bytes
	f := one.Footprint(0)
	require.Equal(t, bytes, f.Next)
	require.Equal(t, bytes, f.Snapshots)
	require.Equal(t, 2*bytes, one.Footprint(2*bytes).Next, "the table has grown since")
	require.Equal(t, node.MostBytes(bytes, snapshotEvery, 64<<10), f.Most)
	const segment = 64 << 10
	for free, lacking := range map[int64]int64{bytes + segment: 0, bytes + segment - 1: 1, segment: bytes, segment - 1: bytes - (segment - 1), 0: bytes} {
		one.log.Fill(free)
		logOf(one).Measure()
		require.Equal(t, lacking, one.Footprint(0).Lacking, "%d are free", free)
	}
}
