package wal

import (
	"sort"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// located is a record that holds entries, the first of them at index first. 16 bytes a record,
// however many entries it has.
type located struct {
	first    protocol.Index
	seq, off uint32
}

func (x located) place() place { return place{uint64(x.seq), int64(x.off)} }

// index finds the record of an entry. Invariant: first ascends, so of two records that held an
// index the later one is found.
type index []located

// pass takes in a record that stands at the place: what it cut off is forgotten.
func (x *index) pass(r *Record, at place) {
	if !r.Log {
		return
	}
	kept := sort.Search(len(*x), func(k int) bool { return (*x)[k].first > r.Prev })
	*x = (*x)[:kept]
	if len(r.Entries) > 0 {
		*x = append(*x, located{r.Prev + 1, uint32(at.seq), uint32(at.off)})
	}
}

// lastOf returns the last entry of the record that holds entry i: that before the next record's first, or last, the
// log's.
func (x index) lastOf(i, last protocol.Index) protocol.Index {
	behind := sort.Search(len(x), func(k int) bool { return x[k].first > i })
	if behind < len(x) {
		return x[behind].first - 1
	}
	return last
}

// find returns the record that holds entry i. 1 <= i <= the last index.
func (x index) find(i protocol.Index) located {
	behind := sort.Search(len(x), func(k int) bool { return x[k].first > i })
	return x[behind-1]
}
