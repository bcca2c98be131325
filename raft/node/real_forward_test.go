package node

// Goal: a client that has no time, or asks for too much, does not make this node believe that its leader can't be reached, or all
// others would wait for the next tick. Method: a table of what the transport says.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/transport"
)

func TestOnlyALeaderThatCannotBeReachedIsShunned(t *testing.T) {
	notSent := fmt.Errorf("call node 2: %w: not connected", transport.ErrNotSent)
	for _, c := range []struct {
		said   error
		late   bool
		told   error
		shuns  bool
		sure   error
		reason string
	}{
		{notSent, false, ErrNotSent, true, ErrNotApplied, "it can't be reached"},
		{notSent, true, ErrDeadline, false, ErrNotApplied, "there was no time"},
		{fmt.Errorf("%w: %w", transport.ErrNotSent, transport.ErrFull), false, ErrOverloaded, false, ErrNotApplied, "too much was asked"},
		{fmt.Errorf("%w: reset", transport.ErrUnknown), false, ErrBroken, false, ErrUnknown, "it may have come"},
		{errors.New("anything else"), true, ErrBroken, false, ErrUnknown, "nothing is known"},
	} {
		err := forwardError(c.said, c.late)
		require.ErrorIs(t, err, c.told, c.reason)
		require.ErrorIs(t, err, c.sure, c.reason)
		require.Equal(t, c.shuns, isUntaken(err), c.reason)
	}
	require.NoError(t, forwardError(nil, true))
}
