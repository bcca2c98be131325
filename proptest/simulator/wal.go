package simulator

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// walDisk is the log that ships, over a folder in memory that loses power.
type walDisk struct {
	cfg    wal.Config
	folder *crashfs.FS
	log    *wal.Log // nil: no process
	random *rand.Rand

	acknowledged image // what endSync, or open, has said; without payloads
	unsynced     []node.Record
	gone         error // see broken

	syncing bool // between beginSync and endSync
	early   bool // the sync under way has written and synced already, and has not said so
	mark    raft.Mark
	err     error
	failing [failures]bool

	withheld int64 // see leave
	covered  bool  // reclaim was called, and what the base covers is still there
}

// segmentBytes is small, so that logs have several. Records must fit: what Config.Replica lets into one message.
const segmentBytes = 16 << 10

func newWalDisk(id protocol.NodeID, seed, incarnation uint64, first *node.Membership) *walDisk {
	folder := crashfs.New(seed)
	d := &walDisk{
		folder: folder, random: rand.New(rand.NewPCG(seed, uint64(id))),
		cfg: wal.Config{FS: folder, Cluster: [16]byte{1}, Node: id, Incarnation: incarnation, StartID: 1, SegmentBytes: segmentBytes, First: (*wal.Membership)(first)},
	}
	if first != nil {
		d.acknowledged.under = *first
	}
	return d
}

func (d *walDisk) open() (protocol.HardState, raft.Mark, error) {
	log, found, err := wal.Open(d.cfg)
	if err != nil {
		return protocol.HardState{}, 0, err
	}
	d.log, d.unsynced, d.covered = log, nil, false
	return d.note(found), raft.Mark(found.Mark), nil
}

// note keeps what a recovery found.
func (d *walDisk) note(found wal.Recovered) protocol.HardState {
	if d.gone == nil && raft.Mark(found.Mark) < d.acknowledged.mark {
		d.gone = fmt.Errorf("the disk had acknowledged mark %d, and no more than mark %d was found", d.acknowledged.mark, found.Mark)
	}
	s := &found.State
	base, baseTerm := s.Log.Base()
	d.acknowledged = image{mark: raft.Mark(found.Mark), term: s.Term, vote: s.Vote, base: base, baseTerm: baseTerm, commit: s.Commit}
	d.acknowledged.under = node.Membership{Configuration: s.Log.BaseConfiguration(), Members: found.BaseMembers}
	for k := base + 1; k <= s.Log.LastIndex(); k++ {
		e := s.Log.At(k)
		d.acknowledged.entries = append(d.acknowledged.entries, node.Entry{Term: e.Term, Value: e.Value, Configuration: e.Configuration})
	}
	return d.acknowledged.hardState()
}

func (d *walDisk) append(r *node.Record) error {
	record := wal.Record{Mark: uint64(r.Mark), Term: r.Term, Vote: r.Vote, Commit: r.Commit}
	if base, _ := d.log.Base(); r.Base != base {
		record.Base, record.BaseTerm, record.Under = r.Base, r.BaseTerm, (*wal.Membership)(r.Installed)
	}
	if record.Log = len(r.Entries) > 0 || r.Prev != d.log.LastIndex() || record.Base != 0 && r.Prev == r.Base; record.Log {
		record.Prev = r.Prev
	}
	kept := *r
	kept.Entries = nil
	for _, e := range r.Entries {
		record.Entries = append(record.Entries, wal.Entry(e))
		kept.Entries = append(kept.Entries, node.Entry{Term: e.Term, Value: e.Value, Configuration: e.Configuration})
	}
	d.unsynced = append(d.unsynced, kept)
	if r := d.room(); node.RecordBytes(len(record.Entries), payloadBytes(&record)) > r.Sure {
		return fmt.Errorf("a record was appended that there is no room for: %d bytes are left", r.Sure)
	}
	return failed(d.log.Append(&record))
}

// failed tells errors of a log that has failed: that was the disk.
func failed(err error) error {
	if errors.Is(err, wal.ErrFailed) {
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return err
}

func payloadBytes(r *wal.Record) (n int) {
	for k := range r.Entries {
		n += len(r.Entries[k].Payload)
	}
	return n
}

func (d *walDisk) room() node.Room {
	room := d.log.Room()
	return node.Room{Sure: max(0, room.Sure-d.withheld), Coming: room.Lacking == nil && d.withheld == 0}
}

// prepare makes a segment late, so that a full disk is noticed soon, and there are times when one is still to come; of what the
// base covers it gives back what does not become one.
func (d *walDisk) prepare() error {
	if d.log.Room().Sure <= segmentBytes*3/4 {
		if err := d.log.Preallocate(); errors.Is(err, wal.ErrFailed) {
			return failed(err)
		}
	}
	if !d.covered {
		return nil
	}
	err := d.log.Reclaim()
	d.covered = err != nil
	if errors.Is(err, wal.ErrFailed) {
		return failed(err)
	}
	return nil
}

func (d *walDisk) reclaim() { d.covered = true }

// leave leaves room for no other segment, and of those that are made tells the replica of so many bytes only: clients that
// fill one before the fault is over are rare.
func (d *walDisk) leave(bytes int64) {
	d.folder.Fill(0)
	d.withheld = 0
	if d.log != nil {
		d.withheld = max(0, d.log.Room().Sure-bytes)
	}
}

func (d *walDisk) fill(full bool) {
	if full {
		d.leave(d.random.Int64N(2 * roomReserve))
		return
	}
	d.folder.Empty()
	d.withheld = 0
}

// beginSync: some syncs are over at once and said late, some do all their work at the end; a process that ends
// in between tells them apart.
func (d *walDisk) beginSync() {
	d.syncing, d.early = true, d.random.IntN(2) == 0
	if d.early {
		d.sync()
	}
}

func (d *walDisk) endSync() (raft.Mark, error) {
	if !d.early {
		d.sync()
	}
	d.syncing, d.early = false, false
	if d.err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDisk, d.err)
	}
	n := 0
	for n < len(d.unsynced) && d.unsynced[n].Mark <= d.mark {
		d.acknowledged.apply(&d.unsynced[n])
		n++
	}
	d.unsynced = append([]node.Record(nil), d.unsynced[n:]...)
	return d.mark, nil
}

// sync writes and syncs. A failed write is the first call of it, a failed sync the next.
func (d *walDisk) sync() {
	switch {
	case d.failing[writeFails]:
		d.folder.FailAt(d.folder.Calls() + 1)
	case d.failing[syncFails]:
		d.folder.FailAt(d.folder.Calls() + 2)
	}
	var mark uint64
	mark, d.err = d.log.Sync()
	d.mark = raft.Mark(mark)
	d.folder.FailAt(0)
}

func (d *walDisk) read(k protocol.Index) (node.Entry, error) {
	e, err := d.log.Read(k, nil)
	return node.Entry(e), failed(err)
}

func (d *walDisk) membersAt(k protocol.Index) (node.Membership, error) {
	m, _, err := d.log.InForce(k)
	return node.Membership(m), failed(err)
}

// How many calls a sync has, mostly: a write and a sync; and over two segments.
const (
	usualCalls = 2
	mostCalls  = 4
)

// kill: a sync under way that has done nothing yet may get as far as any of its calls.
func (d *walDisk) kill() (lost int) {
	if d.log == nil {
		return 0
	}
	if d.syncing && !d.early && d.random.IntN(4) > 0 {
		calls := []int{usualCalls, usualCalls, mostCalls}[d.random.IntN(3)]
		d.folder.DieAt(d.folder.Calls() + 1 + d.random.IntN(calls))
		_, _ = d.log.Sync()
	} else if d.covered && d.random.IntN(2) == 0 {
		d.folder.DieAt(d.folder.Calls() + 1 + d.random.IntN(mostCalls))
		_ = d.log.Reclaim()
	}
	d.folder.Kill()
	lost = len(d.unsynced)
	d.log, d.unsynced, d.syncing, d.early, d.covered, d.err = nil, nil, false, false, false, nil
	d.failing[syncFails] = false
	return lost
}

// losePower: what a process would find then is read from a copy.
func (d *walDisk) losePower() error {
	if err := d.folder.Crash(d.random.Uint64N(crashes)); err != nil {
		return err
	}
	copied := d.cfg
	copied.FS = crashfs.Load(d.folder.Image(), 0)
	log, found, err := wal.Open(copied)
	if err != nil {
		return err
	}
	d.note(found)
	return log.Close()
}

// crashes are how many seeds crashes have: with 0 nothing unsynced stays, with 1 everything, else any part.
const crashes = 16

func (d *walDisk) copy() (restore func()) {
	files, acknowledged := d.folder.Image(), d.acknowledged
	acknowledged.entries = slices.Clone(acknowledged.entries)
	return func() {
		d.folder = crashfs.Load(files, d.random.Uint64())
		d.cfg.FS, d.unsynced, d.acknowledged = d.folder, nil, acknowledged
	}
}

func (d *walDisk) broken() error { return d.gone }

func (d *walDisk) certain() protocol.HardState { return d.acknowledged.hardState() }

func (d *walDisk) fail(what failure, on bool) { d.failing[what] = on }
