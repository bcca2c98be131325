package wal

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var errClosed = errors.New("it was closed")

// Log is an open log. See the package for what may run beside what.
type Log struct {
	fs           *files
	id           identity
	seed         uint32 // of the identity
	segmentBytes int64
	lock         io.Closer

	mu       sync.Mutex // guards the rest of this block; never held over I/O
	failed   error      // set once, by the first failure or by Close
	tail     tail       // behind the last appended record
	index    index
	synced   uint64 // the highest mark that is durable
	queue    batch  // appended, not taken by Sync yet
	flight   batch  // taken by Sync, not durable yet
	segments segments
	covering []covering // bases that were appended and are not durable yet
	needed   uint64     // the first segment that the durable log can't do without; 0: all are needed
	writable uint64     // the first segment whose file is kept open to be written
	ahead    uint32     // checksum start of the segment that tail.end is in
	free     int64      // see Room
	lacking  error      // see Room

	syncing sync.Mutex // held by Sync: one batch at a time

	// changing is held while the folder changes, until its failure is kept: a folder's fsync that fails
	// drops the changes of others too, and theirs then succeeds.
	changing sync.Mutex

	changingPeers sync.Mutex // held while their file changes
	peersMu       sync.Mutex // guards what follows; never held over I/O
	peers         *peers     // changed by who holds both
}

func newLog(cfg Config, lock io.Closer, r *recovery, p *peers) *Log {
	l := &Log{
		fs: r.fs, id: p.identity, seed: p.identity.seed(), segmentBytes: cfg.SegmentBytes, lock: lock,
		tail: r.scan.tail, index: r.index, synced: r.Mark, segments: r.segments, peers: p, free: -1,
	}
	l.ahead, l.writable = l.headerOf(l.tail.end.seq).seed(), r.segments[0].seq
	l.needed = l.index.firstNeeded(&l.tail)
	l.letGo()
	return l
}

// Append queues a record; Sync writes it. The record is encoded at once and may be reused. No I/O.
// Errors wrap ErrOrder, ErrTooLarge or ErrNoRoom (nothing was queued), or ErrFailed.
func (l *Log) Append(r *Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failure()
	}
	r = l.tail.resolved(r)
	length := recordBytes(r)
	if length > l.segmentBytes-firstRecord || length > math.MaxUint32 {
		return fmt.Errorf("append mark %d: %w: %d bytes, at most %d fit", r.Mark, ErrTooLarge, length, l.segmentBytes-firstRecord)
	}
	if err := l.tail.admit(r); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	at, made := l.makeRoom(length)
	if !made {
		return fmt.Errorf("append mark %d: %w: %d bytes, and segment %s is not made yet", r.Mark, ErrNoRoom, length, segmentName(at.seq))
	}
	l.ahead = l.segments.at(at.seq).sum
	sum := l.encode(r, at, length)
	l.queue.mark = r.Mark
	l.tail.pass(r, sum, at, length)
	l.index.pass(r, at, l.tail.last)
	if r.Base != 0 {
		l.covering = append(l.covering, covering{r.Mark, l.index.firstNeeded(&l.tail)})
	}
	l.cover()
	return nil
}

// makeRoom returns where a record of the length goes, behind the last one or at the start of the next segment, and
// whether that is made.
func (l *Log) makeRoom(length int64) (at place, made bool) {
	end := l.tail.end
	if end.off+length <= int64(l.segments.at(end.seq).bytes) {
		return end, true
	}
	next := l.segments.at(end.seq + 1)
	return place{end.seq + 1, firstRecord}, next != nil && firstRecord+length <= int64(next.bytes)
}

// headerOf returns the header of a segment that is there or will be made. Holds mu.
func (l *Log) headerOf(seq uint64) segmentHeader {
	if s := l.segments.at(seq); s != nil {
		return s.segmentHeader
	}
	return segmentHeader{identity: l.id, seq: seq, bytes: uint64(l.segmentBytes)}
}

// encode puts the record behind the queue and returns its sum.
func (l *Log) encode(r *Record, at place, length int64) uint32 {
	chunk := l.queue.room(int(length))
	h := header{mark: r.Mark, synced: l.synced, prev: uint64(l.tail.last), before: l.tail.sum}
	sum := h.append(chunk, r, l.seed, l.ahead, at.off)
	l.queue.extend(at, int(length))
	return sum
}

// Sync writes what was queued and makes it durable with one fdatasync for each segment it touches,
// nearly always one. It returns the highest mark that is durable now. With nothing queued it does
// no I/O. An error wraps ErrFailed and stays: the replica has to stop.
func (l *Log) Sync() (mark uint64, err error) {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	taken, err := l.takeQueue()
	if err != nil || taken == nil {
		return l.settle(nil, err)
	}
	return l.settle(taken, saved(l.save(taken)))
}

// takeQueue moves the queue into flight; nil if there is none.
func (l *Log) takeQueue() (*batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil || l.queue.empty() {
		return nil, l.failed
	}
	l.queue, l.flight = l.flight, l.queue
	return &l.flight, nil
}

// save writes and syncs a batch. Only Sync's goroutine changes the flight, so it may be read here.
func (l *Log) save(b *batch) error {
	for _, s := range b.spans {
		seg, err := l.made(s.seq)
		if err != nil {
			return err
		}
		if _, err := seg.file.WriteAt(b.content(s), s.off); err != nil {
			return fmt.Errorf("write %d bytes at offset %d of %s: %w", s.to-s.from, s.off, segmentName(s.seq), err)
		}
	}
	for k, s := range b.spans {
		if k > 0 && b.spans[k-1].seq == s.seq {
			continue
		}
		seg, err := l.made(s.seq)
		if err != nil {
			return err
		}
		if err := syncOnce(seg.file); err != nil {
			return fmt.Errorf("sync %s: %w", segmentName(s.seq), err)
		}
	}
	return nil
}

// settle ends a Sync: the batch is durable, or the log has failed.
func (l *Log) settle(b *batch, err error) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.fail(err)
	}
	if l.failed != nil {
		return l.synced, l.failure()
	}
	if b != nil {
		l.synced = b.mark
		b.reset()
		l.cover()
		l.letGo()
	}
	return l.synced, nil
}

// letGo lets the files be closed of segments that nothing will be written to any more. Holds mu.
func (l *Log) letGo() {
	first := l.tail.end.seq
	if !l.queue.empty() {
		first = l.queue.spans[0].seq
	}
	for ; l.writable < first; l.writable++ {
		l.segments.at(l.writable).file.letGo()
	}
}

// made returns a segment that records were appended to.
func (l *Log) made(seq uint64) (*segment, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return nil, l.failed
	}
	return l.segments.at(seq), nil
}

// fail keeps the first failure. Holds mu.
func (l *Log) fail(err error) {
	if l.failed == nil {
		l.failed = err
	}
}

// failure is what every call returns after a failure. Holds mu.
func (l *Log) failure() error { return fmt.Errorf("%w: %w", ErrFailed, l.failed) }

// working returns the failure if there was one.
func (l *Log) working() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failure()
	}
	return nil
}

// Base returns what the log begins behind, as far as it was appended; 0 and 0 if it begins at its first entry.
func (l *Log) Base() (protocol.Index, protocol.Term) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail.base, l.tail.baseTerm
}

// LastIndex returns the index of the last appended entry, or of the base.
func (l *Log) LastIndex() protocol.Index {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail.last
}

// Close frees the folder. What was appended and not synced is dropped.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail(errClosed)
	var errs []error
	for _, s := range l.segments {
		errs = append(errs, s.file.Close())
	}
	l.segments = nil
	errs = append(errs, l.peers.close())
	return errors.Join(append(errs, l.lock.Close())...)
}
