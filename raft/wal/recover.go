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
	Torn        bool   // a record that a crash had torn was zeroed

	State protocol.HardState

	// BaseMembers is what the host said of the members of the configuration in force at the base, State.Log.BaseConfiguration.
	BaseMembers []byte
}

// unsure is a record that may be in the page cache only.
type unsure struct {
	mark uint64
	at   place
	raw  []byte
}

// recovery reads a folder and repairs its end.
type recovery struct {
	fs       *files
	segments segments
	stale    []string // segments in front of a gap, which are covered by the base
	scan
	Recovered
	index  index
	unsure []unsure
	ends   place  // behind the last record
	first  []byte // the record that the log was made with; nil: with none
}

// Open takes the folder, recovers the log and makes durable what it read, before anything can be
// sent on the strength of it. An empty folder becomes an empty log, under Config.First.
//
// What is left of files that were being made goes first, and nothing needs new room but the first segment of all: a
// log comes up on a full disk, with what room it has.
//
// Errors wrap ErrLocked, ErrForeign, ErrVersion, ErrDamaged (a *DamageError), ErrTooLarge, ErrNoRoom or ErrDisk. A folder that was
// refused for what is in it is left as it was.
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
	r := recovery{fs: newFiles(cfg.FS)}
	peers, err := r.read(cfg)
	if err == nil {
		err = r.repair(cfg, peers)
	}
	if err != nil {
		r.segments.close()
		_ = peers.close() // what failed is told
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
	if r.segments, r.stale, err = openSegments(r.fs, names); err != nil {
		return nil, err
	}
	hasPeers := slices.Contains(names, peersName)
	if len(r.segments) == 0 {
		if hasPeers {
			return nil, damaged(segmentName(1), 0, "the log is missing, %s is there", peersName)
		}
		return newPeers(identity{cfg.Cluster, cfg.Node, cfg.Incarnation}), nil
	}
	id := r.segments[0].identity
	if id.cluster != cfg.Cluster || id.node != cfg.Node {
		return nil, fmt.Errorf("%w: it is of cluster %x, node %d; this is cluster %x, node %d; give this replica a folder of its own",
			ErrForeign, id.cluster, id.node, cfg.Cluster, cfg.Node)
	}
	if err := r.walk(); err != nil {
		return nil, err
	}
	p, err := readPeers(r.fs, id, hasPeers)
	if err == nil {
		err = missingPeers(p, r.scan.mark)
	}
	if p == nil {
		p = newPeers(id)
	}
	return p, err
}

// walk scans the records into what is recovered.
func (r *recovery) walk() error {
	r.scan = *newScan(r.segments, r.take)
	if err := r.run(); err != nil {
		return err
	}
	r.State = stateAt(&r.scan.tail)
	base, _ := r.scan.tail.memberships.at(r.scan.tail.base)
	r.BaseMembers = base.Members
	return nil
}

// stateAt is the state behind the last record.
func stateAt(t *tail) protocol.HardState {
	var entries protocol.Entries
	next := t.base + 1
	for _, run := range t.terms.until(t.last) {
		t.memberships.addTo(&entries, run, next)
		next += protocol.Index(run.Count)
	}
	base, _ := t.memberships.at(t.base)
	log := protocol.LogBehind(t.base, t.baseTerm, &entries).Under(recovered(base.Configuration))
	return protocol.HardState{Term: t.term, Vote: t.vote, Commit: t.commit, Log: log}
}

// take is called for each valid record. It keeps the bytes of those that may not be durable: read
// again they could differ, once the system dropped a page it believes to be clean.
func (r *recovery) take(at place, h header, rec *Record, raw []byte) {
	if h.mark == firstMark {
		r.first = raw
		return
	}
	r.unsure = append(r.unsure, unsure{h.mark, at, raw})
	for len(r.unsure) > 0 && !mustRewrite(r.unsure[0].mark, r.synced) {
		r.unsure = r.unsure[1:]
	}
	r.index.pass(rec, at, r.scan.tail.last)
	r.ends = place{at.seq, at.off + int64(len(raw))}
}
