package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// result is what became of a query, under one seed.
type result struct {
	query  *query
	seed   int
	answer smt.Answer
	took   time.Duration
}

// red is a query that is not proved: others rest on what it says.
func (r result) red() bool { return r.answer != smt.Proved }

// run asks all queries under each seed, in so many processes, each query for so long. The results come in the order of the queries.
func run(ctx context.Context, binary string, queries []*query, seeds, processes int, limit time.Duration, tell func(result)) ([]result, error) {
	results := make([]result, len(queries)*seeds)
	errs := make([]error, processes)
	next := make(chan int)
	var workers sync.WaitGroup
	var telling sync.Mutex
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for w := range processes {
		workers.Go(func() {
			solvers := make([]*smt.Solver, seeds)
			for s := range seeds {
				solvers[s] = smt.NewSolver(binary, s)
				defer solvers[s].Close()
			}
			for k := range next {
				if queries[k/seeds].untouched {
					results[k] = result{query: queries[k/seeds], seed: k % seeds, answer: smt.Proved}
					continue
				}
				r, err := ask(ctx, solvers[k%seeds], queries[k/seeds], limit)
				if err != nil {
					errs[w] = err
					cancel()
					return
				}
				r.seed = k % seeds
				results[k] = r
				telling.Lock()
				tell(r)
				telling.Unlock()
			}
		})
	}
feed:
	for k := range results {
		select {
		case next <- k:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return results, ctx.Err()
}

// ask asks for the parts of a goal one by one.
func ask(ctx context.Context, s *smt.Solver, q *query, limit time.Duration) (result, error) {
	r := result{query: q, answer: smt.Proved}
	begun := time.Now()
	for _, part := range q.parts {
		if part == smt.True {
			continue
		}
		question := *q.question
		question.Goal = part
		answer, err := s.Ask(ctx, question.Text(), limit)
		if err != nil {
			return r, err
		}
		if answer != smt.Proved {
			r.answer = answer
			break
		}
	}
	r.took = time.Since(begun)
	return r, nil
}
