package virtualcluster_test

// Goal: how long those who write are held up by one fault, while a majority is connected and its disks work. Method:
// clients that write all the time at every node, one fault of four seconds in the middle, at the leader or at a node that
// does not lead, at the pace that ships; the longest time without an answered write during the fault, and in the two seconds
// after it, over several runs. All checks of a run hold, too.

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var gapRuns = flag.Int("gap-runs", 1, "how many runs of each fault TestAvailability has")

// minority is a fault that leaves a majority connected, with working disks.
type minority struct {
	name  string
	fault workload.Fault
	// most is how long nobody may be answered, during the fault and after it. 0: nothing is promised yet.
	most time.Duration
}

func minorities() (all []minority) {
	for _, target := range []struct {
		name string
		node int
	}{{"the leader", workload.Leader}, {"a follower", workload.Follower}} {
		for _, f := range []struct {
			name  string
			fault workload.Fault
			most  time.Duration
		}{
			{"kill", workload.Fault{Kind: workload.Kill}, 0},
			{"stop", workload.Fault{Kind: workload.Stop}, 0},
			{"power loss", workload.Fault{Kind: workload.PowerLoss}, 0},
			{"hang", workload.Fault{Kind: workload.Hang}, 0},
			{"partition", workload.Fault{Kind: workload.Partition}, 0},
			{"mute", workload.Fault{Kind: workload.OneWay}, 0},
			{"deaf", workload.Fault{Kind: workload.Deaf}, 0},
			{"one link", workload.Fault{Kind: workload.OneLink}, 0},
			{"flapping, 100 ms", workload.Fault{Kind: workload.Flapping, By: 100 * time.Millisecond}, 0},
			{"flapping, 700 ms", workload.Fault{Kind: workload.Flapping, By: 700 * time.Millisecond}, 0},
			{"slow disk, 100 ms", workload.Fault{Kind: workload.SlowDisk, By: 100 * time.Millisecond}, 0},
			{"stalled disk, 1 s", workload.Fault{Kind: workload.StalledDisk, By: time.Second}, 0},
			{"failed sync", workload.Fault{Kind: workload.FailedSync}, 0},
			{"full disk", workload.Fault{Kind: workload.FullDisk}, 0},
			{"ticks at half the rate", workload.Fault{Kind: workload.TickRate, Rate: 0.5}, 0},
			{"ticks at twice the rate", workload.Fault{Kind: workload.TickRate, Rate: 2}, 0},
			{"clock stands still", workload.Fault{Kind: workload.ClockRate, Rate: 0}, 0},
			{"clock at four times the rate", workload.Fault{Kind: workload.ClockRate, Rate: 4}, 0},
		} {
			f.fault.Nodes = []int{target.node}
			all = append(all, minority{f.name + ", " + target.name, f.fault, f.most})
		}
	}
	return all
}

// after is how long a run is looked at when its fault is over.
const after = 2 * time.Second

// measured is what one run showed.
type measured struct{ during, after workload.Gap }

func (m *minority) measure(t *testing.T, seed uint64) measured {
	timing := workload.Timing{Tick: 20 * time.Millisecond, ElectionTicks: 20, Round: time.Millisecond}
	plan := workload.Steady(m.fault, timing, seed)
	r := virtualcluster.Execute(&plan, virtualcluster.Options{})
	require.True(t, r.Verdict.OK, "%s, seed %d: %s", m.name, seed, story(r))
	f := r.History.Faults[0]
	end := *f.Until + int64(after)
	require.Greater(t, workload.LastCall(r.History), end, "clients were done before the run was looked at")
	return measured{workload.GapOf(r.History, f.From, *f.Until), workload.GapOf(r.History, *f.Until, end)}
}

// row tells of all runs of a fault: half of them are below the median.
func (m *minority) row(runs []measured) string {
	var during, behind []time.Duration
	share := 0.0
	for _, r := range runs {
		during, behind = append(during, r.during.Longest), append(behind, r.after.Longest)
		share += r.during.Share / float64(len(runs))
	}
	slices.Sort(during)
	slices.Sort(behind)
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	middle, last := len(runs)/2, len(runs)-1
	return fmt.Sprintf("| %s | %d | %d | %.0f %% | %d | %d |", m.name, ms(during[middle]), ms(during[last]), 100*share, ms(behind[middle]), ms(behind[last]))
}

func TestAvailability(t *testing.T) {
	table := "| fault | longest gap during it, ms: median | worst | time in gaps | after it: median | worst |\n|---|--:|--:|--:|--:|--:|\n"
	for _, m := range minorities() {
		t.Run(m.name, func(t *testing.T) {
			var runs []measured
			for seed := range uint64(*gapRuns) {
				one := m.measure(t, seed+1)
				runs = append(runs, one)
				if worst := max(one.during.Longest, one.after.Longest); m.most > 0 {
					require.LessOrEqual(t, worst, m.most, "%s, seed %d", m.name, seed+1)
				}
			}
			t.Log(m.row(runs))
			table += m.row(runs) + "\n"
		})
	}
	t.Logf("%d runs each:\n%s", *gapRuns, table)
}
