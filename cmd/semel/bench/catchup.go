package bench

import (
	"context"
	"fmt"
	"strings"
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
	back := make(chan string, 1)
	level, err := c.startToLevel(ctx, node, backPatience)
	if err != nil {
		return nil, err
	}
	go func() {
		if took, err := level(); err == nil {
			back <- fmt.Sprintf("level %.1f s after its start", took.Seconds())
			return
		}
		back <- fmt.Sprintf("not level %v after its start", backPatience)
	}()
	return back, nil
}

// startToLevel starts a node. level waits until it takes calls and has applied what was committed when it started.
func (c *cluster) startToLevel(ctx context.Context, node int, patience time.Duration) (level func() (time.Duration, error), err error) {
	target, start := c.commit(ctx), time.Now()
	if err := c.start(ctx, node); err != nil {
		return nil, err
	}
	return func() (time.Duration, error) {
		isLevel := wait.Until(ctx, patience, levelPause, func() bool {
			s, err := statusOf(ctx, c.doors[node])
			return err == nil && s.Ready && s.Applied >= target
		})
		if !isLevel {
			return 0, fmt.Errorf("%w: node %d is not level %v after its start: %s", ErrUnavailable, node+1, patience, c.lastLine(node))
		}
		return time.Since(start), nil
	}, nil
}

const levelPause = 5 * time.Millisecond

// lastLine is what a node said last.
func (c *cluster) lastLine(node int) string {
	said := strings.Split(strings.TrimSpace(c.LastWords(c.Nodes[node])), "\n")
	return said[len(said)-1]
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
