package workload

import (
	"cmp"
	"slices"

	"github.com/eventstreamcore/semel/linearizability"
)

// bests are operations in the order of their returns; each with the one, of those that had returned by then, that tells most.
type bests []best

type best struct {
	at        int64 // a return
	operation *linearizability.Operation
}

// bestByReturn ranks operations that have returned: more reports whether a tells more than b, at a moment at which both have.
func bestByReturn(operations []*linearizability.Operation, more func(a, b *linearizability.Operation, at int64) bool) bests {
	all := make(bests, len(operations))
	for k, o := range operations {
		all[k] = best{*o.Return, o}
	}
	slices.SortStableFunc(all, func(a, b best) int { return cmp.Compare(a.at, b.at) })
	for k := 1; k < len(all); k++ {
		if before := all[k-1].operation; more(before, all[k].operation, all[k].at) {
			all[k].operation = before
		}
	}
	return all
}

// before returns the best of those that had returned before a moment; nil if none had.
func (b bests) before(moment int64) *linearizability.Operation {
	k, _ := slices.BinarySearchFunc(b, moment, func(b best, moment int64) int { return cmp.Compare(b.at, moment) })
	if k == 0 {
		return nil
	}
	return b[k-1].operation
}
