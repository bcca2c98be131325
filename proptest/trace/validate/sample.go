package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/proptest/trace"
)

// mostOfARun is how much of a run TLC takes: more than that of one shows less than another one does.
const mostOfARun = 2000

// drawn is the beginning of a run for TLC.
type drawn struct {
	run     *recorded
	order   uint64
	members trace.Members
	steps   []trace.Step
}

// sample is what TLC takes: runs of each kind and size in turn, drawn by their names, until they have enough records.
type sample struct {
	most  int
	drawn map[string][]drawn // by kind and number of servers; the first ones by order
}

// enoughRuns are kept of each kind and size.
const enoughRuns = 8

func (s *sample) offer(r *recorded, members trace.Members, steps []trace.Step) {
	if len(steps) == 0 {
		return
	}
	if s.drawn == nil {
		s.drawn = map[string][]drawn{}
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.name()))
	key := fmt.Sprintf("%s of %d", r.kind, members.Servers.Len())
	list := append(s.drawn[key], drawn{r, h.Sum64(), members, steps[:min(len(steps), mostOfARun)]})
	slices.SortFunc(list, func(a, b drawn) int { return cmp.Compare(a.order, b.order) })
	s.drawn[key] = list[:min(len(list), enoughRuns)]
}

// take returns runs by their members, that have together at least as many records as are wanted, if there are as many.
func (s *sample) take() (map[trace.Members][]drawn, int) {
	taken, records := map[trace.Members][]drawn{}, 0
	keys := make([]string, 0, len(s.drawn))
	for key := range s.drawn {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for round := range enoughRuns {
		for _, key := range keys {
			if list := s.drawn[key]; round < len(list) && records < s.most {
				taken[list[round].members] = append(taken[list[round].members], list[round])
				records += len(list[round].steps)
			}
		}
	}
	return taken, records
}

// sampled has TLC take the sample, all of which the validator took.
func (s *suite) sampled(ctx context.Context) error {
	taken, records := s.sample.take()
	if records < s.options.sample {
		return fmt.Errorf("there were runs for TLC of %d records together, expected %d: make more of them", records, s.options.sample)
	}
	for members, list := range taken {
		began := time.Now()
		runs, steps := make([][]trace.Step, len(list)), 0
		for k, d := range list {
			runs[k] = d.steps
			steps += len(d.steps)
		}
		came, err := s.tlc.Replay(ctx, members, runs)
		if err != nil {
			return err
		}
		for k, d := range list {
			if came[k] != len(d.steps) {
				return fmt.Errorf("TLC takes %d steps of %s and the validator all %d: %v", came[k], d.run.name(), len(d.steps), d.steps[came[k]].Record)
			}
		}
		fmt.Printf("TLC takes the same %d steps of %d runs of %d servers, in %v\n", steps, len(list), members.Servers.Len(), time.Since(began).Round(time.Second))
	}
	return nil
}
