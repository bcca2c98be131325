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

	"github.com/eventstreamcore/semel/linearizability/clientview"
)

// The search: what clients saw of each key goes to package clientview, stripped of
// all that the service says of its own order.

// searchTimeout is how long porcupine may take for one key.
const searchTimeout = time.Minute

// searchBounds are how many calls of one key are searched: the search is exponential in the open ones.
var searchBounds = clientview.Bounds{Calls: 120, Open: 16}

// seen is what clients saw of one key.
type seen struct {
	name  string
	calls []clientview.Call
}

// seenOf are the calls of a history by key, in the order of their names. Left out are those that tell nothing of an order (stale
// reads, reads without an answer), those that were not applied, and those that reach across all keys.
func seenOf(h *History) []seen {
	byName := map[string]*seen{}
	var names []string
	var whole *Operation // the checkpoint whose claims follow
	for i := range h.Operations {
		o := &h.Operations[i]
		if !o.InCheckpoint {
			whole = nil
		}
		if o.Kind == Checkpoint {
			whole = o
		}
		if o.Stale || o.Error == NotApplied || o.Kind == Resize || o.Answer == nil && o.Kind.Reads() {
			continue
		}
		kind := clientview.Kind(o.Kind)
		if o.InCheckpoint && whole != nil && whole.Answer != nil {
			if whole.Answer.Outcome != OK {
				continue // nothing of it was applied
			}
			if whole.Answer.Replayed {
				kind = clientview.Recorded
			}
		}
		name := keyName(o.Kind, string(o.Key))
		if byName[name] == nil {
			byName[name] = &seen{name: name}
			names = append(names, name)
		}
		call := o.seen()
		call.Kind = kind
		byName[name].calls = append(byName[name].calls, call)
	}
	slices.Sort(names)
	all := make([]seen, len(names))
	for i, name := range names {
		all[i] = *byName[name]
	}
	return all
}

func (o *Operation) seen() clientview.Call {
	c := clientview.Call{
		ID: o.ID, Client: o.Client, From: o.Call, Until: clientview.Forever,
		Owner: o.Owner, Token: o.Token, Offset: o.Offset, Lease: nanos(o.LeaseMillis), TTL: nanos(o.TTLMillis), IfExists: o.IfExists,
		Fingerprint: string(o.Fingerprint), Value: (*string)(o.Value),
	}
	if a := o.Answer; a != nil {
		c.Until = *o.Return
		c.Answer = &clientview.Answer{
			Outcome: clientview.Outcome(a.Outcome), Whole: a.Numbered(), Token: a.Token, Offset: a.Offset, Replayed: a.Replayed,
			Owner: a.Owner, Value: (*string)(a.Value), ValueOmitted: a.ValueOmitted, Fingerprint: string(a.Fingerprint),
		}
	}
	return c
}

// nanos is ms in ns; what no clock reaches is the longest.
func nanos(millis uint64) int64 { return int64(min(millis, math.MaxInt64/4/milli) * milli) }

// searched is what porcupine found, key by key.
type searched struct {
	clientview.Search
	seen []seen
	keys []clientview.Key
}

// search asks porcupine about every key.
func search(h *History, timeout time.Duration) *searched {
	s := &searched{Search: clientview.Search{Fastest: h.Header.FastestClock, Bounds: searchBounds, Timeout: timeout}, seen: seenOf(h)}
	s.keys = make([]clientview.Key, len(s.seen))
	eachInParallel(len(s.seen), func(i int) { s.keys[i] = s.Judge(s.seen[i].name, s.seen[i].calls) })
	return s
}

func (s *searched) result() EngineResult {
	found := EngineResult{Result: Accepted}
	for _, k := range s.keys {
		if k.Result == clientview.LeftOut {
			found.LeftOut++
			continue
		}
		found.Keys++
		found.Operations += k.Calls
		found.Steps += k.Steps
		found.Overlapping += k.Overlapping
		switch {
		case k.Result == clientview.Wrong:
			found.Result = Rejected
			found.BadKeys = append(found.BadKeys, k.Name)
		case k.Result == clientview.OutOfTime && found.Result == Accepted:
			found.Result = OutOfTime
		}
	}
	if found.Keys == 0 && found.LeftOut > 0 {
		found.Result = TooLarge
	}
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

// Visualize writes porcupine's page about one key, as EngineResult.BadKeys names it. What it can't
// finish in a minute it shows as far as it came.
func Visualize(w io.Writer, h *History, key string) error {
	for _, s := range seenOf(h) {
		if s.name == key {
			return clientview.Search{Fastest: h.Header.FastestClock, Timeout: searchTimeout}.Visualize(w, s.calls)
		}
	}
	return fmt.Errorf("key %q has no operation in the history that porcupine is given", key)
}
