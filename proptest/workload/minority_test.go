package workload_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/workload"
)

// The table of promise 9 is the one that runs are held to.
func TestTheBoundsAreThosePromised(t *testing.T) {
	text, err := os.ReadFile("../../docs/guarantees.md")
	require.NoError(t, err)
	rows := workload.Promised()
	require.NotEmpty(t, rows)
	for _, row := range rows {
		require.Contains(t, string(text), row+"\n")
	}
}

// Every minority is less than half of the nodes, or leaves a node that is linked with all.
func TestAMinorityIsOne(t *testing.T) {
	timing := workload.Timing{Tick: 20 * time.Millisecond, ElectionTicks: 20}
	all := workload.Minorities(timing)
	for seed := range uint64(50) {
		all = append(all, workload.Two(timing, rand.New(rand.NewPCG(seed, 0))))
	}
	for _, m := range all {
		require.Positive(t, m.During, m.Name)
		if m.Patience > 0 { // it has disks that work, in the end
			continue
		}
		require.LessOrEqual(t, len(m.Faults), m.Servers/2, m.Name)
		for _, f := range m.Faults {
			require.Len(t, f.Nodes, 1, m.Name)
		}
		plan := workload.Steady(&m, timing, 1)
		require.Len(t, plan.Faults, len(m.Faults))
		require.Equal(t, time.Duration(m.Lasts*float64(timing.Election())), plan.Faults[0].For)
	}
}
