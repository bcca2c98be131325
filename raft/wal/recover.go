package wal

import (
	"fmt"
	"io"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Recovered is what a log held when it was opened. All of it is durable.
type Recovered struct {
	Incarnation uint64 // of this folder
	Mark        uint64 // of the last record; marks go on above it
	Term        protocol.Term
	Vote        protocol.NodeID
	Entries     []protocol.Entry // entry k of the log is Entries[k-1]
	Torn        bool             // a record that a crash had torn was zeroed
}

// unsure is a record that may be in the page cache only.
type unsure struct {
	mark uint64
	at   place
	raw  []byte
}

// recovery reads a folder and repairs its end.
type recovery struct {
	fs       FS
	segments []*segment
	scan
	Recovered
	index  index
	unsure []unsure
}

// Open takes the folder, recovers the log and makes durable what it read, before anything can be
// sent on the strength of it. An empty folder becomes an empty log.
//
// Errors wrap ErrLocked, ErrForeign, ErrVersion or ErrDamaged (a *DamageError), or come from the
// file system. A folder that was refused is left as it was.
func Open(cfg Config) (*Log, Recovered, error) {
	if err := cfg.validate(); err != nil {
		return nil, Recovered{}, err
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, Recovered{}, err
	}
	lock, err := cfg.FS.Lock()
	if err != nil {
		return nil, Recovered{}, fmt.Errorf("open log: %w", err)
	}
	l, recovered, err := open(cfg, lock)
	if err != nil {
		lock.Close()
		return nil, Recovered{}, fmt.Errorf("open log: %w", err)
	}
	return l, recovered, nil
}

func open(cfg Config, lock io.Closer) (*Log, Recovered, error) {
	r := recovery{fs: cfg.FS}
	peers, err := r.read(cfg)
	if err == nil {
		err = r.repair(cfg, peers)
	}
	if err != nil {
		closeAll(r.segments)
		return nil, Recovered{}, err
	}
	return newLog(cfg, lock, &r, peers), r.Recovered, nil
}

// read looks at everything and changes nothing.
func (r *recovery) read(cfg Config) (*peers, error) {
	names, err := r.fs.List()
	if err != nil {
		return nil, err
	}
	if r.segments, err = openSegments(r.fs, names); err != nil {
		return nil, err
	}
	hasPeers := slices.Contains(names, peersName)
	if len(r.segments) == 0 {
		if hasPeers {
			return nil, damaged(segmentName(1), 0, "the log is missing, %s is there", peersName)
		}
		return &peers{identity: identity{cfg.Cluster, cfg.Node, cfg.Incarnation}}, nil
	}
	id := r.segments[0].identity
	if id.cluster != cfg.Cluster || id.node != cfg.Node {
		return nil, fmt.Errorf("%w: it is of cluster %x, node %d; this is cluster %x, node %d; give this replica a folder of its own",
			ErrForeign, id.cluster, id.node, cfg.Cluster, cfg.Node)
	}
	if err := r.walk(); err != nil {
		return nil, err
	}
	return readPeers(r.fs, id, hasPeers)
}

// walk scans the records into what is recovered.
func (r *recovery) walk() error {
	r.scan = *newScan(r.segments, r.take)
	return r.run()
}

// take is called for each valid record. It keeps the bytes of those that may not be durable: read
// again they could differ, once the system dropped a page it believes to be clean.
func (r *recovery) take(at place, h header, rec *Record, raw []byte) {
	r.unsure = append(r.unsure, unsure{h.mark, at, raw})
	for len(r.unsure) > 0 && !mustRewrite(r.unsure[0].mark, r.synced) {
		r.unsure = r.unsure[1:]
	}
	r.index.pass(rec, at)
	if !rec.Log {
		return
	}
	r.Entries = r.Entries[:rec.Prev]
	for _, e := range rec.Entries {
		r.Entries = append(r.Entries, protocol.Entry{Term: e.Term, Value: e.Value})
	}
}

// repair makes durable what was read, in an order that a crash at any point can be recovered from:
// segments behind the end become empty ones, what may not be durable is written again with the same bytes, all
// behind the end is zeroed, and all of it is synced. Nothing here is retried.
func (r *recovery) repair(cfg Config, p *peers) error {
	id := p.identity
	r.Incarnation, r.Torn = id.incarnation, r.torn
	if len(r.segments) == 0 {
		r.scan.tail = startOf(id)
	}
	last := r.scan.tail
	r.Mark, r.Term, r.Vote = last.mark, last.term, last.vote
	if err := r.renew(cfg, id); err != nil {
		return err
	}
	if err := r.makeDurable(last.end); err != nil {
		return err
	}
	if err := p.rewrite(r.fs); err != nil {
		return err
	}
	return r.fs.SyncDir()
}

// renew makes again every segment without a valid record: without one nothing proves that its name
// is durable, it may hold what a crash left of writes that were never synced, and it may be of a size
// that was set earlier. No segment is ever removed: a removal that is seen and not durable would come
// back later as a gap.
func (r *recovery) renew(cfg Config, id identity) error {
	empty := r.scan.end.seq
	if r.scan.end.off > firstRecord {
		empty++
	}
	for seq := empty; seq == 1 || seq <= uint64(len(r.segments)); seq++ {
		if err := r.replace(segmentHeader{identity: id, seq: seq, bytes: uint64(cfg.SegmentBytes)}); err != nil {
			return err
		}
	}
	return nil
}

// replace makes an empty segment in the place of the one of that number, if there is one.
func (r *recovery) replace(h segmentHeader) error {
	s, err := createSegment(r.fs, h)
	if err != nil {
		return err
	}
	if h.seq > uint64(len(r.segments)) {
		r.segments = append(r.segments, s)
		return nil
	}
	err = r.segments[h.seq-1].file.Close()
	r.segments[h.seq-1] = s
	return err
}

// makeDurable writes the unsure records again, zeroes all behind the end, and syncs. The zeros are
// written even where zeros were read: those of an earlier recovery whose sync failed are in the page
// cache only, and behind them the disk still has what they were to cover.
func (r *recovery) makeDurable(end place) error {
	from := end.seq
	for _, u := range r.unsure {
		from = min(from, u.at.seq)
		if _, err := r.segments[u.at.seq-1].file.WriteAt(u.raw, u.at.off); err != nil {
			return fmt.Errorf("write again the record at offset %d of %s: %w", u.at.off, segmentName(u.at.seq), err)
		}
	}
	if r.torn || !zerosTrusted() {
		last := r.segments[end.seq-1]
		if err := writeZeros(last.file, end.off, int64(last.bytes)); err != nil {
			return fmt.Errorf("zero %s from offset %d: %w", segmentName(end.seq), end.off, err)
		}
	}
	for seq := from; seq <= end.seq; seq++ {
		if err := syncOnce(r.segments[seq-1].file); err != nil {
			return fmt.Errorf("sync %s: %w", segmentName(seq), err)
		}
	}
	return nil
}
