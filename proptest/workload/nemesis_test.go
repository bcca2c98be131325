package workload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// books is a cluster that only notes what is wrong with it.
type books struct {
	down map[int]bool
	cut  map[[2]int]bool
	ill  map[string]bool // a disk, a door, a clock
}

func newBooks() *books { return &books{map[int]bool{}, map[[2]int]bool{}, map[string]bool{}} }

func said(text string) workload.Effect { return func() string { return text } }

func (b *books) set(what string, node int, wrong bool) workload.Effect {
	delete(b.ill, what+string(rune('0'+node)))
	if wrong {
		b.ill[what+string(rune('0'+node))] = true
	}
	return said(what)
}

func (b *books) end(node int) workload.Effect {
	if b.down[node] {
		return nil
	}
	b.down[node] = true
	return said("down")
}

func (b *books) Leader() int                   { return 2 }
func (b *books) Stop(node int) workload.Effect { return b.end(node) }
func (b *books) Kill(node int) workload.Effect { return b.end(node) }
func (b *books) PowerLoss(nodes []int) workload.Effect {
	for _, node := range nodes {
		b.down[node] = true
	}
	return said("power")
}
func (b *books) Start(node int) { delete(b.down, node) }
func (b *books) Cut(from, to int) workload.Effect {
	b.cut[[2]int{from, to}] = true
	return said("cut")
}
func (b *books) Mend(from, to int) { delete(b.cut, [2]int{from, to}) }
func (b *books) SlowDisk(node int, by time.Duration) workload.Effect {
	return b.set("slow", node, by > 0)
}
func (b *books) FullDisk(node int, full bool) workload.Effect    { return b.set("full", node, full) }
func (b *books) FailSync(node int, fail bool) workload.Effect    { return b.set("sync", node, fail) }
func (b *books) LoseReplies(node int, lost bool) workload.Effect { return b.set("reply", node, lost) }
func (b *books) JumpWall(int, time.Duration) workload.Effect     { return said("jump") }
func (b *books) ClockRate(node int, rate float64) workload.Effect {
	return b.set("clock", node, rate != 1)
}
func (b *books) TickRate(node int, rate float64) workload.Effect {
	return b.set("ticks", node, rate != 1)
}
func (b *books) Hang(node int, hangs bool) workload.Effect { return b.set("process", node, hangs) }
func (b *books) SlowSnapshot(node int, by time.Duration) workload.Effect {
	return b.set("slow snapshot", node, by > 0)
}
func (b *books) FailSnapshot(node int, fail bool) workload.Effect {
	return b.set("snapshot", node, fail)
}
func (b *books) LosePieces(node int, lost bool) workload.Effect { return b.set("pieces", node, lost) }
func (b *books) Rot(node int) workload.Effect                   { return b.end(node) }

func (b *books) Join(node int, _ bool, _ workload.Stage) workload.Effect {
	return b.set("member", node, false)
}
func (b *books) Leave(node int) workload.Effect   { return b.set("member", node, node <= 3) } // no plan's spare places
func (b *books) Replace(node int) workload.Effect { return b.Leave(node) }
func (b *books) Wipe(node int) workload.Effect    { return b.end(node) }

func TestANemesisLeavesNothingBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan, b := drawAfterAny(t), newBooks()
		var now time.Duration
		recorder := linearizability.NewRecorder(linearizability.Header{}, func() int64 { return int64(now) })
		nemesis := workload.NewNemesis(&plan, b, recorder)
		calls := 0
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			now += time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond
			calls += rapid.IntRange(0, 3).Draw(t, "calls")
			nemesis.Step(now, calls)
		}
		if next, ok := nemesis.Next(); ok {
			require.Greater(t, next, now)
		}
		nemesis.Heal()
		require.Equal(t, newBooks(), b)
		_, ok := nemesis.Next()
		require.False(t, ok)
		for _, f := range recorder.History().Faults {
			require.NotNil(t, f.Until)
			require.NotContains(t, f.Nodes, workload.Leader)
		}
	})
}

// Two faults hold node 1 down, and two cut a link: the first that is over mends nothing.
func TestTheLastFaultThatIsOverMends(t *testing.T) {
	plan := workload.Plan{Servers: 3, Faults: []workload.Fault{
		{Kind: workload.Kill, At: 0, For: 30, Nodes: []int{1}},
		{Kind: workload.PowerLoss, At: 10, For: 10, Nodes: []int{1}},
		{Kind: workload.OneWay, At: 0, For: 10, Nodes: []int{3}},
		{Kind: workload.Partition, At: 5, For: 20, Nodes: []int{3, 2}},
		{Kind: workload.Stop, After: 9, For: 1, Nodes: []int{workload.Leader}},
	}}
	b := newBooks()
	nemesis := workload.NewNemesis(&plan, b, linearizability.NewRecorder(linearizability.Header{}, func() int64 { return 0 }))
	nemesis.Step(0, 0)
	require.Equal(t, map[[2]int]bool{{3, 1}: true, {3, 2}: true}, b.cut)
	nemesis.Step(5, 0)
	nemesis.Step(10, 0)
	require.Equal(t, map[[2]int]bool{{3, 1}: true, {1, 3}: true, {2, 1}: true, {1, 2}: true}, b.cut)
	nemesis.Step(20, 8)
	require.True(t, b.down[1])
	require.False(t, b.down[2])
	nemesis.Step(31, 9)
	require.Equal(t, map[int]bool{2: true}, b.down)
	require.Empty(t, b.cut)
	nemesis.Step(32, 9)
	require.Empty(t, b.down)
}

// What each fault of links cuts, and how one that flaps comes and goes.
func TestLinksAreCutAsTheFaultsSay(t *testing.T) {
	for _, row := range []struct {
		fault workload.Fault
		cut   [][2]int
	}{
		{workload.Fault{Kind: workload.OneWay, Nodes: []int{1}}, [][2]int{{1, 2}, {1, 3}}},
		{workload.Fault{Kind: workload.Deaf, Nodes: []int{1}}, [][2]int{{2, 1}, {3, 1}}},
		{workload.Fault{Kind: workload.Partition, Nodes: []int{workload.Follower}}, [][2]int{{3, 1}, {1, 3}, {3, 2}, {2, 3}}},
		{workload.Fault{Kind: workload.OneLink, Nodes: []int{workload.Leader}}, [][2]int{{2, 3}, {3, 2}}},
		{workload.Fault{Kind: workload.OneLink, Nodes: []int{3, 1}}, [][2]int{{1, 3}, {3, 1}}},
		{workload.Fault{Kind: workload.Hub, Nodes: []int{2}}, [][2]int{{1, 3}, {3, 1}}},
		{workload.Fault{Kind: workload.Flapping, Nodes: []int{1}, By: 10}, [][2]int{{1, 2}, {2, 1}, {1, 3}, {3, 1}}},
	} {
		row.fault.For = 100
		plan, b := workload.Plan{Servers: 3, Faults: []workload.Fault{row.fault}}, newBooks()
		nemesis := workload.NewNemesis(&plan, b, linearizability.NewRecorder(linearizability.Header{}, func() int64 { return 0 }))
		cut := map[[2]int]bool{}
		for _, way := range row.cut {
			cut[way] = true
		}
		nemesis.Step(0, 0)
		require.Equal(t, cut, b.cut, "%+v", row.fault)
		for now, mended := time.Duration(10), true; row.fault.By > 0 && now < row.fault.For; now, mended = now+row.fault.By, !mended {
			next, _ := nemesis.Next()
			require.Equal(t, now, next)
			nemesis.Step(now, 0)
			require.Equal(t, mended, len(b.cut) == 0)
		}
		nemesis.Step(100, 0)
		require.Empty(t, b.cut)
	}
}

func TestProfilesHaveNames(t *testing.T) {
	for _, p := range workload.Profiles() {
		named, err := workload.Named(p.Name)
		require.NoError(t, err)
		require.Equal(t, p, named)
	}
	_, err := workload.Named("unheard of")
	require.ErrorContains(t, err, "calm")
}
