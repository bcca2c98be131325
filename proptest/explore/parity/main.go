// Command parity explores the Go core and the specification within the bounds of the
// models that say so (a line "\* parity: yes", or fast, in spec/models/*.cfg), and fails
// where they do not reach the same states by the same number of steps.
//
// With -explored it searches the models that are too large for TLC (a line "\* explored: N" for
// the number of states) with the Go core alone, which needs no Java, and fails where an
// invariant breaks, the states are not N or the time that the model allows is over.
//
// What TLC reaches of a model is kept in build/reached, by the check of the specification or by this command. As long as
// TLC would read the same again it is not run again; the output says for each model whether its states are kept or of a run.
//
// A model that never comes to what its line "\* reaches:" names is red in both.
//
// Run it from the root of the repository. It needs Java, and Maven once for TLC's jar.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/internal/sidebyside"
	"github.com/eventstreamcore/semel/proptest/explore"
	"github.com/eventstreamcore/semel/spec/check/reached"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

type flags struct {
	fast, optional, explored bool
	only                     string
	workers                  int
}

func main() {
	var f flags
	flag.BoolVar(&f.fast, "fast", false, "only the models with the line \"parity: fast\"")
	flag.BoolVar(&f.optional, "optional", false, "pass where Java or TLC's jar is missing, unless CI=true")
	flag.BoolVar(&f.explored, "explored", false, "search the models with the line \"explored:\", and compare nothing")
	flag.StringVar(&f.only, "only", "", "only the model of this name")
	flag.IntVar(&f.workers, "workers", 1, "TLC's threads for a model; as many models run as there are processors")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) error {
	if f.explored {
		return f.explore(ctx)
	}
	jar, err := tlc.Jar(".")
	if errors.Is(err, tlc.ErrUnavailable) && f.optional && os.Getenv("CI") != "true" {
		fmt.Printf("PARITY WAS NOT CHECKED: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	models, err := f.models()
	if err != nil {
		return err
	}
	checker := explore.Checker{Jar: jar, SpecDir: "spec", Workers: f.workers, Kept: reached.Folder}
	differ := 0
	for m, c := range sidebyside.Run(ctx, models, runtime.GOMAXPROCS(0), func(ctx context.Context, m *explore.Model) compared {
		return compare(ctx, checker, m)
	}) {
		fmt.Print(c.report)
		if c.err != nil {
			return fmt.Errorf("model %s: %w", m.Name, c.err)
		}
		if !c.equal {
			differ++
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if differ > 0 {
		return fmt.Errorf("code and specification differ in %d of %d models", differ, len(models))
	}
	return nil
}

// models are those to run; none is an error, for it would show nothing and be green.
func (f flags) models() ([]*explore.Model, error) {
	find := explore.FindModels
	if f.explored {
		find = explore.FindExplored
	}
	all, err := find(filepath.Join("spec", "models"))
	if err != nil {
		return nil, err
	}
	var list []*explore.Model
	for _, m := range all {
		if (!f.fast || m.Parity == "fast") && (f.only == "" || m.Name == f.only) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no such model in spec/models, or it has neither a line \"\\* parity\" nor one \"\\* explored\"")
	}
	return list, nil
}

// explore searches the models that TLC does not run.
func (f flags) explore(ctx context.Context) error {
	models, err := f.models()
	if err != nil {
		return err
	}
	for m, s := range sidebyside.Run(ctx, models, runtime.GOMAXPROCS(0), search) {
		if s.err != nil {
			return fmt.Errorf("model %s: %w", m.Name, s.err)
		}
		fmt.Printf("%-28s %9d states  depth %3d %7.1f s of %.0f  holds\n", m.Name, s.states, s.depth, s.took.Seconds(), m.Limit.Seconds())
	}
	return ctx.Err()
}

// searched is what became of a search, without the states: of several models those are gigabytes.
type searched struct {
	states, depth int
	took          time.Duration
	err           error
}

func search(ctx context.Context, m *explore.Model) searched {
	began := time.Now()
	s := explore.NewSearch(m, explore.NewParts())
	err := s.Explore(ctx)
	return searched{s.States(), s.Depth(), time.Since(began), err}
}

// compared is what became of one model, told of when those before it are.
type compared struct {
	report string
	equal  bool
	err    error
}

func compare(ctx context.Context, checker explore.Checker, m *explore.Model) compared {
	code, spec, took, err := searchBoth(ctx, checker, m)
	if err != nil {
		return compared{err: err}
	}
	c := explore.Compare(code, spec)
	verdict := "EQUAL"
	if !c.Equal() {
		verdict = "DIFFER"
	}
	var report strings.Builder
	fmt.Fprintf(&report, "%-16s %s\n  %-28s %9s %9s\n", m.Name, verdict, "", "Go", "TLC")
	fmt.Fprintf(&report, "  %-28s %9d %9d\n", "distinct states", code.States(), spec.States())
	fmt.Fprintf(&report, "  %-28s %9s %9s\n", "from", "search", from(spec))
	fmt.Fprintf(&report, "  %-28s %9d %9d\n", "depth", code.Depth(), spec.Depth)
	fmt.Fprintf(&report, "  %-28s %9.1f %9.1f\n%s", "seconds", took.Seconds(), spec.Elapsed.Seconds(), c.Table())
	if c.Equal() {
		return compared{report: report.String(), equal: true, err: code.Reached()}
	}
	explained, _, err := c.Explain(ctx, checker)
	return compared{report: report.String() + explained, err: err}
}

// searchBoth has the Go core search a model and TLC beside it, where what it reaches is not kept; took is the Go core's time.
func searchBoth(ctx context.Context, checker explore.Checker, m *explore.Model) (code *explore.Search, spec *explore.Reached,
	took time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var ran bool
	ahead := make(chan error, 1)
	go func() {
		var err error
		ran, err = checker.Ahead(ctx, m)
		ahead <- err
	}()
	parts := explore.NewParts()
	code = explore.NewSearch(m, parts)
	began := time.Now()
	err = code.Run()
	took = time.Since(began)
	if err != nil {
		cancel() // TLC is not waited for to its end
	}
	if aheadErr := <-ahead; err == nil {
		err = aheadErr
	}
	if err != nil {
		return nil, nil, 0, err
	}
	spec, err = checker.Explore(ctx, m, parts)
	if err == nil {
		spec.Kept = spec.Kept && !ran
	}
	return code, spec, took, err
}

// from tells where TLC's states are from.
func from(spec *explore.Reached) string {
	switch {
	case spec.Kept:
		return "kept"
	case spec.Refused != nil:
		return fmt.Sprintf("run: %v", spec.Refused)
	}
	return "run"
}
