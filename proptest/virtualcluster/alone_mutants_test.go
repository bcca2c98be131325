//go:build mutants

package virtualcluster_test

// Goal: porcupine is a judge without the witness, the log, the direct checks and the invariants. Method: each fault is switched
// on, and plans run until porcupine alone rejects what clients saw; whatever else found it is not looked at.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// aloneIn is the profile whose runs show a fault to porcupine. Other faults show in no answer, in what it can't see (a ms,
// room, the log), or so seldom that invariants have to find them.
var aloneIn = map[string]string{
	"dedup-at-propose-time": "contended", "lost-reply-is-duplicate": "contended", "unfenced-complete": "contended",
	"answered-before-applied": "contended", "broken-forward-is-verdict": "contended", "release-deletes-done": "contended",
	"takeover-keeps-token": "contended", "owner-not-compared": "contended",

	"waiter-without-term": "elections", "lost-leadership-is-verdict": "elections",
	"deadline-is-verdict": "elections", "stamp-from-wall-clock": "clocks",
	"duplicate-without-win": "crowded", "silent-eviction": "crowded",
}

func TestPorcupineAloneCatches(t *testing.T) {
	tried := 0
	for _, m := range mutants {
		name, ok := aloneIn[m.id]
		if !ok {
			continue
		}
		tried++
		t.Run(m.id, func(t *testing.T) {
			profile, err := workload.Named(name)
			require.NoError(t, err)
			m.switchOn(t)
			runs, sentence := searchAlone(profile)
			require.NotEmpty(t, sentence, "survived %d runs", runs)
			t.Logf("after %d runs: %s", runs, sentence)
		})
	}
	require.Len(t, aloneIn, tried)
}

// searchAlone runs plans until porcupine rejects one, and returns its word.
func searchAlone(profile workload.Profile) (runs int, sentence string) {
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, profile) })
	for began := time.Now(); runs < mostRuns && time.Since(began) < mostTime; {
		plan := plans.Example(runs)
		runs++
		for _, found := range virtualcluster.Execute(&plan, virtualcluster.Options{Unwatched: true}).Verdict.Violations {
			if found.Check == linearizability.CheckPorcupine {
				return runs, found.Sentence
			}
		}
	}
	return runs, ""
}
