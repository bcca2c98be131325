package wal

import (
	"slices"
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

// pass takes in a record that stands at the place, behind which the log ends at last: what it cut off is forgotten, and
// what its base covers.
func (x *index) pass(r *Record, at place, last protocol.Index) {
	if r.Log {
		kept := sort.Search(len(*x), func(k int) bool { return (*x)[k].first > r.Prev })
		*x = (*x)[:kept]
		if len(r.Entries) > 0 {
			*x = append(*x, located{r.Prev + 1, uint32(at.seq), uint32(at.off)})
		}
	}
	if r.Base != 0 {
		x.drop(r.Base, last)
	}
}

// drop forgets the records of which nothing is above the base, and frees their memory.
func (x *index) drop(base, last protocol.Index) {
	behind := sort.Search(len(*x), func(k int) bool { return (*x)[k].first > base+1 })
	switch {
	case base >= last:
		*x = nil
	case forgets(behind - 1):
		*x = slices.Clone((*x)[behind-1:])
	}
}

// firstNeeded returns the first segment that the log can't do without: that of the base's record or that of the first entry
// above it, whichever comes first. Without a base it is 0: all are needed.
func (x index) firstNeeded(t *tail) uint64 {
	seq := t.basedIn
	if t.last > t.base && seq > 0 {
		seq = min(seq, uint64(x.find(t.base+1).seq))
	}
	return seq
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

// find returns the record that holds entry i. base < i <= the last index.
func (x index) find(i protocol.Index) located {
	behind := sort.Search(len(x), func(k int) bool { return x[k].first > i })
	return x[behind-1]
}
