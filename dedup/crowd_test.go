package dedup_test

// Goal: histories whose tables have several segments, which come, are overwritten and go, with values of all lengths. Method: seeded
// commands on some thousands of keys, in entries of one or many; phases that fill, overwrite, and let nearly all expire. A twin
// has the same state after each entry; what is pinned stays as it was.

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/dedup"
)

type crowd struct {
	random        *rand.Rand
	machine, twin *dedup.Machine
	results       dedup.Results
	index, stamp  uint64
	keys          uint64
	value         []byte
	pinned        []pinnedValue
	pins          int // ever made
}

type pinnedValue struct {
	pinned dedup.Pinned
	want   []byte
}

func newCrowd(seed uint64) *crowd {
	w := &crowd{random: rand.New(rand.NewPCG(seed, 1)), machine: dedup.New(), twin: dedup.New(), stamp: startNanos, value: make([]byte, dedup.MaxValueBytes)}
	for i := range w.value {
		w.value[i] = byte(i * 31)
	}
	w.keys = 500 + w.random.Uint64N(6000)
	limits := dedup.Bootstrap{Secret: secret, CapacityKeys: w.keys * 2 / 3, CapacityBytes: 300_000 + w.keys*50}
	if err := w.apply(dedup.AppendBootstrap(nil, w.stamp, &limits)); err != nil {
		panic(err)
	}
	return w
}

// entry applies one, of few or of many commands.
func (w *crowd) entry() error {
	w.stamp += w.random.Uint64N(20 * milli)
	if w.random.IntN(60) == 0 {
		w.stamp += 4000 * milli // nearly all goes
	}
	payload := dedup.AppendHeader(nil, w.stamp)
	commands := 1 + w.random.IntN(4)
	if w.random.IntN(3) == 0 {
		commands = 50 + w.random.IntN(800)
	}
	for range commands {
		if payload = w.command(payload); len(payload) > dedup.MaxEntryBytes/2 {
			break
		}
	}
	if w.random.IntN(30) == 0 {
		payload = dedup.AppendResize(payload, dedup.Resize{CapacityKeys: w.keys/2 + w.random.Uint64N(w.keys), CapacityBytes: 300_000 + w.random.Uint64N(w.keys*100)})
	}
	if err := w.apply(payload); err != nil {
		return err
	}
	return w.pin()
}

func (w *crowd) command(payload []byte) []byte {
	k, ttl := scattered(w.random.Uint64N(w.keys)), 1+w.random.Uint64N(4000)
	switch w.random.IntN(12) {
	default:
		return dedup.AppendClaim(payload, dedup.Claim{Key: k, Owner: dedup.Owner(w.random.Uint64N(3)), LeaseMillis: 1 + w.random.Uint64N(ttl), TTLMillis: ttl})
	case 0:
		return dedup.AppendClaim(payload, dedup.Claim{Key: k, Owner: 7, TTLMillis: ttl, Fingerprint: w.draw(1 + w.random.IntN(64)), Value: w.draw(w.random.IntN(100))})
	case 1, 2:
		return dedup.AppendPut(payload, dedup.Put{Key: k, TTLMillis: ttl, Value: w.draw(w.random.IntN(200))})
	case 3:
		if w.random.IntN(20) == 0 {
			return w.large(payload, scattered(w.random.Uint64N(4)))
		}
		return dedup.AppendForget(payload, dedup.Forget{Key: k})
	case 4:
		w.machine.Peek(k, &w.results)
		return dedup.AppendExtend(payload, dedup.Extend{Key: k, Token: w.results.Answers[0].Token, LeaseMillis: ttl})
	case 5:
		w.machine.Peek(k, &w.results)
		return dedup.AppendComplete(payload, dedup.Complete{Key: k, Token: w.results.Answers[0].Token, TTLMillis: ttl, Response: w.draw(w.random.IntN(60))})
	case 6:
		w.machine.Peek(k, &w.results)
		return dedup.AppendRelease(payload, dedup.Release{Key: k, Token: w.results.Answers[0].Token})
	case 7:
		return dedup.AppendCheckpoint(payload, dedup.Checkpoint{Key: scattered(w.random.Uint64N(9)), Offset: w.index, Claims: []dedup.Claim{{Key: k, TTLMillis: ttl}}})
	case 8:
		return dedup.AppendQuery(payload, dedup.Query{Key: k})
	}
}

// large overwrites a value of which there are few, and reads it so often that it is not copied.
func (w *crowd) large(payload []byte, k dedup.Key) []byte {
	payload = dedup.AppendQuery(dedup.AppendQuery(payload, dedup.Query{Key: k}), dedup.Query{Key: k})
	return dedup.AppendPut(payload, dedup.Put{Key: k, Value: w.draw(dedup.MaxValueBytes - w.random.IntN(10_000))})
}

func (w *crowd) draw(length int) []byte {
	from := w.random.IntN(len(w.value) - length + 1)
	return w.value[from : from+length]
}

func (w *crowd) apply(payload []byte) error {
	w.index++
	if err := w.twin.Apply(w.index, payload, &w.results); err != nil {
		return err
	}
	want := w.results.Answers
	values := make([][]byte, len(want))
	for i := range want {
		values[i] = bytes.Clone(w.results.Value(i))
	}
	if err := w.machine.Apply(w.index, payload, &w.results); err != nil {
		return err
	}
	for i := range w.results.Answers {
		if !bytes.Equal(w.results.Value(i), values[i]) {
			return fmt.Errorf("answer %d has another value than the twin's", i)
		}
	}
	if w.twin.Hash() != w.machine.Hash() || w.twin.Usage() != w.machine.Usage() {
		return errors.New("the same log, another state")
	}
	if w.random.IntN(4) == 0 && !bytes.Equal(w.twin.AppendState(nil), w.machine.AppendState(nil)) {
		return errors.New("the same log, other bytes")
	}
	return nil
}

// pin keeps some large values for longer than their records stand, and gives some back.
func (w *crowd) pin() error {
	for i := range w.results.Answers {
		if w.results.Large(i) && len(w.pinned) < 8 {
			w.pins++
			w.pinned = append(w.pinned, pinnedValue{w.machine.Pin(&w.results, i), w.results.Value(i)})
		}
	}
	for _, p := range w.pinned {
		if !bytes.Equal(p.pinned.Append(nil), p.want) {
			return errors.New("a pinned value has changed")
		}
	}
	if len(w.pinned) > 0 && w.random.IntN(5) == 0 {
		w.machine.Unpin(w.pinned[0].pinned)
		w.pinned = w.pinned[1:]
	}
	return nil
}
