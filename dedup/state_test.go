package dedup_test

// Goal: a saved state is loaded whole or refused. Method: cuts, extensions and a
// fuzz target over a state with every kind of record; what is loaded saves to
// the same bytes. That it goes on alike is part of the scenarios.

import (
	"bytes"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// variedState is a state with a record of each kind.
func variedState(t testing.TB) []byte {
	m, results := bootstrapped(t, 20, 1<<12), dedup.Results{}
	payload := dedup.AppendHeader(nil, startNanos+milli)
	payload = dedup.AppendClaim(payload, dedup.Claim{Key: key(1), Owner: 1, LeaseMillis: 5, TTLMillis: 9, Fingerprint: []byte("fp")})
	payload = dedup.AppendClaim(payload, dedup.Claim{Key: key(2), Owner: 2, Value: []byte{}})
	payload = dedup.AppendClaim(payload, dedup.Claim{Key: key(3), Owner: 3, LeaseMillis: 5})
	payload = dedup.AppendComplete(payload, dedup.Complete{Key: key(1), Token: 1, Response: []byte("a response over several cells of the arena")})
	payload = dedup.AppendPut(payload, dedup.Put{Key: key(4), Value: []byte("v")})
	payload = dedup.AppendCheckpoint(payload, dedup.Checkpoint{Key: key(1), Owner: 5, Offset: 7, Claims: []dedup.Claim{{Key: key(5), Owner: 5}}})
	require.NoError(t, m.Apply(2, payload, &results))
	return m.AppendState(nil)
}

func TestAStateCutAnywhereIsRefused(t *testing.T) {
	state := variedState(t)
	for length := range state {
		_, err := dedup.LoadState(state[:length])
		require.ErrorIs(t, err, dedup.ErrMalformed, "%d of %d bytes", length, len(state))
	}
	_, err := dedup.LoadState(append(state, 0))
	require.ErrorIs(t, err, dedup.ErrMalformed)
}

func TestAStateOfAnotherVersionIsRefused(t *testing.T) {
	state := variedState(t)
	state[0]++
	_, err := dedup.LoadState(state)
	require.ErrorIs(t, err, dedup.ErrUnknownVersion)
}

// Places in a state: the hand, the number of records, and in the
// first record the fields behind its key.
const (
	atHand, atCount                 = 2 + 32 + 64, 2 + 32 + 64 + 4
	atTag, atExpires, atMoment      = atCount + 4 + 16, atCount + 4 + 24, atCount + 4 + 32
	atBlock, recordBytes, tokenByte = atCount + 4 + 48, 48, atTag + 1
)

func TestRecordsThatApplyCannotHaveMadeAreRefused(t *testing.T) {
	state := func(c dedup.Claim) []byte {
		m := bootstrapped(t, 2, 2*dedup.CellBytes)
		at(t, m, startNanos, c)
		return m.AppendState(nil)
	}
	plain, full := state(dedup.Claim{Owner: 1}), state(dedup.Claim{Owner: 1, Value: []byte("v")})
	checkpoint := bootstrapped(t, 2, 2*dedup.CellBytes)
	payload := dedup.AppendCheckpoint(dedup.AppendHeader(nil, startNanos), dedup.Checkpoint{Owner: 1})
	require.NoError(t, checkpoint.Apply(2, payload, &dedup.Results{}))
	for _, c := range []struct {
		name  string
		state []byte
		at    int
		to    byte
	}{
		{"ready or not", plain, 1, 2},
		{"a hand beyond the records", plain, atHand, 2},
		{"more records than may be", plain, atCount, 3},
		{"an unknown bit", plain, atTag, 0x15},
		{"straight and not DONE", plain, atTag, 4},
		{"a claim and a checkpoint", plain, atTag, 7},
		{"a checkpoint without an offset", plain, atTag, 2},
		{"a block that is not there", plain, atTag, 0xd},
		{"token 0", plain, tokenByte, 0},
		{"a token of the future", plain, tokenByte, 2},
		{"an expiry out of range", plain, atExpires + 6, 1},
		{"a moment out of range", plain, atMoment + 6, 1},
		{"a value too long for the arena", full, atBlock + 2, 45},
		{"a value that says it is not there", full, atBlock + 1, 0},
		{"a checkpoint that expires", checkpoint.AppendState(nil), atExpires + 5, 1},
	} {
		_, err := dedup.LoadState(c.state)
		require.NoError(t, err, c.name)
		broken := append(bytes.Clone(c.state), make([]byte, 64)...)
		broken[c.at] = c.to
		_, err = dedup.LoadState(broken[:len(c.state)])
		require.ErrorIs(t, err, dedup.ErrMalformed, c.name)
		_, err = dedup.LoadState(broken)
		require.ErrorIs(t, err, dedup.ErrMalformed, c.name)
	}
	twice := append(bytes.Clone(plain), plain[len(plain)-recordBytes:]...)
	twice[atCount] = 2
	_, err := dedup.LoadState(twice)
	require.ErrorContains(t, err, "twice")
}

func TestTheStateBeforeTheFirstEntryCanBeSaved(t *testing.T) {
	state := dedup.New().AppendState(nil)
	m, err := dedup.LoadState(state)
	require.NoError(t, err)
	require.Equal(t, state, m.AppendState(nil))
	_, ready := m.Configuration()
	require.False(t, ready)
}

func TestALoadedStateKnowsItsConfiguration(t *testing.T) {
	m, err := dedup.LoadState(variedState(t))
	require.NoError(t, err)
	config, ready := m.Configuration()
	require.True(t, ready)
	require.Equal(t, dedup.Bootstrap{Secret: secret, CapacityKeys: 20, CapacityBytes: 1 << 12}, config)
	require.EqualValues(t, 2, m.AppliedIndex())
	require.EqualValues(t, 7, m.Number())
	require.Equal(t, startNanos+milli, m.TimeNanos())
}

func TestEntriesOutOfPlaceStopTheReplica(t *testing.T) {
	var results dedup.Results
	fresh := dedup.New()
	require.ErrorIs(t, fresh.Apply(1, dedup.AppendNoOp(nil, 1), &results), dedup.ErrNotBootstrapped)
	m := bootstrapped(t, 10, 0)
	before := m.AppendState(nil)
	bootstrap := dedup.AppendBootstrap(nil, 1, &dedup.Bootstrap{CapacityKeys: 1})
	broken := append(dedup.AppendClaim(dedup.AppendHeader(nil, startNanos), dedup.Claim{Owner: 1}), 99)
	require.ErrorIs(t, m.Apply(2, bootstrap, &results), dedup.ErrAlreadyBootstrapped)
	require.ErrorIs(t, m.Apply(1, dedup.AppendNoOp(nil, 1), &results), dedup.ErrIndexOrder)
	require.ErrorIs(t, m.Apply(2, broken, &results), dedup.ErrUnknownCommand)
	require.ErrorIs(t, m.Apply(2, nil, &results), dedup.ErrMalformed)
	require.Equal(t, before, m.AppendState(nil), "an entry refused has changed something")
}

func TestHashTellsStatesApart(t *testing.T) {
	a, b := bootstrapped(t, 10, 0), bootstrapped(t, 10, 0)
	require.Equal(t, a.Hash(), b.Hash())
	at(t, a, startNanos, dedup.Claim{Owner: 1})
	at(t, b, startNanos+1, dedup.Claim{Owner: 1})
	require.NotEqual(t, a.Hash(), b.Hash())
}

func FuzzLoadState(f *testing.F) {
	f.Add(variedState(f))
	f.Add(dedup.New().AppendState(nil))
	f.Fuzz(func(t *testing.T, state []byte) {
		m, err := dedup.LoadState(state)
		parts, errOfParts := loadInPieces(state, func() int { return 1 + len(state)/3 })
		if err != nil {
			require.EqualError(t, errOfParts, err.Error())
			return
		}
		require.Equal(t, state, parts.AppendState(nil))
		require.Equal(t, state, m.AppendState(nil))
		if _, ready := m.Configuration(); ready && m.AppliedIndex() < 1<<63 {
			var results dedup.Results
			payload := dedup.AppendClaim(dedup.AppendHeader(nil, startNanos), dedup.Claim{Key: key(1), Owner: 1, TTLMillis: 1})
			require.NoError(t, m.Apply(m.AppliedIndex()+1, payload, &results))
		}
	})
}
