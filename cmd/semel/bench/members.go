package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/local"
)

const (
	mostMembers    = 7
	memberCallers  = 64
	besideCallers  = 16 // while members change
	besideTTL      = time.Minute
	memberFor      = 5 * time.Second
	memberWarmup   = time.Second
	memberPatience = 5 * time.Minute
)

// members grows a cluster from three nodes to seven and shrinks it to three again while claims are asked for, and tells of each step for how long
// nobody was answered; what callers have of three, five and seven; and how long a node takes to join one that has many keys.
func (o *options) members(ctx context.Context, out io.Writer) error {
	var loads []string
	err := o.withCluster(ctx, "members", func(c *cluster) error { return c.growAndShrink(ctx, out, &loads) })
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "\nCallers on 8 connections to the leader, for %v, all nodes on this machine; one alone waits for little but replication:\n\n"+
		"| nodes | callers | claims/s | p50 ms | p99 ms | p99.9 ms | errors |\n|---:|---:|---:|---:|---:|---:|---:|\n%s", memberFor, strings.Join(loads, ""))
	keys := missed
	if o.keys > 0 {
		keys = int(o.keys)
	}
	return o.withCluster(ctx, "join", func(c *cluster) error {
		leader, err := findLeader(ctx, c.doors)
		if err == nil {
			err = c.claim(ctx, leader, keys, usualTTL)
		}
		if err != nil {
			return err
		}
		c.rest(ctx)
		_, _ = fmt.Fprintf(out, "\nA fourth node joins %s keys:\n\n", grouped(float64(keys)))
		stepsHead(out)
		return c.step(ctx, out, "joins", 3)
	})
}

func stepsHead(out io.Writer) {
	_, _ = fmt.Fprintf(out, "| step | voters then | took s | longest ms without an answer | claims/s beside |\n|:---|---:|---:|---:|---:|\n")
}

func (c *cluster) growAndShrink(ctx context.Context, out io.Writer, loads *[]string) error {
	_, _ = fmt.Fprintf(out, "\nThe longest time in which no claim was answered while members change, of one asked for every %v at each node that is a member before and after, beside %d callers on 8 connections to all of these:\n\n", probeEvery, besideCallers)
	stepsHead(out)
	if err := c.loaded(ctx, loads); err != nil {
		return err
	}
	for k := clusterNodes; k < mostMembers; k++ {
		if err := c.step(ctx, out, "joins", k); err != nil {
			return err
		}
		if k%2 == 0 {
			if err := c.loaded(ctx, loads); err != nil {
				return err
			}
		}
	}
	for len(c.doors) > clusterNodes {
		leader, err := findLeader(ctx, c.doors)
		if err != nil {
			return err
		}
		who, what := leader, "the leader leaves"
		if len(c.doors)%2 == 0 {
			who, what = (leader+1)%len(c.doors), "a follower leaves"
		}
		if err := c.step(ctx, out, what, who); err != nil {
			return err
		}
	}
	return nil
}

// loaded has one caller and many claim at the leader.
func (c *cluster) loaded(ctx context.Context, loads *[]string) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	for _, callers := range []int{1, memberCallers} {
		load := Load{Redis: []string{c.doors[leader].redis}, Callers: callers, Connections: 8, Warmup: memberWarmup, Duration: memberFor}
		r, err := load.Run(ctx)
		if err != nil {
			return err
		}
		*loads = append(*loads, fmt.Sprintf("| %d | %d | %s | %.2f | %.2f | %.2f | %s |\n", len(c.doors), callers, grouped(r.PerSecond), r.P50, r.P99, r.P999, kinds(r.Errors)))
	}
	return nil
}

// step has node k join, where there is none, or leave, and tells how long that took and for how long nobody was answered.
func (c *cluster) step(ctx context.Context, out io.Writer, what string, k int) error {
	joins := k == len(c.Nodes)
	stay := slices.Clone(c.doors)
	if !joins {
		stay = slices.Delete(stay, k, k+1)
	}
	endCallers := callBeside(ctx, stay)
	defer endCallers()
	p := startProbes(stay)
	defer p.stop()
	if err := p.awaitAnswers(ctx, probesWarm); err != nil {
		return err
	}
	began := time.Now()
	var err error
	if joins {
		err = c.join(ctx)
	} else {
		err = c.leave(ctx, k)
	}
	took := time.Since(began)
	if err == nil {
		err = p.awaitAnswers(ctx, probesWarm)
	}
	p.stop()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "| %s | %d | %.2f | %.0f | %s |\n", what, len(c.doors), took.Seconds(), micros(p.longest(began))/1000, grouped(endCallers().PerSecond))
	return nil
}

// callBeside has callers claim at some doors until the function that it returns is called, which tells what came of it, each time.
func callBeside(ctx context.Context, doors []door) (end func() Result) {
	load := Load{Callers: besideCallers, Connections: 8, Duration: memberPatience, TTL: besideTTL}
	for _, d := range doors {
		load.Redis = append(load.Redis, d.redis)
	}
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan Result, 1)
	go func() {
		r, _ := load.Run(ctx) // a door that closes is a step's, and the probes say what it cost
		told <- r
	}()
	return sync.OnceValue(func() Result {
		cancel()
		return <-told
	})
}

// join starts one more node, and waits until it is a voter.
func (c *cluster) join(ctx context.Context) error {
	id := 1
	for _, n := range c.Nodes {
		id = max(id, n.ID+1)
	}
	more := local.Cluster{Dir: c.Dir}
	release, err := more.Place(1, 0)
	if err != nil {
		return err
	}
	n := more.Nodes[0]
	n.ID, n.Data, n.Join = id, filepath.Join(c.Dir, strconv.Itoa(id)), strings.Join(c.peerAddresses(), ",")
	before := c.release
	c.release = func() {
		before()
		release()
	}
	if err := c.Start(ctx, n); err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, n)
	err = c.members(ctx, "add", id)
	c.doors = append(c.doors, door{http: n.HTTP, redis: n.Redis})
	return err
}

// leave removes a member, and waits until it is none, and its process has ended.
func (c *cluster) leave(ctx context.Context, k int) error {
	n := c.Nodes[k]
	if err := c.members(ctx, "remove", n.ID); err != nil {
		return err
	}
	n.Kill()
	c.Nodes, c.doors = slices.Delete(c.Nodes, k, k+1), slices.Delete(c.doors, k, k+1)
	return nil
}

// members asks for a change as an operator does, and waits for it.
func (c *cluster) members(ctx context.Context, what string, id int) error {
	var nodes []string
	for _, d := range c.doors {
		nodes = append(nodes, d.http)
	}
	args := []string{"members", what, strconv.Itoa(id), "--timeout", memberPatience.String(), "--nodes", strings.Join(nodes, ",")}
	if what == "add" {
		args = append(args, "--wait")
	}
	p := exec.CommandContext(ctx, c.Program, args...)
	var said bytes.Buffer
	p.Stdout, p.Stderr = &said, &said
	if err := p.Run(); err != nil {
		return fmt.Errorf("semel members %s %d: %w: %s", what, id, err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
