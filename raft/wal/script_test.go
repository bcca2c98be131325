package wal_test

// Goal: a history that goes through everything a log does. Method: a list of steps that adapt to
// what is there, so that it can be played from any state a crash left.

import (
	"bytes"
	"math/rand/v2"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

type step func(r *replica) error

func entry(term protocol.Term, payload []byte) wal.Entry {
	return wal.Entry{Term: term, Value: protocol.Command, Payload: payload}
}

// text returns n bytes that are not 0.
func text(n int) []byte {
	b := bytes.Repeat([]byte("semel "), n/6+1)
	return b[:n]
}

func vote(term protocol.Term, id protocol.NodeID) step {
	return func(r *replica) error { return r.append(wal.Record{Term: term, Vote: id}) }
}

// largest appends a record that fills a segment.
func largest(r *replica) error {
	return entries(1, int(r.segment)-512-72-17-7)(r)
}

// entries appends a record of entries with payloads of the sizes.
func entries(term protocol.Term, sizes ...int) step {
	return func(r *replica) error {
		rec := wal.Record{Term: term, Vote: 1, Log: true, Prev: r.last()}
		for _, n := range sizes {
			rec.Entries = append(rec.Entries, entry(term, text(n)))
		}
		return r.append(rec)
	}
}

// zeros appends an entry of n zero bytes, the payload that looks like a sector never written.
func zeros(n int) step {
	return func(r *replica) error {
		return r.append(wal.Record{Term: 1, Log: true, Prev: r.last(), Entries: []wal.Entry{
			{Term: 1, Value: protocol.NoOp, Payload: make([]byte, n)}}})
	}
}

// configure appends an entry that says who decides: others than at any other index, with so many bytes of members.
func configure(term protocol.Term, size int) step {
	return func(r *replica) error {
		at := r.last() + 1
		return r.append(wal.Record{Term: term, Vote: 1, Log: true, Prev: r.last(), Entries: []wal.Entry{
			entry(term, text(10)), {Term: term, Value: protocol.Configured, Configuration: votersAt(at + 1), Payload: text(size)}, entry(term, nil)}})
	}
}

// votersAt is a configuration that differs from that of any index near.
func votersAt(k protocol.Index) protocol.Configuration {
	c := protocol.Configuration{Voters: 0b1110, Learners: 1 << (4 + k%50)}
	if k%3 == 0 {
		c.Next = 0b1100
	}
	return c
}

// truncate drops the last n entries, but for those that are committed, and appends one of another size in their place if size >= 0.
func truncate(n int, term protocol.Term, size int) step {
	return func(r *replica) error {
		rec := wal.Record{Term: term, Log: true, Prev: max(r.commit(), r.last()-min(r.last(), protocol.Index(n)))}
		if size >= 0 {
			rec.Entries = []wal.Entry{entry(term, bytes.Repeat([]byte{byte(term)}, size))}
		}
		return r.append(rec)
	}
}

// compact lets the log begin behind all entries but the last n, which are committed then.
func compact(n int) step {
	return func(r *replica) error {
		now := fold(r.records)
		base := len(now.entries) - n
		if base <= int(now.base) {
			return nil
		}
		return r.append(wal.Record{Term: 1, Vote: 1, Commit: protocol.Index(base), Base: protocol.Index(base), BaseTerm: now.entries[base-1].Term})
	}
}

// install puts a snapshot in place of the log, which has so many entries more, and entries of those sizes behind it.
func install(more int, sizes ...int) step {
	return func(r *replica) error {
		base := r.last() + protocol.Index(more)
		rec := wal.Record{Term: 2, Log: true, Prev: base, Base: base, BaseTerm: 2, Commit: base}
		switch {
		case base == r.fold().base:
			return nil
		case base <= r.commit():
			rec.BaseTerm = r.fold().entries[base-1].Term
		case r.first != nil:
			rec.Under = &wal.Membership{Configuration: votersAt(base + 7), Members: text(40)}
		}
		for _, n := range sizes {
			rec.Entries = append(rec.Entries, entry(2, text(n)))
		}
		return r.append(rec)
	}
}

// reclaim gives back what the durable base covers.
func reclaim(r *replica) error {
	if err := r.log.Reclaim(); err != nil {
		return err
	}
	if room := r.log.Room(); room.Covered != 0 {
		return violation("%d bytes of %d could be given back and were not", room.Covered, room.Used)
	}
	return nil
}

func sync(r *replica) error        { return r.sync() }
func preallocate(r *replica) error { return r.log.Preallocate() }
func condemn(id protocol.NodeID, reason wal.Reason) step {
	return func(r *replica) error { return r.condemn(id, reason) }
}

func peer(id protocol.NodeID) step {
	return func(r *replica) error { return r.storePeer(id, 100+uint64(id)) }
}

// reopen closes the log and recovers it; what was not synced is dropped.
func reopen(r *replica) error {
	if err := r.log.Close(); err != nil {
		return err
	}
	return r.open()
}

// script: first votes, small and large records, several in a sync, zeros, truncations, full segments, a
// batch over two segments, a segment made ahead and one made in need, a restart.
var script = slices.Concat(early, late)

var early = []step{
	vote(1, 2), sync, peer(1), condemn(4, wal.RolledBack),
	entries(1, 3), entries(1, 0, 1, 2), sync,
	entries(1, 700), configure(1, 100), sync, zeros(1200), configure(1, 0), sync,
	preallocate, peer(3),
	truncate(2, 2, 40), vote(3, 1), sync,
	entries(3, 900, 20), entries(3, 600), sync, // into the second segment
	truncate(1, 4, -1), sync,
	reopen,
	entries(4, 500), entries(4, 1500), sync,
	entries(4, 400, 5, 5), entries(5, 1200), configure(5, 30), sync, // over two segments
	zeros(512), configure(5, 600), truncate(2, 5, -1), entries(5, 8), sync,
}

// late: bases, of which one is not durable when segments could go, segments given back, one recycled and several removed; a start
// of a log whose first segments are gone; a snapshot behind the end of the log, and one at its end.
var late = []step{
	compact(1), reclaim, sync, reclaim, preallocate, // nothing can go before the base is durable
	entries(5, 2000), entries(5, 3000), sync, preallocate,
	compact(1), entries(6, 2500), configure(6, 300), compact(1), sync, preallocate, vote(6, 2), sync, // one is recycled
	reopen, reclaim,
	install(4, 900), sync, entries(6, 3400), sync, configure(6, 9), install(0), entries(6, 200), configure(6, 2), sync, reclaim,
}

// play runs steps until one fails.
func (r *replica) play(steps []step) error {
	for _, s := range steps {
		if err := s(r); err != nil {
			return err
		}
	}
	return nil
}

// randomStep draws a step.
func randomStep(rng *rand.Rand) step {
	term := protocol.Term(rng.IntN(9))
	switch rng.IntN(21) {
	case 0:
		return vote(term, protocol.NodeID(rng.IntN(4)))
	case 1:
		return zeros(rng.IntN(1600))
	case 2:
		return truncate(rng.IntN(4), term, rng.IntN(600)-100)
	case 3:
		return preallocate
	case 4:
		return peer(protocol.NodeID(1 + rng.IntN(5)))
	case 5:
		return reopen
	case 6:
		return largest
	case 7, 8, 9:
		return entries(term, rng.IntN(1500))
	case 10:
		return entries(term, rng.IntN(300), rng.IntN(300), 0, rng.IntN(300))
	case 11, 12:
		return compact(rng.IntN(5))
	case 13:
		return install(rng.IntN(3), make([]int, rng.IntN(3))...)
	case 14:
		return reclaim
	case 15, 16:
		return configure(term, rng.IntN(1200))
	}
	return sync
}
