package wal_test

// Goal: one place that says what a log must hold after a crash. Method: a history of the records
// that were appended and how many of them are known to be durable; what a recovery returns must be
// the fold of a prefix that holds at least those. Everything here returns errors instead of failing
// a test, so that the mutants' test can demand one.

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const (
	testNode        = protocol.NodeID(2)
	testIncarnation = 0xABCDEF0123456789
	testSegment     = 4096
)

var testCluster = [16]byte{'t', 'e', 's', 't'}

func configOn(fs wal.FS) wal.Config {
	return wal.Config{FS: fs, Cluster: testCluster, Node: testNode, Incarnation: testIncarnation, SegmentBytes: testSegment}
}

// replica is a log under test with the history it must agree with.
type replica struct {
	fs        *crashfs.FS
	log       *wal.Log
	records   []wal.Record // appended, in order
	durable   int          // how many of them Sync has returned for
	peers     map[protocol.NodeID]uint64
	condemned map[protocol.NodeID]wal.Reason
	opened    bool     // Open has returned once
	starts    uint64   // of the last Open that returned
	began     []uint64 // ids of all starts
	segment   int64
	first     *wal.Membership // what a new log is made with
}

func newReplica(fs *crashfs.FS) *replica {
	return &replica{fs: fs, peers: map[protocol.NodeID]uint64{}, condemned: map[protocol.NodeID]wal.Reason{}, segment: testSegment}
}

// configured is a replica whose log says who decides from its base on.
func configured(fs *crashfs.FS) *replica {
	r := newReplica(fs)
	r.first = &wal.Membership{Configuration: protocol.Configuration{Voters: 0b1110}, Members: text(200)}
	return r
}

// open recovers the log and holds it against the history, which is cut to what was recovered.
func (r *replica) open() error {
	cfg := configOn(r.fs)
	cfg.SegmentBytes, cfg.First = r.segment, r.first
	if r.opened {
		cfg.Incarnation++ // a folder keeps its own
		if r.first != nil {
			cfg.First = &wal.Membership{Configuration: protocol.Configuration{Voters: 0b10}}
		}
	}
	log, got, err := wal.Open(cfg)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	r.log, r.opened = log, true
	if err := r.checkStarts(); err != nil {
		return err
	}
	return r.check(got)
}

func (r *replica) check(got wal.Recovered) error {
	n, err := r.prefix(got.Mark)
	if err != nil {
		return err
	}
	r.records, r.durable = r.records[:n], n
	want := r.fold()
	base, baseTerm := got.State.Log.Base()
	switch {
	case got.State.Term != want.term || got.State.Vote != want.vote:
		return violation("recovered term %d vote %d, want %d and %d", got.State.Term, got.State.Vote, want.term, want.vote)
	case base != want.base || baseTerm != want.baseTerm:
		return violation("recovered base %d of term %d, want %d of term %d", base, baseTerm, want.base, want.baseTerm)
	case got.State.Commit != r.commit():
		return violation("recovered up to %d as committed, want %d", got.State.Commit, r.commit())
	case got.Incarnation != testIncarnation:
		return violation("the incarnation is %x now", got.Incarnation)
	case got.State.Log.BaseConfiguration() != want.under.Configuration || !bytes.Equal(got.BaseMembers, want.under.Members):
		return violation("recovered base %d under %v with %q, want %v with %q",
			base, got.State.Log.BaseConfiguration(), got.BaseMembers, want.under.Configuration, want.under.Members)
	}
	if err := checkEntries(got, want); err != nil {
		return err
	}
	for id, incarnation := range r.peers {
		if known := r.log.Peer(id); known != incarnation {
			return violation("peer %d was stored as %x and is %x", id, incarnation, known)
		}
	}
	for id, reason := range r.condemned {
		if known, _ := r.log.Condemned(id); known != reason {
			return violation("node %d was condemned: %v, and now: %v", id, reason, known)
		}
	}
	return r.checkReads(want)
}

// checkEntries holds what was recovered of the entries against those that there are: above the base, each; below it, nothing.
func checkEntries(got wal.Recovered, want folded) error {
	log := &got.State.Log
	if n := log.LastIndex(); n != protocol.Index(len(want.entries)) {
		return violation("recovered %d entries, want %d", n, len(want.entries))
	}
	for k := want.base + 1; k <= log.LastIndex(); k++ {
		e := want.entries[k-1]
		if as := (protocol.Entry{Term: e.Term, Value: e.Value, Configuration: e.Configuration}); log.At(k) != as {
			return violation("recovered entry %d as %v, want %v", k, log.At(k), as)
		}
	}
	return nil
}

// checkStarts holds what the folder says of its starts against those whose Open returned: each has its place for good.
func (r *replica) checkStarts() error {
	now := r.log.Lineage()
	if now.Starts <= r.starts || len(now.Recent) != int(min(now.Starts, wal.RecentStarts)) {
		return violation("start %d with %d ids comes after start %d", now.Starts, len(now.Recent), r.starts)
	}
	for number, id := range r.began {
		back := now.Starts - uint64(number)
		if id != 0 && back < wal.RecentStarts && now.Recent[len(now.Recent)-1-int(back)] != id {
			return violation("start %d had the id %x, and start %d says %x", number, id, now.Starts, now.Recent)
		}
	}
	r.starts = now.Starts
	for uint64(len(r.began)) < now.Starts {
		r.began = append(r.began, 0) // starts whose Open did not return
	}
	r.began = append(r.began, now.Recent[len(now.Recent)-1])
	return nil
}

// prefix returns how many records of the history a log with that last mark holds.
func (r *replica) prefix(mark uint64) (int, error) {
	n := 0
	for n < len(r.records) && r.records[n].Mark <= mark {
		n++
	}
	switch {
	case n < r.durable:
		return n, violation("recovered up to mark %d: %d records, %d were durable", mark, n, r.durable)
	case n == 0 && mark != 0, n > 0 && r.records[n-1].Mark != mark:
		return n, violation("recovered mark %d was never appended", mark)
	}
	return n, nil
}

func (r *replica) checkReads(log folded) error {
	var scratch []byte
	if err := r.checkInForce(&log); err != nil {
		return err
	}
	entries := log.entries
	for i := protocol.Index(1); i <= log.base; i++ {
		_, err := r.log.Read(i, nil)
		_, stretchErr := r.log.ReadStretch(i, log.base+9, 100)
		if !errors.Is(err, wal.ErrCompacted) || !errors.Is(stretchErr, wal.ErrCompacted) {
			return violation("entry %d, below base %d, reads with error %v, and %v", i, log.base, err, stretchErr)
		}
	}
	for k := int(log.base); k < len(entries); k++ {
		want := entries[k]
		got, err := r.log.Read(protocol.Index(k+1), scratch)
		if err != nil {
			return err
		}
		if !sameEntry(got, want) {
			return violation("entry %d reads as %+v, want %+v", k+1, got, want)
		}
		scratch = got.Payload
	}
	if err := r.checkStretches(int(log.base), entries); err != nil {
		return err
	}
	_, err := r.log.Read(protocol.Index(len(entries)+1), scratch)
	if !errors.Is(err, wal.ErrNoEntry) {
		return violation("an entry behind the last reads with error %v", err)
	}
	return nil
}

func sameEntry(a, b wal.Entry) bool {
	return a.Term == b.Term && a.Value == b.Value && a.Configuration == b.Configuration && bytes.Equal(a.Payload, b.Payload)
}

// checkInForce holds who decides at each entry, as the open log says, against the history.
func (r *replica) checkInForce(log *folded) error {
	last := protocol.Index(len(log.entries))
	for k := log.base; k <= last; k++ {
		want, from := log.inForce(k)
		got, at, err := r.log.InForce(k)
		if err != nil || at != from || got.Configuration != want.Configuration || !bytes.Equal(got.Members, want.Members) {
			return violation("at %d is in force %v with %q from %d on, %v; want %v with %q from %d on",
				k, got.Configuration, got.Members, at, err, want.Configuration, want.Members, from)
		}
	}
	if _, _, err := r.log.InForce(last + 1); !errors.Is(err, wal.ErrNoEntry) {
		return violation("who decides behind the last entry: %v", err)
	}
	if _, _, err := r.log.InForce(log.base - 1); log.base > 0 && !errors.Is(err, wal.ErrCompacted) {
		return violation("who decides below the base: %v", err)
	}
	return nil
}

// checkStretches reads all in large and in small stretches.
func (r *replica) checkStretches(base int, entries []wal.Entry) error {
	for _, bytes := range []int{1, 700, 1 << 20} {
		for k := base; k < len(entries); {
			got, err := r.log.ReadStretch(protocol.Index(k+1), protocol.Index(len(entries)+9), bytes)
			if err != nil {
				return err
			}
			if len(got) == 0 || len(got) > len(entries)-k {
				return violation("a stretch from %d has %d entries of %d", k+1, len(got), len(entries)-k)
			}
			for _, e := range got {
				if want := entries[k]; !sameEntry(e, want) {
					return violation("entry %d of a stretch is %+v, want %+v", k+1, e, want)
				}
				k++
			}
		}
	}
	return nil
}

// append queues a record with the next mark and remembers it.
func (r *replica) append(rec wal.Record) error {
	rec.Mark = 1
	if n := len(r.records); n > 0 {
		last := r.records[n-1]
		rec.Mark, rec.Term, rec.Commit = last.Mark+1, max(rec.Term, last.Term), max(rec.Commit, last.Commit)
	}
	if rec.Log { // a leader knows of half of what it has
		rec.Commit = max(rec.Commit, rec.Prev/2)
	}
	err := r.log.Append(&rec)
	if errors.Is(err, wal.ErrNoRoom) {
		if err := r.log.Preallocate(); err != nil {
			return err
		}
		err = r.log.Append(&rec)
	}
	if err != nil {
		return err
	}
	r.records = append(r.records, rec)
	return nil
}

func (r *replica) sync() error {
	queued := len(r.records)
	mark, err := r.log.Sync()
	if err != nil {
		return err
	}
	r.durable = queued
	if queued > 0 && mark != r.records[queued-1].Mark {
		return violation("synced up to mark %d, want %d", mark, r.records[queued-1].Mark)
	}
	return nil
}

func (r *replica) storePeer(id protocol.NodeID, incarnation uint64) error {
	if err := r.log.StorePeer(id, firstStart(incarnation)); err != nil {
		return err
	}
	r.peers[id] = incarnation
	return nil
}

// firstStart is what a folder of that incarnation says at its first start.
func firstStart(incarnation uint64) wal.Lineage {
	return wal.Lineage{Incarnation: incarnation, Starts: 1, Recent: []uint64{incarnation + 1}}
}

func (r *replica) condemn(id protocol.NodeID, reason wal.Reason) error {
	if err := r.log.Condemn(id, reason); err != nil {
		return err
	}
	if r.condemned[id] == 0 {
		r.condemned[id] = reason
	}
	return nil
}

// last returns the index of the last entry of the history.
func (r *replica) last() protocol.Index {
	return protocol.Index(len(fold(r.records).entries))
}

// commit returns what the last record of the history says is committed.
func (r *replica) commit() protocol.Index {
	if len(r.records) == 0 {
		return 0
	}
	return r.records[len(r.records)-1].Commit
}

// folded is what records come to.
type folded struct {
	term     protocol.Term
	vote     protocol.NodeID
	entries  []wal.Entry // from the first on; those up to the base mean nothing
	base     protocol.Index
	baseTerm protocol.Term
	under    wal.Membership // in force at the base
}

// inForce says who decides at k, the base or one behind it, and since when.
func (f *folded) inForce(k protocol.Index) (m wal.Membership, from protocol.Index) {
	for ; k > f.base; k-- {
		if e := f.entries[k-1]; e.Value == protocol.Configured {
			return wal.Membership{Configuration: e.Configuration, Members: e.Payload}, k
		}
	}
	return f.under, f.base
}

// fold is what the history comes to.
func (r *replica) fold() folded {
	if r.first != nil {
		return foldFrom(folded{under: *r.first}, r.records)
	}
	return fold(r.records)
}

// fold applies records in order.
func fold(records []wal.Record) folded { return foldFrom(folded{}, records) }

func foldFrom(f folded, records []wal.Record) folded {
	for _, rec := range records {
		f.term, f.vote = rec.Term, rec.Vote
		if rec.Log {
			for len(f.entries) < int(rec.Prev) {
				f.entries = append(f.entries, wal.Entry{})
			}
			f.entries = append(f.entries[:rec.Prev:rec.Prev], rec.Entries...)
		}
		if rec.Base > 0 {
			under, _ := f.inForce(min(rec.Base, protocol.Index(len(f.entries))))
			if rec.Under != nil {
				under = *rec.Under
			}
			f.base, f.baseTerm, f.under = rec.Base, rec.BaseTerm, under
		}
	}
	return f
}

// errViolated marks a broken promise, as against a fault that was injected.
var errViolated = errors.New("broken promise")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errViolated, fmt.Errorf(format, args...))
}
