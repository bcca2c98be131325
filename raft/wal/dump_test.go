package wal_test

// Goal: the dump shows what is in a log and how it ends, and nothing of a payload unless told how.
// Method: golden text, and words that must not be there.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const secret = "the cluster's secret"

// withSecret returns a folder whose first entry holds a secret.
func withSecret(t *testing.T) *crashfs.FS {
	fs := crashfs.New(0)
	cfg := configOn(fs)
	cfg.StartID = 0x5A5A
	log, _, err := wal.Open(cfg)
	require.NoError(t, err)
	require.NoError(t, log.Append(&wal.Record{Mark: 1, Term: 1, Vote: 2}))
	_, err = log.Sync()
	require.NoError(t, err)
	require.NoError(t, log.Append(&wal.Record{Mark: 2, Term: 1, Vote: 2, Log: true, Commit: 1, Entries: []wal.Entry{
		{Term: 1, Value: protocol.NoOp, Payload: []byte(secret)}, {Term: 1, Value: protocol.Command, Payload: []byte("k")}}}))
	_, err = log.Sync()
	require.NoError(t, err)
	require.NoError(t, log.StorePeer(1, firstStart(0x11)))
	require.NoError(t, log.Condemn(3, wal.RolledBack))
	require.NoError(t, log.Close())
	return fs
}

func dump(t *testing.T, options wal.DumpOptions) string {
	var out strings.Builder
	require.NoError(t, wal.Dump(&out, "", options))
	return out.String()
}

func TestDumpShowsTheLogAndNoPayload(t *testing.T) {
	fs := withSecret(t)
	before := fs.Image()
	require.Equal(t, `cluster 74657374000000000000000000000000  node 2  incarnation abcdef0123456789  format 5
start 1  id 0000000000005a5a
peer 1  incarnation 0000000000000011  start 1  id 0000000000000012
node 3 must not take part any more: it has lost what others saw it have
0000000000000001.wal  4096 bytes
       512  mark 1 (synced 0)  term 1  vote 2  committed to 0
       584  mark 2 (synced 1)  term 1  vote 2  committed to 1  entries kept to 0, 2 more
            1  term 1  no-op  20 bytes, not shown
            2  term 1  command  1 bytes, not shown
end at offset 712 of 0000000000000001.wal: mark 2, mark 1 was synced for sure, last index 2
`, dump(t, wal.DumpOptions{FS: fs}))
	require.True(t, sameImage(before, fs.Image()), "a dump changes nothing")
}

func TestDumpDescribesAsItIsTold(t *testing.T) {
	text := dump(t, wal.DumpOptions{FS: withSecret(t), Describe: func(i protocol.Index, e wal.Entry) string {
		if i == 1 {
			return "bootstrap, secret left out"
		}
		return fmt.Sprintf("claims %s", e.Payload)
	}})
	require.Contains(t, text, "1  term 1  no-op  bootstrap, secret left out\n")
	require.Contains(t, text, "2  term 1  command  claims k\n")
	require.NotContains(t, text, secret)
}

func TestDumpSaysHowABrokenLogEnds(t *testing.T) {
	torn := withSecret(t)
	torn.Rot(firstSegment, func(b []byte) { clear(b[584:]); b[1000] = 1 })
	require.Contains(t, dump(t, wal.DumpOptions{FS: torn}), "a crash tore the record there")

	rotten := withSecret(t)
	rotten.Rot(firstSegment, func(b []byte) { b[608]++ })
	var out strings.Builder
	require.ErrorIs(t, wal.Dump(&out, "", wal.DumpOptions{FS: rotten}), wal.ErrDamaged)
	require.Contains(t, out.String(), "mark 1 (synced 0)")
	require.Contains(t, out.String(), "DAMAGED")
	require.Contains(t, out.String(), "offset 584")
}

func TestDumpOfAFolderMakesNothing(t *testing.T) {
	dir := t.TempDir()
	var out strings.Builder
	require.NoError(t, wal.Dump(&out, dir, wal.DumpOptions{}))
	require.Equal(t, "no log here\n", out.String())
	require.Error(t, wal.Dump(&out, dir+"/missing", wal.DumpOptions{}))
	require.NoDirExists(t, dir+"/missing")
}
