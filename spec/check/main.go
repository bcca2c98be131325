// Command check runs TLC on the models of spec/ and says whether each did what it
// declares: those in spec/models pass and every action fires, those in spec/mutants
// violate the one property they name. The states of a model that is compared with the
// Go core are kept in build/reached, so that the comparison need not run TLC again.
//
//	go run ./spec/check           all models
//	go run ./spec/check -fast     those that take seconds
//	go run ./spec/check -only 'vote.*'
//	go run ./spec/check -table    all, and the result into spec/README.md
//	go run ./spec/check -cfg NAME prints the .cfg that TLC reads for that model, but for what prints states
//
// It ends with 0 if all is as declared, 1 if not, 2 if it could not start, 3 if this
// machine can't run TLC, so that nothing was checked.
package main

import (
	"bytes"
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
	"strings"

	"github.com/eventstreamcore/semel/internal/sidebyside"
	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/report"
)

// What the command ends with.
const (
	exitPass       = 0
	exitFail       = 1
	exitNotStarted = 2
	exitNotChecked = 3
)

// options are the command's flags.
type options struct {
	root     string
	only     *regexp.Regexp
	fast     bool
	table    bool
	json     bool
	optional bool
	jobs     int
	workers  int
	cfg      string
}

// full reports whether every model runs, so that what none of them does is a fault.
func (o options) full() bool { return !o.fast && o.only == nil }

// ran is what became of one model: what TLC found, or why it did not run.
type ran struct {
	result tlc.Result
	said   bytes.Buffer // what a person is told beside that
	err    error
}

// runner runs one model: tlc.Run, or a test's own.
type runner func(context.Context, tlc.Options) (tlc.Result, error)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parseFlags(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "check:", err)
		}
		os.Exit(exitNotStarted)
	}
	if o.cfg != "" {
		os.Exit(printConfig(o, os.Stdout, os.Stderr))
	}
	jar, err := tlc.Jar(o.root)
	if err != nil {
		os.Exit(notChecked(os.Stderr, err, o.optional, os.Getenv("CI") == "true"))
	}
	os.Exit(check(ctx, o, jar, tlc.Run, os.Stdout, os.Stderr))
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.root, "root", "", "the repository's root (default: the folder of go.mod, from here up)")
	flags.StringVar(&only, "only", "", "run the models whose name matches this regular expression")
	flags.BoolVar(&o.fast, "fast", false, "run the models that declare `fast: yes`")
	flags.BoolVar(&o.table, "table", false, "write the result into spec/README.md; needs all models to run and hold")
	flags.BoolVar(&o.json, "json", false, "write one line of JSON a model to standard output, the rest to standard error")
	flags.BoolVar(&o.optional, "optional", false, "end with 0 where TLC can't be run (never with CI=true)")
	flags.IntVar(&o.jobs, "jobs", 2, "so many models run at a time")
	flags.IntVar(&o.workers, "workers", 1, "TLC's threads in each; with several the numbers of a model that must fail depend on which is first")
	flags.StringVar(&o.cfg, "cfg", "", "print the .cfg of the model of this name, with the lists of what it checks, and run nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if only != "" {
		pattern, err := regexp.Compile(only)
		if err != nil {
			return o, fmt.Errorf("-only: %w", err)
		}
		o.only = pattern
	}
	if o.jobs < 1 || o.workers < 1 {
		return o, errors.New("-jobs and -workers: at least 1")
	}
	if o.table && !o.full() {
		return o, errors.New("-table needs all models: run it without -fast and -only")
	}
	if o.root == "" {
		root, err := report.Root()
		o.root = root
		return o, err
	}
	return o, nil
}

// notChecked says, so that nobody overlooks it, that TLC did not run.
func notChecked(stderr io.Writer, why error, optional, onServer bool) int {
	if !errors.Is(why, tlc.ErrUnavailable) {
		fmt.Fprintln(stderr, "check:", why)
		return exitNotStarted
	}
	report.NotRun(stderr, "THE SPECIFICATION WAS NOT CHECKED", why)
	if optional && !onServer {
		return exitPass
	}
	return exitNotChecked
}

// check runs the models and reports.
func check(ctx context.Context, o options, jar string, run runner, stdout, stderr io.Writer) int {
	human := stdout
	if o.json {
		human = stderr
	}
	all, err := loadModels(filepath.Join(o.root, "spec"))
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitNotStarted
	}
	folder, err := os.MkdirTemp("", "cfg-")
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitNotStarted
	}
	defer os.RemoveAll(folder)
	s := summary{full: o.full(), models: all}
	for m, r := range sidebyside.Run(ctx, o.selected(all), o.jobs, func(ctx context.Context, m tlc.Model) *ran {
		var r ran
		r.result, r.err = runModel(ctx, o, m, jar, folder, run, &r.said)
		return &r
	}) {
		fmt.Fprint(stderr, r.said.String())
		if r.err == nil {
			r.err = wrongVersion(r.result.Banner, stderr)
		}
		if r.err != nil {
			fmt.Fprintf(stderr, "check: %s: %v\n", m.Name, r.err)
			return exitNotStarted
		}
		out := judge(m, r.result)
		s.outcomes = append(s.outcomes, out)
		out.print(human)
		if o.json {
			out.printJSON(stdout)
		}
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "check:", ctx.Err())
		return exitNotStarted
	}
	return s.finish(o, human, stderr)
}

// runModel runs one model from a .cfg that has the lists of what it checks. What is compared with the Go core
// is kept for that.
func runModel(ctx context.Context, o options, m tlc.Model, jar, folder string, run runner, stderr io.Writer) (tlc.Result, error) {
	prints := printsOf(m)
	config, err := writeConfig(folder, m, prints)
	if err != nil {
		return tlc.Result{}, err
	}
	running := tlc.Options{
		Jar: jar, SpecDir: filepath.Join(o.root, "spec"), Module: m.Module, Config: config,
		Workers: o.workers, Timeout: m.Timeout, Quick: m.MustFail(), Small: 0 < m.States && m.States <= tlc.SmallStates,
	}
	if prints == "" {
		return run(ctx, running)
	}
	return runKept(ctx, o, m, running, run, stderr)
}

// printConfig prints what TLC reads for one model, for those who run TLC by hand.
func printConfig(o options, stdout, stderr io.Writer) int {
	all, err := loadModels(filepath.Join(o.root, "spec"))
	k := slices.IndexFunc(all, func(m tlc.Model) bool { return m.Name == o.cfg })
	if err == nil && k < 0 {
		err = fmt.Errorf("no model is named %q", o.cfg)
	}
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitNotStarted
	}
	own, err := os.ReadFile(all[k].Config)
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return exitNotStarted
	}
	fmt.Fprint(stdout, whole(string(own), all[k]))
	return exitPass
}

// selected are the models to run; those that are only explored are none of TLC's.
func (o options) selected(all []tlc.Model) []tlc.Model {
	var chosen []tlc.Model
	for _, m := range all {
		if m.Explored == 0 && (!o.fast || m.Fast) && (o.only == nil || o.only.MatchString(m.Name)) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// wrongVersion refuses a TLC whose output nobody has read, unless the user chose it.
func wrongVersion(banner string, stderr io.Writer) error {
	if banner == "" || strings.Contains(banner, tlc.Version) {
		return nil // no banner: TLC ended before it, and the verdict says so
	}
	if path := os.Getenv(tlc.JarVariable); path != "" {
		fmt.Fprintf(stderr, "check: warning: %s is %q, expected %q; it may be misread\n", path, banner, tlc.Version)
		return nil
	}
	return fmt.Errorf("TLC is %q, expected %q: remove build/ to fetch it again", banner, tlc.Version)
}

// finish prints the summary, writes the table if asked, and returns how to end.
func (s summary) finish(o options, human, stderr io.Writer) int {
	if len(s.outcomes) == 0 {
		fmt.Fprintln(stderr, "check: no model was chosen")
		return exitNotStarted
	}
	fmt.Fprintf(human, "\n%s\n", s.markdown())
	for _, fault := range s.faults() {
		fmt.Fprintln(human, "RED:", fault)
	}
	result, code := "PASS", exitPass
	if s.red() {
		result, code = "FAIL", exitFail
	}
	if o.table {
		if err := s.writeTable(filepath.Join(o.root, "spec", "README.md")); err != nil {
			fmt.Fprintln(stderr, "check:", err)
			result, code = "FAIL", exitFail
		}
	}
	fmt.Fprintf(human, "%d models, %.0f s of TLC: %s\n", len(s.outcomes), s.elapsed().Seconds(), result)
	return code
}
