package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/spec/tla"
)

// suite is one run of the command.
type suite struct {
	options options
	raft    *tla.Module
	tlc     trace.Replayer
	began   time.Time

	mu     sync.Mutex
	tally  tally
	sample sample
	wrong  []error
}

// newSuite reads the specification in a folder.
func newSuite(ctx context.Context, jar, spec string, o options) (*suite, error) {
	raft, err := tla.Load(ctx, jar, spec, "Raft")
	if err != nil {
		return nil, err
	}
	s := &suite{options: o, raft: raft, tlc: trace.Replayer{Jar: jar, SpecDir: spec, Timeout: 15 * time.Minute}, began: time.Now()}
	s.tally.kinds = map[string]*counts{}
	s.sample.most = o.sample
	return s, nil
}

// realAtOnce is how many clusters of real replicas run side by side: they mostly wait.
const realAtOnce = 3

func (s *suite) run(ctx context.Context) error {
	fmt.Printf("seed %d\n", s.options.seed)
	read, err := s.readAll()
	if err != nil {
		return err
	}
	if s.options.real > 0 {
		end := time.Now().Add(s.options.real)
		s.each(realAtOnce, func(k int) bool { return ctx.Err() == nil && (k == 0 || time.Now().Before(end)) }, func(k int, v *validators) {
			if k == 0 { // no plan has members change
				s.judge(s.members(ctx), v)
				return
			}
			profile, seed := s.draw(k)
			s.judge(s.real(ctx, profile, seed), v)
		})
	}
	s.each(runtime.GOMAXPROCS(0), func(k int) bool { return ctx.Err() == nil && k < len(read) }, func(k int, v *validators) {
		s.judge(readRun(read[k]), v)
	})
	s.each(runtime.GOMAXPROCS(0), func(k int) bool { return ctx.Err() == nil && k < s.options.runs }, func(k int, v *validators) {
		s.judge(s.virtual(s.draw(k)), v)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Print(s.tally.String())
	fmt.Printf("recorded and validated in %v\n", time.Since(s.began).Round(time.Second))
	if err := s.sampled(ctx); err != nil {
		s.wrong = append(s.wrong, err)
	}
	if err := s.tally.complete(); err != nil {
		s.wrong = append(s.wrong, err)
	}
	return errors.Join(s.wrong...)
}

// each calls do with 0, 1, 2, ... as long as more says so, from so many goroutines, each with validators of its own.
func (s *suite) each(goroutines int, more func(k int) bool, do func(k int, v *validators)) {
	var all sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range goroutines {
		all.Go(func() {
			v := &validators{raft: s.raft, of: map[trace.Members]*trace.Validator{}}
			for {
				mu.Lock()
				k := next
				next++
				mu.Unlock()
				if !more(k) {
					return
				}
				do(k, v)
			}
		})
	}
	all.Wait()
}

// validators are those of one goroutine.
type validators struct {
	raft *tla.Module
	of   map[trace.Members]*trace.Validator
}

func (v *validators) get(members trace.Members) (*trace.Validator, error) {
	if known := v.of[members]; known != nil {
		return known, nil
	}
	made, err := trace.NewValidator(v.raft, members)
	v.of[members] = made
	return made, err
}

// judge validates a run, counts it, and keeps it where it is wrong.
func (s *suite) judge(r *recorded, v *validators) {
	took, run, steps, err := r.validate(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.add(r, steps[:took])
	if err == nil {
		s.sample.offer(r, run.Members(), steps)
		return
	}
	path := filepath.Join(s.options.keep, r.name()+".trace")
	kept := os.MkdirAll(s.options.keep, 0o755)
	if kept == nil {
		kept = os.WriteFile(path, r.file.Bytes(), 0o600)
	}
	s.wrong = append(s.wrong, fmt.Errorf("%s: %w\nagain: go run ./proptest/trace/validate -file %s", r.name(), err, path), kept)
}

// look validates a recorded run, by TLC too.
func (s *suite) look(ctx context.Context, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	run, unfinished := trace.Load(content)
	if run == nil {
		return unfinished
	}
	steps, found := run.Steps()
	v, err := trace.NewValidator(s.raft, run.Members())
	if err != nil {
		return err
	}
	took, rejected := v.Validate(steps)
	fmt.Printf("%s: %d of %d steps are the specification's\n", run.Name, took, len(steps))
	came, err := s.tlc.Replay(ctx, run.Members(), [][]trace.Step{steps[:min(took+1, len(steps))]})
	if err == nil && came[0] != took {
		err = fmt.Errorf("TLC takes %d steps", came[0])
	}
	return errors.Join(rejected, found, err, unfinished)
}

// draw is which profile and seed run k has.
func (s *suite) draw(k int) (workload.Profile, uint64) {
	all := workload.Profiles()
	return all[k%len(all)], s.options.seed + uint64(k)
}
