package cluster

// Goal: porcupine, which knows nothing of the log, explains what clients of real replicas saw, at all doors, and really
// has to search. Method: plans of the profile that is made for it; every key is searched, or the run does not count.

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/workload"
)

var crowds = flag.Int("contended", 4, "how many runs that porcupine searches whole")

func TestContendedHistories(t *testing.T) {
	profile, err := workload.Named("contended")
	require.NoError(t, err)
	var seen workload.Searched
	base, idle := rand.IntN(1<<31)+1, 0
	for k := 0; k < *crowds+idle && !workload.TooManyIdle(idle, *crowds); k++ {
		d := draw(profile, base+k)
		t.Run(fmt.Sprint(d.seed), d.run)
		if d.idle {
			idle++
		} else if d.result != nil {
			seen.Add(d.result.Verdict)
		}
	}
	t.Log(&seen)
	require.False(t, workload.TooManyIdle(idle, *crowds), "%d runs showed too little", idle)
	if !t.Failed() {
		require.Empty(t, seen.Missing(), seen.String())
	}
}
