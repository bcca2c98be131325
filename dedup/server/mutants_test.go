//go:build mutants

package server

// Goal: the check can fail. Method: the fault is switched on, and a story ends otherwise.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

func TestEveryMutantIsCaught(t *testing.T) {
	require.Equal(t, []string{"dedup-at-propose-time", "answers-in-the-loop", "unpinned-elsewhere", "room-of-all-time", "no-room-for-snapshots-is-ok"}, MutantIDs[:5])
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

// clusterFaults are those of the health of a cluster, and what notices each.
var clusterFaults = map[string]func() bool{
	"quiet-is-heard":       isWronglyJudged,
	"kept-out-counts":      isWronglyJudged,
	"hung-disk-counts":     isWronglyJudged,
	"silent-counts":        isWronglyJudged,
	"one-word-is-enough":   isWronglyJudged,
	"links-do-not-matter":  isWronglyJudged,
	"new-voters-unasked":   isWronglyJudged,
	"learners-decide":      isWronglyJudged,
	"each-poller-asks":     func() bool { p := crowd(30, 40, 10*time.Millisecond); return p.rounds > p.may },
	"pollers-do-not-share": func() bool { return crowd(30, 3, 50*time.Millisecond).untold > 0 },
	"asks-pile-up":         func() bool { return crowd(2, 30, 50*time.Millisecond).open > 1 },
	"waits-for-the-silent": func() bool { return crowd(2, 2, 0).longest > 2*time.Second },
}

func isWronglyJudged() bool { return wronglyJudged() != "" }

func TestEachFaultOfTheHealthOfAClusterIsCaught(t *testing.T) {
	t.Cleanup(func() { Mutant = "" })
	require.Len(t, clusterFaults, len(MutantIDs)-5)
	for _, id := range MutantIDs[5:] {
		Mutant = ""
		require.False(t, clusterFaults[id](), "noticed without %s", id)
		Mutant = id
		require.True(t, clusterFaults[id](), "%s survives", id)
	}
}
