package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// listDisk is the log as a list: what is durable, and the records that a crash may lose. A process that
// ends leaves some first part of them in the page cache.
type listDisk struct {
	durable image
	visible image // durable and all of queue
	queue   []node.Record

	random  *rand.Rand
	lies    bool // see Config.EarlySync
	syncing raft.Mark
	failing [failures]bool
	full    bool
	left    int64 // bytes there is room for while it is full
}

func (d *listDisk) open() (protocol.HardState, raft.Mark, error) {
	d.keep(len(d.queue))
	return d.durable.hardState(), d.durable.mark, nil
}

func (d *listDisk) append(r *node.Record) error {
	if err := d.visible.admit(r); err != nil {
		return err
	}
	record := *r
	record.Entries = slices.Clone(r.Entries)
	for k := range record.Entries {
		record.Entries[k].Payload = bytes.Clone(record.Entries[k].Payload)
	}
	if !d.fits(&record) {
		return errors.New("a record was appended that there is no room for")
	}
	d.queue = append(d.queue, record)
	d.visible.apply(&record)
	return nil
}

// fits takes the room for a record, if there is enough.
func (d *listDisk) fits(r *node.Record) bool {
	if !d.full {
		return true
	}
	payloads := 0
	for k := range r.Entries {
		payloads += len(r.Entries[k].Payload)
	}
	d.left -= node.RecordBytes(len(r.Entries), payloads)
	return d.left >= 0
}

func (d *listDisk) room() node.Room {
	if !d.full {
		return node.Room{Sure: math.MaxInt64 / 2, Coming: true}
	}
	return node.Room{Sure: d.left}
}

func (d *listDisk) prepare() error { return nil }

func (d *listDisk) reclaim() {}

// fill leaves what a segment may have left, at times less than what is to be kept back.
func (d *listDisk) fill(full bool) {
	if full && !d.full {
		d.left = d.random.Int64N(2 * roomReserve)
	}
	d.full = full
}

func (d *listDisk) leave(bytes int64) { d.full, d.left = true, bytes }

func (d *listDisk) beginSync() { d.syncing = d.visible.mark }

func (d *listDisk) endSync() (raft.Mark, error) {
	if d.failing[syncFails] || d.failing[writeFails] {
		d.failing[syncFails] = false
		return 0, ErrDisk
	}
	if !d.lies {
		d.keep(d.upTo(d.syncing))
	}
	return d.syncing, nil
}

func (d *listDisk) read(k protocol.Index) (node.Entry, error) {
	switch base, last := d.visible.base, d.visible.last(); {
	case k < 1 || k > last:
		return node.Entry{}, fmt.Errorf("read entry %d: %w: the log holds %d to %d", k, wal.ErrNoEntry, base+1, last)
	case k <= base:
		return node.Entry{}, fmt.Errorf("read entry %d: %w: the log begins behind %d", k, wal.ErrCompacted, base)
	}
	e := d.visible.entries[k-d.visible.base-1]
	e.Payload = bytes.Clone(e.Payload)
	return e, nil
}

func (d *listDisk) membersAt(k protocol.Index) (node.Membership, error) {
	return d.visible.membersAt(k), nil
}

func (d *listDisk) kill() (lost int) {
	kept := d.random.IntN(len(d.queue) + 1)
	if d.lies {
		kept = 0
	}
	lost = len(d.queue) - kept
	d.forget(kept)
	d.failing[syncFails] = false
	return lost
}

func (d *listDisk) losePower() error {
	d.keep(d.random.IntN(len(d.queue) + 1))
	d.forget(0)
	return nil
}

func (d *listDisk) copy() (restore func()) {
	kept := d.durable
	kept.entries = slices.Clone(kept.entries)
	return func() {
		d.queue, d.durable = nil, kept
		d.durable.entries = slices.Clone(kept.entries)
		d.forget(0)
	}
}

func (d *listDisk) broken() error { return nil }

func (d *listDisk) certain() protocol.HardState { return d.durable.hardState() }

func (d *listDisk) fail(what failure, on bool) { d.failing[what] = on }

// upTo is how many records of the queue have at most that mark.
func (d *listDisk) upTo(mark raft.Mark) (n int) {
	for n < len(d.queue) && d.queue[n].Mark <= mark {
		n++
	}
	return n
}

// keep makes the first n records of the queue durable.
func (d *listDisk) keep(n int) {
	for k := range n {
		d.durable.apply(&d.queue[k])
	}
	d.queue = slices.Clone(d.queue[n:])
}

// forget loses the queue but for its first n records.
func (d *listDisk) forget(n int) {
	d.queue = d.queue[:n]
	d.visible = d.durable
	d.visible.entries = slices.Clone(d.durable.entries)
	for k := range d.queue {
		d.visible.apply(&d.queue[k])
	}
}

// image is a hard state with payloads.
type image struct {
	mark     raft.Mark
	term     protocol.Term
	vote     protocol.NodeID
	base     protocol.Index
	baseTerm protocol.Term
	under    node.Membership // in force at the base
	entries  []node.Entry    // behind the base
	commit   protocol.Index
}

func (i *image) last() protocol.Index { return i.base + protocol.Index(len(i.entries)) }

// admit returns an error for a record that can't follow.
func (i *image) admit(r *node.Record) error {
	switch {
	case r.Mark <= i.mark:
		return fmt.Errorf("mark %d after mark %d", r.Mark, i.mark)
	case r.Base < i.base || r.Base == i.base && r.BaseTerm != i.baseTerm:
		return fmt.Errorf("a log behind %d of term %d, it began behind %d of term %d", r.Base, r.BaseTerm, i.base, i.baseTerm)
	case r.Prev < r.Base || r.Commit < r.Base:
		return fmt.Errorf("a log behind %d whose entries up to %d are kept, committed to %d", r.Base, r.Prev, r.Commit)
	case r.Prev > i.last() && r.Prev != r.Base:
		return fmt.Errorf("entries behind %d, the last is %d", r.Prev, i.last())
	case r.Base > i.base && r.Prev > r.Base && i.entries[r.Base-i.base-1].Term != r.BaseTerm:
		return fmt.Errorf("a log behind %d of term %d that keeps entries, and there the term is %d", r.Base, r.BaseTerm, i.entries[r.Base-i.base-1].Term)
	}
	return nil
}

func (i *image) apply(r *node.Record) {
	i.mark, i.term, i.vote, i.commit = r.Mark, r.Term, r.Vote, r.Commit
	if r.Base > i.base {
		if i.under = i.membersAt(r.Base); r.Installed != nil {
			i.under = *r.Installed
		}
		i.entries = slices.Clone(i.entries[min(int(r.Base-i.base), len(i.entries)):])
		i.base, i.baseTerm = r.Base, r.BaseTerm
	}
	if kept := int(r.Prev - i.base); kept < len(i.entries) {
		i.entries = slices.Clone(i.entries[:kept])
	}
	i.entries = append(i.entries, r.Entries...)
}

func (i *image) hardState() protocol.HardState {
	var log protocol.Entries
	for _, e := range i.entries {
		log.Add(protocol.Run{Term: e.Term, Value: e.Value, Count: 1, Configuration: e.Configuration})
	}
	behind := protocol.LogBehind(i.base, i.baseTerm, &log).Under(i.under.Configuration)
	return protocol.HardState{Term: i.term, Vote: i.vote, Log: behind, Commit: i.commit}
}

// membersAt is who decides at entry k, or behind all where there is no such entry.
func (i *image) membersAt(k protocol.Index) node.Membership {
	for n := min(k, i.last()); n > i.base; n-- {
		if e := &i.entries[n-i.base-1]; e.Value == protocol.Configured {
			return node.Membership{Configuration: e.Configuration, Members: e.Payload}
		}
	}
	return i.under
}
