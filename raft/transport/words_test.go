package transport

// Goal: what hosts tell one another beside messages, and the number of a message, arrive as they were said. Method: two nodes.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestWordsArriveAsTheyWereSaid(t *testing.T) {
	one, two := pair(t, nil)
	d, a := Digest{7, protocol.MaxIndex, 1<<64 - 1}, Accusation{63, 2, 1<<64 - 2}
	require.True(t, one.SendDigest(2, d))
	require.Equal(t, fmt.Sprint(1, d), <-two.handler.words)
	require.True(t, two.Accuse(1, a))
	require.Equal(t, fmt.Sprint(2, a), <-one.handler.words)
	require.False(t, one.SendDigest(3, d), "there is no such peer")
	require.False(t, one.Accuse(0, a))
	two.Close()
	one.await(t, false)
	require.False(t, one.SendDigest(2, d), "nor a connection")
}

func TestANumberGoesWithItsMessage(t *testing.T) {
	one, two := pair(t, nil)
	for _, number := range []uint64{0, 1, 127, 128, 1<<64 - 1} {
		p := withEntries(1, 2, 1, []byte("payload"))
		p.Number = number
		require.True(t, one.Send(p))
		got := <-two.handler.received
		require.Equal(t, number, got.Number)
		require.Equal(t, "payload", string(got.Payload))
	}
}
