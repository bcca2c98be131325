package explore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/spec/check/reached"
)

// Reached is what TLC found of a model.
type Reached struct {
	states  []State // in the order in which TLC printed them
	seen    map[State]bool
	steps   map[string]int64
	Depth   int
	Elapsed time.Duration // of TLC's run, whenever that was

	Kept    bool  // TLC did not run for it: it had reached the same before
	Refused error // why what was kept was not taken; nil if nothing was kept
}

// States returns how many distinct states TLC reached.
func (r *Reached) States() int { return len(r.states) }

// Steps returns how often TLC took an action, over all states.
func (r *Reached) Steps(action string) int64 { return r.steps[action] }

// Explore returns what TLC reaches of m, every state of it; p numbers them. It takes what is kept if TLC would read today what it read
// then, and all of it is there; else TLC runs. It returns ErrTLC if TLC did not finish or printed another number of
// states than it counted.
func (c Checker) Explore(ctx context.Context, m *Model, p *Parts) (*Reached, error) {
	if c.Kept == "" {
		folder, err := os.MkdirTemp("", "reached-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(folder)
		c.Kept = folder
	}
	r, refused := c.taken(m, p)
	if refused == nil {
		r.Kept = true
		return r, nil
	}
	if err := c.reach(ctx, m); err != nil {
		return nil, err
	}
	r, err := c.taken(m, p)
	if err == nil && !errors.Is(refused, fs.ErrNotExist) {
		r.Refused = refused
	}
	return r, err
}

// Ahead has TLC run for m where nothing is kept of it, and tells whether it did, so that Explore finds it. It uses no Parts: it may run
// beside a search.
func (c Checker) Ahead(ctx context.Context, m *Model) (ran bool, err error) {
	kept, err := reached.IsKept(c.Kept, c.source(m))
	if err != nil || kept {
		return false, err
	}
	return true, c.reach(ctx, m)
}

func (c Checker) source(m *Model) reached.Source {
	return reached.Source{Model: m.Name, Jar: c.Jar, SpecDir: c.SpecDir, Config: m.Config}
}

// reach has TLC reach and print every state of m, and keeps them.
func (c Checker) reach(ctx context.Context, m *Model) error {
	w, err := reached.Create(c.Kept, c.source(m))
	if err != nil {
		return err
	}
	defer w.Drop()
	result, err := c.run(ctx, m, job{module: reached.Module, workers: c.Workers, line: w.Line,
		config: []string{reached.Specification, reached.Prints}})
	if err != nil {
		return err
	}
	if err := w.Keep(result); err != nil {
		return fmt.Errorf("%w: %w\n%s", ErrTLC, err, strings.Join(result.Log, "\n"))
	}
	return nil
}

// taken reads what is kept of m.
func (c Checker) taken(m *Model, p *Parts) (*Reached, error) {
	p.first = firsts[m.First]
	printed := newPrinted(p)
	counts, err := reached.Read(c.Kept, c.source(m), printed.line)
	switch {
	case err != nil:
		return nil, err
	case printed.err != nil:
		return nil, printed.err
	case int64(len(printed.states)) != counts.Distinct:
		return nil, fmt.Errorf("%w: %d states counted, %d printed", ErrTLC, counts.Distinct, len(printed.states))
	}
	return &Reached{states: printed.states, seen: printed.seen, steps: counts.Steps, Depth: counts.Depth, Elapsed: counts.Elapsed}, nil
}
