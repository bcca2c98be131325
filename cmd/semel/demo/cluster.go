package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/secret"
	"github.com/eventstreamcore/semel/cmd/semel/status"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/dedup/client"
)

// cluster is three nodes, and a client of them.
type cluster struct {
	local.Cluster
	asking  *client.Client
	release func() // the ports
}

const (
	patience = 30 * time.Second // for what takes a moment
	restart  = time.Second      // that a killed node stays dead
	glance   = 20 * time.Millisecond
)

// start starts the nodes and waits until one of them leads. What is left behind stop ends.
func (c *cluster) start(ctx context.Context, dir string) (err error) {
	c.Name, c.Dir, c.Secret = filepath.Base(dir), dir, filepath.Join(dir, local.SecretFile)
	if c.release, err = c.Place(3, 0); err != nil {
		return err
	}
	if err := secret.Make(c.Secret); err != nil {
		return err
	}
	if err := c.StartAll(ctx); err != nil {
		return err
	}
	c.asking, err = client.New(client.Config{Nodes: strings.Split(c.Addresses(), ","), Timeout: patience, AttemptTimeout: time.Second})
	if err != nil {
		return err
	}
	return c.answers(ctx)
}

// answers returns when a claim is answered.
func (c *cluster) answers(ctx context.Context) error {
	_, err := c.asking.Claim(ctx, client.Claim{Record: client.Record{Namespace: "demo-probe", Key: []byte(rand.Text())}, Owner: rand.Text()})
	return err
}

// killLeader kills the node that leads, says how long no claim was answered, and starts
// it again.
func (c *cluster) killLeader(ctx context.Context, say func(string, ...any)) error {
	leader := c.asking.FollowLeader(ctx)
	at := slices.IndexFunc(c.Nodes, func(n *local.Node) bool { return n.HTTP == leader })
	if at < 0 {
		return errors.New("no node says that it leads")
	}
	n := c.Nodes[at]
	killed := time.Now()
	n.Kill()
	if err := c.answers(ctx); err != nil {
		return fmt.Errorf("no claim was answered after the kill: %w", err)
	}
	say("in the middle node %d, the leader, is killed with SIGKILL: the first claim is answered %s later", n.ID, span(time.Since(killed)))
	if !wait.For(ctx, restart-time.Since(killed)) {
		return ctx.Err()
	}
	say("node %d is started again", n.ID)
	return c.Start(ctx, n)
}

// level returns when all nodes have applied the same, and are ready.
func (c *cluster) level(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var applied []uint64
	level := wait.Until(ctx, patience, glance, func() bool {
		applied = nil
		for _, n := range c.Nodes {
			if now, err := status.Fetch(ctx, n.HTTP); err == nil && now.Ready {
				applied = append(applied, now.Applied)
			}
		}
		return len(applied) == len(c.Nodes) && slices.Min(applied) == slices.Max(applied)
	})
	if !level {
		return fmt.Errorf("the nodes are not level after %v: applied %v", patience, applied)
	}
	return nil
}

// stop kills what runs; the data are thrown away with the folder.
func (c *cluster) stop() {
	for _, n := range c.Nodes {
		n.Kill()
	}
	if c.release != nil {
		c.release()
	}
	if c.asking != nil {
		c.asking.Close()
	}
}

// logs is the end of what the nodes said.
func (c *cluster) logs() string {
	var all strings.Builder
	for _, n := range c.Nodes {
		fmt.Fprintf(&all, "node %d said: %s\n", n.ID, c.LastWords(n))
	}
	return all.String()
}
