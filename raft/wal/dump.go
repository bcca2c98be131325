package wal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// DumpOptions says what Dump shows.
type DumpOptions struct {
	// FS is the folder as files; nil means the folder dir of the operating system.
	FS FS

	// Describe returns a line on an entry, or more, which it indents itself. It must leave out what is secret: the first entry of a
	// log holds the cluster's secret. Nil shows the payload's length alone: a checksum of a secret
	// tells of it too.
	Describe func(i protocol.Index, e Entry) string
}

// Dump writes a log for a human: segments, records, entries, and how the log ends. It changes
// nothing, takes no lock and may run beside the process that owns the folder; then it may find the
// last record torn, or a segment gone that was there a moment ago. Damage ends the list and is returned as an error that wraps ErrDamaged.
func Dump(w io.Writer, dir string, options DumpOptions) error {
	if options.FS == nil {
		options.FS = disk.ReadOnlyFolder(dir)
	}
	if options.Describe == nil {
		options.Describe = describeLength
	}
	out := bufio.NewWriter(w)
	err := dump(out, options)
	if errors.Is(err, ErrDamaged) {
		fmt.Fprintf(out, "DAMAGED: %v\n", err)
	}
	return errors.Join(err, out.Flush())
}

func describeLength(_ protocol.Index, e Entry) string {
	return fmt.Sprintf("%d bytes, not shown", len(e.Payload))
}

func dump(w io.Writer, options DumpOptions) error {
	names, err := options.FS.List()
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	segments, stale, err := openSegments(newFiles(options.FS), names)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	defer segments.close()
	if len(segments) == 0 {
		_, err := fmt.Fprintln(w, "no log here")
		return err
	}
	p, err := readPeers(options.FS, segments[0].identity, slices.Contains(names, peersName))
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	defer func() { _ = p.close() }() // it was only read
	dumpIdentity(w, segments[0].identity, p)
	mark, err := dumpRecords(w, segments, options)
	if err != nil {
		return err
	}
	if len(stale) > 0 {
		fmt.Fprintf(w, "below the base, and removed by the next start: %s\n", strings.Join(stale, " "))
	}
	return missingPeers(p, mark)
}

func dumpIdentity(w io.Writer, id identity, p *peers) {
	fmt.Fprintf(w, "cluster %x  node %d  incarnation %016x  format %d\n", id.cluster, id.node, id.incarnation, version)
	if p == nil {
		return
	}
	fmt.Fprintf(w, "start %d  id %016x\n", p.own.Starts, p.own.present().id)
	for id, n := range p.known {
		if n.incarnation != 0 {
			fmt.Fprintf(w, "peer %d  incarnation %016x  start %d  id %016x\n", id, n.incarnation, n.number, n.id)
		}
		if n.condemned != 0 {
			fmt.Fprintf(w, "node %d must not take part any more: it %v\n", id, n.condemned)
		}
	}
}

func dumpRecords(w io.Writer, segments segments, options DumpOptions) (mark uint64, err error) {
	next := segments[0].seq
	s := newScan(segments, func(at place, h header, r *Record, _ []byte) {
		for ; next <= at.seq; next++ {
			fmt.Fprintf(w, "%s  %d bytes\n", segmentName(next), segments.at(next).bytes)
		}
		dumpRecord(w, at, h, r, options)
	})
	if err := s.run(); err != nil {
		return 0, err
	}
	fmt.Fprintf(w, "end at offset %d of %s: mark %d, mark %d was synced for sure, last index %d\n",
		s.end.off, segmentName(s.end.seq), s.mark, s.synced, s.last)
	if s.base > 0 {
		fmt.Fprintf(w, "the log begins behind index %d, of term %d\n", s.base, s.baseTerm)
	}
	if s.torn {
		fmt.Fprintln(w, "a crash tore the record there: the next start zeroes it; it was never acknowledged")
	}
	return s.mark, nil
}

func dumpRecord(w io.Writer, at place, h header, r *Record, options DumpOptions) {
	fmt.Fprintf(w, "  %8d  mark %d (synced %d)  term %d  vote %d  committed to %d", at.off, r.Mark, h.synced, r.Term, r.Vote, r.Commit)
	if r.Log {
		fmt.Fprintf(w, "  entries kept to %d, %d more", r.Prev, len(r.Entries))
	}
	if r.Base != 0 {
		fmt.Fprintf(w, "  begins behind %d of term %d", r.Base, r.BaseTerm)
	}
	if r.Under != nil && r.Under.Configuration != (protocol.Configuration{}) {
		fmt.Fprintf(w, "  under %v, %d bytes of members", r.Under.Configuration, len(r.Under.Members))
	}
	fmt.Fprintln(w)
	for k, e := range r.Entries {
		i := r.Prev + protocol.Index(k) + 1
		fmt.Fprintf(w, "            %d  term %d  %s  %s\n", i, e.Term, kind(&e), options.Describe(i, e))
	}
}

func kind(e *Entry) string {
	switch e.Value {
	case protocol.Command:
		return "command"
	case protocol.NoOp:
		return "no-op"
	case protocol.Configured:
		return fmt.Sprintf("configuration %v", e.Configuration)
	}
	return fmt.Sprintf("kind %d", e.Value)
}
