// Command index publishes what the suites left in a folder: a page for each run that kept its history, and index.html
// over all runs (see report.Publish). Exit codes: 0 all runs were right; 1 one was wrong, or there is none, for nothing
// run is nothing shown; 2 usage, or a file that can't be read.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/eventstreamcore/semel/linearizability/report"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(arguments []string, out, errs io.Writer) int {
	if len(arguments) != 1 {
		fmt.Fprintln(errs, "usage: index FOLDER")
		return 2
	}
	runs, err := report.Publish(arguments[0])
	if err != nil {
		fmt.Fprintln(errs, "index:", err)
		return 2
	}
	failed := 0
	for _, r := range runs {
		if !r.OK {
			failed++
			fmt.Fprintf(out, "FAILED %s: %s\n  again: %s\n", r.Name, strings.Join(r.Failures, "; "), r.Replay)
		}
	}
	fmt.Fprintf(out, "%d runs, %d failed: %s\n", len(runs), failed, filepath.Join(arguments[0], "index.html"))
	if failed > 0 || len(runs) == 0 {
		return 1
	}
	return 0
}
