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
}

func newReplica(fs *crashfs.FS) *replica {
	return &replica{fs: fs, peers: map[protocol.NodeID]uint64{}, condemned: map[protocol.NodeID]wal.Reason{}, segment: testSegment}
}

// open recovers the log and holds it against the history, which is cut to what was recovered.
func (r *replica) open() error {
	cfg := configOn(r.fs)
	cfg.SegmentBytes = r.segment
	if r.opened {
		cfg.Incarnation++ // a folder keeps its own
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
	want := fold(r.records)
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
		if as := (protocol.Entry{Term: e.Term, Value: e.Value}); log.At(k) != as {
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
		if got.Term != want.Term || got.Value != want.Value || !bytes.Equal(got.Payload, want.Payload) {
			return violation("entry %d reads as term %d value %d %q, want term %d value %d %q",
				k+1, got.Term, got.Value, got.Payload, want.Term, want.Value, want.Payload)
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
				if want := entries[k]; e.Term != want.Term || e.Value != want.Value || string(e.Payload) != string(want.Payload) {
					return violation("entry %d of a stretch is term %d value %d %q, want term %d value %d %q",
						k+1, e.Term, e.Value, e.Payload, want.Term, want.Value, want.Payload)
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
}

// fold applies records in order.
func fold(records []wal.Record) (f folded) {
	for _, rec := range records {
		f.term, f.vote = rec.Term, rec.Vote
		if rec.Log {
			for len(f.entries) < int(rec.Prev) {
				f.entries = append(f.entries, wal.Entry{})
			}
			f.entries = append(f.entries[:rec.Prev:rec.Prev], rec.Entries...)
		}
		if rec.Base > 0 {
			f.base, f.baseTerm = rec.Base, rec.BaseTerm
		}
	}
	return f
}

// errViolated marks a broken promise, as against a fault that was injected.
var errViolated = errors.New("broken promise")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errViolated, fmt.Errorf(format, args...))
}
