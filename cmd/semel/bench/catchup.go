package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// missedValues are 256 MiB of large values.
const missedValues = 4096

// catchUp kills a follower, has large values written, and starts it again: it catches up beside the honest client.
func catchUp(ctx context.Context, c *cluster, leader int) (func() string, error) {
	back, err := c.restart(ctx, (leader+1)%clusterNodes, func() error {
		return write(ctx, c.doors[leader].redis, "missed", missedValues)
	})
	if err != nil {
		return nil, err
	}
	return func() string { return "the follower: " + <-back }, nil
}

// backPatience is how long a node that was started again is waited for.
const backPatience = 30 * time.Second

// restart kills a node, does something while it is away, and starts it again. The channel tells when it was level.
func (c *cluster) restart(ctx context.Context, node int, away func() error) (<-chan string, error) {
	c.kill(node)
	if away != nil {
		if err := away(); err != nil {
			return nil, err
		}
	}
	target := c.commit(ctx)
	if err := c.start(ctx, node); err != nil {
		return nil, err
	}
	start, back := time.Now(), make(chan string, 1)
	go func() {
		for time.Since(start) < backPatience && ctx.Err() == nil {
			if s, err := statusOf(ctx, c.doors[node]); err == nil && s.Ready && s.Applied >= target {
				back <- fmt.Sprintf("level %.1f s after its start", time.Since(start).Seconds())
				return
			}
			wait.For(ctx, leaderPause)
		}
		back <- fmt.Sprintf("not level %v after its start", backPatience)
	}()
	return back, nil
}

// commit is the highest index that a node tells to be committed.
func (c *cluster) commit(ctx context.Context) (index uint64) {
	for _, d := range c.doors {
		if s, err := statusOf(ctx, d); err == nil {
			index = max(index, s.Commit)
		}
	}
	return index
}

// peerAddresses are where the nodes reach one another.
func (c *cluster) peerAddresses() (all []string) {
	for _, n := range c.Nodes {
		all = append(all, n.Peer)
	}
	return all
}
