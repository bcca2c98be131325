// Command prove shows that the specification's properties hold for any number of nodes, terms, entries, pending writes and crashes. It
// reads spec/RaftProof.tla as SANY understands it and has z3 prove: Init makes the invariant true, every action of Next keeps every
// conjunct of it, and it implies every property of RaftProperties.
//
//	go run ./spec/prove                     all queries, two seeds
//	go run ./spec/prove -only 'Accept .*'   those whose name matches
//	go run ./spec/prove -v -only 'mutant VoteTwice'
//	go run ./spec/prove -table              all, and the result into spec/README.md
//
// It ends with 0 if all is proved, 1 if not, 2 if it could not start, 3 if this machine can't run SANY and
// z3, so that nothing was proved.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/report"
	"github.com/eventstreamcore/semel/spec/tla"
)

// What the command ends with.
const (
	exitPass       = 0
	exitFail       = 1
	exitNotStarted = 2
	exitNotProved  = 3
)

// options are the command's flags.
type options struct {
	root        string
	only        *regexp.Regexp
	table       bool
	optional    bool
	verbose     bool
	seeds       int
	processes   int
	limit       time.Duration
	mutantLimit time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parseFlags(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "prove:", err)
		}
		os.Exit(exitNotStarted)
	}
	os.Exit(prove(ctx, o, os.Stdout, os.Stderr))
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.root, "root", "", "the repository's root (default: the folder of go.mod, from here up)")
	flags.StringVar(&only, "only", "", "ask the queries whose name matches this regular expression")
	flags.BoolVar(&o.table, "table", false, "write the result into spec/README.md; needs all queries")
	flags.BoolVar(&o.optional, "optional", false, "end with 0 where SANY or z3 can't be run (never with CI=true)")
	flags.BoolVar(&o.verbose, "v", false, "print each query with its answer and seconds")
	flags.IntVar(&o.seeds, "seeds", 2, "each query is asked under so many seeds of the solver")
	flags.IntVar(&o.processes, "processes", 2, "solvers that run at once")
	flags.DurationVar(&o.mutantLimit, "mutant-limit", 4*time.Minute, "how long the search for one mutant's counterexample may take")
	flags.DurationVar(&o.limit, "limit", 2*time.Minute, "how long one query may take")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.seeds < 1 || o.processes < 1 || o.limit < time.Millisecond || o.mutantLimit < time.Millisecond {
		return o, errors.New("-seeds, -processes, -limit and -mutant-limit must be more than nothing: else nothing is asked")
	}
	if only != "" {
		pattern, err := regexp.Compile("^(" + only + ")$")
		if err != nil {
			return o, fmt.Errorf("-only: %w", err)
		}
		o.only = pattern
	}
	if o.table && o.only != nil {
		return o, errors.New("-table needs all queries: run it without -only")
	}
	if o.root == "" {
		root, err := report.Root()
		o.root = root
		return o, err
	}
	return o, nil
}

// notProved says, so that nobody overlooks it, that nothing was proved.
func notProved(stderr io.Writer, why error, optional, onServer bool) int {
	if !errors.Is(why, tlc.ErrUnavailable) && !errors.Is(why, smt.ErrUnavailable) {
		fmt.Fprintln(stderr, "prove:", why)
		return exitNotStarted
	}
	report.NotRun(stderr, "THE SPECIFICATION WAS NOT PROVED", why)
	if optional && !onServer {
		return exitPass
	}
	return exitNotProved
}

func prove(ctx context.Context, o options, stdout, stderr io.Writer) int {
	jar, err := tlc.Jar(o.root)
	var binary string
	if err == nil {
		binary, err = smt.Binary(o.root)
	}
	if err != nil {
		return notProved(stderr, err, o.optional, os.Getenv("CI") == "true")
	}
	p, mutants, err := load(ctx, o, jar)
	var queries []*query
	if err == nil {
		queries, mutants, err = chosen(p, mutants, o)
	}
	if err != nil {
		fmt.Fprintln(stderr, "prove:", err)
		return exitNotStarted
	}
	begun := time.Now()
	results, err := run(ctx, binary, queries, o.seeds, o.processes, o.limit, func(r result) {
		if o.verbose || r.red() {
			fmt.Fprintf(stdout, "%-8s seed %d  %5.2f s  %s\n", r.answer, r.seed, r.took.Seconds(), r.query.name)
		}
	})
	if err != nil {
		fmt.Fprintln(stderr, "prove:", err)
		return exitNotStarted
	}
	r := outcome{proof: p, results: results, seeds: o.seeds, processes: o.processes, took: time.Since(begun)}
	if r.mutants, err = fallAll(ctx, binary, mutants, o, stdout); err != nil {
		fmt.Fprintln(stderr, "prove:", err)
		return exitNotStarted
	}
	return r.finish(o, stdout, stderr)
}

// load reads spec/RaftProof.tla, and with it the wrong guards.
func load(ctx context.Context, o options, jar string) (*proof, mutants, error) {
	var mutated mutants
	spec := filepath.Join(o.root, "spec")
	n, err := readNeeds(filepath.Join(spec, "prove", "needs.txt"))
	if err != nil {
		return nil, mutated, err
	}
	m, err := tla.Load(ctx, jar, spec, "RaftProof")
	if err != nil {
		return nil, mutated, err
	}
	p, err := newProof(m, n, symbolic.Options{World: symbolic.Unbounded{}, Constants: instant, Opaque: n.opaque, Replaced: symbolic.FixedMembers()})
	if err != nil {
		return nil, mutated, err
	}
	if mutated.module, err = tla.Load(ctx, jar, spec, "MCProof"); err != nil {
		return nil, mutated, err
	}
	all, err := substitutions(filepath.Join(spec, "mutants"), mutated.module)
	if err != nil {
		return nil, mutated, err
	}
	mutated.all, err = readMutants(filepath.Join(spec, "prove", "mutants.txt"), all)
	for _, r := range p.rows {
		mutated.all = append(mutated.all, mutant{row: r.Name, goal: taken})
	}
	return p, mutated, err
}

// instant says that no disk is: a write that is durable at once is one that is made durable by the next step.
var instant = map[string]bool{"WriteThrough": false}

// chosen are the queries and mutants to ask.
func chosen(p *proof, m mutants, o options) ([]*query, mutants, error) {
	all, err := p.queries()
	if err != nil || o.only == nil {
		return all, m, err
	}
	all = slices.DeleteFunc(all, func(q *query) bool { return !o.only.MatchString(q.name) })
	m.all = slices.DeleteFunc(m.all, func(m mutant) bool { return !o.only.MatchString(m.title()) })
	if len(all)+len(m.all) == 0 {
		return nil, m, errors.New("no query was chosen")
	}
	return all, m, nil
}

// finish says what is red, writes the table if asked, and returns how to end.
func (r outcome) finish(o options, stdout, stderr io.Writer) int {
	faults := r.faults()
	for _, f := range faults {
		fmt.Fprintln(stdout, "RED:", f)
	}
	verdict, code := "PASS", exitPass
	if len(faults) > 0 {
		verdict, code = "FAIL", exitFail
	}
	if o.table {
		if err := r.writeTable(filepath.Join(o.root, "spec", "README.md")); err != nil {
			fmt.Fprintln(stderr, "prove:", err)
			verdict, code = "FAIL", exitFail
		}
	}
	fmt.Fprintf(stdout, "%d queries, %d mutants, %.0f s: %s\n", len(r.results), len(r.mutants), r.took.Seconds(), verdict)
	return code
}
