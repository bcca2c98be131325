package dedup_test

// Goal: what may not be proposed is refused with its field, and what may be is
// accepted by the decoder too. Method: a table around each limit.

import (
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

type validator interface{ Validate() error }

func TestValidateNamesTheFieldThatIsWrong(t *testing.T) {
	large := make([]byte, dedup.MaxValueBytes+1)
	for _, c := range []struct {
		command validator
		field   string // empty: valid
	}{
		{dedup.Claim{}, ""},
		{dedup.Claim{LeaseMillis: 5, TTLMillis: 5}, ""},
		{dedup.Claim{LeaseMillis: 5}, ""},
		{dedup.Claim{TTLMillis: dedup.MaxMillis, Value: large[1:], Fingerprint: large[:64]}, ""},
		{dedup.Claim{LeaseMillis: 6, TTLMillis: 5}, "lease in ms"},
		{dedup.Claim{LeaseMillis: dedup.MaxMillis + 1}, "lease in ms"},
		{dedup.Claim{TTLMillis: dedup.MaxMillis + 1}, "ttl in ms"},
		{dedup.Claim{LeaseMillis: 1, Value: []byte{}}, "length of the value"},
		{dedup.Claim{Value: large}, "length of the value"},
		{dedup.Claim{Fingerprint: large[:65]}, "length of the fingerprint"},
		{dedup.Complete{Token: 1, Response: large[1:]}, ""},
		{dedup.Complete{}, "token"},
		{dedup.Complete{Token: 1, TTLMillis: dedup.MaxMillis + 1}, "ttl in ms"},
		{dedup.Complete{Token: 1, Response: large}, "length of the value"},
		{dedup.Release{Token: 1}, ""},
		{dedup.Release{}, "token"},
		{dedup.Extend{Token: 1, LeaseMillis: 1}, ""},
		{dedup.Extend{LeaseMillis: 1}, "token"},
		{dedup.Extend{Token: 1}, "lease in ms"},
		{dedup.Extend{Token: 1, LeaseMillis: dedup.MaxMillis + 1}, "lease in ms"},
		{dedup.Put{}, ""},
		{dedup.Put{Value: large}, "length of the value"},
		{dedup.Put{TTLMillis: dedup.MaxMillis + 1}, "ttl in ms"},
		{dedup.Checkpoint{Claims: make([]dedup.Claim, dedup.MaxCommands-1)}, ""},
		{dedup.Checkpoint{Claims: make([]dedup.Claim, dedup.MaxCommands)}, "number of claims"},
		{dedup.Checkpoint{Claims: []dedup.Claim{{}, {LeaseMillis: 6, TTLMillis: 5}}}, "lease in ms"},
		{dedup.Checkpoint{Claims: []dedup.Claim{{Value: large[1:]}, {Value: large[1:]}, {Value: large[1:]}, {Value: large[1:]}}}, "size in bytes"},
		{dedup.Checkpoint{Offset: dedup.MaxOffset}, ""},
		{dedup.Checkpoint{Offset: dedup.MaxOffset + 1}, "offset"},
		{dedup.SetCheckpoint{Offset: dedup.MaxOffset}, ""},
		{dedup.SetCheckpoint{Offset: dedup.MaxOffset + 1}, "offset"},
		{dedup.Resize{CapacityKeys: 1}, ""},
		{dedup.Resize{CapacityKeys: dedup.MaxCapacityKeys, CapacityBytes: dedup.MaxCapacityBytes}, ""},
		{dedup.Resize{}, "capacity in keys"},
		{dedup.Resize{CapacityKeys: dedup.MaxCapacityKeys + 1}, "capacity in keys"},
		{dedup.Resize{CapacityKeys: 1, CapacityBytes: dedup.MaxCapacityBytes + 1}, "capacity in bytes"},
		{batch{}, "claims in the batch"},
		{make(batch, dedup.MaxCommands), ""},
		{make(batch, dedup.MaxCommands+1), "number of claims"},
	} {
		err := c.command.Validate()
		if c.field == "" {
			require.NoError(t, err, "%T", c.command)
			continue
		}
		var invalid *dedup.InvalidError
		require.ErrorAs(t, err, &invalid, "%T", c.command)
		require.Equal(t, c.field, invalid.Field, "%T", c.command)
		require.NotEmpty(t, invalid.Remedy)
	}
}

// batch validates as ValidateBatch does.
type batch []dedup.Claim

func (b batch) Validate() error { return dedup.ValidateBatch(b) }

func TestTheLargestValidCheckpointFitsExactly(t *testing.T) {
	c := dedup.Checkpoint{Claims: []dedup.Claim{{Value: make([]byte, 60_000)}, {Value: make([]byte, 60_000)}, {Value: make([]byte, 60_000)}, {Value: make([]byte, 60_000), Fingerprint: []byte("fp"), TTLMillis: 1}, {}}}
	payload := dedup.AppendCheckpoint(dedup.AppendHeader(nil, 1), c)
	c.Claims[4].Value = make([]byte, dedup.MaxEntryBytes-len(payload)-4)
	require.NoError(t, c.Validate())
	payload = dedup.AppendCheckpoint(dedup.AppendHeader(nil, 1), c)
	require.Len(t, payload, dedup.MaxEntryBytes)
	_, err := dedup.ParseEntry(payload)
	require.NoError(t, err)
	c.Claims[4].Value = append(c.Claims[4].Value, 0)
	require.Error(t, c.Validate())
}

func TestBootstrapValidate(t *testing.T) {
	good := dedup.Bootstrap{Secret: secret, CapacityKeys: 1}
	require.NoError(t, good.Validate())
	for want, break1 := range map[string]func(*dedup.Bootstrap){
		"0 keys":          func(b *dedup.Bootstrap) { b.CapacityKeys = 0 },
		"2147483648 keys": func(b *dedup.Bootstrap) { b.CapacityKeys = dedup.MaxCapacityKeys + 1 },
		"bytes, want":     func(b *dedup.Bootstrap) { b.CapacityBytes = dedup.MaxCapacityBytes + 1 },
		"all zeros":       func(b *dedup.Bootstrap) { b.Secret = dedup.Secret{} },
	} {
		b := good
		break1(&b)
		require.ErrorContains(t, b.Validate(), want)
	}
}

func TestWordsForWhatIsNotKnown(t *testing.T) {
	require.Equal(t, "unknown", dedup.Kind(200).String())
	require.Equal(t, "NONE", dedup.Outcome(200).String())
}
