package folder

// Goal: each node of a restored cluster gets the same state, under an id that no other cluster has, with log time and all records as they were and tokens above all
// before; a backup that is damaged writes nothing, a restore that was broken off leaves no node's folder. Method: a folder saved and restored; its
// bytes changed and cut; restores that end in the midst.

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// saved is a backup of a folder.
func saved(t *testing.T) ([]byte, *Saved) {
	t.Helper()
	var out bytes.Buffer
	told, err := Save(newFolder(t), &out)
	require.NoError(t, err)
	return out.Bytes(), told
}

// restoration is of node 2 of a new cluster, into a folder that is not there.
func restoration(t *testing.T) Restoration {
	t.Helper()
	return Restoration{Dir: filepath.Join(t.TempDir(), "new"), Cluster: "after", Node: 2, Nodes: []uint8{2, 5}}
}

func TestAFolderIsSavedWithAllThatItHas(t *testing.T) {
	file, told := saved(t)
	require.EqualValues(t, last, told.Index)
	require.EqualValues(t, last-1, told.Committed)
	require.EqualValues(t, 35*8, told.Keys)
	require.EqualValues(t, len(file), told.FileBytes())
	state, h, err := loadBackup(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, told.Header, h)
	require.EqualValues(t, last, state.machine.AppliedIndex())
}

func TestEachNodeIsRestoredAlike(t *testing.T) {
	file, told := saved(t)
	var snapshots [][]byte
	for _, id := range []uint8{2, 5} {
		r := restoration(t)
		r.Node = id
		made, err := Restore(bytes.NewReader(file), r)
		require.NoError(t, err)
		require.Equal(t, told.Number+dedup.RestoredAbove, made.Number)
		report, err := Verify(r.Dir)
		require.NoError(t, err)
		require.True(t, report.Whole, report.Damage)
		require.Equal(t, Log{Begins: 36, BeginTerm: 1, Last: 36, LastTerm: 1, Commit: 36, Term: 1, Mark: 1}, report.Log)
		require.Equal(t, id, report.Node)
		require.EqualValues(t, stampOf(last), report.State.LogTime.UnixNano())
		require.Equal(t, made.Number, report.State.Number)
		files, err := filepath.Glob(filepath.Join(r.Dir, snapshotsName, "*.snapshot"))
		require.NoError(t, err)
		content, err := os.ReadFile(files[0])
		require.NoError(t, err)
		snapshots = append(snapshots, content)
		header, err := snapshot.ParseHeader(content[:snapshot.HeaderBytes])
		require.NoError(t, err)
		require.Equal(t, stampOf(last), header.Stamp)
	}
	require.Equal(t, snapshots[0], snapshots[1])
}

func TestEachClusterThatIsRestoredHasAnIdOfItsOwn(t *testing.T) {
	file, told := saved(t)
	ids := map[[16]byte]bool{told.Cluster: true}
	for _, change := range []func(*Restoration){
		func(*Restoration) {}, func(r *Restoration) { r.Cluster = "other" }, func(r *Restoration) { r.Nodes = []uint8{2} },
	} {
		r := restoration(t)
		change(&r)
		made, err := Restore(bytes.NewReader(file), r)
		require.NoError(t, err)
		require.False(t, ids[made.Cluster])
		ids[made.Cluster] = true
	}
}

func TestOfADamagedBackupNothingIsWritten(t *testing.T) {
	file, _ := saved(t)
	draw := rand.New(rand.NewPCG(14, 4))
	r := restoration(t)
	refuse := func(content []byte) {
		t.Helper()
		_, err := Restore(bytes.NewReader(content), r)
		require.ErrorIs(t, err, backup.ErrDamaged)
		require.NoFileExists(t, r.Dir)
		require.NoDirExists(t, r.Dir)
	}
	for range 60 {
		rotten := bytes.Clone(file)
		rotten[draw.IntN(len(file))] ^= byte(1 << draw.IntN(8))
		refuse(rotten)
		refuse(file[:draw.IntN(len(file))])
	}
	refuse(append(bytes.Clone(file), 0))
	_, err := Restore(iotest.ErrReader(errors.New("the disk")), r)
	require.EqualError(t, err, "the disk")
	require.NoDirExists(t, r.Dir)
}

func TestAFolderThatIsNotEmptyIsNotTouched(t *testing.T) {
	file, _ := saved(t)
	r := restoration(t)
	r.Dir = newFolder(t)
	before := image(t, r.Dir)
	_, err := Restore(bytes.NewReader(file), r)
	require.ErrorIs(t, err, ErrNotEmpty)
	require.Equal(t, before, image(t, r.Dir))

	r = restoration(t)
	_, err = Restore(bytes.NewReader(file), r)
	require.NoError(t, err)
	_, err = Restore(bytes.NewReader(file), r)
	require.ErrorIs(t, err, ErrNotEmpty, "it has ended")
}

// A restore is broken off behind each of its steps: what is there by then is drawn.
func TestARestoreThatWasBrokenOffIsNoFolderAndBeginsAnew(t *testing.T) {
	file, _ := saved(t)
	draw := rand.New(rand.NewPCG(14, 5))
	for range 12 {
		r := restoration(t)
		_, err := Restore(bytes.NewReader(file), r)
		require.NoError(t, err)
		require.NoError(t, os.Rename(filepath.Join(r.Dir, node.RestoredName), filepath.Join(r.Dir, node.RestoringName)))
		for path := range image(t, r.Dir) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			switch kept := draw.IntN(3); {
			case info.IsDir():
			case kept == 0 && filepath.Base(path) != node.RestoringName:
				require.NoError(t, os.Remove(path))
			case kept == 1:
				require.NoError(t, os.Truncate(path, draw.Int64N(info.Size()+1)))
			}
		}
		_, err = node.ReadRestored(disk.ReadOnlyFolder(r.Dir))
		require.ErrorIs(t, err, node.ErrRestoring)
		report, err := Verify(r.Dir)
		require.True(t, err != nil || !report.Whole)

		_, err = Restore(bytes.NewReader(file), r)
		require.NoError(t, err)
		report, err = Verify(r.Dir)
		require.NoError(t, err)
		require.True(t, report.Whole, report.Damage)
	}
}

func TestTheMarkOfARestoreIsChecked(t *testing.T) {
	file, _ := saved(t)
	r := restoration(t)
	made, err := Restore(bytes.NewReader(file), r)
	require.NoError(t, err)
	told, err := node.ReadRestored(disk.ReadOnlyFolder(r.Dir))
	require.NoError(t, err)
	require.Equal(t, &node.RestoredFolder{Name: "after", Cluster: made.Cluster, Index: last, Digest: made.Digest}, told)
	path := filepath.Join(r.Dir, node.RestoredName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := range content {
		rotten := bytes.Clone(content)
		rotten[at] ^= 1
		require.NoError(t, os.WriteFile(path, rotten, 0o600))
		_, err = node.ReadRestored(disk.ReadOnlyFolder(r.Dir))
		require.ErrorIs(t, err, wal.ErrDamaged, "byte %d", at)
	}
}
