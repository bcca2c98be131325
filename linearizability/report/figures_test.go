// Goal: the figures of a page are right. Method: tables of small histories whose
// figures one can count by hand, from inside the package.
package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
)

const ms = int64(time.Millisecond)

// call is an operation from call to back, both in ms; back 0: it never returned.
func call(id int, from, back int64, ending string) linearizability.Operation {
	op := linearizability.Operation{ID: id, Client: id, Call: from * ms, Key: "k", Arguments: linearizability.Arguments{Kind: linearizability.Claim}}
	if back != 0 {
		until := back * ms
		op.Return = &until
	}
	if ending == "won" {
		op.Answer = &linearizability.Answer{Outcome: linearizability.Won}
	} else {
		op.Error = ending
	}
	return op
}

func fault(from, until int64) linearizability.Fault {
	f := linearizability.Fault{Fault: "kill", From: from * ms, Nodes: []int{2}, Effect: "down"}
	if until != 0 {
		end := until * ms
		f.Until = &end
	}
	return f
}

func runOf(faults []linearizability.Fault, operations ...linearizability.Operation) *run {
	return newRun(&linearizability.History{Header: linearizability.Header{Servers: 3}, Operations: operations, Faults: faults}, &linearizability.Verdict{})
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 999: "999 ns", 1500: "1.5 µs", 840 * time.Microsecond: "840 µs", 12345 * time.Microsecond: "12.3 ms",
		time.Second: "1 s", 1240 * time.Millisecond: "1.24 s", 302 * time.Second: "5 min 2 s", 2 * time.Minute: "2 min",
		90 * time.Minute: "1 h 30 min", -time.Second: "−1 s", 100 * time.Millisecond: "100 ms",
	} {
		require.Equal(t, want, duration(d))
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		require.Equal(t, want, count(n))
	}
	for want, got := range map[string]string{"1 key": plural(1, "key"), "2 keys": plural(2, "key"), "0 entries": plural(0, "entry")} {
		require.Equal(t, want, got)
	}
}

func TestQuantiles(t *testing.T) {
	var took []time.Duration
	for i := range 1000 {
		took = append(took, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		require.Equal(t, want, quantile(took, q))
	}
	require.Equal(t, time.Duration(5), quantile([]time.Duration{5}, 0.999))
	require.Zero(t, quantile(nil, 0.5))
}

func TestLatenciesTellQuietTimesFromFaults(t *testing.T) {
	batch := call(3, 40, 41, "won")
	batch.Batch = 1
	item := batch
	item.ID = 4
	r := runOf([]linearizability.Fault{fault(10, 20), fault(15, 30)},
		call(0, 1, 2, "won"), call(1, 5, 12, "won"), call(2, 29, 35, "won"), batch, item, call(5, 50, 0, "open"), call(6, 60, 70, linearizability.Unknown))
	rows := r.latencies()
	require.Len(t, rows, 3)
	all := rows[0]
	require.Equal(t, "all calls", all.Kind)
	require.Equal(t, 4, all.Calls, "a batch is one call, and what was not answered is none")
	require.Equal(t, 7*time.Millisecond, all.Longest)
	require.Equal(t, spread{Calls: 2, P50: time.Millisecond, P99: time.Millisecond}, all.Quiet)
	require.Equal(t, spread{Calls: 2, P50: 6 * time.Millisecond, P99: 7 * time.Millisecond}, all.Faulty)
	require.Equal(t, []string{"claim", "batch of claims"}, []string{rows[1].Kind, rows[2].Kind})
	for _, row := range rows {
		require.Len(t, row.Bars, len(all.Bars), "all rows have one scale")
		n := 0
		for _, b := range row.Bars {
			n += b.Quiet + b.Faulty
		}
		require.Equal(t, row.Calls, n, "the columns of the histogram hold all calls")
	}
}

func TestAFaultOfTheWholeRunLeavesQuietTimes(t *testing.T) {
	r := runOf([]linearizability.Fault{fault(0, 0), fault(40, 50)}, call(0, 10, 11, "won"), call(1, 45, 48, "won"), call(2, 90, 100, "won"))
	all := r.latencies()[0]
	require.Equal(t, 2, all.Quiet.Calls)
	require.Equal(t, 1, all.Faulty.Calls)
	require.Equal(t, 1, r.effects()[1].Operations)
}

func TestStepsOfHistograms(t *testing.T) {
	for step := 12; step < 60; step++ {
		require.Equal(t, step, stepOf((stepStart(step)+stepStart(step+1))/2), fmt.Sprint(stepStart(step)))
	}
	require.Equal(t, 0, stepOf(1), "what is shorter than 1 µs counts with it")
}

func TestWhatAFaultDid(t *testing.T) {
	r := runOf([]linearizability.Fault{fault(100, 200)},
		call(0, 10, 11, "won"),                             // before: quiet, took 1 ms
		call(1, 90, 110, "won"),                            // open when it began; no slower than the slowest quiet call
		call(2, 120, 0, "open"),                            // never returned
		call(3, 130, 131, linearizability.NotApplied),      //
		call(4, 140, 240, "won"),                           // slow; answered after the end, but called before it
		call(5, 150, 160, linearizability.Unknown),         //
		call(6, 210, 260, "won"), call(7, 220, 250, "won"), // called after the end: the first answer is at 250
	)
	effects := r.effects()
	require.Len(t, effects, 1)
	e := effects[0]
	require.Equal(t, effect{
		Word: "kill", Nodes: "node 2", Effect: "down", From: 100 * ms, Lasted: 100 * time.Millisecond, Operations: 5, NotApplied: 1, Unknown: 2, Slow: 1,
		Silence: 130 * time.Millisecond, Recovered: 50 * time.Millisecond,
	}, e, "the silence is from the answer at 110 to the one at 240")
	require.Equal(t, []effectSummary{{Word: "kill", Faults: 1, Met: 1, Operations: 5, NotApplied: 1, Unknown: 2, Slow: 1,
		Silence: 130 * time.Millisecond, LongestSilence: 130 * time.Millisecond}}, summarize(effects))
}

func TestAFaultToTheEndIsNotRecoveredFrom(t *testing.T) {
	r := runOf([]linearizability.Fault{fault(100, 0)}, call(0, 10, 11, "won"), call(1, 150, 300, linearizability.Unknown))
	e := r.effects()[0]
	require.Less(t, e.Recovered, time.Duration(0))
	require.Equal(t, 200*time.Millisecond, e.Silence, "nobody was answered up to the end of the run")
}

func TestKeysOfViolationsComeFirst(t *testing.T) {
	on := func(key linearizability.Text, op linearizability.Operation) linearizability.Operation {
		op.Key = key
		return op
	}
	operations := []linearizability.Operation{
		on("busy", call(0, 1, 9, "won")), on("busy", call(1, 2, 8, "won")), on("quiet", call(2, 10, 11, "won")),
		on("broken", call(3, 20, 21, "won")), on("quiet", call(4, 30, 31, "won")),
	}
	v := &linearizability.Verdict{Violations: []linearizability.Violation{{Operations: []int{3}}}}
	var names []string
	for _, k := range newRun(&linearizability.History{Operations: operations}, v).keys {
		names = append(names, k.key)
	}
	require.Equal(t, []string{"broken", "busy", "quiet"}, names)
}

func TestALongRunShowsWhatMatters(t *testing.T) {
	var operations []linearizability.Operation
	for i := range 5000 {
		op := call(i, int64(i), int64(i)+1, "won")
		op.Key, op.Client = linearizability.Text(fmt.Sprint("key-", i%100)), i%5
		operations = append(operations, op)
	}
	v := &linearizability.Verdict{Violations: []linearizability.Violation{{Operations: []int{4999}}}}
	r := newRun(&linearizability.History{Operations: operations}, v)
	shown := r.shown(100)
	require.Len(t, shown, 100)
	onBrokenKey := 0
	for _, i := range shown {
		if i%100 == 99 {
			onBrokenKey++
		}
	}
	require.Equal(t, 50, onBrokenKey, "all of the key of the violation")
	require.Contains(t, shown, 0, "then the first of the run")
	require.IsIncreasing(t, shown)

	data, n, err := r.encode(5000, 30_000)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 30_000)
	require.Greater(t, n, 300)
	require.Less(t, n, 5000)
}

func TestTheLogPlacesUnansweredCalls(t *testing.T) {
	open := call(0, 1, 0, "open")
	open.CallNumber = "a"
	twice := open
	twice.ID, twice.CallNumber = 1, "b"
	claim := linearizability.Arguments{Kind: linearizability.Claim}
	r := newRun(&linearizability.History{Operations: []linearizability.Operation{open, twice}, Log: []linearizability.LogEntry{{First: 7, Commands: []linearizability.LogCommand{
		{CallNumber: "q", Arguments: linearizability.Arguments{Kind: linearizability.Query}}, {CallNumber: "b", Arguments: claim},
		{CallNumber: "a", Arguments: claim}, {CallNumber: "b", Arguments: claim},
	}}}}, &linearizability.Verdict{})
	number, fromLog := r.number(&r.history.Operations[0])
	require.Equal(t, uint64(8), number, "a read takes no number")
	require.True(t, fromLog)
	number, _ = r.number(&r.history.Operations[1])
	require.Zero(t, number, "a call number that stands twice places nothing")
}

func TestDiagramsHaveRoomForTheirLabels(t *testing.T) {
	overlapping := call(1, 2, 6, "won")
	overlapping.Client = 0
	r := runOf([]linearizability.Fault{fault(3, 5)}, call(0, 1, 5, "won"), overlapping, call(2, 4, 0, "open"))
	d := r.diagram([]int{0, 1, 2, 99})
	require.Equal(t, 1, d.Left, "an id that the history lacks is not drawn")
	require.Len(t, d.Lanes, 2)
	require.NotEqual(t, d.Bars[0].Y, d.Bars[1].Y, "what overlaps stands below one another")
	for i, bar := range d.Bars {
		require.GreaterOrEqual(t, bar.Width, labelWidth(&r.history.Operations[i]))
		require.LessOrEqual(t, bar.X+bar.Width, d.Width)
	}
	require.True(t, d.Bars[2].Open)
	require.Nil(t, r.diagram(nil))
}
