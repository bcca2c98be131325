package clientview

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
)

// state is what porcupine has linearized.
type state struct {
	record
	left   int    // answers that are still to be explained
	latest int64  // of the calls that have their place and may be in the log, the one made last
	placed places // that have it
}

// places are a set of calls, by their place in their key's history; beyond the most none is kept.
type places [2]uint64

const mostPlaces = 128

func (s places) with(place int) places {
	if place < mostPlaces {
		s[place/64] |= 1 << (place % 64)
	}
	return s
}

func (s places) has(place int) bool { return place < mostPlaces && s[place/64]&(1<<(place%64)) != 0 }

// input is a call as the model is given it.
type input struct {
	*Call
	place int
	after []int // places of open calls that ask for the same and were made before: they go first
}

// moment is when a call's entry is stamped, and when it takes effect at the latest: behind the call of all that come before it, but for
// reads, which have no entry; in front of the return of all that come behind.
type moment struct{ earliest, latest int64 }

// model is the object for porcupine.
type model struct {
	object
	inputs   []input
	answered int
	returns  []input // of answered calls that have their place kept, the first to return first
}

func newModel(calls []Call, fastest float64) *model {
	m := &model{object: object{fastest}, inputs: inputsOf(calls)}
	for _, in := range m.inputs {
		if in.open() {
			continue
		}
		m.answered++
		if in.place < mostPlaces {
			m.returns = append(m.returns, in)
		}
	}
	slices.SortFunc(m.returns, func(a, b input) int { return cmp.Compare(a.Until, b.Until) })
	return m
}

// porcupine returns the model as porcupine wants it. It counts the steps that are tried.
func (m *model) porcupine(steps *atomic.Int64) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{left: m.answered, latest: math.MinInt64}} },
		Step: func(was, in, _ any) []any {
			steps.Add(1)
			return m.step(was.(state), in.(input))
		},
		DescribeOperation: func(in, _ any) string { return in.(input).String() },
		DescribeState:     func(was any) string { return was.(state).String() },
	}
	return model.ToModel()
}

// when is the moment of a call that is placed next.
func (m *model) when(was state, c input) moment {
	at := moment{notBefore(c.From, was.latest), c.Until}
	for _, other := range m.returns {
		if !was.placed.has(other.place) {
			at.latest = notAfter(c.Until, other.Until)
			break
		}
	}
	return at
}

// step returns all that the call may leave behind.
func (m *model) step(was state, c input) (next []any) {
	if c.open() {
		return m.stepOpen(was, c)
	}
	at := m.when(was, c)
	for _, v := range was.views(c.Call, at) {
		for _, t := range m.tells(v, c.Call, at) {
			if after, ok := t.explains(c.Call, v); ok {
				next = append(next, state{after, was.left - 1, setsTime(was.latest, c.Call), was.placed.with(c.place)})
			}
		}
	}
	return next
}

// stepOpen is step for an open call, which has nothing to explain: where it changes nothing it is put
// off, until it comes behind everything. Of those that ask for the same the one that was made first goes
// first: in an order that has it otherwise the two can change places.
func (m *model) stepOpen(was state, c input) (next []any) {
	switch {
	case was.left == 0:
		return []any{was}
	case !mayHaveDone(c.Call):
		return nil
	}
	for _, first := range c.after {
		if !was.placed.has(first) {
			return nil
		}
	}
	at := m.when(was, c)
	for _, v := range was.views(c.Call, at) {
		for _, t := range m.tells(v, c.Call, at) {
			if t.after != v.record {
				next = append(next, state{t.after, was.left, setsTime(was.latest, c.Call), was.placed.with(c.place)})
			}
		}
	}
	return next
}

// operations are the calls for porcupine.
func (m *model) operations() []porcupine.Operation {
	all := make([]porcupine.Operation, len(m.inputs))
	for i, in := range m.inputs {
		all[i] = porcupine.Operation{ClientId: in.Client, Input: in, Call: in.From, Return: returned(in.Call)}
	}
	return all
}

// inputsOf finds open calls that nobody could tell apart. Owners of which no answered call speaks are nobody's.
func inputsOf(calls []Call) []input {
	spoken := map[string]bool{}
	for i := range calls {
		if c := &calls[i]; !c.open() {
			spoken[c.Owner], spoken[c.Answer.Owner] = true, true
		}
	}
	inputs := make([]input, len(calls))
	alike := map[likeness][]*input{}
	for i := range calls {
		c := calls[i]
		inputs[i] = input{Call: &c, place: i}
		if !c.open() || i >= mostPlaces {
			continue
		}
		if c.Kind == Claim && !spoken[c.Owner] {
			c.Owner = ""
		}
		is := likenessOf(&c)
		for _, other := range alike[is] {
			if other.From <= c.From {
				inputs[i].after = append(inputs[i].after, other.place)
			} else {
				other.after = append(other.after, i)
			}
		}
		alike[is] = append(alike[is], &inputs[i])
	}
	return inputs
}

// likeness is all that an open call asks for.
type likeness struct {
	kind                      Kind
	owner, fingerprint, value string
	hasValue, ifExists        bool
	token, offset             uint64
	lease, ttl                int64
}

func likenessOf(c *Call) likeness {
	l := likeness{kind: c.Kind, owner: c.Owner, fingerprint: c.Fingerprint, ifExists: c.IfExists, token: c.Token, offset: c.Offset, lease: c.Lease, ttl: c.TTL}
	l.value, l.hasValue = text(c.Value)
	return l
}
