package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/spec/tla"
)

// tally is how often an action was taken, and how often it was enabled.
type tally struct{ taken, enabled int }

// findings is what came of a family.
type findings struct {
	states, steps int
	skipped       int // steps that are not compared: rests
	actions       map[string]tally
	differences   []string // the first few
	found         int
	elapsed       time.Duration
}

// mostShown is how many differences of a family are written out.
const mostShown = 5

// run takes every step of every state of the family, by as many goroutines. Where first is set it ends at the first difference.
func (f *family) run(m *tla.Module, workers int, first bool) (*findings, error) {
	started := time.Now()
	parts := make([]findings, workers)
	errs := make([]error, workers)
	var stop atomic.Bool
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() { errs[w] = f.part(m, w, workers, &parts[w], &stop, first) })
	}
	all.Wait()
	total := &findings{actions: map[string]tally{}}
	for w, p := range parts {
		if errs[w] != nil {
			return nil, errs[w]
		}
		total.add(&p)
	}
	total.elapsed = time.Since(started)
	return total, nil
}

func (t *findings) add(p *findings) {
	t.states, t.steps, t.found, t.skipped = t.states+p.states, t.steps+p.steps, t.found+p.found, t.skipped+p.skipped
	t.differences = append(t.differences, p.differences...)
	t.differences = t.differences[:min(len(t.differences), mostShown)]
	for name, n := range p.actions {
		sum := t.actions[name]
		t.actions[name] = tally{sum.taken + n.taken, sum.enabled + n.enabled}
	}
}

// part takes the steps of every workers-th state from the w-th on.
func (f *family) part(m *tla.Module, w, workers int, p *findings, stop *atomic.Bool, first bool) error {
	c, err := newComparer(m, f.servers, f.instant)
	if err != nil {
		return err
	}
	counts := make([]tally, len(f.steps))
	n := 0
	for s := range f.nodes {
		if n++; n%workers != w {
			continue
		}
		encoding := s.encode()
		before := c.state(s.id, encoding)
		p.states++
		for k := range f.steps {
			if rests(s, &f.steps[k]) {
				p.skipped++
				continue
			}
			enabled, differ := c.compare(before, encoding, &f.steps[k])
			counts[k].taken++
			if enabled {
				counts[k].enabled++
			}
			if differ == "" {
				continue
			}
			if p.found++; p.found <= mostShown {
				p.differences = append(p.differences, differ)
			}
			if first {
				stop.Store(true)
			}
		}
		if stop.Load() {
			break
		}
	}
	p.actions = map[string]tally{}
	for k, count := range counts {
		sum := p.actions[f.steps[k].Name]
		p.actions[f.steps[k].Name] = tally{sum.taken + count.taken, sum.enabled + count.enabled}
		p.steps += count.taken
	}
	return nil
}

// header is the first line of what print writes.
const header = "                node states       steps     enabled  left out  seconds  differ\n"

func (t *findings) print(w io.Writer, f *family) {
	enabled := 0
	for _, n := range t.actions {
		enabled += n.enabled
	}
	fmt.Fprintf(w, "%-12s %14d %11d %11d %9d %8.1f %7d\n", f.name, t.states, t.steps, enabled, t.skipped, t.elapsed.Seconds(), t.found)
	for _, d := range t.differences {
		fmt.Fprintf(w, "\n%s\n", d)
	}
}
