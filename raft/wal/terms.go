package wal

import (
	"slices"
	"sort"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// termRun is a run of entries of one term and one value that starts at first.
type termRun struct {
	first protocol.Index
	term  protocol.Term
	value protocol.Value
}

// terms are the terms and values of the entries above an index: their memory follows the number of elections. Invariant:
// first ascends and is above that index.
type terms struct {
	above protocol.Index // of what is at or below it nothing is known
	runs  []termRun
}

// pass takes in a record, behind which the log ends at last: what it cut off is forgotten, and what its base covers.
func (t *terms) pass(r *Record, last protocol.Index) {
	if r.Log {
		t.cut(r.Prev)
		for k := range r.Entries {
			t.add(termRun{r.Prev + protocol.Index(k) + 1, r.Entries[k].Term, r.Entries[k].Value})
		}
	}
	if r.Base != 0 {
		t.drop(r.Base, last)
	}
}

func (t *terms) cut(prev protocol.Index) {
	n := len(t.runs)
	for n > 0 && t.runs[n-1].first > prev {
		n--
	}
	t.runs, t.above = t.runs[:n], min(t.above, prev)
}

// add puts an entry, or a run that begins with it, behind the last one.
func (t *terms) add(next termRun) {
	if n := len(t.runs); n > 0 && t.runs[n-1].term == next.term && t.runs[n-1].value == next.value {
		return
	}
	t.runs = append(t.runs, next)
}

// drop forgets what a base covers, and frees its memory.
func (t *terms) drop(base, last protocol.Index) {
	t.above = max(t.above, base)
	keep := sort.Search(len(t.runs), func(k int) bool { return t.runs[k].first > t.above+1 })
	switch {
	case t.above >= last:
		t.runs = nil
		return
	case keep > 0:
		keep--
	}
	t.runs = slices.Clone(t.runs[keep:])
	if len(t.runs) > 0 {
		t.runs[0].first = max(t.runs[0].first, t.above+1)
	}
}

// termAt returns the term of entry i, which is at most the last; ok is false where nothing is known of it.
func (t *terms) termAt(i protocol.Index) (term protocol.Term, ok bool) {
	behind := sort.Search(len(t.runs), func(k int) bool { return t.runs[k].first > i })
	if i <= t.above || behind == 0 {
		return 0, false
	}
	return t.runs[behind-1].term, true
}

// until returns the entries up to the last one.
func (t *terms) until(last protocol.Index) (runs []protocol.Run) {
	for k, r := range t.runs {
		end := last
		if k+1 < len(t.runs) {
			end = t.runs[k+1].first - 1
		}
		runs = append(runs, protocol.Run{Term: r.term, Value: r.value, Count: uint64(end-r.first) + 1})
	}
	return runs
}
