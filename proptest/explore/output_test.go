// Goal: what an action tells its host is held to what it does to the node.
// Method: outputs of one step, altered in each way.
package explore

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestAnOutputIsHeldToItsStep(t *testing.T) {
	i := protocol.New(1, protocol.Nodes(1, 2, 3), protocol.HardState{})
	var out protocol.Output
	a := &Action{Name: "Timeout", Node: 1}
	from := imagesOf(i)
	require.True(t, i.Timeout(&out))
	to := imagesOf(i)
	require.NoError(t, sameAsStep(a, from, to, &out))
	require.Len(t, out.Writes, 1)

	w := out.Writes[0]
	otherTerm, otherCommit := w, w
	otherTerm.Term++
	otherCommit.Commit++
	for name, writes := range map[string][]protocol.Write{
		"omitted": nil, "twice": {w, w}, "another term": {otherTerm}, "another hint": {otherCommit},
		"another behind it": {w, otherTerm}, "in another order": {otherTerm, w},
	} {
		require.ErrorIs(t, sameAsStep(a, from, to, &protocol.Output{Writes: writes}), ErrOutput, name)
	}
	m := requestVote(i)
	require.ErrorContains(t, sameAsStep(a, from, to, &protocol.Output{Writes: out.Writes, Messages: []protocol.Message{m, m}}), "twice")

	// An acknowledgement tells no write, and neither does a crash.
	require.NoError(t, sameAsStep(&Action{Name: "Persist"}, to, to[1:], &protocol.Output{}))
	require.ErrorIs(t, sameAsStep(&Action{Name: "Persist"}, to, to[1:], &out), ErrOutput)
	require.NoError(t, sameAsStep(&Action{Name: "Restart"}, to, to[:1], &protocol.Output{}))
	require.ErrorIs(t, sameAsStep(&Action{Name: "Restart"}, to, nil, &protocol.Output{}), ErrOutput)
}

func requestVote(i *protocol.Node) protocol.Message {
	return protocol.Message{Type: protocol.RequestVote, From: i.ID(), To: 2, Term: i.CurrentTerm()}
}

func TestAnOutputIsOnlyAppendedTo(t *testing.T) {
	told := alreadyTold()
	since, err := toldSince(told)
	require.NoError(t, err)
	require.Empty(t, since.Writes)
	require.Empty(t, since.Messages)
	one := protocol.Write{Term: 1}
	told.Writes = append(told.Writes, one)
	since, err = toldSince(told)
	require.NoError(t, err)
	require.Equal(t, []protocol.Write{one}, since.Writes)
	slices.Reverse(told.Writes)
	_, err = toldSince(told)
	require.ErrorIs(t, err, ErrOutput)
	_, err = toldSince(protocol.Output{})
	require.ErrorIs(t, err, ErrOutput)
}
