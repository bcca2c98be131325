package dedup_test

// Goal: entries are written as doc.go says, read back as they were written, and
// anything else is refused with the right error. Method: a golden text of every
// kind, a table of broken payloads, and a fuzz target: what is accepted is
// canonical, can be applied, and leaves a state that can be saved and loaded.

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

var goldenKey = dedup.Key{0xc0, 15: 0xcf}

// everyEntry is one entry of each kind and with each field, by name.
func everyEntry() (names []string, payloads [][]byte) {
	add := func(name string, payload []byte) {
		names, payloads = append(names, name), append(payloads, payload)
	}
	head := func() []byte { return dedup.AppendHeader(nil, 0x0102030405060708) }
	claim := dedup.Claim{Call: 1, Key: goldenKey, Owner: 2, LeaseMillis: 3, TTLMillis: 4, Fingerprint: []byte("fp")}
	seen := dedup.Claim{Call: 1, Key: goldenKey, Owner: 2, Value: []byte{}}
	limits := dedup.Bootstrap{Cluster: dedup.ClusterID{0xc1}, Secret: dedup.Secret{0x5e}, CapacityKeys: 100, CapacityBytes: 3200}
	add("bootstrap", dedup.AppendBootstrap(nil, 9, &limits))
	add("no-op", dedup.AppendNoOp(nil, 9))
	add("members", dedup.AppendMembers(nil, 9, []byte("{}")))
	add("version", dedup.AppendVersion(nil, 9, 2))
	add("claim with a lease", dedup.AppendClaim(head(), claim))
	add("claim without a lease, empty value", dedup.AppendClaim(head(), seen))
	add("complete", dedup.AppendComplete(head(), dedup.Complete{Call: 1, Key: goldenKey, Token: 5, TTLMillis: 4, Response: []byte("r")}))
	add("release", dedup.AppendRelease(head(), dedup.Release{Call: 1, Key: goldenKey, Token: 5}))
	add("extend", dedup.AppendExtend(head(), dedup.Extend{Call: 1, Key: goldenKey, Token: 5, LeaseMillis: 3}))
	add("query", dedup.AppendQuery(head(), dedup.Query{Call: 1, Key: goldenKey}))
	add("put", dedup.AppendPut(head(), dedup.Put{Call: 1, Key: goldenKey, TTLMillis: 4, Value: []byte("v")}))
	add("put if exists", dedup.AppendPut(head(), dedup.Put{Call: 1, Key: goldenKey, IfExists: true}))
	add("forget", dedup.AppendForget(head(), dedup.Forget{Call: 1, Key: goldenKey}))
	add("checkpoint", dedup.AppendCheckpoint(head(), dedup.Checkpoint{Call: 1, Key: goldenKey, Owner: 2, Offset: 6, Claims: []dedup.Claim{seen, claim}}))
	add("checkpoint query", dedup.AppendCheckpointQuery(head(), dedup.CheckpointQuery{Call: 1, Key: goldenKey}))
	add("set checkpoint", dedup.AppendSetCheckpoint(head(), dedup.SetCheckpoint{Call: 1, Key: goldenKey, Owner: 2, Offset: 6}))
	add("resize", dedup.AppendResize(head(), dedup.Resize{Call: 1, CapacityKeys: 7, CapacityBytes: 8}))
	return names, payloads
}

func TestEntriesAreWrittenAsTheGoldenTextSays(t *testing.T) {
	var got strings.Builder
	names, payloads := everyEntry()
	for i := range names {
		fmt.Fprintf(&got, "%s\n\t%s\n", names[i], hex.EncodeToString(payloads[i]))
	}
	want, err := os.ReadFile("testdata/entries.golden")
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	names, payloads := everyEntry()
	for i, payload := range payloads {
		entry, err := dedup.ParseEntry(payload)
		require.NoError(t, err, names[i])
		require.Equal(t, payload, rewrite(t, entry), names[i])
	}
}

// rewrite encodes a decoded entry with the exported builders.
func rewrite(t testing.TB, e dedup.Entry) []byte {
	switch e.Kind {
	case dedup.EntryBootstrap:
		return dedup.AppendBootstrap(nil, e.StampNanos, &e.Bootstrap)
	case dedup.EntryNoOp:
		return dedup.AppendNoOp(nil, e.StampNanos)
	case dedup.EntryMembers:
		return dedup.AppendMembers(nil, e.StampNanos, e.Members)
	case dedup.EntryVersion:
		return dedup.AppendVersion(nil, e.StampNanos, e.Raises)
	}
	out := dedup.AppendHeader(nil, e.StampNanos)
	for rest := e.Commands; len(rest) > 0; {
		c, after, err := dedup.NextCommand(rest)
		require.NoError(t, err)
		out, rest = rewriteCommand(t, out, &c), after
	}
	return out
}

func asClaim(c *dedup.Command) dedup.Claim {
	return dedup.Claim{Call: c.Call, Key: c.Key, Owner: c.Owner, LeaseMillis: c.LeaseMillis, TTLMillis: c.TTLMillis, Fingerprint: c.Fingerprint, Value: c.Value}
}

func rewriteCommand(t testing.TB, out []byte, c *dedup.Command) []byte {
	switch c.Kind {
	case dedup.KindClaim:
		return dedup.AppendClaim(out, asClaim(c))
	case dedup.KindComplete:
		return dedup.AppendComplete(out, dedup.Complete{Call: c.Call, Key: c.Key, Token: c.Token, TTLMillis: c.TTLMillis, Response: c.Value})
	case dedup.KindRelease:
		return dedup.AppendRelease(out, dedup.Release{Call: c.Call, Key: c.Key, Token: c.Token})
	case dedup.KindExtend:
		return dedup.AppendExtend(out, dedup.Extend{Call: c.Call, Key: c.Key, Token: c.Token, LeaseMillis: c.LeaseMillis})
	case dedup.KindQuery:
		return dedup.AppendQuery(out, dedup.Query{Call: c.Call, Key: c.Key})
	case dedup.KindPut:
		return dedup.AppendPut(out, dedup.Put{Call: c.Call, Key: c.Key, TTLMillis: c.TTLMillis, IfExists: c.IfExists, Value: c.Value})
	case dedup.KindForget:
		return dedup.AppendForget(out, dedup.Forget{Call: c.Call, Key: c.Key})
	case dedup.KindCheckpointQuery:
		return dedup.AppendCheckpointQuery(out, dedup.CheckpointQuery{Call: c.Call, Key: c.Key})
	}
	switch c.Kind {
	case dedup.KindSetCheckpoint:
		return dedup.AppendSetCheckpoint(out, dedup.SetCheckpoint{Call: c.Call, Key: c.Key, Owner: c.Owner, Offset: c.Offset})
	case dedup.KindResize:
		return dedup.AppendResize(out, dedup.Resize{Call: c.Call, CapacityKeys: c.Offset, CapacityBytes: c.Token})
	}
	p := dedup.Checkpoint{Call: c.Call, Key: c.Key, Owner: c.Owner, Offset: c.Offset}
	for rest := c.Claims; len(rest) > 0; {
		claim, after, err := dedup.NextCommand(rest)
		require.NoError(t, err)
		p.Claims, rest = append(p.Claims, asClaim(&claim)), after
	}
	require.Len(t, p.Claims, c.ClaimCount)
	return dedup.AppendCheckpoint(out, p)
}

// Places in a payload with one command.
const (
	atVersion, atEntryKind, atStamp, atKind, atFields = 0, 1, 2, 10, 11
	atLease                                           = 10 + 26 + 8
)

func TestBrokenEntriesAreRefused(t *testing.T) {
	claim := dedup.AppendClaim(dedup.AppendHeader(nil, 1), dedup.Claim{Owner: 1, LeaseMillis: 3, TTLMillis: 4, Fingerprint: []byte("f")})
	inner := dedup.AppendCheckpoint(dedup.AppendHeader(nil, 1), dedup.Checkpoint{Claims: []dedup.Claim{{Owner: 1}}})
	limits := dedup.Bootstrap{}
	bootstrap := dedup.AppendBootstrap(nil, 1, &limits)
	set := func(payload []byte, at int, to ...byte) []byte {
		return append(append(bytes.Clone(payload[:at]), to...), payload[at+len(to):]...)
	}
	for _, c := range []struct {
		name    string
		payload []byte
		want    error
	}{
		{"empty", nil, dedup.ErrMalformed},
		{"short header", claim[:9], dedup.ErrMalformed},
		{"longer than an entry", make([]byte, dedup.MaxEntryBytes+1), dedup.ErrMalformed},
		{"version 0", set(claim, atVersion, 0), dedup.ErrUnknownVersion},
		{"version 2", set(claim, atVersion, 2), dedup.ErrUnknownVersion},
		{"unknown kind of entry", set(claim, atEntryKind, 6), dedup.ErrUnknownCommand},
		{"a stamp after 2262", set(claim, atStamp+7, 0x80), dedup.ErrMalformed},
		{"no commands", claim[:10], dedup.ErrMalformed},
		{"kind 0", set(claim, atKind, 0), dedup.ErrUnknownCommand},
		{"kind 12", set(claim, atKind, 12), dedup.ErrUnknownCommand},
		{"a claim without an owner", set(claim, atFields, 0), dedup.ErrMalformed},
		{"a claim with a token", set(claim, atFields, claim[atFields]|2), dedup.ErrMalformed},
		{"a lease of nothing", set(claim, atLease, 0), dedup.ErrMalformed},
		{"a lease of ages", set(claim, atLease+7, 1), dedup.ErrMalformed},
		{"a fingerprint of nothing", set(claim, len(claim)-2, 0), dedup.ErrMalformed},
		{"a fingerprint of 65", append(set(claim, len(claim)-2, 65), make([]byte, 64)...), dedup.ErrMalformed},
		{"half a command more", append(bytes.Clone(claim), claim[10:30]...), dedup.ErrMalformed},
		{"a read in a checkpoint", set(inner, len(inner)-34, byte(dedup.KindQuery)), dedup.ErrMalformed},
		{"a checkpoint with fewer claims than it says", inner[:len(inner)-34], dedup.ErrMalformed},
		{"a value of 64 KiB and one", dedup.AppendPut(dedup.AppendHeader(nil, 1), dedup.Put{Value: make([]byte, dedup.MaxValueBytes+1)}), dedup.ErrMalformed},
		{"a capacity of no keys", dedup.AppendResize(dedup.AppendHeader(nil, 1), dedup.Resize{CapacityBytes: 1}), dedup.ErrMalformed},
		{"a capacity of too many keys", dedup.AppendResize(dedup.AppendHeader(nil, 1), dedup.Resize{CapacityKeys: dedup.MaxCapacityKeys + 1}), dedup.ErrMalformed},
		{"a capacity of too many bytes", dedup.AppendResize(dedup.AppendHeader(nil, 1), dedup.Resize{CapacityKeys: 1, CapacityBytes: dedup.MaxCapacityBytes + 1}), dedup.ErrMalformed},
		{"a no-op with a body", append(dedup.AppendNoOp(nil, 1), 0), dedup.ErrMalformed},
		{"a bootstrap cut off", bootstrap[:len(bootstrap)-1], dedup.ErrMalformed},
		{"a bootstrap with more behind", append(bytes.Clone(bootstrap), 0), dedup.ErrMalformed},
		{"too many keys", set(bootstrap, 10+48+7, 1), dedup.ErrMalformed},
		{"too many bytes", set(bootstrap, 10+56+7, 1), dedup.ErrMalformed},
	} {
		_, err := dedup.ParseEntry(c.payload)
		require.ErrorIs(t, err, c.want, c.name)
	}
}

func TestAnEntryHoldsAtMost4096Commands(t *testing.T) {
	full := dedup.AppendHeader(nil, 1)
	for range dedup.MaxCommands {
		full = dedup.AppendForget(full, dedup.Forget{})
	}
	entry, err := dedup.ParseEntry(full)
	require.NoError(t, err)
	require.Equal(t, dedup.MaxCommands, entry.Answers)
	_, err = dedup.ParseEntry(dedup.AppendForget(full, dedup.Forget{}))
	require.ErrorIs(t, err, dedup.ErrMalformed)
}

func TestBuildersAllocateNothing(t *testing.T) {
	buffer := make([]byte, 0, 4096)
	claims := []dedup.Claim{{Owner: 1, Fingerprint: []byte("f"), TTLMillis: 1}, {Owner: 2, Value: []byte("v")}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		b := dedup.AppendHeader(buffer, 1)
		b = dedup.AppendClaimBatch(b, claims)
		b = dedup.AppendComplete(b, dedup.Complete{Token: 1, Response: claims[1].Value})
		b = dedup.AppendPut(b, dedup.Put{Value: claims[1].Value})
		_ = dedup.AppendCheckpoint(b, dedup.Checkpoint{Claims: claims})
	}))
}

func FuzzParseEntry(f *testing.F) {
	_, payloads := everyEntry()
	for _, payload := range payloads {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		entry, err := dedup.ParseEntry(payload)
		if err != nil {
			return
		}
		require.Equal(t, payload, rewrite(t, entry))
		if entry.Kind == dedup.EntryBootstrap || entry.Raises > dedup.Newest() {
			return
		}
		m, results := bootstrapped(t, 5, 10*dedup.CellBytes), dedup.Results{}
		for index := range uint64(3) {
			require.NoError(t, m.Apply(index+2, payload, &results))
			require.Len(t, results.Answers, entry.Answers)
		}
		loaded, err := dedup.LoadState(m.AppendState(nil))
		require.NoError(t, err)
		require.Equal(t, m.AppendState(nil), loaded.AppendState(nil))
	})
}
