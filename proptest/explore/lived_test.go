// Goal: state of a node that its encoding leaves out does not stay unseen, in any model.
// Method: the search believes that a node lived another life than it did: then it has what
// its encoding does not tell. What the shipping code does if a field is left out of the
// codec is tried with its source altered (faults).
package explore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStateOutsideTheEncodingIsFound(t *testing.T) {
	m := model(t, "back-off")
	s := NewSearch(m, NewParts())
	require.NoError(t, s.Run())
	found := 0
	for n, from := range s.lives.births {
		if from.action == nil {
			continue
		}
		actions := s.model.spontaneous(s.parts.nodes.values[n])
		s.lives.births[n] = s.lives.births[from.before]  // it never took its last action
		if _, err := s.attempt(n, actions); err != nil { // where nothing is enabled nothing differs
			require.ErrorIs(t, err, ErrHidden)
			found++
		}
		s.lives.births[n] = from
		_, err := s.attempt(n, actions)
		require.NoError(t, err)
	}
	require.Greater(t, found, len(s.lives.births)/4)
}

func TestEveryStateOfANodeHasALife(t *testing.T) {
	s := searched(t, model(t, "held"))
	for n, i := range s.parts.nodes.values {
		lived := s.lives.live(nodeNumber(n), i.ID())
		require.NotNil(t, lived)
		require.Equal(t, i.AppendState(nil), lived.AppendState(nil))
	}
}
