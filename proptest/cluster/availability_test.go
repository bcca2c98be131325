package cluster

// Goal: a minority does not stop those who write (docs/guarantees.md, promise 9), on real replicas. Method: the runs of
// proptest/virtualcluster/availability_test.go, a few kinds of faults. Time is counted in the ticks of a ticker in
// the same process, which, as those of the replicas, misses ticks where the machine has much else to do; bounds are half as long again,
// and one election timeout.

import (
	"context"
	"flag"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var minorities = flag.Int("minorities", 1, "how many runs have faults of a minority")

// paced is how time passes at replicas here.
var paced = workload.Timing{Tick: 10 * time.Millisecond, ElectionTicks: 20}

// held are the minorities that runs take in turn.
var held = []string{"deaf: the leader", "one link is cut: the leader", "deaf: another", "mute: the leader", "cut off: the leader", "no sync ends: the leader"}

// yardstick is when its ticks came, since it began.
type yardstick struct {
	mu    sync.Mutex
	ticks []time.Duration
}

// begin is of Options.Beside.
func (y *yardstick) begin(context.Context, *Cluster) (leave func() error, err error) {
	began, ticker, done := time.Now(), time.NewTicker(paced.Tick), make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				y.mu.Lock()
				y.ticks = append(y.ticks, time.Since(began))
				y.mu.Unlock()
			}
		}
	}()
	return func() error { ticker.Stop(); close(done); return nil }, nil
}

// at is a moment of a history as the ticks before it count it.
func (y *yardstick) at(ns int64) int64 {
	n, _ := slices.BinarySearch(y.ticks, time.Duration(ns))
	return int64(n) * int64(paced.Tick)
}

// counted is a history with the times that the yardstick shows.
func (y *yardstick) counted(h *linearizability.History) *linearizability.History {
	y.mu.Lock()
	defer y.mu.Unlock()
	counted := *h
	counted.Operations = slices.Clone(h.Operations)
	for k := range counted.Operations {
		o := &counted.Operations[k]
		o.Call = y.at(o.Call)
		if o.Return != nil {
			o.Return = new(y.at(*o.Return))
		}
	}
	counted.Faults = slices.Clone(h.Faults)
	for k := range counted.Faults {
		f := &counted.Faults[k]
		f.From, f.Until = y.at(f.From), new(y.at(*f.Until))
	}
	return &counted
}

func TestAMinorityDoesNotStopTheOthers(t *testing.T) {
	for run := range *minorities {
		name := held[run%len(held)]
		gap, most := gapOf(t, name, uint64(run))
		require.LessOrEqual(t, gap, most, "%s, in ticks", name)
		t.Logf("%s: %d ticks", name, gap)
	}
}

// gapOf is the longest time without an answered write in a run with such a minority, and what it may be, in ticks.
func gapOf(t *testing.T, name string, seed uint64) (gap, most int64) {
	m := workload.MinorityNamed(name, paced)
	m.Patience = m.During // calls are slow where the machine is
	plan, y := workload.Steady(&m, paced, seed), &yardstick{}
	r := Execute(t.Context(), &plan, Options{Dir: t.TempDir(), Beside: y.begin})
	require.True(t, r.Verdict.OK, "%s: %+v", name, r.Verdict.Violations)
	h := y.counted(r.History)
	f := h.Faults[slices.IndexFunc(h.Faults, func(f linearizability.Fault) bool { return f.Fault == string(m.Faults[0].Kind) })]
	return int64(workload.GapOf(h, f.From, *f.Until) / paced.Tick), int64(paced.Bound(1.5*m.During+1) / paced.Tick)
}
