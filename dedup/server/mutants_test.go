//go:build mutants

package server

// Goal: the check can fail. Method: the fault is switched on, and the story of proposals_test.go ends otherwise.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

func TestEveryMutantIsCaught(t *testing.T) {
	require.Equal(t, []string{"dedup-at-propose-time", "answers-in-the-loop", "unpinned-elsewhere", "room-of-all-time", "no-room-for-snapshots-is-ok"}, MutantIDs)
	t.Cleanup(func() { Mutant = "" })
	Mutant = "dedup-at-propose-time"
	require.Equal(t, dedup.Duplicate, afterAnotherWasProposed(t).Outcome, "nobody ever won the key")
	Mutant = "answers-in-the-loop"
	require.Greater(t, builtInTheLoop(t, 250), mostBuilt(250))
	Mutant = "unpinned-elsewhere"
	require.NotEqual(t, large, readAcrossASwap(t), "the cells were used again under who reads them")
	Mutant = "room-of-all-time"
	told, was := forecast(t)
	require.Less(t, told, was/2, "those of long ago count as much")
	Mutant = "no-room-for-snapshots-is-ok"
	require.Equal(t, node.RoomOK, lacksRoomForASnapshot())
}
