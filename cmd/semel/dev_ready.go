package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	readyPoll     = 50 * time.Millisecond
	patienceUntil = 10 * time.Second // then dev says what it waits for
)

// awaitReady returns true once all nodes that run know a leader; false if ctx ends or no node is left.
func (d *development) awaitReady(ctx context.Context, none <-chan struct{}) bool {
	tick, late := time.NewTicker(readyPoll), time.After(patienceUntil)
	defer tick.Stop()
	for {
		waiting := d.notReady(ctx)
		if len(waiting) == 0 {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-none:
			return false
		case <-late:
			d.say("semel: still waiting for a leader, and for: " + strings.Join(waiting, ", "))
		case <-tick.C:
		}
	}
}

// notReady names the nodes that are waited for: at least one has to be ready, and all that will
// ever run.
func (d *development) notReady(ctx context.Context) []string {
	var waiting []string
	ready := 0
	for _, c := range d.children {
		if _, down := c.now(); down {
			continue
		}
		if askNode(ctx, c.http).Ready {
			ready++
		} else {
			waiting = append(waiting, "node "+strconv.Itoa(c.id))
		}
	}
	if ready == 0 && len(waiting) == 0 {
		return []string{"any node"}
	}
	return waiting
}

// announce prints how to reach the cluster.
func (d *development) announce(w io.Writer) error {
	if d.asJSON {
		return json.NewEncoder(w).Encode(d.address())
	}
	text, paints, err := d.table()
	if err != nil {
		return err
	}
	return printPainted(w, text, paints)
}

// devReport is what dev --json prints.
type devReport struct {
	Nodes []devNode `json:"nodes"`
}

type devNode struct {
	ID    int    `json:"id"`
	PID   int    `json:"pid"` // 0: it is down
	Data  string `json:"data"`
	Redis string `json:"redis"`
	HTTP  string `json:"http"`
	Peer  string `json:"peer"`
}

func (d *development) address() devReport {
	var report devReport
	for _, c := range d.children {
		pid, _ := c.now()
		report.Nodes = append(report.Nodes, devNode{c.id, pid, c.data, c.redis, c.http, c.peer})
	}
	return report
}

// table is what a person is told: where the nodes are, and what to try.
func (d *development) table() (string, []paint, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%s.%s\n\n", counted(d.nodes), d.whereTheDataIs())
	paints := []paint{plain, bold, plain, faint}
	table := tabwriter.NewWriter(&text, 2, 0, 3, ' ', 0)
	fmt.Fprintln(table, "  NODE\tROLE\tHTTP\tREDIS\tBETWEEN NODES\tPID")
	var leader *child
	for _, c := range d.children {
		status := askNode(context.Background(), c.http)
		role, colour := status.Role, plain
		if pid, _ := c.now(); pid == 0 {
			role, colour = "down", red
		}
		if role == "leader" {
			leader, colour = c, bold
		}
		paints = append(paints, colour)
		pid, _ := c.now()
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\t%d\n", c.id, role, c.http, c.redis, c.peer, pid)
	}
	if err := table.Flush(); err != nil {
		return "", nil, err
	}
	d.hints(&text, leader)
	return text.String(), paints, nil
}

func counted(nodes int) string {
	if nodes == 1 {
		return "One node on this machine"
	}
	return fmt.Sprintf("%d nodes on this machine, each its own process", nodes)
}

func (d *development) whereTheDataIs() string {
	if d.keeps {
		return " The data stays in " + d.dir + "."
	}
	return " The data goes when this ends; --data DIR keeps it."
}

// hints are commands that work as they stand.
func (d *development) hints(w io.Writer, leader *child) {
	program, first := programName(), d.children[0]
	for _, c := range d.children {
		if pid, _ := c.now(); pid != 0 {
			first = c
			break
		}
	}
	fmt.Fprintln(w, "\nTry, in another terminal:")
	if addresses := d.httpAddresses(); addresses != nodesOfDev {
		fmt.Fprintf(w, "  export SEMEL_NODES=%s\n", addresses)
	}
	_, port, _ := strings.Cut(first.redis, ":")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "  %s claim order-4711\t# won; again: duplicate\n", program)
	fmt.Fprintf(table, "  %s status\t# who leads, and how far each node is\n", program)
	fmt.Fprintf(table, "  redis-cli -p %s SET order-4712 me NX EX 60\t# OK; again: nil. Any node does\n", port)
	if leader != nil {
		pid, _ := leader.now()
		what := "the leader: another takes over, no win is lost"
		if d.nodes == 1 {
			what = "it is started again, and no win is lost"
		}
		fmt.Fprintf(table, "  kill -9 %d\t# %s\n", pid, what)
	}
	_ = table.Flush()
	fmt.Fprintf(w, "  curl -d '{\"key\":\"order-4713\",\"owner\":\"worker-7/1\"}' http://%s/v1/claim\n", first.http)
	fmt.Fprintln(w, "\nCtrl-C stops all.")
}

func (d *development) httpAddresses() string {
	var all []string
	for _, c := range d.children {
		all = append(all, c.http)
	}
	return strings.Join(all, ",")
}

// programName is how this program was called, for a hint that can be copied.
func programName() string {
	if slices.Contains(strings.Split(os.Args[0], string(os.PathSeparator)), "exe") && strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/semel"
	}
	return os.Args[0]
}
