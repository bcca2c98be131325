package wal

// Goal: the dump names every command with what belongs to it, and shows neither the secret nor a
// value. Method: entries of every kind, and words that must not be there.

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

func TestEveryCommandIsDescribed(t *testing.T) {
	stamp := uint64(time.Date(2026, 11, 24, 1, 2, 3, 4000, time.UTC).UnixNano())
	key := dedup.Key{0xab, 0xcd}
	claim := dedup.Claim{Call: 1, Key: key, Owner: 2, LeaseMillis: 1500, TTLMillis: 60_000, Fingerprint: []byte{7}}
	payload := dedup.AppendHeader(nil, stamp)
	payload = dedup.AppendClaim(payload, claim)
	payload = dedup.AppendComplete(payload, dedup.Complete{Call: 3, Key: key, Token: 9, Response: []byte("paid")})
	payload = dedup.AppendRelease(payload, dedup.Release{Call: 4, Key: key, Token: 9})
	payload = dedup.AppendExtend(payload, dedup.Extend{Call: 5, Key: key, Token: 9, LeaseMillis: 1})
	payload = dedup.AppendQuery(payload, dedup.Query{Call: 6, Key: key})
	payload = dedup.AppendPut(payload, dedup.Put{Call: 7, Key: key, IfExists: true, Value: []byte("paid")})
	payload = dedup.AppendForget(payload, dedup.Forget{Call: 8, Key: key})
	payload = dedup.AppendCheckpoint(payload, dedup.Checkpoint{Call: 9, Key: key, Owner: 2, Offset: 77, Claims: []dedup.Claim{claim}})
	payload = dedup.AppendCheckpointQuery(payload, dedup.CheckpointQuery{Call: 10, Key: key})
	const k = "key abcd0000000000000000000000000000"
	require.Equal(t, `2026-11-24T01:02:03.000004Z
              claim  `+k+`  owner 0000000000000002  lease 1.5s  ttl 1m0s  fingerprint 07  call 0000000000000001
              complete  `+k+`  token 9  value of 4 bytes  call 0000000000000003
              release  `+k+`  token 9  call 0000000000000004
              extend  `+k+`  token 9  lease 1ms  call 0000000000000005
              query  `+k+`  call 0000000000000006
              put  `+k+`  if it exists  value of 4 bytes  call 0000000000000007
              forget  `+k+`  call 0000000000000008
              checkpoint  `+k+`  owner 0000000000000002  offset 77  claims 1  call 0000000000000009
                claim  `+k+`  owner 0000000000000002  lease 1.5s  ttl 1m0s  fingerprint 07  call 0000000000000001
              checkpoint query  `+k+`  call 000000000000000a`, describeEntry(1, wal.Entry{Payload: payload}))

	require.Equal(t, "2026-11-24T01:02:03.000004Z  a leader's first entry", describeEntry(1, wal.Entry{Payload: dedup.AppendNoOp(nil, stamp)}))
	require.Equal(t, "2026-11-24T01:02:03.000004Z  members  {}", describeEntry(1, wal.Entry{Value: protocol.Configured, Payload: dedup.AppendMembers(nil, stamp, []byte("{}"))}))
	require.Contains(t, describeEntry(1, wal.Entry{Payload: []byte("another format")}), "14 bytes that this program can't read")
}

func TestTheDumpOfAFolderLeavesTheSecretOut(t *testing.T) {
	secret := dedup.Secret([]byte("an example of a secret, 32 bytes"))
	dir := t.TempDir()
	log, _, err := wal.Open(wal.Config{Dir: dir, Node: 1})
	require.NoError(t, err)
	bootstrap := dedup.Bootstrap{Secret: secret, CapacityKeys: 5, CapacityBytes: 6}
	require.NoError(t, log.Append(&wal.Record{Mark: 1, Term: 1, Vote: 1, Log: true, Entries: []wal.Entry{
		{Term: 1, Value: protocol.NoOp, Payload: dedup.AppendBootstrap(nil, 1, &bootstrap)}}}))
	_, err = log.Sync()
	require.NoError(t, err)
	require.NoError(t, log.Close())

	var out strings.Builder
	require.NoError(t, dumpLog(&out, dir))
	require.Contains(t, out.String(), "room for 5 keys and 6 bytes  secret redacted")
	for _, hidden := range []string{string(secret[:]), hex.EncodeToString(secret[:]), hex.EncodeToString(secret[:8]), string(secret[:8])} {
		require.NotContains(t, out.String(), hidden)
	}
}

// A log that a snapshot has taken the place of in part is whole, and says where it begins: in the record that made it so, and at its end.
func TestALogThatBeginsBehindASnapshotIsDumped(t *testing.T) {
	dir := t.TempDir()
	log, _, err := wal.Open(wal.Config{Dir: dir, Node: 1, SegmentBytes: 64 << 10})
	require.NoError(t, err)
	entry := wal.Entry{Term: 1, Value: protocol.NoOp, Payload: dedup.AppendNoOp(nil, 1)}
	require.NoError(t, log.Append(&wal.Record{Mark: 1, Term: 1, Vote: 1, Log: true, Entries: []wal.Entry{entry, entry, entry}}))
	require.NoError(t, log.Append(&wal.Record{Mark: 2, Term: 1, Vote: 1, Commit: 2, Base: 2, BaseTerm: 1}))
	_, err = log.Sync()
	require.NoError(t, err)

	var out strings.Builder
	require.NoError(t, dumpLog(&out, dir), "beside the node")
	require.Contains(t, out.String(), "committed to 2  begins behind 2 of term 1\n")
	require.Contains(t, out.String(), "last index 3\nthe log begins behind index 2, of term 1\n")
	require.NoError(t, log.Close())
}

func TestWhereThereIsNoLogThatIsSaid(t *testing.T) {
	dir := t.TempDir()
	require.ErrorContains(t, dumpLog(&strings.Builder{}, dir), "no log in "+dir)
	require.ErrorContains(t, dumpLog(&strings.Builder{}, filepath.Join(dir, "x")), "no such file")
	for _, node := range []string{"1", "2"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, node), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, node, "0000000000000001.wal"), nil, 0o600))
	}
	require.ErrorContains(t, dumpLog(&strings.Builder{}, dir), "give one of them: "+filepath.Join(dir, "1")+", "+filepath.Join(dir, "2"))
}
