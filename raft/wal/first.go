package wal

import (
	"errors"
	"fmt"
	"os"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// A log may be made with a record: who decides at its base, 0. It is in the first segment before that has its name, so that no crash
// separates them, and the segment's header says how long it is: it can't be torn.

// firstMark is the mark of the record that a log was made with. Those of others are higher.
const firstMark = 0

// beginNew begins the log of a new folder.
func (r *recovery) beginNew(cfg Config, id identity) {
	r.scan.tail = startOf(id)
	if cfg.First == nil {
		return
	}
	t, rec := &r.scan.tail, Record{Mark: firstMark, Under: cfg.First}
	h := header{mark: firstMark, before: t.sum}
	sum := h.append(&r.first, &rec, id.seed(), segmentHeader{identity: id, seq: t.end.seq}.seed(), t.end.off)
	t.pass(&rec, sum, t.end, int64(len(r.first)))
	log := protocol.LogBehind(0, 0, &protocol.Entries{}).Under(cfg.First.Configuration)
	r.State, r.BaseMembers = protocol.HardState{Log: log}, t.memberships[0].Members
}

// isUsed reports whether the log has a record, beside that which it was made with.
func (r *recovery) isUsed() bool { return len(r.segments) > 0 && r.ends.seq > 0 }

// begin stands behind the record that the log was made with, if it was. That was durable before its segment had a name.
func (s *scan) begin() error {
	made := s.images[0].first
	if made == 0 {
		return nil
	}
	img, err := s.image(1)
	if err != nil {
		return err
	}
	at := s.end
	raw := img.bytes[at.off:][:made:made]
	h := parseHeader(raw, img.sum, at.off)
	r, ok := parseFirst(h, raw, s.seed)
	switch {
	case !ok && firstMayBeTorn():
		return nil
	case !ok:
		return damaged(img.name, at.off, "the record that the log was made with is not what was written")
	}
	s.pass(r, h.sum, at, int64(made))
	s.visit(at, h, r, raw)
	return nil
}

// parseFirst reads the record that a log was made with; ok is false if it is not what was written.
func parseFirst(h header, raw []byte, seed uint32) (r *Record, ok bool) {
	if h.invalid || !isFirst(h, len(raw)) {
		return nil, false
	}
	r, ok = parseRecord(h, raw, seed)
	return r, ok && r.Base == 0 && r.BaseTerm == 0 && r.Under.validate() == nil
}

// isFirst reports whether a header is that of the record of so many bytes that a log was made with.
func isFirst(h header, bytes int) bool {
	written := header{length: uint32(bytes), flags: flagBase, mask: h.mask, before: h.before, rows: h.rows, sum: h.sum} // and no mark, term or entry
	return h == written
}

// Identity is whose log a folder holds.
type Identity struct {
	Cluster     [16]byte
	Node        protocol.NodeID
	Incarnation uint64
}

// ReadIdentity returns whose log is in the folder of a Config, of which it reads Dir and FS. It changes nothing, takes no lock and may run
// beside the process that owns the folder. Where there is no log, or a crash left none of one that was to be made, the error wraps ErrNoLog;
// others wrap ErrVersion, ErrDamaged or ErrDisk.
func ReadIdentity(cfg Config) (Identity, error) {
	folder := cfg.FS
	if folder == nil {
		folder = disk.ReadOnlyFolder(cfg.Dir)
	}
	fs := newFiles(disk.Told(folder))
	names, err := fs.List()
	if errors.Is(err, os.ErrNotExist) {
		return Identity{}, fmt.Errorf("read whose log it is: %w: %w", ErrNoLog, err)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read whose log it is: %w", err)
	}
	segments, _, err := openSegments(fs, names)
	if err != nil {
		return Identity{}, fmt.Errorf("read whose log it is: %w", err)
	}
	defer segments.close()
	if len(segments) == 0 {
		return Identity{}, fmt.Errorf("read whose log it is: %w", ErrNoLog)
	}
	id := segments[0].identity
	return Identity{id.cluster, id.node, id.incarnation}, nil
}
