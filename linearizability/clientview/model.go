package clientview

import (
	"sync/atomic"

	"github.com/anishathalye/porcupine"
)

// state is what porcupine has linearized.
type state struct {
	record
	left  int    // answers that are still to be explained
	taken uint64 // open calls that have taken effect, by their bits
}

// input is a call as the model is given it.
type input struct {
	*Call
	bit   uint64 // of an open call
	after uint64 // open calls that ask for the same and were made before: they go first
}

// model is the object for porcupine. It counts the steps that are tried.
func (s Search) model(calls []Call, steps *atomic.Int64) porcupine.Model {
	answered := 0
	for i := range calls {
		if !calls[i].open() {
			answered++
		}
	}
	o := object{s.Fastest}
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{left: answered}} },
		Step: func(was, in, _ any) []any {
			steps.Add(1)
			return o.step(was.(state), in.(input))
		},
		DescribeOperation: func(in, _ any) string { return in.(input).String() },
		DescribeState:     func(was any) string { return was.(state).String() },
	}
	return model.ToModel()
}

// step returns all that the call may leave behind.
func (o object) step(was state, c input) (next []any) {
	if c.open() {
		return o.stepOpen(was, c)
	}
	for _, v := range was.views(c.Call) {
		for _, t := range o.tells(v, c.Call) {
			if after, ok := t.explains(c.Call, v); ok {
				next = append(next, state{after, was.left - 1, was.taken})
			}
		}
	}
	return next
}

// stepOpen is step for an open call, which has nothing to explain: where it changes nothing it is put
// off, until it comes behind everything. Of those that ask for the same the one that was made first goes
// first: in an order that has it otherwise the two can change places.
func (o object) stepOpen(was state, c input) (next []any) {
	switch {
	case was.left == 0:
		return []any{was}
	case was.taken&c.after != c.after || !mayHaveDone(c.Call):
		return nil
	}
	for _, v := range was.views(c.Call) {
		for _, t := range o.tells(v, c.Call) {
			if t.after != v.record {
				next = append(next, state{t.after, was.left, was.taken | c.bit})
			}
		}
	}
	return next
}

// operations are the calls for porcupine.
func operations(calls []Call) []porcupine.Operation {
	all := make([]porcupine.Operation, len(calls))
	inputs := inputsOf(calls)
	for i := range calls {
		all[i] = porcupine.Operation{ClientId: calls[i].Client, Input: inputs[i], Call: calls[i].From, Return: returned(&calls[i])}
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
	bits := 0
	for i := range calls {
		c := calls[i]
		inputs[i].Call = &c
		if !c.open() || bits == 64 {
			continue
		}
		if !spoken[c.Owner] && c.Kind == Claim {
			c.Owner = ""
		}
		inputs[i].bit = 1 << bits
		bits++
		for _, other := range alike[likenessOf(&c)] {
			if before(other.Call, &c) {
				inputs[i].after |= other.bit
			} else {
				other.after |= inputs[i].bit
			}
		}
		alike[likenessOf(&c)] = append(alike[likenessOf(&c)], &inputs[i])
	}
	return inputs
}

func before(a, b *Call) bool { return a.From <= b.From }

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
