//go:build mutants

package linearizability_test

// Goal: what the judges and the direct checks see of each seeded bug of the state
// machine. Method: histories of the machine with the bug, drawn until the check
// that has to speak of it does; the model alone must see it too.

import (
	"slices"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

// caughtBy is the direct check that each mutant trips; "": the judges see it and
// no promise speaks of it.
var caughtBy = []struct{ id, check string }{
	{"lost-reply-is-duplicate", "RetrySaysWon"},
	{"duplicate-without-win", "DuplicateImpliesWin"},
	{"unfenced-complete", "FencedCompletion"},
	{"silent-eviction", "NoSilentForget"},
	{"expiry-early", "NeverEarly"},
	{"expiry-by-local-clock", "NeverEarly"},
	{"release-deletes-done", ""},
	{"replay-extends-lease", ""},
	{"takeover-keeps-token", "TokensRise"},
	{"checkpoint-in-part", "FullMeansFull"},
	{"takeover-of-live-lease", "ExactlyOneWinner"},
	{"owner-not-compared", "ExactlyOneWinner"},
	{"resize-below-held", "FullMeansFull"},
}

// unread are the bugs of reads that no entry carries: there is none in these histories. dedup's own tests catch them.
var unread = []string{"read-by-local-clock", "expiry-unread"}

const mutantHistories = 400

func TestEachMutantOfTheMachineIsCaught(t *testing.T) {
	t.Cleanup(func() { dedup.Mutant = "" })
	known := slices.Clone(unread)
	for _, m := range caughtBy {
		known = append(known, m.id)
	}
	require.ElementsMatch(t, dedup.Mutants, known)
	for _, m := range caughtBy {
		t.Run(m.id, func(t *testing.T) {
			dedup.Mutant = m.id
			operations := 0
			for seed := range uint64(mutantHistories) {
				v := linearizability.Judge(play(workloadOf(seed)))
				operations += v.Stats.Operations
				if !v.OK && (m.check == "" || slices.Contains(failing(v), m.check)) {
					t.Logf("after %d operations: %s", operations, v.Violations[0].Sentence)
					return
				}
			}
			t.Fatalf("%s said nothing in %d histories", m.check, mutantHistories)
		})
	}
}

func workloadOf(seed uint64) workload {
	return workload{seed: seed, rounds: 400, clients: 6, keys: 4, capacityKeys: []uint64{3, 100}[seed%2], cells: []uint64{4, 1000}[seed%2]}
}

func TestWithoutAMutantNothingIsCaught(t *testing.T) {
	dedup.Mutant = ""
	for seed := range uint64(mutantHistories) {
		v := linearizability.Judge(play(workloadOf(seed)))
		require.True(t, v.OK, "seed %d: %s", seed, account(v))
	}
}
