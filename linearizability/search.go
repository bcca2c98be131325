package linearizability

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
)

// searched is porcupine's state of one key: what was linearized so far.
type searched struct {
	replayedValue
	rank int
}

// replayedValue is replayed without what porcupine finds out by itself: the real-time order.
type replayedValue struct {
	state  state
	number uint64
	time   uint64
}

// ranked is porcupine's input: a step and its place among those of its key. The
// numbers leave one order only, so the search is as short as the history.
type ranked struct {
	*step
	rank int
}

// portion is a part of one key's history that porcupine is given at once: no step
// of it overlaps with one outside.
type portion struct {
	key   *keyRun
	init  searched
	steps []ranked
	rets  []int64
}

// portionSteps is how many steps a portion has at least, before it ends at the
// first moment at which nothing was open. Porcupine's memory grows with the square.
const portionSteps = 256

// model returns the model of a key that is as init.
func (p *portion) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return p.init },
		Step: func(was, input, _ any) (bool, any) {
			s, in := was.(searched), input.(ranked)
			next := replayed{state: s.state, number: s.number, time: s.time}
			if in.rank != s.rank || !next.follows(in.step) {
				return false, s
			}
			if _, wrong := next.next(in.step); wrong != nil {
				return false, s
			}
			return true, searched{replayedValue{next.state, next.number, next.time}, s.rank + 1}
		},
		DescribeOperation: func(input, _ any) string { return input.(ranked).words() },
		DescribeState:     func(s any) string { return s.(searched).state.words(s.(searched).time) },
	}
}

func (p *portion) operations() []porcupine.Operation {
	operations := make([]porcupine.Operation, len(p.steps))
	for i, s := range p.steps {
		operations[i] = porcupine.Operation{ClientId: s.client(), Input: s, Call: s.call, Return: p.rets[i]}
	}
	return operations
}

// portions cuts the history of a key where nothing was open.
func (k *keyRun) portions() []portion {
	n := len(k.steps)
	rets := k.returns()
	earliestCall := make([]int64, n+1) // of the steps from i on
	earliestCall[n] = math.MaxInt64
	for i, s := range slices.Backward(k.steps) {
		earliestCall[i] = min(earliestCall[i+1], s.call)
	}
	var cut []portion
	var p replayed
	start, init, latestReturn := 0, searched{}, int64(math.MinInt64)
	steps := make([]ranked, n)
	for i, s := range k.steps {
		steps[i] = ranked{s, i}
		p.next(s)
		latestReturn = max(latestReturn, rets[i])
		if i+1 < n && (i+1-start < portionSteps || latestReturn >= earliestCall[i+1]) {
			continue
		}
		cut = append(cut, portion{key: k, init: init, steps: steps[start : i+1], rets: rets[start : i+1]})
		start, init = i+1, searched{replayedValue{p.state, p.number, p.time}, i + 1}
	}
	return cut
}

// returns are the returns of the steps. One that never returned took effect before
// any step behind it returned: so early it ends for the search, which changes
// nothing about what may stand before what.
func (k *keyRun) returns() []int64 {
	rets := make([]int64, len(k.steps))
	earliest := int64(math.MaxInt64)
	for i, s := range slices.Backward(k.steps) {
		rets[i] = s.ret
		if s.ret == forever {
			rets[i] = max(earliest, s.call)
		}
		earliest = min(earliest, rets[i])
	}
	return rets
}

// search asks porcupine about every key, with at most timeout for each portion.
func (r *run) search(timeout time.Duration) EngineResult {
	start := time.Now()
	var portions []portion
	for _, k := range r.keys {
		portions = append(portions, k.portions()...)
	}
	results := make([]porcupine.CheckResult, len(portions))
	eachInParallel(len(portions), func(i int) {
		results[i] = porcupine.CheckOperationsTimeout(portions[i].model(), portions[i].operations(), timeout)
	})
	found := EngineResult{Result: Accepted, Operations: len(r.steps), Keys: len(r.keys)}
	for i, result := range results {
		switch result {
		case porcupine.Illegal:
			found.Result = Rejected
			found.BadKeys = append(found.BadKeys, portions[i].key.name)
		case porcupine.Unknown:
			if found.Result == Accepted {
				found.Result = OutOfTime
			}
		}
	}
	found.BadKeys = slices.Compact(found.BadKeys)
	found.Elapsed = time.Since(start)
	return found
}

func eachInParallel(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// Drill returns porcupine's view of one key: the model and what it found, for
// porcupine.Visualize. key is as in EngineResult.BadKeys. Of a long history it is the
// portion that is wrong, or else the first.
func Drill(h *History, key string) (porcupine.Model, porcupine.LinearizationInfo, error) {
	r := settle(h)
	r.witness()
	k := r.byName[key]
	if k == nil || len(k.steps) == 0 {
		return porcupine.Model{}, porcupine.LinearizationInfo{}, fmt.Errorf("key %q has no operation in the history", key)
	}
	portions := k.portions()
	show := portions[0]
	for _, p := range portions {
		if porcupine.CheckOperationsTimeout(p.model(), p.operations(), searchTimeout) != porcupine.Ok {
			show = p
			break
		}
	}
	_, info := porcupine.CheckOperationsVerbose(show.model(), show.operations(), searchTimeout)
	return show.model(), info, nil
}

const searchTimeout = time.Minute

// Visualize writes porcupine's page about one key: see Drill.
func Visualize(w io.Writer, h *History, key string) error {
	model, info, err := Drill(h, key)
	if err != nil {
		return err
	}
	return porcupine.Visualize(model, info, w)
}
