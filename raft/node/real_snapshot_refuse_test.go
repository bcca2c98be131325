package node_test

// Goal: the file of a snapshot that another node denies is not loaded, and that of one which a majority denies goes. Method: the world of
// crash_world_test.go, in which nodes say that their state is another one while the snapshot is on its way.

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// came is how many files a node has of snapshots, in part or whole.
func came(m *member) int { return filesOf(m.files, ".snapshot") + filesOf(m.files, "received.tmp") }

func TestTheFileOfASnapshotThatIsDoubtedStays(t *testing.T) {
	w, err := ended(100_000)
	require.NoError(t, err)
	defer w.close()
	base, _ := logOf(w.at(1)).Base()
	three := w.at(3)
	given := 0
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if offset > 0 {
			given++
			three.Deny(2, base)
		}
		return answer, nil
	})
	require.NoError(t, three.start())
	held := func() bool { return three.Status().Applied == 0 && came(three) == 1 && three.machine.loaded == 0 }
	require.NoError(t, w.until("it is doubted", func() bool {
		return errors.Is(three.Status().FetchErr, node.ErrContested) && given > 0 && len(three.Jobs) == 0 && held()
	}))
	asked := given
	for range 200 {
		require.NoError(t, w.turn())
	}
	require.True(t, held())
	require.Equal(t, asked, given, "it does not come again")
}

func TestTheFileOfASnapshotThatIsDeniedGoes(t *testing.T) {
	w, err := ended(100_000)
	require.NoError(t, err)
	defer w.close()
	base, _ := logOf(w.at(1)).Base()
	three := w.at(3)
	require.NoError(t, three.start())
	denied := 0
	three.machine.during = func() {
		denied++
		three.Deny(1, base)
		three.Deny(2, base)
	}
	require.NoError(t, w.until("it is refused", func() bool {
		return denied > 0 && errors.Is(three.Status().FetchErr, node.ErrContested) && len(three.Jobs) == 0 && came(three) == 0
	}))
	require.Zero(t, three.machine.loaded)
	require.Zero(t, three.Status().Applied)
}

// skipsTheCondemned has a node know of others that are kept out, and returns an error where it asks them for snapshots.
func skipsTheCondemned() error {
	w := newWorld(3, 3)
	defer w.close()
	one := w.at(1)
	if err := one.start(); err != nil {
		return err
	}
	asks := func(want ...protocol.NodeID) error {
		if got := one.Givers(2); !slices.Equal(got, want) {
			return fmt.Errorf("it asks %v, expected %v", got, want)
		}
		return nil
	}
	log, _ := one.Files()
	return errors.Join(asks(2, 3), log.Condemn(2, wal.Reason(node.Diverged)), asks(3), log.Condemn(3, wal.Reason(node.Diverged)), asks())
}

func TestWhoIsKeptOutIsNotAskedForASnapshot(t *testing.T) { require.NoError(t, skipsTheCondemned()) }
