// Package sidebyside runs independent searches on several processors and tells of them in their order, so that what is printed
// does not depend on which ends first.
package sidebyside

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
)

// Run runs run for each of the items, so many at a time, started in the order in which they stand, and yields them with the results in
// that order. Where ctx ends it yields no more than had been started; the caller asks ctx. When it returns none runs any more: who
// stops early has the context of the others ended.
func Run[T, R any](ctx context.Context, items []T, atATime int, run func(context.Context, T) R) iter.Seq2[T, R] {
	return func(yield func(T, R) bool) {
		ctx, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		defer all.Wait()
		defer stop()
		done := make([]chan R, len(items))
		for k := range done {
			done[k] = make(chan R, 1)
		}
		var next atomic.Int64
		for range atATime {
			all.Go(func() {
				for k := next.Add(1) - 1; k < int64(len(items)) && ctx.Err() == nil; k = next.Add(1) - 1 {
					done[k] <- run(ctx, items[k])
				}
			})
		}
		for k, item := range items {
			select {
			case r := <-done[k]:
				if !yield(item, r) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
