//go:build mutants

package clientview_test

// Goal: a judge that is no judge is noticed. Method: each fault of the judge is switched on, and the histories that are
// written by hand are judged: one at least comes out otherwise.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability/clientview"
)

func TestAFaultOfTheJudgeIsNoticed(t *testing.T) {
	t.Cleanup(func() { clientview.Mutant = "" })
	for _, id := range append([]string{""}, clientview.MutantIDs...) {
		clientview.Mutant = id
		var noticed []string
		for _, h := range append(histories, streams...) {
			if judge(h.calls).Result != h.want {
				noticed = append(noticed, h.name)
			}
		}
		if id == "time-is-a-verdict" { // no history of theirs takes so long
			if (clientview.Search{Fastest: 1, Timeout: time.Millisecond}).Judge("k", hopeless()).Result != clientview.OutOfTime {
				noticed = append(noticed, "hopeless")
			}
		}
		require.Equal(t, id != "", len(noticed) > 0, "%q: %q", id, noticed)
		t.Logf("%q: %d histories come out otherwise", id, len(noticed))
	}
}
