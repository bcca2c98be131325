package node_test

// Goal: rot in a snapshot is found, and gone round where that can be, and else said with the ways out. Method: the world of
// crash_world_test.go; bytes of files at rest are changed.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestRotWhereOneNodeGivesHasAnotherOneGive(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	w.at(1).files.Rot(nameOf(w.at(1)), func(b []byte) { b[many/2] ^= 1 })
	from := map[protocol.NodeID]int{}
	w.given(func(to *member, offset int64, answer []byte) ([]byte, error) {
		if offset > 0 && len(answer) > 1000 {
			from[to.id] += len(answer)
		}
		return answer, nil
	})
	require.NoError(t, w.joins())
	require.Greater(t, from[1], many/3, "up to the block that has rotted")
	require.Greater(t, from[2], many/3, "from there on")
	require.Less(t, from[1]+from[2], many+4<<20, "what was on its way besides")
}

// rotten is a world of one node that has two snapshots, and is down; its files rot where the test says.
func rotten() (w *world, one *member, names []string, err error) {
	w = newWorld(9, 1)
	one = w.at(1)
	if err := errors.Join(one.start(), w.write(80)); err != nil {
		return w, one, nil, err
	}
	_, store := one.Files()
	for _, there := range store.List() {
		names = append(names, fmt.Sprintf("%016x.snapshot", uint64(there.Index)))
	}
	if len(names) != 2 {
		err = fmt.Errorf("the snapshots are %v, expected two", names)
	}
	one.Close()
	one.Stepped = nil
	return w, one, names, err
}

// rotsAtTheStart has the newest snapshot rot: the one before it and the log have all.
func rotsAtTheStart() error {
	w, one, names, err := rotten()
	defer w.close()
	if err != nil {
		return err
	}
	one.files.Rot(names[0], func(b []byte) { b[700] ^= 1 })
	if err := one.start(); err != nil {
		return err
	}
	if came := fmt.Sprintf("%016x.snapshot", one.machine.index); came != names[1] {
		return fmt.Errorf("it came up with %s, expected %s", came, names[1])
	}
	return errors.Join(w.level(), w.write(80), w.check())
}

func TestRotInTheNewestSnapshotFallsBackToTheOneBefore(t *testing.T) {
	require.NoError(t, rotsAtTheStart())
}

func TestRotInAllSnapshotsIsSaidWithTheWaysOut(t *testing.T) {
	w, one, names, err := rotten()
	require.NoError(t, err)
	whole := bytes.Clone(one.files.Image()[names[0]])
	for k, at := range []int{700, 40} { // a block, and a header
		one.files.Rot(names[k], func(b []byte) { b[at] ^= 1 })
	}
	err = one.start()
	require.ErrorIs(t, err, node.ErrLostSnapshot)
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	var lost *node.LostSnapshotError
	require.ErrorAs(t, err, &lost)
	require.Len(t, lost.Why, 2)
	for _, said := range []string{names[0], names[1], "at offset", "behind entry", "copy", "from another node", "the others go on without it"} {
		require.ErrorContains(t, err, said)
	}

	// The way out: another node has the same file.
	one.files = crashfs.Load(crashfs.Image{names[0]: whole}, 1)
	require.NoError(t, one.start())
	require.NoError(t, errors.Join(w.level(), w.write(3), w.check()))
	w.close()
}

// A folder of snapshots that is another cluster's, or of a later version, is refused, with the log's folder free again.
func TestAFolderOfSnapshotsThatIsNotThisClustersIsRefused(t *testing.T) {
	w, one, names, err := rotten()
	require.NoError(t, err)
	defer w.close()
	sound := one.files.Image()
	foreign := bytes.Clone(sound[names[0]])
	h, err := snapshot.ParseHeader(foreign[:snapshot.HeaderBytes])
	require.NoError(t, err)
	h.Cluster[0] ^= 1
	copy(foreign, h.Encode())
	later := bytes.Clone(sound[names[0]])
	binary.LittleEndian.PutUint64(later[8:], 99)
	one.files = crashfs.Load(crashfs.Image{names[0]: foreign}, 1)
	require.ErrorIs(t, one.start(), snapshot.ErrForeign)
	one.files = crashfs.Load(sound, 1)
	_, err = one.files.Lock()
	require.NoError(t, err)
	require.ErrorIs(t, one.start(), snapshot.ErrLocked)
	one.files.Kill()
	require.NoError(t, one.start())
	require.NoError(t, w.level())
}

// fromAnotherLife has a node start whose folder of snapshots has one that its log does not reach.
func fromAnotherLife() error {
	w, err := ended(chainPadding)
	defer w.close()
	if err != nil {
		return err
	}
	w.at(3).files = crashfs.Load(w.at(1).files.Image(), 1)
	return w.joins()
}

func TestASnapshotThatTheLogDoesNotReachIsNotLoaded(t *testing.T) {
	require.NoError(t, fromAnotherLife())
}

// belowTheBase reads what is not there any more, as a leader does for one who is behind.
func belowTheBase() error {
	w, err := ended(chainPadding)
	defer w.close()
	if err != nil {
		return err
	}
	entries, err := w.at(1).ReadStretch(1, 2)
	if len(entries) > 0 {
		err = errors.Join(err, fmt.Errorf("%d entries are below the base", len(entries)))
	}
	return err
}

func TestWhatIsBelowTheBaseIsNoEntry(t *testing.T) { require.NoError(t, belowTheBase()) }

// wishes has a replica wish for other snapshots than the one that is being got.
func wishes() error {
	w, err := ended(chainPadding)
	defer w.close()
	if err = errors.Join(err, w.at(3).start()); err != nil {
		return err
	}
	three := w.at(3)
	three.Wish(1, 100)
	for range 50 { // two leaders take turns
		three.Wish(1, 101)
		three.Wish(2, 102)
	}
	if index, givenUp := three.Wished(); index != 100 || givenUp {
		return fmt.Errorf("the snapshot of entry %d is being got, given up: %v", index, givenUp)
	}
	for range 3 {
		three.Wish(1, 101)
	}
	if index, givenUp := three.Wished(); index != 100 || !givenUp {
		return fmt.Errorf("the snapshot of entry %d is being got, given up: %v", index, givenUp)
	}
	return errors.Join(w.level(), w.check())
}

func TestASnapshotIsGivenUpForWhoInsistsOnAnother(t *testing.T) { require.NoError(t, wishes()) }
