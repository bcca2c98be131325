package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// before is what a cluster has done before it is started again.
type before struct {
	claims      int
	turned      bool // its keys expired soon, and others came; else all live
	uncompacted bool
}

const (
	restartRounds   = 3
	turnedTTL       = time.Second
	restartPatience = 5 * time.Minute
)

// restarts measures how long a cluster takes to serve again, and a follower to be level, by what it has done before; and what that
// is on the disk.
func (o *options) restarts(ctx context.Context, out io.Writer) (failed error) {
	_, _ = fmt.Fprintf(out, "\nStopped and started again, %d times each: s from the start of the processes. Bytes are of the node with the most, and for each key that lives:\n\n", restartRounds)
	t := besideTable(out)
	t.cells("claims", "keys then", "snapshots", "log MiB", "snapshots MiB", "bytes/key", "× of a snapshot", "all three: first claim answered", "longest", "a follower: level", "longest")
	t.cells(slices.Concat([]string{"---:", "---:", ":---"}, slices.Repeat([]string{"---:"}, 8))...)
	for _, claims := range o.claimed {
		for _, b := range []before{{claims, true, false}, {claims, true, true}, {claims, false, false}, {claims, false, true}} {
			err := o.withCluster(ctx, "restart", func(c *cluster) error { return b.measure(ctx, out, c) }, snapshotFlags(wholeSnapshot, b.uncompacted)...)
			if failed = errors.Join(failed, err); ctx.Err() != nil {
				return failed
			}
		}
	}
	return failed
}

func (b *before) measure(ctx context.Context, out io.Writer, c *cluster) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	ttl := usualTTL
	if b.turned {
		ttl = turnedTTL
	}
	if err := c.claim(ctx, leader, b.claims, ttl); err != nil {
		return err
	}
	c.rest(ctx)
	keys, disk := c.keysOf(ctx, leader), c.largest()
	var all, one []time.Duration
	for range restartRounds {
		took, err := c.startAgain(ctx)
		if err != nil {
			return err
		}
		all = append(all, took)
		if took, err = c.followerAgain(ctx); err != nil {
			return err
		}
		one = append(one, took)
	}
	taken, perKey, multiple := "none", "", ""
	if !b.uncompacted {
		taken = fmt.Sprintf("after %d MiB", wholeSnapshot>>20)
	}
	if !b.turned {
		perKey = grouped(float64(disk.bytes()) / float64(max(keys, 1)))
	}
	if !b.turned && disk.file > 0 {
		multiple = fmt.Sprintf("%.1f", float64(disk.bytes())/float64(disk.file))
	}
	slices.Sort(all)
	slices.Sort(one)
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
	besideTable(out).cells(grouped(float64(b.claims)), grouped(float64(keys)), taken, grouped(float64(disk.log>>20)), grouped(float64(disk.snapshots>>20)), perKey, multiple,
		seconds(all[len(all)/2]), seconds(all[len(all)-1]), seconds(one[len(one)/2]), seconds(one[len(one)-1]))
	return nil
}

// startAgain stops all nodes in order, starts them together, and returns how long it took until a claim was answered.
func (c *cluster) startAgain(ctx context.Context) (time.Duration, error) {
	c.Stop()
	p := startProbes(c.doors)
	defer p.stop()
	began := time.Now()
	if err := c.StartAll(ctx); err != nil {
		return 0, err
	}
	if err := p.awaitAnswersFor(ctx, 1, restartPatience); err != nil {
		return 0, err
	}
	p.stop()
	return p.first(began), nil
}

// followerAgain stops a follower in order and starts it, and returns how long it took until it was level.
func (c *cluster) followerAgain(ctx context.Context) (time.Duration, error) {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return 0, err
	}
	for i := range c.Nodes {
		if err := c.settle(ctx, i); err != nil {
			return 0, err
		}
	}
	node := (leader + 1) % clusterNodes
	if err := c.Nodes[node].Terminate(); err != nil {
		return 0, err
	}
	level, err := c.startToLevel(ctx, node, restartPatience)
	if err != nil {
		return 0, err
	}
	return level()
}
