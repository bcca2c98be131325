package linearizability

import (
	"cmp"
	"slices"
	"time"
)

// stats count what there is to judge.
func (r *run) stats() Stats {
	h := r.history
	st := Stats{Operations: len(h.Operations), Keys: len(r.keys), TookEffect: r.tookEffect,
		Kinds: map[string]int{}, Outcomes: map[string]int{}, Doors: map[string]int{}, Faults: map[string]int{}}
	clients := map[int]bool{}
	for i := range h.Operations {
		o := &h.Operations[i]
		clients[o.Client] = true
		st.Kinds[string(o.Kind)]++
		if o.Door != "" {
			st.Doors[o.Door]++
		}
		st.countEnd(o)
	}
	st.Clients = len(clients)
	st.countFaults(h)
	st.countLog(h)
	st.countContention(h)
	st.Span = span(h)
	return st
}

func (st *Stats) countEnd(o *Operation) {
	switch {
	case o.Answer != nil:
		st.Answered++
		st.Outcomes[string(o.Answer.Outcome)]++
	case o.Error == NotApplied:
		st.NotApplied++
	case o.Error == Unknown:
		st.Unknown++
	default:
		st.Open++
	}
	if o.Stale {
		st.StaleReads++
	}
}

func (st *Stats) countFaults(h *History) {
	for _, f := range h.Faults {
		st.Faults[f.Fault]++
		if f.Effect != "" {
			st.FaultsInEffect++
		}
	}
}

func (st *Stats) countLog(h *History) {
	for i := range h.Log {
		if n := len(h.Log[i].Commands); n > 0 {
			st.Entries++
			st.Commands += n
		}
	}
}

// countContention counts keys that several asked for, and calls open at once.
func (st *Stats) countContention(h *History) {
	byKey := map[string][]*Operation{}
	for i := range h.Operations {
		o := &h.Operations[i]
		name := keyName(o.Kind, string(o.Key))
		byKey[name] = append(byKey[name], o)
	}
	for _, operations := range byKey {
		if contended(operations) {
			st.ContendedKeys++
		}
		most := mostOpen(operations)
		if most > 1 {
			st.OverlappingKeys++
		}
		st.MostOverlapping = max(st.MostOverlapping, most)
	}
}

// contended reports whether two owners, or two clients whose owners nobody knows, claimed the key.
func contended(operations []*Operation) bool {
	type claimant struct {
		owner  string
		client int
	}
	var first *claimant
	for _, o := range operations {
		if o.Kind != Claim && o.Kind != Checkpoint {
			continue
		}
		c := claimant{owner: o.Owner}
		if o.Owner == "" {
			c.client = o.Client
		}
		if first == nil {
			first = &c
		} else if *first != c {
			return true
		}
	}
	return false
}

// mostOpen is how many calls were open at once.
func mostOpen(operations []*Operation) int {
	type moment struct {
		at   int64
		more int
	}
	var moments []moment
	for i, o := range operations {
		if i > 0 && o.Batch != 0 && o.Batch == operations[i-1].Batch {
			continue // one call
		}
		moments = append(moments, moment{o.Call, 1})
		if o.Return != nil {
			moments = append(moments, moment{*o.Return, -1})
		}
	}
	slices.SortFunc(moments, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.more, a.more)) })
	open, most := 0, 0
	for _, m := range moments {
		open += m.more
		most = max(most, open)
	}
	return most
}

// span is the time from the first call to the last return.
func span(h *History) time.Duration {
	if len(h.Operations) == 0 {
		return 0
	}
	first, last := h.Operations[0].Call, h.Operations[0].Call
	for i := range h.Operations {
		o := &h.Operations[i]
		first, last = min(first, o.Call), max(last, o.Call)
		if o.Return != nil {
			last = max(last, *o.Return)
		}
	}
	return time.Duration(last - first)
}
