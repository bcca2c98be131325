package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// mishap is what happens to a cluster while claims are asked for, and what has all nodes be there again.
type mishap struct {
	name string
	hits bool // the leader, which is not asked then; otherwise all are
	does func(ctx context.Context, c *cluster, leader int) error
	undo func(ctx context.Context, c *cluster, leader int) error
}

func mishaps() []mishap {
	again := func(ctx context.Context, c *cluster, leader int) error { return c.start(ctx, leader) }
	return []mishap{
		{"`kill -9` of the leader", true, func(_ context.Context, c *cluster, leader int) error { c.kill(leader); return nil }, again},
		{"SIGTERM of the leader", true, func(_ context.Context, c *cluster, leader int) error { return c.Nodes[leader].Terminate() }, again},
		{"SIGSTOP of the leader", true,
			func(_ context.Context, c *cluster, leader int) error { return c.Nodes[leader].Signal(syscall.SIGSTOP) },
			func(_ context.Context, c *cluster, leader int) error { return c.Nodes[leader].Signal(syscall.SIGCONT) }},
		{"each node restarted in turn", false, restartEach, func(context.Context, *cluster, int) error { return nil }},
	}
}

// restartEach stops and starts one node after the other, each when the one before is level.
func restartEach(ctx context.Context, c *cluster, _ int) error {
	err := error(nil)
	for i, n := range c.Nodes {
		if err == nil {
			err = n.Terminate()
		}
		if err == nil {
			err = c.start(ctx, i)
		}
		if err == nil {
			err = c.settle(ctx, i)
		}
	}
	return err
}

// happen returns for how long nobody was answered.
func (m *mishap) happen(ctx context.Context, c *cluster) (gap time.Duration, err error) {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return 0, err
	}
	asked := slices.Clone(c.doors)
	if m.hits {
		asked = slices.Delete(asked, leader, leader+1)
	}
	p := startProbes(asked)
	defer p.stop()
	if err := p.awaitAnswers(ctx, probesWarm); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := m.does(ctx, c, leader); err != nil {
		return 0, err
	}
	if _, err := findLeader(ctx, asked); err != nil {
		return 0, err
	}
	if err := p.awaitAnswers(ctx, probesWarm); err != nil {
		return 0, err
	}
	p.stop()
	if err := m.undo(ctx, c, leader); err != nil {
		return 0, err
	}
	return p.longest(began), c.settle(ctx, leader)
}

// failover has each mishap happen some times to a cluster that does little else, and measures the longest time in which nobody
// was answered.
func (o *options) failover(ctx context.Context, out io.Writer) error {
	if o.kills == 0 {
		return nil
	}
	dir := filepath.Join(o.data, "failover")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	c, err := startCluster(ctx, o.program, dir)
	if err != nil {
		return err
	}
	defer c.stop()
	_, _ = fmt.Fprintf(out, "\nThe longest time in which no claim was answered, of one asked for every %v at the nodes that stay, in ms:\n\n"+
		"| | times | median | 90 %% | longest |\n|---|---:|---:|---:|---:|\n", probeEvery)
	for _, m := range mishaps() {
		var gaps []time.Duration
		for range o.kills {
			gap, err := m.happen(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			gaps = append(gaps, gap)
		}
		slices.Sort(gaps)
		at := func(share float64) float64 { return micros(gaps[int(share*float64(len(gaps)-1)+0.5)]) / 1000 }
		_, _ = fmt.Fprintf(out, "| %s | %d | %.0f | %.0f | %.0f |\n", m.name, len(gaps), at(0.5), at(0.9), at(1))
	}
	return nil
}

const settlePatience = time.Minute

// settle waits until node i has applied all that is committed now. Killed before, the next leader would leave
// its work to one that is still reading its log, and that is another measurement.
func (c *cluster) settle(ctx context.Context, i int) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	level, err := statusOf(ctx, c.doors[leader])
	if err != nil {
		return err
	}
	caughtUp := wait.Until(ctx, settlePatience, leaderPause, func() bool {
		now, err := statusOf(ctx, c.doors[i])
		return err == nil && now.Ready && now.Applied >= level.Commit
	})
	if caughtUp {
		return nil
	}
	return fmt.Errorf("%w: node %d is not level %v after its start: %s", ErrUnavailable, i+1, settlePatience, c.lastLine(i))
}
