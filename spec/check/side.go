package main

import (
	"bytes"
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// ran is what became of one model: what TLC found, or why it did not run.
type ran struct {
	result tlc.Result
	said   bytes.Buffer // what a person is told beside that
	err    error
}

// sideBySide runs models, so many at a time, each started in the order in which they stand, and yields them in that order. When it
// returns none runs any more.
func sideBySide(ctx context.Context, models []tlc.Model, atATime int, run func(context.Context, tlc.Model) *ran) iter.Seq2[tlc.Model, *ran] {
	return func(yield func(tlc.Model, *ran) bool) {
		ctx, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		defer all.Wait()
		defer stop()
		done := make([]chan *ran, len(models))
		for k := range done {
			done[k] = make(chan *ran, 1)
		}
		var next atomic.Int64
		for range atATime {
			all.Go(func() {
				for k := next.Add(1) - 1; k < int64(len(models)) && ctx.Err() == nil; k = next.Add(1) - 1 {
					done[k] <- run(ctx, models[k])
				}
			})
		}
		for k, m := range models {
			select {
			case r := <-done[k]:
				if !yield(m, r) {
					return
				}
			case <-ctx.Done():
				yield(m, &ran{err: ctx.Err()})
				return
			}
		}
	}
}
