// Command validate runs the shipping code, in virtual time and as real replicas, records each action that it takes, and holds every
// record to the specification; a drawn sample of the runs goes through TLC besides, which must say the same (package trace).
//
// It fails where a record is no step of the specification, where a run is judged wrong, where TLC and the validator differ, and where
// an action of the specification has no record: then nothing was shown of it. A run that is rejected is kept, and named with
// the command that looks at it again.
//
//	go run ./proptest/trace/validate -runs 1000 -for 1m
//	go run ./proptest/trace/validate -file build/traces/virtual-power-17.trace
//
// Run it from the root of the repository. It needs Java, for the specification is read by TLC's own parser, and Maven once for its jar.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

type options struct {
	runs     int
	real     time.Duration
	seed     uint64
	sample   int
	whole    int
	keep     string
	file     string
	recorded string
	least    int
	optional bool
}

func main() {
	debug.SetGCPercent(400) // a run is a hundred megabytes at most, and its values are soon forgotten
	var o options
	flags := flag.NewFlagSet("validate", flag.ExitOnError)
	flags.IntVar(&o.runs, "runs", 100, "how many runs in virtual time, over all profiles in turn")
	flags.DurationVar(&o.real, "for", 10*time.Second, "how long runs of real replicas are begun")
	flags.Uint64Var(&o.seed, "seed", 0, "of the first run, the next ones count on; 0: drawn")
	flags.IntVar(&o.sample, "sample", 10_000, "how many records go through TLC, at least, of runs that are drawn")
	flags.IntVar(&o.whole, "whole", 1, "every how many records one has its node's whole state")
	flags.StringVar(&o.keep, "keep", "build/traces", "the folder for runs that are rejected")
	flags.StringVar(&o.recorded, "recorded", "", "a folder of runs of real replicas that were recorded elsewhere; where it is missing there are none")
	flags.IntVar(&o.least, "least-recorded", 0, "fail where there are fewer of these")
	flags.StringVar(&o.file, "file", "", "look at this recorded run, and make none")
	flags.BoolVar(&o.optional, "optional", false, "pass where Java or TLC's jar is missing, unless CI=true")
	_ = flags.Parse(os.Args[1:])
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "validate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	jar, err := tlc.Jar(".")
	if errors.Is(err, tlc.ErrUnavailable) && o.optional && os.Getenv("CI") != "true" {
		fmt.Printf("NO RUN WAS HELD TO THE SPECIFICATION: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	s, err := newSuite(ctx, jar, "spec", o)
	if err != nil {
		return err
	}
	if o.file != "" {
		return s.look(ctx, o.file)
	}
	if o.seed == 0 {
		s.options.seed = rand.Uint64N(1<<31) + 1
	}
	return s.run(ctx)
}
