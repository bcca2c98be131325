// Command nodelocal compares every action of raft/protocol with the action of the same name in spec/*.tla, on every small node
// state and every small message or parameter, whether a node can come to that or not. The code is loaded with the state
// (protocol.LoadState), the specification is evaluated by spec/ground; both must be enabled or neither, and make the same node, the
// same pending writes and the same messages. What the action tells its host (Output.Writes) is held to what it did as
// proptest/explore holds it.
//
// proptest/explore compares what is reachable in a few models, with the network between the nodes. Here is no network: an action of
// the specification looks at one node and at most one message, changes that node and adds to the network, and so whole runs follow
// from single steps. And nothing has to be reachable: what a change of the rest of the code, a larger cluster or a longer run may lead
// to is compared too.
//
// # What is listed
//
// Families of states, each with its steps: `nodelocal -list` says them in words, with how many there are. One family is drawn, with
// more servers, entries and pending writes than can be listed; its seed is fixed. Node 2 of three acts (node 3 of four where they
// are drawn), so that there are peers before and behind it; messages come from every peer. Messages to others, from the node itself
// and from strangers are not listed: the code refuses them, the specification's network has none.
//
// # What is compared how
//
// Handlers refuse in the code what Impossible names, which no correct node sends; the specification's do not ask, since OnlyPossible
// holds of its network. So where Impossible, evaluated like all else, holds of the state and the message, the code's
// HandleAppendEntries, HandleAppendEntriesResponse, HandleConfirmTerm and HandleConfirmTermResponse must refuse, and where it does not
// they must do what the specification's do.
//
// Where TLA+ gives an action no value (Hint of a message that asks for what is behind nothing, with a term), the message must be one
// that protocol.Node.CheckMessage refuses, as every host asks it before any action does.
//
// The code rests on a few invariants, of which it says so or which it asserts; where they do not hold nothing is compared.
// rests.go has them all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/tla"
)

type flags struct {
	optional, list bool
	only           string
	workers        int
	least          int
}

func main() {
	var f flags
	flag.BoolVar(&f.optional, "optional", false, "pass where Java or TLC's jar is missing, unless CI=true")
	flag.BoolVar(&f.list, "list", false, "say what is compared, and compare nothing")
	flag.StringVar(&f.only, "only", "", "only the family of this name")
	flag.IntVar(&f.workers, "workers", runtime.NumCPU(), "goroutines")
	flag.IntVar(&f.least, "least", 10_000_000, "fail where fewer steps were compared; not with -only")
	flag.Parse()
	debug.SetGCPercent(200) // little lives long here
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, f, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "nodelocal:", err)
		os.Exit(1)
	}
}

// errDiffers is returned where the code and the specification do not agree.
var errDiffers = errors.New("the code differs from the specification")

func run(ctx context.Context, f flags, w io.Writer) error {
	chosen := slices.DeleteFunc(families(), func(x *family) bool { return f.only != "" && x.name != f.only })
	if len(chosen) == 0 {
		return fmt.Errorf("no family is named %q", f.only)
	}
	if f.list {
		describe(w, chosen)
		return nil
	}
	jar, err := tlc.Jar(".")
	if errors.Is(err, tlc.ErrUnavailable) && f.optional && os.Getenv("CI") != "true" {
		fmt.Fprintf(w, "NODES WERE NOT COMPARED: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	m, err := tla.Load(ctx, jar, "spec", "Raft")
	if err != nil {
		return err
	}
	total := &findings{actions: map[string]tally{}}
	fmt.Fprint(w, header)
	for _, x := range chosen {
		found, err := x.run(m, f.workers, false)
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		found.print(w, x)
		total.add(found)
	}
	return f.judge(m, total, w)
}

// judge says what came of all families: an action that was never taken shows nothing, and neither do too few steps.
func (f flags) judge(m *tla.Module, total *findings, w io.Writer) error {
	if total.found > 0 {
		return fmt.Errorf("%w in %d of %d steps", errDiffers, total.found, total.steps)
	}
	if f.only != "" {
		return nil
	}
	if total.steps < f.least {
		return fmt.Errorf("%d steps were compared, and %d are wanted", total.steps, f.least)
	}
	c, err := newComparer(m, 3, true)
	if err != nil {
		return err
	}
	for name := range c.actions {
		if n := total.actions[name]; n.enabled == 0 || n.enabled == n.taken && name != "Restart" {
			return fmt.Errorf("%s was taken %d times and enabled %d times", name, n.taken, n.enabled)
		}
	}
	fmt.Fprintf(w, "%d steps of %d actions from %d node states: the same\n", total.steps, len(c.actions), total.states)
	return nil
}

// describe says what the families are.
func describe(w io.Writer, list []*family) {
	for _, x := range list {
		states := 0
		for range x.nodes {
			states++
		}
		disk := "writes take time"
		if x.instant {
			disk = "the disk is instant"
		}
		fmt.Fprintf(w, "%s: %d states × %d steps = %d\n  %s; %s\n  %s\n", x.name, states, len(x.steps), states*len(x.steps), x.states, disk, x.taken)
	}
}
