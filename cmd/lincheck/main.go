// Command lincheck judges recorded histories of the dedup service: is what
// clients saw something that the service may do? It reads the JSON Lines that
// package linearizability describes, from files or, for "-", from standard input.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitViolation = 1 // a history is wrong, or porcupine did not finish
	exitUsage     = 2 // the call is wrong, or a file is no history
)

// errViolation: at least one history is wrong. All has been said.
var errViolation = errors.New("violation")

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main without the process.
func run(arguments []string, in io.Reader, out, errs io.Writer) int {
	command := lincheck()
	command.SetArgs(arguments)
	command.SetIn(in)
	command.SetOut(out)
	command.SetErr(errs)
	switch err := command.Execute(); {
	case err == nil:
		return 0
	case errors.Is(err, errViolation):
		return exitViolation
	default:
		fmt.Fprintln(errs, "lincheck:", err)
		return exitUsage
	}
}

const help = `Judges recorded histories: is what clients saw something that the service may do?

Each history is held to a model of the whole service twice, searched by porcupine and replayed in the
order of the command numbers, and to direct checks in users' words. What is wrong is told with the
fewest operations that show it. linearizability/README.md describes the format of a FILE; "-" is
standard input.

Exit codes: 0 all are right; 1 one is wrong; 2 usage, or a FILE is no history.`

// options are the flags.
type options struct {
	html, view, key string
	least           linearizability.Least
}

func lincheck() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:           "lincheck FILE…",
		Short:         "Judge recorded histories of the dedup service",
		Long:          help,
		Example:       "  lincheck history.jsonl\n  lincheck --html report.html history.jsonl\n  zcat run.jsonl.gz | lincheck -",
		Args:          cobra.MinimumNArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(command *cobra.Command, files []string) error { return o.judge(command, files) },
	}
	flags := command.Flags()
	flags.StringVar(&o.html, "html", "", "write a page about the run to this file (one FILE only)")
	flags.StringVar(&o.view, "porcupine", "", "write porcupine's view of one key to this file (one FILE only, with --key)")
	flags.StringVar(&o.key, "key", "", "the key of --porcupine, as clients see it; \"checkpoint stream/partition\" for a checkpoint")
	flags.IntVar(&o.least.Answered, "least-answered", 1, "fail a run with fewer answered operations: where nothing was answered nothing was judged")
	flags.IntVar(&o.least.ContendedKeys, "least-contended", 0, "fail a run with fewer keys that two owners asked for")
	flags.IntVar(&o.least.Overlapping, "least-overlapping", 0, "fail a run with fewer keys that had calls open at once")
	flags.BoolVar(&o.least.Searched, "least-searched", false, "fail a run of which porcupine did not search every key, or in which it had no calls that overlap")
	flags.IntVar(&o.least.FaultsInEffect, "least-faults", 0, "fail a run with fewer faults that took effect")
	return command
}

func (o *options) judge(command *cobra.Command, files []string) error {
	if len(files) > 1 && (o.html != "" || o.view != "") {
		return fmt.Errorf("--html and --porcupine are about one history, and there are %d", len(files))
	}
	if (o.view == "") != (o.key == "") {
		return errors.New("--porcupine and --key go together")
	}
	wrong := false
	for _, file := range files {
		h, err := read(file, command.InOrStdin())
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		v := linearizability.Judge(h)
		if o.least != (linearizability.Least{}) {
			v.WorthSomething(o.least)
		}
		tell(command.OutOrStdout(), file, v)
		wrong = wrong || !v.OK
		if err := o.write(h, v); err != nil {
			return err
		}
	}
	if wrong {
		return errViolation
	}
	return nil
}

func read(file string, in io.Reader) (*linearizability.History, error) {
	if file == "-" {
		return linearizability.Read(in)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return linearizability.Read(f)
}

// write writes the pages that were asked for.
func (o *options) write(h *linearizability.History, v *linearizability.Verdict) error {
	if o.html != "" {
		if err := toFile(o.html, func(w io.Writer) error { return report.Write(w, h, v, views(h, v)...) }); err != nil {
			return err
		}
	}
	if o.view != "" {
		return toFile(o.view, func(w io.Writer) error { return linearizability.Visualize(w, h, o.key) })
	}
	return nil
}

// mostViews is how many keys a page shows as porcupine sees them.
const mostViews = 5

// views are porcupine's views of the keys that are wrong.
func views(h *linearizability.History, v *linearizability.Verdict) (all []report.View) {
	for _, key := range v.Porcupine.BadKeys[:min(len(v.Porcupine.BadKeys), mostViews)] {
		var page strings.Builder
		if err := linearizability.Visualize(&page, h, key); err == nil {
			all = append(all, report.View{Key: key, HTML: page.String()})
		}
	}
	return all
}

func toFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
