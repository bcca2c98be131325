package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/linearizability"
)

// run is a history with what the page needs to find in it.
type run struct {
	history *linearizability.History
	verdict *linearizability.Verdict

	clients  []string // a name for each client number
	nodes    int
	end      int64 // ns: the last call, return or fault
	byCall   []int // indexes of operations in the order of their calls
	keys     []keyStats
	numbers  map[string]uint64 // of commands in the log, by call number, where that is one command alone
	broken   []int             // ids of operations that violations name, sorted
	isBroken map[int]bool
	place    map[int]int // of an operation's id, in history.Operations
}

func newRun(h *linearizability.History, v *linearizability.Verdict) *run {
	r := &run{history: h, verdict: v, nodes: h.Header.Servers, isBroken: map[int]bool{}, place: map[int]int{}}
	for i := range h.Operations {
		op := &h.Operations[i]
		r.place[op.ID] = i
		r.byCall = append(r.byCall, i)
		r.nodes = max(r.nodes, op.Node)
		r.end = max(r.end, op.Call, returned(op))
	}
	slices.SortStableFunc(r.byCall, func(a, b int) int { return cmp.Compare(h.Operations[a].Call, h.Operations[b].Call) })
	for _, f := range h.Faults {
		r.end = max(r.end, f.From)
		if f.Until != nil {
			r.end = max(r.end, *f.Until)
		}
	}
	r.nameClients()
	r.readLog()
	for _, violation := range v.Violations {
		for _, id := range violation.Operations {
			if !r.isBroken[id] {
				r.isBroken[id] = true
				r.broken = append(r.broken, id)
			}
		}
	}
	slices.Sort(r.broken)
	r.countKeys()
	return r
}

func (r *run) nameClients() {
	most := -1
	for i := range r.history.Operations {
		most = max(most, r.history.Operations[i].Client)
	}
	for c := range max(most+1, len(r.history.Header.Clients)) {
		name := fmt.Sprintf("client %d", c)
		if names := r.history.Header.Clients; c < len(names) && names[c] != "" {
			name = names[c]
		}
		r.clients = append(r.clients, name)
	}
}

// readLog finds the numbers of commands whose call number stands in the log once.
func (r *run) readLog() {
	r.numbers = map[string]uint64{}
	for _, entry := range r.history.Log {
		number := entry.First
		for _, c := range entry.Commands {
			if c.Kind.Reads() {
				continue
			}
			if _, twice := r.numbers[c.CallNumber]; twice || c.CallNumber == "" {
				r.numbers[c.CallNumber] = 0
			} else {
				r.numbers[c.CallNumber] = number
			}
			number++
		}
	}
}

// number is an operation's place among the commands: as it was told, or else as the
// log has it; 0 where neither says so.
func (r *run) number(op *linearizability.Operation) (number uint64, fromLog bool) {
	if op.Answer != nil && op.Answer.Number != 0 {
		return op.Answer.Number, false
	}
	if op.Kind.Reads() || op.CallNumber == "" {
		return 0, false
	}
	number = r.numbers[op.CallNumber]
	return number, number != 0
}

// until is when a fault ended, or the end of the run.
func (r *run) until(f *linearizability.Fault) int64 {
	if f.Until == nil {
		return r.end
	}
	return *f.Until
}

// isBackground reports whether a fault was on for almost the whole run.
func (r *run) isBackground(f *linearizability.Fault) bool {
	return r.until(f)-f.From > r.end/10*9
}

// returned is when a call returned, or when it was made if it never did.
func returned(op *linearizability.Operation) int64 {
	if op.Return == nil {
		return op.Call
	}
	return *op.Return
}

// keyOf names what an operation is about: checkpoints have keys of their own.
func keyOf(op *linearizability.Operation) string {
	switch op.Kind {
	case linearizability.Checkpoint, linearizability.CheckpointQuery, linearizability.SetCheckpoint:
		return "checkpoint " + string(op.Key)
	}
	return string(op.Key)
}

// keyStats is what makes a key interesting.
type keyStats struct {
	key string

	Operations int   `json:"n"`
	Clients    int   `json:"clients"`
	Together   int   `json:"together"` // calls open at once, at most
	Met        int   `json:"met"`      // operations that found another one open
	Unanswered int   `json:"open"`     // open, or outcome unknown
	Broken     int   `json:"broken"`   // operations that violations name
	Classes    []int `json:"classes"`  // operations by class
}

// countKeys finds all keys: broken ones first, then the most contended.
func (r *run) countKeys() {
	type open struct {
		stats   *keyStats
		clients map[int]bool
		returns []int64 // of calls that may still be open, by client's order
		batch   int     // of the last call
	}
	keys := map[string]*open{}
	for _, i := range r.byCall {
		op := &r.history.Operations[i]
		k := keys[keyOf(op)]
		if k == nil {
			k = &open{stats: &keyStats{key: keyOf(op), Classes: make([]int, len(classes))}, clients: map[int]bool{}}
			keys[keyOf(op)] = k
		}
		class := classOf(endOf(op))
		k.stats.Operations++
		k.stats.Classes[class]++
		k.clients[op.Client] = true
		if class == len(classes)-1 {
			k.stats.Unanswered++
		}
		if r.isBroken[op.ID] {
			k.stats.Broken++
		}
		if again := op.Batch != 0 && op.Batch == k.batch; again {
			continue // the same call
		}
		k.batch = op.Batch
		k.returns = slices.DeleteFunc(k.returns, func(t int64) bool { return t < op.Call })
		if len(k.returns) > 0 {
			k.stats.Met++
		}
		k.returns = append(k.returns, returned(op))
		k.stats.Together = max(k.stats.Together, len(k.returns))
	}
	for _, k := range keys {
		k.stats.Clients = len(k.clients)
		r.keys = append(r.keys, *k.stats)
	}
	slices.SortFunc(r.keys, func(a, b keyStats) int {
		return cmp.Or(cmp.Compare(b.Broken, a.Broken), cmp.Compare(b.Met, a.Met),
			cmp.Compare(b.Unanswered, a.Unanswered), cmp.Compare(b.Operations, a.Operations), cmp.Compare(a.key, b.key))
	})
}

// clientName is a client's name; a number that no client can have is told as it is.
func (r *run) clientName(client int) string {
	if client < 0 || client >= len(r.clients) {
		return fmt.Sprintf("client %d", client)
	}
	return r.clients[client]
}
