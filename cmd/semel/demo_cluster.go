package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// demoCluster is three processes of `semel serve`.
type demoCluster struct {
	dir    string
	peers  string
	nodes  []*demoNode
	asking *cluster.Client
}

// demoNode is one of them.
type demoNode struct {
	id                int
	http, redis, peer string
	process           *exec.Cmd
	input             io.Closer // the node ends when it does: it can't outlive this program
}

const (
	demoPatience = 30 * time.Second // for what takes a moment
	demoRestart  = time.Second      // that a killed node stays dead
	demoGlance   = 20 * time.Millisecond
)

// start starts the nodes and waits until one of them leads.
func (d *demoCluster) start(ctx context.Context, dir string) error {
	d.dir, d.nodes = dir, []*demoNode{{id: 1}, {id: 2}, {id: 3}}
	var peers []string
	for _, n := range d.nodes {
		addresses, err := freeAddresses(3)
		if err != nil {
			return err
		}
		n.http, n.redis, n.peer = addresses[0], addresses[1], addresses[2]
		peers = append(peers, fmt.Sprintf("%d=%s", n.id, n.peer))
	}
	d.peers = strings.Join(peers, ",")
	if err := makeSecret(d.secret()); err != nil {
		return err
	}
	for _, n := range d.nodes {
		if err := d.launch(n); err != nil {
			return err
		}
	}
	var err error
	d.asking, err = cluster.New(cluster.Config{Nodes: strings.Split(d.addresses(), ","), Timeout: demoPatience, AttemptTimeout: time.Second})
	if err != nil {
		return err
	}
	return d.answers(ctx)
}

// secret is the file of the nodes' secret.
func (d *demoCluster) secret() string { return filepath.Join(d.dir, "peer.secret") }

// freeAddresses returns addresses of this machine with ports that were free just now.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// launch starts the process of a node; its standard error goes on in its file.
func (d *demoCluster) launch(n *demoNode) error {
	log, err := os.OpenFile(logName(d.dir, n.id), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	n.process = exec.Command(self(), "serve", "--cluster", filepath.Base(d.dir), "--id", strconv.Itoa(n.id), "--peers", d.peers, "--peer-secret", d.secret(),
		"--data", filepath.Join(d.dir, strconv.Itoa(n.id)), "--http", n.http, "--redis", n.redis, "--until-input-ends")
	n.process.Stderr = log
	if n.input, err = n.process.StdinPipe(); err != nil {
		return err
	}
	return n.process.Start()
}

func (d *demoCluster) addresses() string {
	var all []string
	for _, n := range d.nodes {
		all = append(all, n.http)
	}
	return strings.Join(all, ",")
}

// answers returns when a claim is answered.
func (d *demoCluster) answers(ctx context.Context) error {
	_, err := d.asking.Claim(ctx, cluster.Claim{Record: cluster.Record{Namespace: "demo-probe", Key: []byte(rand.Text())}, Owner: rand.Text()})
	return err
}

// killLeader kills the node that leads, says how long no claim was answered, and starts
// it again.
func (d *demoCluster) killLeader(ctx context.Context, say func(string, ...any)) error {
	leader := d.asking.FollowLeader(ctx)
	at := slices.IndexFunc(d.nodes, func(n *demoNode) bool { return n.http == leader })
	if at < 0 {
		return errors.New("no node says that it leads")
	}
	n := d.nodes[at]
	killed := time.Now()
	if err := n.process.Process.Kill(); err != nil {
		return err
	}
	if err := d.answers(ctx); err != nil {
		return fmt.Errorf("no claim was answered after the kill: %w", err)
	}
	say("in the middle node %d, the leader, is killed with SIGKILL: the first claim is answered %s later", n.id, span(time.Since(killed)))
	_ = n.process.Wait()
	if !pause(ctx, demoRestart-time.Since(killed)) {
		return ctx.Err()
	}
	say("node %d is started again", n.id)
	return d.launch(n)
}

// level returns when all nodes have applied the same, and are ready.
func (d *demoCluster) level(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	for {
		var applied []uint64
		for _, n := range d.nodes {
			if status, err := fetchStatus(ctx, n.http); err == nil && status.Ready {
				applied = append(applied, status.Applied)
			}
		}
		if len(applied) == len(d.nodes) && slices.Min(applied) == slices.Max(applied) {
			return nil
		}
		if !pause(ctx, demoGlance) {
			return fmt.Errorf("the nodes are not level after %v: applied %v", demoPatience, applied)
		}
	}
}

// stop kills what runs; the data are thrown away with the folder.
func (d *demoCluster) stop() {
	for _, n := range d.nodes {
		if n.process != nil && n.process.Process != nil {
			_ = n.process.Process.Kill()
			_ = n.process.Wait()
		}
	}
	if d.asking != nil {
		d.asking.Close()
	}
}

// logs is the end of what the nodes said.
func (d *demoCluster) logs() string {
	const most = 2000
	var all strings.Builder
	for _, n := range d.nodes {
		text, _ := os.ReadFile(logName(d.dir, n.id))
		fmt.Fprintf(&all, "node %d said: %s\n", n.id, text[max(0, len(text)-most):])
	}
	return all.String()
}

// pause waits for a span, and reports whether ctx goes on.
func pause(ctx context.Context, span time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(span):
		return true
	}
}
