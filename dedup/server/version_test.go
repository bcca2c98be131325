package server

// Goal: what each log of a cluster begins with has the same bytes whoever makes it, a program of a later time that speaks the first version no more included, and such a
// one reads what was said of members before. Method: this program, made to speak other versions.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

func TestWhatALogBeginsWithIsOfNoProgram(t *testing.T) {
	said := []byte(`{"cluster":"c"}`)
	now := NewMachine(dedup.Bootstrap{})
	first, entry := now.AppendFirstMembers(nil, said), now.AppendMembers(nil, 7, said)

	t.Cleanup(dedup.SpeakUpTo(dedup.FirstVersion + 2))
	t.Cleanup(dedup.SpeakFrom(dedup.FirstVersion + 1))
	later := NewMachine(dedup.Bootstrap{})
	require.Equal(t, node.Versions{Oldest: 2, Newest: 3}, later.Speaks())
	require.Equal(t, first, later.AppendFirstMembers(nil, said))
	require.NotEqual(t, entry, later.AppendMembers(nil, 7, said), "an entry is of the version that its log has")
	for _, payload := range [][]byte{first, entry, later.AppendMembers(nil, 7, said)} {
		read, err := later.ParseMembers(payload)
		require.NoError(t, err)
		require.Equal(t, said, read)
	}
	_, err := later.Stamp(entry)
	require.ErrorIs(t, err, node.ErrUpgrade, "other entries of the first version it does not read")
	_, err = later.ParseMembers(dedup.Under(4, later.AppendMembers(nil, 7, said), 0))
	require.ErrorIs(t, err, node.ErrUpgrade)
	for _, other := range [][]byte{nil, first[:5], later.AppendHeader(nil, 7)} {
		_, err = later.ParseMembers(other)
		require.ErrorIs(t, err, dedup.ErrMalformed)
	}
}
