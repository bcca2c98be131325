package report

import (
	"encoding/json"
	"slices"

	"github.com/eventstreamcore/semel/linearizability"
)

// MaxOperations is how many operations a page carries at most for its timeline and
// keys, some 45 bytes each; it carries fewer where they would fill more than
// maxScriptBytes. Those of violations and of their keys go first, then the first of
// the run.
const MaxOperations = 200_000

const (
	maxScriptBytes = 9 << 20
	keyLetters     = 160 // of a key; the rest is cut off where it is only shown
)

// encode returns the operations for the page's script, and how many they are.
func (r *run) encode(limit, maxBytes int) (data []byte, shown int, err error) {
	for {
		ids := r.shown(limit)
		data, err = json.Marshal(scriptOf(r, ids))
		if err != nil || len(data) <= maxBytes || len(ids) == 0 {
			return data, len(ids), err
		}
		limit = min(len(ids)*9/10, int(float64(len(ids))*float64(maxBytes)/float64(len(data))*0.95))
	}
}

// script is what the page's script draws from. Words are told once, in lists;
// operations are columns of indexes into them and of whole numbers.
type script struct {
	Log      bool                            `json:"log"`   // the numbers of unanswered calls come from the log
	End      int64                           `json:"end"`   // µs, of the last call, return or fault
	Total    int                             `json:"total"` // operations of the run; the columns may have fewer
	Clients  []string                        `json:"clients"`
	Nodes    int                             `json:"nodes"`
	Doors    []string                        `json:"doors"`
	Kinds    []linearizability.Kind          `json:"kinds"`
	Ends     []string                        `json:"ends"`
	ClassOf  []int                           `json:"classOf"` // of Ends
	Classes  [][2]string                     `json:"classes"` // name, meaning
	Owners   []string                        `json:"owners"`  // those that called twice or stand in an answer; index 0: any other
	Keys     []string                        `json:"keys"`    // the most interesting first
	KeyStats []keyStats                      `json:"keyStats"`
	Faults   []scriptFault                   `json:"faults"`
	Errors   map[int]string                  `json:"errors"` // by operation
	Broken   []int                           `json:"broken"` // operations of violations
	Asked    map[linearizability.Kind]string `json:"asked"`
	Told     map[string]string               `json:"told"`
	After    map[string]string               `json:"after"`
	Columns  map[string]column               `json:"columns"`
}

type scriptFault struct {
	Word   string `json:"word"`
	Nodes  []int  `json:"nodes"` // none: all
	From   int64  `json:"from"`  // µs
	Until  int64  `json:"until"` // µs
	Effect string `json:"effect"`

	Background bool `json:"background,omitempty"` // it casts no shade
}

// column is whole numbers, one for each operation: a plain array or, where most are
// zero, the places (each told as the distance from the one before) and the values
// that are not.
type column []int64

// MarshalJSON writes the shorter of the two shapes.
func (c column) MarshalJSON() ([]byte, error) {
	var at, values []int64
	last := 0
	for i, v := range c {
		if v != 0 {
			at, values = append(at, int64(i-last)), append(values, v)
			last = i
		}
	}
	if 3*len(values) > len(c) {
		return json.Marshal([]int64(c))
	}
	return json.Marshal(struct {
		Length int     `json:"n"`
		At     []int64 `json:"at"`
		Values []int64 `json:"v"`
	}{len(c), at, values})
}

// flags of an operation.
const (
	flagStale = 1 << iota
	flagReplayed
	flagInCheckpoint
	flagBroken
	flagFromLog // its number is known from the log alone
	flagPlaced  // its place in the order is known; a read before the first command has number 0
)

// scriptOf encodes a run for the page's script.
func scriptOf(r *run, shown []int) *script {
	s := &script{
		Log: r.history.Header.Log, End: r.end / 1000, Total: len(r.history.Operations),
		Clients: append([]string{}, r.clients...), Nodes: r.nodes, Keys: []string{}, KeyStats: []keyStats{}, Faults: []scriptFault{},
		Errors: map[int]string{}, Broken: append([]int{}, r.broken...), ClassOf: []int{}, Asked: asked, Told: told, After: after,
	}
	for _, c := range classes {
		s.Classes = append(s.Classes, [2]string{c.name, c.meaning})
	}
	keyIndex := s.addKeys(r, shown)
	for _, f := range r.history.Faults {
		s.Faults = append(s.Faults, scriptFault{spaced(f.Fault), f.Nodes, f.From / 1000, r.until(&f) / 1000, f.Effect, r.isBackground(&f)})
	}
	s.fillColumns(r, shown, keyIndex)
	return s
}

// addKeys lists the keys of the operations shown and returns their places in the list.
func (s *script) addKeys(r *run, shown []int) map[string]int64 {
	used, index := map[string]bool{}, map[string]int64{}
	for _, i := range shown {
		used[keyOf(&r.history.Operations[i])] = true
	}
	for _, k := range r.keys {
		if used[k.key] {
			index[k.key] = int64(len(s.Keys))
			s.Keys, s.KeyStats = append(s.Keys, clip(keyWord(k.key), keyLetters)), append(s.KeyStats, k)
		}
	}
	return index
}

func (s *script) fillColumns(r *run, shown []int, keyIndex map[string]int64) {
	s.Columns = map[string]column{}
	doors, kinds, ends, owners := words[string]{}, words[linearizability.Kind]{}, words[string]{}, knownOwners(r.history)
	s.Owners = owners.words()
	var last struct{ id, call, number, batch int64 }
	for i, id := range shown {
		op := &r.history.Operations[id]
		number, fromLog := r.number(op)
		a := answerOf(op)
		put := func(name string, v int64) { s.put(name, len(shown), i, v) }
		put("id", int64(op.ID)-last.id)
		put("call", op.Call/1000-last.call)
		put("length", length(op))
		put("client", int64(op.Client))
		put("node", int64(op.Node))
		put("door", doors.index(op.Door))
		put("kind", kinds.index(op.Kind))
		put("key", keyIndex[keyOf(op)])
		put("end", ends.index(endOf(op)))
		put("flags", flagsOf(op, r, fromLog))
		put("batch", int64(op.Batch)-last.batch)
		put("number", int64(number)-last.number)
		put("token", tokenBehind(a, number))
		put("asked", int64(op.Token))
		put("offset", int64(op.Offset))
		put("stored", int64(a.Offset))
		put("owner", owners.known(op.Owner))
		put("holder", owners.known(a.Owner))
		put("lease", int64(op.LeaseMillis))
		put("ttl", int64(op.TTLMillis))
		put("retry", plusOne(a.RetryAfterMillis))
		put("age", plusOne(a.AgeMillis))
		last.id, last.call, last.number, last.batch = int64(op.ID), op.Call/1000, int64(number), int64(op.Batch)
		if op.ErrorText != "" {
			s.Errors[op.ID] = clip(op.ErrorText, keyLetters)
		}
	}
	s.Doors, s.Kinds, s.Ends = doors.words(), kinds.words(), ends.words()
	for _, end := range s.Ends {
		s.ClassOf = append(s.ClassOf, classOf(end))
	}
}

func (s *script) put(name string, n, i int, v int64) {
	if s.Columns[name] == nil {
		s.Columns[name] = make(column, n)
	}
	s.Columns[name][i] = v
}

// shown are the indexes of the operations for the script, at most limit of them.
func (r *run) shown(limit int) []int {
	operations := r.history.Operations
	take := make([]bool, len(operations))
	left := limit
	mark := func(wanted func(op *linearizability.Operation) bool) {
		for i := range operations {
			if left > 0 && !take[i] && wanted(&operations[i]) {
				take[i] = true
				left--
			}
		}
	}
	brokenKey := map[string]bool{}
	mark(func(op *linearizability.Operation) bool {
		brokenKey[keyOf(op)] = brokenKey[keyOf(op)] || r.isBroken[op.ID]
		return r.isBroken[op.ID]
	})
	mark(func(op *linearizability.Operation) bool { return brokenKey[keyOf(op)] })
	mark(func(*linearizability.Operation) bool { return true })
	shown := []int{}
	for i, t := range take {
		if t {
			shown = append(shown, i)
		}
	}
	return shown
}

// length is how long a call took in µs, rounded up; -1: it never returned.
func length(op *linearizability.Operation) int64 {
	if op.Return == nil {
		return -1
	}
	return (*op.Return - op.Call + 999) / 1000
}

// tokenBehind tells an answer's token by how far it lies behind the number, plus 1,
// which is short for those just given; without a number, by itself below zero.
func tokenBehind(a *linearizability.Answer, number uint64) int64 {
	switch {
	case a.Token == 0:
		return 0
	case number >= a.Token:
		return int64(number-a.Token) + 1
	default:
		return -int64(a.Token)
	}
}

func flagsOf(op *linearizability.Operation, r *run, fromLog bool) (flags int64) {
	for _, f := range []struct {
		flag int64
		set  bool
	}{
		{flagStale, op.Stale}, {flagReplayed, op.Answer != nil && op.Answer.Replayed},
		{flagInCheckpoint, op.InCheckpoint}, {flagBroken, r.isBroken[op.ID]}, {flagFromLog, fromLog},
		{flagPlaced, fromLog || answerOf(op).Numbered()},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

func answerOf(op *linearizability.Operation) *linearizability.Answer {
	if op.Answer == nil {
		return &linearizability.Answer{}
	}
	return op.Answer
}

// plusOne tells ms that may be missing: 0 is none.
func plusOne(ms *int64) int64 {
	if ms == nil {
		return 0
	}
	return *ms + 1
}

// words gives each word an index, in the order of first use.
type words[W comparable] struct {
	list []W
	at   map[W]int64
}

func (w *words[W]) index(word W) int64 {
	if i, ok := w.at[word]; ok {
		return i
	}
	if w.at == nil {
		w.at = map[W]int64{}
	}
	w.at[word] = int64(len(w.list))
	w.list = append(w.list, word)
	return w.at[word]
}

// words are all that were given an index; never nil, which JSON would not call a list.
func (w *words[W]) words() []W { return append([]W{}, w.list...) }

// known is the index of a word that was given one, otherwise 0.
func (w *words[W]) known(word W) int64 { return w.at[word] }

// knownOwners are the owners worth a name on the page: most are drawn fresh for one
// call and seen nowhere else.
func knownOwners(h *linearizability.History) words[string] {
	seen := map[string]int{}
	var order []string
	see := func(owner string, weight int) {
		if owner != "" && seen[owner] < 2 {
			if seen[owner] += weight; seen[owner] >= 2 {
				order = append(order, owner)
			}
		}
	}
	batch := 0
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.Batch == 0 || op.Batch != batch {
			see(op.Owner, 1)
		}
		batch = op.Batch
		see(answerOf(op).Owner, 2)
	}
	slices.Sort(order)
	known := words[string]{list: []string{""}, at: map[string]int64{}}
	for _, owner := range order {
		known.index(owner)
	}
	return known
}
