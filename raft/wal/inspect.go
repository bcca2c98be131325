package wal

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Inspection is what a log at rest holds: what Open would make of it, and each of its files.
type Inspection struct {
	Cluster     [16]byte
	Node        protocol.NodeID
	Incarnation uint64

	Files []FileFound // segments in their order, then PEERS
	State protocol.HardState
	Mark  uint64 // of the last record
	Torn  int64  // where a crash tore the last record, in the last segment that has any; 0: it did not

	Starts uint64
	Peers  []PeerFound
}

// FileFound is a file of the log, and what stands in it.
type FileFound struct {
	Name            string
	Bytes           int64
	Records         int
	FirstMark, Mark uint64         // of the first and the last record; 0: there is none
	First, Last     protocol.Index // the lowest and the highest entry that a record of it has, whether or not a later one has cut it off; 0: none has any
	FirstTerm, Term protocol.Term  // of these records

	Stale  bool  // it stands in front of a gap, is not read, and is removed by the next start
	Unread bool  // it was not read, because of what is wrong with another file
	Flaw   error // what is wrong, though another copy in the same file is whole
	Err    error // what is wrong with it
}

// PeerFound is what the folder knows of another node, or, where Condemned is not 0, of any.
type PeerFound struct {
	Node        protocol.NodeID
	Incarnation uint64 // 0: never met
	Start       uint64 // the newest one that it was met in
	Condemned   Reason // 0: not
}

// Inspect reads all of a log that no process has open, and changes nothing. Damage does not end it: it stands in Files, and the first that was
// found is returned too, beside what could be said. Other errors are those of Open, or of the file system.
func Inspect(fs FS) (*Inspection, error) {
	fs = disk.Told(fs)
	names, err := fs.List()
	if err != nil {
		return nil, fmt.Errorf("inspect: %w", err)
	}
	in := &Inspection{}
	if err := in.segments(fs, names); err != nil {
		return in, fmt.Errorf("inspect: %w", err)
	}
	return in, nil
}

func (in *Inspection) segments(fs FS, names []string) error {
	last, stale := behindGap(names)
	for _, name := range stale {
		in.Files = append(in.Files, FileFound{Name: name, Stale: true})
	}
	open := newFiles(fs)
	whole, err := in.headers(open, last)
	defer whole.close()
	if len(whole) > 0 {
		id := whole[0].identity
		in.Cluster, in.Node, in.Incarnation = id.cluster, id.node, id.incarnation
	}
	if err == nil && len(whole) > 0 {
		err = in.records(whole)
	}
	if len(whole) > 0 {
		err = first(err, in.peers(fs, whole[0].identity, slices.Contains(names, peersName)))
	}
	return err
}

// headers opens the segments. Where one can't be read none is: what stands in them follows from one another.
func (in *Inspection) headers(fs *files, names []string) (whole segments, err error) {
	for _, name := range names {
		seq, _ := segmentSeq(name)
		s, wrong := readSegment(fs, seq)
		if wrong == nil && len(whole) > 0 && s.identity != whole[0].identity {
			wrong = damaged(name, atIdentity, "the segment is of another log than the first")
		}
		found := FileFound{Name: name, Unread: true, Err: wrong}
		if wrong == nil {
			found.Bytes, whole = int64(s.bytes), append(whole, s)
		}
		in.Files, err = append(in.Files, found), first(err, wrong)
	}
	return whole, err
}

// records walks the chain of records, and says of each segment what stands in it.
func (in *Inspection) records(whole segments) error {
	at := func(seq uint64) *FileFound {
		return &in.Files[slices.IndexFunc(in.Files, func(f FileFound) bool { return f.Name == segmentName(seq) })]
	}
	s := newScan(whole, func(p place, _ header, r *Record, _ []byte) { at(p.seq).note(r) })
	err := s.run()
	for _, seg := range whole {
		f := at(seg.seq)
		f.Unread = err != nil && seg.seq > s.end.seq
	}
	if damage, ok := errors.AsType[*DamageError](err); ok {
		in.blame(damage.File, err)
	}
	in.Mark, in.State = s.mark, stateAt(&s.tail)
	if s.torn {
		in.Torn = s.end.off
	}
	return err
}

// blame notes damage at its file, of which there may be none.
func (in *Inspection) blame(name string, err error) {
	k := slices.IndexFunc(in.Files, func(f FileFound) bool { return f.Name == name })
	if k < 0 {
		in.Files = append(in.Files, FileFound{Name: name, Err: err})
		return
	}
	in.Files[k].Err, in.Files[k].Unread = err, false
}

func (f *FileFound) note(r *Record) {
	if f.Records == 0 {
		f.FirstMark, f.FirstTerm = r.Mark, r.Term
	}
	f.Records, f.Mark, f.Term = f.Records+1, r.Mark, r.Term
	if len(r.Entries) == 0 {
		return
	}
	if f.First == 0 || r.Prev+1 < f.First {
		f.First = r.Prev + 1
	}
	f.Last = max(f.Last, r.Prev+protocol.Index(len(r.Entries)))
}

func (in *Inspection) peers(fs FS, id identity, there bool) error {
	if !there {
		err := missingPeers(nil, in.Mark)
		if err != nil {
			in.blame(peersName, err)
		}
		return err
	}
	p, err := readPeers(fs, id, true)
	found := FileFound{Name: peersName, Bytes: 2 * peersBytes, Err: err}
	if err == nil {
		defer func() { _ = p.close() }() // it was only read
		found.Flaw = flawOfCopy(p.file, id)
		in.Starts = p.own.Starts
		for node, k := range p.known {
			if k != (known{}) {
				in.Peers = append(in.Peers, PeerFound{protocol.NodeID(node), k.incarnation, k.number, k.condemned})
			}
		}
	}
	in.Files = append(in.Files, found)
	return err
}

// flawOfCopy returns what is wrong with one of the two copies of a file that has a whole one.
func flawOfCopy(f File, id identity) error {
	b := make([]byte, 2*peersBytes)
	if n, err := f.ReadAt(b, 0); n < len(b) && !errors.Is(err, io.EOF) {
		return err
	}
	for place := range 2 {
		if wrong := (&peers{identity: id}).parse(b[place*peersBytes:][:peersBytes]); wrong != nil {
			return fmt.Errorf("copy %d of 2: %w", place+1, wrong)
		}
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadEntries tells the entries of a log at rest that are above an index, in order, each as it stands in the log at its end. An error of tell ends it.
// What is told was read and checked; payloads are good until the end.
func ReadEntries(fs FS, above protocol.Index, tell func(protocol.Index, Entry) error) error {
	fs = disk.Told(fs)
	names, err := fs.List()
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	found, _, err := openSegments(newFiles(fs), names)
	if err != nil || len(found) == 0 {
		return err
	}
	defer found.close()
	q := telling{told: above, tell: tell}
	if err := newScan(found, func(_ place, _ header, r *Record, _ []byte) { q.pass(r) }).run(); err != nil {
		return err
	}
	return q.tellTo(q.told + protocol.Index(len(q.waiting)))
}

// telling has the entries that may still be cut off wait until a record says that they are committed.
type telling struct {
	told    protocol.Index // the last one that was told, or is not to be
	waiting []Entry        // those behind it
	tell    func(protocol.Index, Entry) error
	err     error
}

func (q *telling) pass(r *Record) {
	if r.Log {
		if keep := r.Prev - min(r.Prev, q.told); keep < protocol.Index(len(q.waiting)) {
			q.waiting = q.waiting[:keep]
		}
		for k, e := range r.Entries {
			if r.Prev+protocol.Index(k) >= q.told {
				q.waiting = append(q.waiting, e)
			}
		}
	}
	_ = q.tellTo(min(r.Commit, q.told+protocol.Index(len(q.waiting)))) // it is kept
}

func (q *telling) tellTo(end protocol.Index) error {
	for q.err == nil && q.told < end {
		if q.err = q.tell(q.told+1, q.waiting[0]); q.err == nil {
			q.told, q.waiting = q.told+1, q.waiting[1:]
		}
	}
	return q.err
}
