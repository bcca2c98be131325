package dev

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

	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/status"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
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
		if status.Ask(ctx, c.HTTP).Ready {
			ready++
		} else {
			waiting = append(waiting, "node "+strconv.Itoa(c.ID))
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
	return terminal.Print(w, text, paints)
}

// whereabouts is what dev --json prints.
type whereabouts struct {
	Nodes []nodeWhereabouts `json:"nodes"`
}

type nodeWhereabouts struct {
	ID    int    `json:"id"`
	PID   int    `json:"pid"` // 0: it is down
	Data  string `json:"data"`
	Redis string `json:"redis"`
	HTTP  string `json:"http"`
	Peer  string `json:"peer"`
}

func (d *development) address() whereabouts {
	var report whereabouts
	for _, c := range d.children {
		pid, _ := c.now()
		report.Nodes = append(report.Nodes, nodeWhereabouts{c.ID, pid, c.Data, c.Redis, c.HTTP, c.Peer})
	}
	return report
}

// table is what a person is told: where the nodes are, and what to try.
func (d *development) table() (string, []terminal.Paint, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%s.%s\n\n", counted(d.nodes), d.whereTheDataIs())
	paints := []terminal.Paint{terminal.Plain, terminal.Bold, terminal.Plain, terminal.Faint}
	table := tabwriter.NewWriter(&text, 2, 0, 3, ' ', 0)
	fmt.Fprintln(table, "  NODE\tROLE\tHTTP\tREDIS\tBETWEEN NODES\tPID")
	var leader *child
	for _, c := range d.children {
		now := status.Ask(context.Background(), c.HTTP)
		role, colour := now.Role, terminal.Plain
		if pid, _ := c.now(); pid == 0 {
			role, colour = "down", terminal.Red
		}
		if role == "leader" {
			leader, colour = c, terminal.Bold
		}
		paints = append(paints, colour)
		pid, _ := c.now()
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\t%d\n", c.ID, role, c.HTTP, c.Redis, c.Peer, pid)
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
		return " The data stays in " + d.Dir + "."
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
	if addresses := d.Addresses(); addresses != flags.NodesOfDev {
		fmt.Fprintf(w, "  export SEMEL_NODES=%s\n", addresses)
	}
	_, port, _ := strings.Cut(first.Redis, ":")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "  %s run order-4710 --lease 30s -- echo shipped\t# once; again: done before\n", program)
	fmt.Fprintf(table, "  %s claim order-4711\t# only \"was it seen?\": won; again: duplicate\n", program)
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
	fmt.Fprintf(w, "  curl -d '{\"key\":\"order-4713\",\"owner\":\"worker-7/1\"}' http://%s/v1/claim\n", first.HTTP)
	fmt.Fprintln(w, "\nCtrl-C stops all.")
}

// programName is how this program was called, for a hint that can be copied.
func programName() string {
	if slices.Contains(strings.Split(os.Args[0], string(os.PathSeparator)), "exe") && strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/semel"
	}
	return os.Args[0]
}
