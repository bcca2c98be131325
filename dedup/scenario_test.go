package dedup_test

// Goal: sequences of entries that bring records, leases, windows and capacity to
// their edges. Method: few keys, few owners, times of a few ms and parts of one,
// a table of a handful of slots; tokens are drawn among those given out.

import (
	"github.com/eventstreamcore/semel/dedup"
	"pgregory.net/rapid"
)

const startNanos = 1_700_000_000_000_000_000

var secret = dedup.Secret{1, 2, 3}

type scenario struct {
	CapacityKeys, CapacityCells int
	Steps                       []step
}

// step is one entry: so much later than the one before, or stamped in the past.
// Reload: the state is saved and loaded before it.
type step struct {
	PassedNanos    uint64
	Behind, Reload bool
	Ops            []op
}

type op struct {
	Kind              dedup.Kind
	Again             int // above 0: repeat the call made so many calls ago instead
	Key, Owner, Token int
	Lease, TTL        uint64
	Fingerprint       []byte
	Value             []byte
	Offset            uint64
	IfExists          bool
	Capacity          dedup.Resize
	Claims            []op

	resolved uint64 // the token, once the call was made
}

func draw[T any](t *rapid.T, name string, choices ...T) T {
	return rapid.SampledFrom(choices).Draw(t, name)
}

func genOp(t *rapid.T) op {
	kind := draw(t, "kind", dedup.KindClaim, dedup.KindClaim, dedup.KindClaim, dedup.KindClaim, dedup.KindComplete, dedup.KindComplete,
		dedup.KindRelease, dedup.KindExtend, dedup.KindQuery, dedup.KindPut, dedup.KindForget, dedup.KindCheckpoint, dedup.KindCheckpointQuery,
		dedup.KindSetCheckpoint, dedup.KindResize)
	o := genFields(t, kind)
	o.Again = draw(t, "again", 0, 0, 0, 0, 0, 0, 1, 2, 3, 5, 8)
	if kind == dedup.KindCheckpoint {
		for range rapid.IntRange(0, 3).Draw(t, "claims") {
			o.Claims = append(o.Claims, genFields(t, dedup.KindClaim))
		}
	}
	return o
}

func genFields(t *rapid.T, kind dedup.Kind) op {
	o := op{
		Kind: kind, Key: rapid.IntRange(0, 4).Draw(t, "key"), Owner: rapid.IntRange(0, 2).Draw(t, "owner"),
		Token: rapid.IntRange(0, 6).Draw(t, "token"), TTL: draw[uint64](t, "ttl", 0, 1, 2, 3, 5, 8, 20),
		Fingerprint: draw(t, "fingerprint", nil, nil, []byte("a"), []byte("a fingerprint of 33 bytes in all.")),
		Value:       draw(t, "value", nil, nil, []byte{}, []byte("v"), []byte("a value that is longer than one cell")),
		Offset:      rapid.Uint64Range(0, 4).Draw(t, "offset"), IfExists: rapid.Bool().Draw(t, "if exists"),
	}
	if kind == dedup.KindResize {
		o.Capacity.CapacityKeys = draw[uint64](t, "new capacity", 7, 5, 3, 9, 2, 1)
		o.Capacity.CapacityBytes = dedup.CellBytes*draw[uint64](t, "new cells", 1000, 1000, 8, 3, 0) + draw[uint64](t, "part of a cell", 0, 5)
	}
	longest := o.TTL
	if longest == 0 {
		longest = 10
	}
	if kind == dedup.KindExtend || rapid.Bool().Draw(t, "with a lease") {
		o.Lease = rapid.Uint64Range(1, longest).Draw(t, "lease")
		if kind == dedup.KindClaim {
			o.Value = nil
		}
	}
	return o
}

var scenarios = rapid.Custom(func(t *rapid.T) scenario {
	return scenario{
		CapacityKeys: draw(t, "capacity", 7, 5, 3, 7, 7, 1), CapacityCells: draw(t, "cells", 1000, 8, 3, 1000, 1000, 0),
		Steps: rapid.SliceOfN(steps, 10, 60).Draw(t, "steps"),
	}
})

var steps = rapid.Custom(func(t *rapid.T) step {
	return step{
		PassedNanos: draw[uint64](t, "passed", 0, 1, 300_000, 999_999, milli, milli, 1_500_000, 2*milli, 3*milli, 9*milli),
		Behind:      rapid.IntRange(0, 9).Draw(t, "stamped by a leader that is behind") == 9,
		Reload:      rapid.IntRange(0, 9).Draw(t, "reload") == 9,
		Ops:         rapid.SliceOfN(rapid.Custom(genOp), 0, 5).Draw(t, "commands"),
	}
})

func key(n int) dedup.Key {
	return dedup.Digest(&secret, "default", []byte{byte(n)})
}

func (o *op) claim(call uint64) dedup.Claim {
	return dedup.Claim{Call: call, Key: key(o.Key), Owner: dedup.Owner(o.Owner), LeaseMillis: o.Lease, TTLMillis: o.TTL, Fingerprint: o.Fingerprint, Value: o.Value}
}

func (o *op) checkpoint(call uint64) dedup.Checkpoint {
	c := dedup.Checkpoint{Call: call, Key: key(o.Key % 2), Owner: dedup.Owner(o.Owner), Offset: o.Offset}
	for i := range o.Claims {
		c.Claims = append(c.Claims, o.Claims[i].claim(call+uint64(i)+1))
	}
	return c
}

// resolve picks the token, once: most often that of the record, sometimes one of
// the last given out, or one never given.
func (o *op) resolve(m *model) {
	r, stands := m.records[key(o.Key)]
	switch {
	case o.resolved != 0:
	case stands && o.Token < 4:
		o.resolved = r.token
	case o.Token == 6 || len(m.tokens) == 0:
		o.resolved = 1 << 40
	default:
		o.resolved = m.tokens[max(0, len(m.tokens)-1-o.Token)]
	}
}

// perform applies the command to the model, whose answers it returns, and
// appends it to the payload.
func (o *op) perform(m *model, call uint64, payload []byte) ([]byte, []answer) {
	k, token := key(o.Key), o.resolved
	switch o.Kind {
	case dedup.KindClaim:
		return dedup.AppendClaim(payload, o.claim(call)), []answer{m.claim(o.claim(call))}
	case dedup.KindComplete:
		c := dedup.Complete{Call: call, Key: k, Token: token, TTLMillis: o.TTL, Response: o.Value}
		return dedup.AppendComplete(payload, c), []answer{m.complete(c)}
	case dedup.KindRelease:
		c := dedup.Release{Call: call, Key: k, Token: token}
		return dedup.AppendRelease(payload, c), []answer{m.release(c)}
	case dedup.KindExtend:
		c := dedup.Extend{Call: call, Key: k, Token: token, LeaseMillis: o.Lease}
		return dedup.AppendExtend(payload, c), []answer{m.extend(c)}
	case dedup.KindQuery:
		c := dedup.Query{Call: call, Key: k}
		return dedup.AppendQuery(payload, c), []answer{m.query(c)}
	case dedup.KindPut:
		c := dedup.Put{Call: call, Key: k, TTLMillis: o.TTL, IfExists: o.IfExists, Value: o.Value}
		return dedup.AppendPut(payload, c), []answer{m.put(c)}
	case dedup.KindForget:
		c := dedup.Forget{Call: call, Key: k}
		return dedup.AppendForget(payload, c), []answer{m.forget(c)}
	case dedup.KindCheckpoint:
		c := o.checkpoint(call)
		return dedup.AppendCheckpoint(payload, c), m.checkpoint(c)
	case dedup.KindSetCheckpoint:
		c := dedup.SetCheckpoint{Call: call, Key: key(o.Key % 2), Owner: dedup.Owner(o.Owner), Offset: o.Offset}
		return dedup.AppendSetCheckpoint(payload, c), []answer{m.setCheckpoint(c)}
	case dedup.KindResize:
		c := o.Capacity
		c.Call = call
		return dedup.AppendResize(payload, c), []answer{m.resize(c)}
	default:
		c := dedup.CheckpointQuery{Call: call, Key: key(o.Key % 2)}
		return dedup.AppendCheckpointQuery(payload, c), []answer{m.checkpointQuery(c)}
	}
}
