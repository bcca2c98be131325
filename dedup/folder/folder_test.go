package folder

// Goal: what is wrong in a folder is found, with its place, and what is not is not; and looking changes nothing. Method: a folder of a node whose log
// begins behind a snapshot and has another one later; bytes of it are changed, files cut and taken away, at places drawn by a seed.

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// stampOf is the stamp of an entry of the folder.
func stampOf(k protocol.Index) uint64 { return 1_000_000_000_000 * uint64(k) }

// payloadOf is an entry of the folder: the bootstrap, then claims.
func payloadOf(k protocol.Index) []byte {
	if k == 1 {
		return dedup.AppendBootstrap(nil, stampOf(1), &dedup.Bootstrap{Cluster: cluster, Secret: dedup.Secret{9}, CapacityKeys: 1000, CapacityBytes: 1 << 20})
	}
	payload := dedup.AppendHeader(nil, stampOf(k))
	for n := range 8 {
		payload = dedup.AppendClaim(payload, dedup.Claim{Call: 1, Key: dedup.Key{byte(k), byte(n)}, Owner: 2, TTLMillis: 1 << 40, Value: []byte(strings.Repeat("v", 40*n))})
	}
	return payload
}

var cluster = [16]byte{0x5e}

// Where the log of the folder begins and ends, and the snapshots there are.
const (
	base  protocol.Index = 20
	newer protocol.Index = 30
	last  protocol.Index = 36
)

// newFolder makes the folder of a node that was stopped.
func newFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	log, _, err := wal.Open(wal.Config{Dir: dir, Cluster: cluster, Node: 1, SegmentBytes: 16 << 10})
	require.NoError(t, err)
	store, err := snapshot.Open(snapshot.Config{Dir: filepath.Join(dir, snapshotsName), Cluster: cluster, BlockBytes: 4096})
	require.NoError(t, err)
	state := &replayed{machine: dedup.New()}
	var results dedup.Results
	for k := protocol.Index(1); k <= last; k++ {
		record := wal.Record{Mark: uint64(k), Term: 1, Vote: 1, Log: true, Prev: k - 1, Commit: k - 1, Entries: []wal.Entry{{Term: 1, Value: protocol.Command, Payload: payloadOf(k)}}}
		require.NoError(t, log.Append(&record))
		_, err = log.Sync()
		require.NoError(t, err)
		require.NoError(t, log.Preallocate())
		require.NoError(t, state.machine.Apply(uint64(k), payloadOf(k), &results))
		state.at = state.at.Then(payloadOf(k), state.machine.Hash())
		if k == base || k == newer {
			keep(t, store, state)
		}
	}
	require.NoError(t, log.Append(&wal.Record{Mark: uint64(last) + 1, Term: 1, Vote: 1, Commit: last - 1, Base: base, BaseTerm: 1}))
	_, err = log.Sync()
	require.NoError(t, err)
	require.NoError(t, log.Reclaim())
	require.NoError(t, log.StorePeer(2, wal.Lineage{Incarnation: 7, Starts: 1, Recent: []uint64{9}}))
	require.NoError(t, store.Close())
	require.NoError(t, log.Close())
	return dir
}

// keep keeps a snapshot of a state.
func keep(t *testing.T, store *snapshot.Store, state *replayed) {
	t.Helper()
	w, err := store.Create(state.at.Index, 1, stampOf(state.at.Index))
	require.NoError(t, err)
	require.NoError(t, state.writeBody(w))
	_, err = w.Commit()
	require.NoError(t, err)
}

// image is each file with its bytes and the time at which it was changed, folders too.
func image(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		sum := [32]byte{}
		if !entry.IsDir() {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			sum = sha256.Sum256(content)
		}
		all[path] = fmt.Sprintf("%x %v %v", sum, info.ModTime(), info.Mode())
		return nil
	}))
	return all
}

func TestAFolderThatIsWholeIsSaidToBeAndIsNotChanged(t *testing.T) {
	dir := newFolder(t)
	before := image(t, dir)
	report, err := Verify(dir)
	require.NoError(t, err)
	require.True(t, report.Whole, report.Damage)
	require.Equal(t, before, image(t, dir))
	require.Equal(t, Log{Begins: 20, BeginTerm: 1, Last: 36, LastTerm: 1, Commit: 35, Term: 1, Vote: 1, Mark: 37}, report.Log)
	require.Equal(t, uint64(36), report.State.Applied)
	require.Equal(t, uint64(20), report.State.Snapshot)
	require.Equal(t, uint64(35), report.State.DigestAt)
	require.Equal(t, []uint64{20, 30}, report.State.Compared)
	require.Equal(t, uint64(35*8), report.State.Keys)
	require.Equal(t, []Peer{{Node: 2, Incarnation: "0000000000000007", Start: 1}}, report.Peers)
	for _, f := range report.Files {
		require.Contains(t, f.Found, "whole", f.Name)
	}
}

// Each byte of the folder's files means something, or is a zero behind the log's end: a crash may have left something else there.
func TestAByteThatRotsIsFound(t *testing.T) {
	dir := newFolder(t)
	var files []string
	for path := range image(t, dir) {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && filepath.Base(path) != lockName {
			files = append(files, path)
		}
	}
	draw := rand.New(rand.NewPCG(14, 1))
	for _, path := range files {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for range 40 {
			at := draw.IntN(len(content))
			rotten := append([]byte(nil), content...)
			rotten[at] ^= byte(1 << draw.IntN(8))
			require.NoError(t, os.WriteFile(path, rotten, 0o600))
			requireFound(t, dir, path, at)
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	report, err := Verify(dir)
	require.NoError(t, err)
	require.True(t, report.Whole, report.Damage)
}

// requireFound fails unless damage is found, in the file that has it.
func requireFound(t *testing.T, dir, path string, at int) {
	t.Helper()
	report, err := Verify(dir)
	if err != nil {
		require.ErrorContains(t, err, filepath.Base(path), "byte %d", at)
		return
	}
	if report.Whole {
		require.True(t, report.Log.Torn && strings.HasSuffix(path, ".wal"), "%s byte %d", path, at)
		return
	}
	name, err := filepath.Rel(dir, path)
	require.NoError(t, err)
	require.Equal(t, name, report.Damage[0].File, "byte %d: %v", at, report.Damage)
	require.NotEmpty(t, report.Damage[0].ToDo)
}

func TestAFileThatIsCutOrGoneIsFound(t *testing.T) {
	draw := rand.New(rand.NewPCG(14, 2))
	dir := newFolder(t)
	for _, pattern := range []string{"*.wal", "PEERS", "snapshots/*14.snapshot"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		path := paths[0]
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, length := range []int{0, draw.IntN(len(content)), len(content) - 1} {
			require.NoError(t, os.WriteFile(path, content[:length], 0o600))
			report, err := Verify(dir)
			require.NoError(t, err)
			require.False(t, report.Whole, "%s of %d bytes", path, length)
		}
		require.NoError(t, os.Remove(path))
		report, err := Verify(dir)
		require.NoError(t, err)
		if strings.HasSuffix(pattern, ".snapshot") {
			require.True(t, report.Whole, "the newer one does: %v", report.Damage)
		} else {
			require.False(t, report.Whole, path)
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
}

func TestALogWithoutASnapshotThatItGoesOnFromIsSaidToBeLost(t *testing.T) {
	dir := newFolder(t)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, snapshotsName)))
	report, err := Verify(dir)
	require.NoError(t, err)
	require.Nil(t, report.State)
	require.Contains(t, report.Damage[0].What, "the log begins behind entry 20, and no snapshot of an entry from there to 36 is whole")
}

func TestASnapshotOfAnotherStateIsFound(t *testing.T) { require.False(t, holdsAnotherState(t).Whole) }

// holdsAnotherState verifies a folder whose newer snapshot is whole, and of a state that the log does not come to.
func holdsAnotherState(t *testing.T) *Report {
	t.Helper()
	dir := newFolder(t)
	require.NoError(t, os.Remove(filepath.Join(dir, snapshotsName, fmt.Sprintf("%016x.snapshot", newer))))
	store, err := snapshot.Open(snapshot.Config{Dir: filepath.Join(dir, snapshotsName), Cluster: cluster, BlockBytes: 4096})
	require.NoError(t, err)
	other := &replayed{machine: dedup.New()}
	var results dedup.Results
	for k := protocol.Index(1); k <= newer; k++ {
		if k != 25 {
			require.NoError(t, other.machine.Apply(uint64(k), payloadOf(k), &results))
		}
		other.at = other.at.Then(payloadOf(k), other.machine.Hash())
	}
	keep(t, store, other)
	require.NoError(t, store.Close())
	report, err := Verify(dir)
	require.NoError(t, err)
	return report
}

func TestAFolderThatIsOpenIsRefused(t *testing.T) {
	dir := newFolder(t)
	log, _, err := wal.Open(wal.Config{Dir: dir, Cluster: cluster, Node: 1, SegmentBytes: 16 << 10})
	require.NoError(t, err)
	_, err = Verify(dir)
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, log.Close())
	_, err = Verify(dir)
	require.NoError(t, err)
}

func TestWhatIsNoFolderOfANodeIsSaid(t *testing.T) {
	dir := t.TempDir()
	_, err := Verify(dir)
	require.ErrorIs(t, err, ErrNone)
	_, err = Verify(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, ErrNone)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "1"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "1", "0000000000000001.wal"), nil, 0o600))
	_, err = Verify(dir)
	require.ErrorContains(t, err, "give one of them: "+filepath.Join(dir, "1"))
}
