package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrFormat is wrapped where bytes are not what a Recorder writes, and ErrUnfinished where they end before its end.
var (
	ErrFormat     = errors.New("not a recorded run")
	ErrUnfinished = errors.New("the recorded run has no end: it was not closed, or its file was cut")
)

// Run is what was recorded of a run.
type Run struct {
	Name    string
	Servers protocol.NodeSet
	Records []Record
}

// Members are those of a run.
type Members struct {
	Servers protocol.NodeSet       // all folders that it ever had
	First   protocol.Configuration // what its first nodes say is in force in a log in which no configuration stands; the zero one: all decide
}

// Members returns the run's: its first record is that of a node with an empty disk, which says who decides at first.
func (run *Run) Members() Members {
	m := Members{Servers: run.Servers}
	if len(run.Records) > 0 && run.Records[0].Whole != nil {
		m.First = run.Records[0].Whole.Hard.Log.BaseConfiguration
	}
	return m
}

// Load reads a recorded run. Of one that is unfinished it returns what there is, with ErrUnfinished.
func Load(b []byte) (*Run, error) {
	d := decoder{rest: b}
	run, err := d.header()
	if err != nil {
		return nil, err
	}
	for {
		before := len(b) - len(d.rest)
		body, ok := d.frame()
		if !ok {
			return run, ErrUnfinished
		}
		if body[0] == 0 {
			return run, d.end(body[1:], len(run.Records), crc32.Checksum(b[:before], castagnoli))
		}
		r, err := decode(body)
		if err == nil && r.Whole != nil {
			err = r.Whole.narrow(run.Servers)
		}
		if err != nil {
			return run, fmt.Errorf("record %d: %w", len(run.Records)+1, err)
		}
		r.Number = len(run.Records) + 1
		run.Records = append(run.Records, r)
	}
}

// decoder reads uvarints and bytes; after the first fault it reads zeros.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) header() (*Run, error) {
	begin := string(d.bytes(uint64(len(magic))))
	if v := d.byte(); begin != magic || v != version {
		return nil, fmt.Errorf("%w: it begins with %q and version %d, expected %q and %d", ErrFormat, begin, v, magic, version)
	}
	run := &Run{Servers: protocol.NodeSet(d.uint())}
	run.Name = strings.Clone(string(d.bytes(d.uint())))
	if d.bad || run.Servers == 0 || run.Servers.Has(protocol.Nil) {
		return nil, fmt.Errorf("%w: its head is cut, or names no servers", ErrFormat)
	}
	return run, nil
}

// frame returns the next record's bytes, false where they are not all there.
func (d *decoder) frame() ([]byte, bool) {
	body := d.bytes(d.uint())
	return body, !d.bad && len(body) > 0
}

func (d *decoder) end(body []byte, count int, sum uint32) error {
	e := decoder{rest: body}
	n := e.uint()
	wrote := e.bytes(4)
	switch {
	case e.bad || len(e.rest) > 0 || len(d.rest) > 0:
		return fmt.Errorf("%w: something stands behind its end, or its end is cut", ErrFormat)
	case n != uint64(count):
		return fmt.Errorf("%w: %d records, and the end says %d", ErrFormat, count, n)
	case binary.LittleEndian.Uint32(wrote) != sum:
		return fmt.Errorf("%w: its checksum is wrong", ErrFormat)
	}
	return nil
}

func decode(body []byte) (r Record, err error) {
	d := decoder{rest: body}
	code := int(d.byte())
	if code == 0 || code > len(Actions) {
		return r, fmt.Errorf("%w: action %d of %d", ErrFormat, code, len(Actions))
	}
	r.Name, r.Node = Actions[code-1], protocol.NodeID(d.byte())
	if err := d.parameters(&r.Action); err != nil {
		return r, err
	}
	r.After = d.after(peerOf(&r.Action))
	if r.Sent, err = d.messages(); err != nil {
		return r, fmt.Errorf("%w: what %s sent: %w", ErrFormat, r.Name, err)
	}
	if d.bad {
		return r, fmt.Errorf("%w: %s is cut", ErrFormat, r.Name)
	}
	if len(d.rest) > 0 {
		if r.Whole, err = parseState(d.rest); err == nil && r.Whole.Node != r.Node {
			err = fmt.Errorf("%w: %s of node %d, with the state of node %d", ErrFormat, r.Name, r.Node, r.Whole.Node)
		}
	}
	if r.Name == "Restart" && r.Whole == nil {
		err = fmt.Errorf("%w: a Restart without the node's whole state", ErrFormat)
	}
	return r, err
}

func (d *decoder) parameters(a *raft.Action) error {
	switch {
	case handles(a.Name):
		m, rest, err := protocol.LoadMessage(d.rest)
		if err != nil {
			return fmt.Errorf("%w: the message of %s: %w", ErrFormat, a.Name, err)
		}
		a.Message, d.rest = &m, rest
	case a.Name == "ClientRequest":
		a.Value = protocol.Value(d.byte())
	case a.Name == "AppendEntries":
		a.Peer = protocol.NodeID(d.byte())
		a.Prev, a.Count = protocol.Index(d.uint()), d.uint()
	case a.Name == "Compact":
		a.Prev = protocol.Index(d.uint())
	case a.Name == "TransferLeadership" || a.Name == "ConfirmTerm" || a.Name == "SendSnapshot":
		a.Peer = protocol.NodeID(d.byte())
	case a.Name == "ChangeConfiguration":
		a.Voters, a.Learners = protocol.NodeSet(d.uint()), protocol.NodeSet(d.uint())
	case a.Name == "Restart":
		a.Mark = raft.Mark(d.uint())
	}
	return nil
}

func (d *decoder) messages() (all []protocol.Message, err error) {
	for n := d.uint(); n > 0 && err == nil; n-- {
		var m protocol.Message
		m, d.rest, err = protocol.LoadMessage(d.rest)
		all = append(all, m)
	}
	return all, err
}

func (d *decoder) after(peer protocol.NodeID) After {
	a := After{Role: protocol.Role(d.byte()), VotedFor: protocol.NodeID(d.byte()), Peer: peer}
	a.CurrentTerm, a.LastIndex, a.LastTerm = protocol.Term(d.uint()), protocol.Index(d.uint()), protocol.Term(d.uint())
	a.CommitIndex, a.DurableIndex, a.Pending = protocol.Index(d.uint()), protocol.Index(d.uint()), int(d.uint())
	a.VotesGranted, a.ReadID, a.ReadIndex = protocol.NodeSet(d.uint()), protocol.ReadID(d.uint()), protocol.Index(d.uint())
	a.SnapshotIndex = protocol.Index(d.uint())
	if peer != protocol.Nil {
		a.NextIndex, a.MatchIndex, a.ReadAcked = protocol.Index(d.uint()), protocol.Index(d.uint()), protocol.ReadID(d.uint())
	}
	return a
}
