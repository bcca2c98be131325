package virtualcluster_test

// Goal: a minority does not stop those who write (docs/guarantees.md, promise 9). Method: clients that write all the time at
// every node, and faults that leave a majority well, in the middle; the longest time without an answered write, until
// they are over and after that, is held to the bound of each. In three of four runs logs are so short that snapshots are taken, fetched and
// installed all the while, also as a leader falls. What clients see is judged, too.

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/sidebyside"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var (
	gapRuns  = flag.Int("gap-runs", 60, "how many runs have faults of a minority: all of them in turn, in every other run")
	gapFirst = flag.Uint64("gap-seed", 1, "of the first of them, the next ones count on")
	gapTable = flag.Bool("gap-table", false, "print how long gaps were")
)

// measured is what one run showed.
type measured struct {
	minority workload.Minority
	timing   workload.Timing
	terms    int // that began
	snapped  map[string]int
	during   time.Duration
	after    time.Duration
}

// bounded: no gap is longer than the bound, and nobody was deposed without a reason.
func (m *measured) bounded() error {
	for _, g := range []struct {
		when  string
		gap   time.Duration
		bound float64
	}{{"while", m.during, m.minority.During}, {"after", m.after, m.minority.After}} {
		if most := m.timing.Bound(g.bound); g.gap > most {
			return fmt.Errorf("nobody was answered for %v %s %q, expected at most %v", g.gap, g.when, m.minority.Name, most)
		}
	}
	if m.minority.Stays && m.terms > 0 {
		return fmt.Errorf("%d terms began for %q, expected none", m.terms, m.minority.Name)
	}
	return nil
}

// timings are what ships, and one that has more elections that collide.
var timings = []workload.Timing{
	{Tick: 20 * time.Millisecond, ElectionTicks: 20, Round: time.Millisecond},
	{Tick: 10 * time.Millisecond, ElectionTicks: 10},
}

// drawn is the minority of a seed: all of them in turn, by one timing after the other, then two at once.
func drawn(seed uint64) (workload.Minority, workload.Timing) {
	timing := timings[seed/2%uint64(len(timings))]
	if seed%2 == 0 {
		return workload.Two(timing, rand.New(rand.NewPCG(seed, 0x2))), timing
	}
	all := workload.Minorities(timing)
	return all[seed/4%uint64(len(all))], timing
}

// withSnapshots draws when they are taken in the run of a seed, and how slowly: in half of these runs one is mostly under way, on each node,
// when the minority falls and until it is back.
func withSnapshots(plan *workload.Plan, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0x5A47))
	if random.IntN(4) == 0 {
		return
	}
	plan.Snapshots = workload.Snapshots{
		Bytes: 512 << random.IntN(3), Asked: []float64{0, 0.01, 0.05}[random.IntN(3)],
		Carry: []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond}[random.IntN(3)],
	}
	if random.IntN(2) == 0 {
		slow := workload.Fault{Kind: workload.SlowSnapshot, By: time.Duration(20+random.IntN(200)) * time.Millisecond}
		slow.For = plan.Faults[0].At + plan.Faults[0].For
		for id := range plan.Servers {
			slow.Nodes = append(slow.Nodes, id+1)
		}
		plan.Faults = append([]workload.Fault{slow}, plan.Faults...)
	}
}

// isOfMinority reports whether a fault is none of those beside the minority's.
func isOfMinority(f linearizability.Fault) bool { return f.Fault != string(workload.SlowSnapshot) }

// reached are what has to become of snapshots in the runs as a whole: some of each is under way as nodes fall.
var reached = []string{"snapshots taken", "logs compacted", "snapshots fetched", "snapshots installed", "deaths while taking"}

// measure is a run of a minority; the error says what was wrong beside gaps.
func measure(m workload.Minority, timing workload.Timing, seed uint64) (*measured, error) {
	plan := workload.Steady(&m, timing, seed)
	withSnapshots(&plan, seed)
	r := virtualcluster.Execute(&plan, virtualcluster.Options{Unwatched: true})
	if !r.Verdict.OK {
		return nil, fmt.Errorf("%s, seed %d: %s", m.Name, seed, story(r))
	}
	f := r.History.Faults[slices.IndexFunc(r.History.Faults, isOfMinority)]
	end := *f.Until + int64(workload.SteadyAfter*timing.Election())
	if workload.LastCall(r.History) <= end {
		return nil, fmt.Errorf("%s, seed %d: clients were done before the run was looked at", m.Name, seed)
	}
	return &measured{m, timing, r.Terms, r.Snapped, workload.GapOf(r.History, f.From, *f.Until), workload.GapOf(r.History, *f.Until, end)}, nil
}

// outcome is what one run of many showed, or what was wrong.
type outcome struct {
	*measured
	err error
}

func TestAMinorityDoesNotStopTheOthers(t *testing.T) {
	byName, tooLong, snapped := map[string][]*measured{}, []string{}, map[string]int{}
	var seeds []uint64
	for k := range uint64(max(0, *gapRuns)) {
		seeds = append(seeds, *gapFirst+k)
	}
	looked := 0
	for seed, m := range sidebyside.Run(t.Context(), seeds, runtime.GOMAXPROCS(0), func(_ context.Context, seed uint64) outcome {
		minority, timing := drawn(seed)
		m, err := measure(minority, timing, seed)
		return outcome{m, err}
	}) {
		require.NoError(t, m.err)
		if err := m.bounded(); err != nil {
			tooLong = append(tooLong, fmt.Sprintf("%v\nagain: go test ./proptest/virtualcluster -run AMinority -gap-runs 1 -gap-seed %d", err, seed))
		}
		looked++
		byName[m.minority.Name] = append(byName[m.minority.Name], m.measured)
		for what, times := range m.snapped {
			snapped[what] += times
		}
	}
	require.Len(t, seeds, looked)
	if *gapTable {
		t.Log(tableOf(byName))
	}
	require.Empty(t, tooLong, strings.Join(tooLong, "\n"))
	t.Log(snapped)
	if *gapRuns < 60 {
		return
	}
	for _, what := range reached {
		require.Positive(t, snapped[what], "no run has seen %s", what)
	}
}

// tableOf tells of all runs of each kind, in election timeouts: half of them are below the median.
func tableOf(byName map[string][]*measured) string {
	table := "| what is wrong | runs | longest gap: median | worst | bound | after it: worst | bound |\n|---|--:|--:|--:|--:|--:|--:|\n"
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		runs := byName[name]
		var during, after []float64
		for _, m := range runs {
			e := float64(m.timing.Election())
			during, after = append(during, float64(m.during)/e), append(after, float64(m.after)/e)
		}
		slices.Sort(during)
		table += fmt.Sprintf("| %s | %d | %.1f | %.1f | %.1f | %.1f | %.1f |\n", name, len(runs), during[len(runs)/2], during[len(runs)-1],
			runs[0].minority.During, slices.Max(after), runs[0].minority.After)
	}
	return table
}
