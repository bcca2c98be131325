//go:build !mutants

package reached

import (
	"slices"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// The decisions on which it rests that nothing is taken for TLC's that is not, each a function of its own. guards_mutants.go holds a
// wrong one for each; the tests show that it is caught.

// read: TLC reads the jar, the bounds and all modules.
func read(jar, config string, modules []string) []string {
	return slices.Concat([]string{jar, config}, modules)
}

// passed: only a run that has seen all has all states.
func passed(r tlc.Result) bool { return r.ExitCode == tlc.ExitPass && !r.TimedOut && r.Complete }

// sameRead: states are those of one specification, of one model and of one TLC.
func sameRead(kept, now string) bool { return kept == now }

// allThere: TLC printed each state that it counted.
func allThere(states, counted int64) bool { return states == counted }

// ended: what was cut off, or has another checksum, is none.
func ended(err error) bool { return err == nil }
