package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// ErrTLC is wrapped where TLC said nothing of the runs that it was given.
var ErrTLC = errors.New("TLC did not finish")

// Replayer has TLC take the steps of runs, which module Trace holds to the specification.
type Replayer struct {
	Jar     string // see tlc.Jar
	SpecDir string // the folder of the modules
	Timeout time.Duration
}

// Replay returns how many steps of each run, from its beginning on, are steps of the specification: all of them, or the next one
// is none. All runs are of those members, and go through one run of TLC, at some 500 steps a second.
func (r Replayer) Replay(ctx context.Context, members Members, runs [][]Step) (came []int, err error) {
	folder, err := os.MkdirTemp("", "trace-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := r.prepare(folder, members, runs); err != nil {
		return nil, err
	}
	came, steps := make([]int, len(runs)), 0
	for k := range runs {
		came[k] = -1
	}
	result, err := tlc.Run(ctx, tlc.Options{
		Jar: r.Jar, SpecDir: folder, Module: "Recorded", Config: filepath.Join(folder, "recorded.cfg"), Workers: 1, Timeout: r.Timeout, Quick: true,
		Line: func(text string) {
			var k, at int
			if n, _ := fmt.Sscanf(text, `<<"came", %d, %d>>`, &k, &at); n == 2 {
				came[k-1] = max(came[k-1], at)
				steps++
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if result.ExitCode != tlc.ExitPass || result.TimedOut || int64(steps) != result.Distinct {
		return nil, fmt.Errorf("%w: exit code %d, %d states, of which it told %d\n%s", ErrTLC, result.ExitCode, result.Distinct, steps,
			strings.Join(result.Log, "\n"))
	}
	return came, nil
}

// prepare copies the modules, and writes the runs as a module beside them.
func (r Replayer) prepare(folder string, members Members, runs [][]Step) error {
	if err := tlc.CopyModules(r.SpecDir, folder); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "Recorded.tla"), []byte(moduleText(members, runs)), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "recorded.cfg"), fmt.Appendf(nil, configText, setText(members.Servers)), 0o600)
}

const configText = `SPECIFICATION TraceSpec
CONSTANTS
  Server = %s
  Value = {"Command", "NoOp"}
  Nil = 0
  WriteThrough = FALSE
  KeepMessages = TRUE
  Runs <- AllRuns
  First <- FirstOfRuns
INVARIANT Told
`

func moduleText(members Members, runs [][]Step) string {
	var b strings.Builder
	b.WriteString("---- MODULE Recorded ----\nEXTENDS Trace\n")
	names := make([]string, len(runs))
	for k, steps := range runs {
		names[k] = fmt.Sprintf("Run%d", k+1)
		lines := make([]string, len(steps))
		for n, s := range steps {
			lines[n] = stepText(s)
		}
		fmt.Fprintf(&b, "%s == <<\n  %s>>\n", names[k], strings.Join(lines, ",\n  "))
	}
	first := "[voters |-> <<Server>>, learners |-> {}]"
	if members.First != (protocol.Configuration{}) {
		first = configurationText(members.First)
	}
	fmt.Fprintf(&b, "FirstOfRuns == %s\n", first)
	fmt.Fprintf(&b, "AllRuns == <<%s>>\n====\n", strings.Join(names, ", "))
	return b.String()
}
