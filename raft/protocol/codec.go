package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrState is returned, wrapped with what was found, where bytes are not the encoding
// of a state or of a message.
var ErrState = errors.New("not an encoding of raft/protocol")

// The encoding is canonical: equal states have equal bytes. Numbers are uvarints, sets
// are sorted, a log is its runs. A pending write is encoded as what it makes of the
// disk (its image), since that and not the change is the specification's.

// AppendState appends the node's whole state to b: the variables of the specification
// at this node, after its id and server.
func (i *Node) AppendState(b []byte) []byte {
	b = append(b, byte(i.id))
	b = binary.AppendUvarint(b, uint64(i.server))
	b = appendHardState(b, &HardState{i.currentTerm, i.votedFor, i.log})
	b = appendHardState(b, i.disk)
	b = binary.AppendUvarint(b, uint64(i.pending.len()))
	image := i.disk.clone()
	for k := range i.pending.len() {
		w := i.pending.at(k)
		image.apply(&w.Write)
		b = appendHardState(b, &image)
		b = appendMessages(b, w.out)
	}
	b = append(b, byte(i.role))
	b = binary.AppendUvarint(b, uint64(i.commitIndex))
	b = binary.AppendUvarint(b, uint64(i.votesGranted))
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		b = binary.AppendUvarint(b, uint64(i.nextIndex[j]))
		b = binary.AppendUvarint(b, uint64(i.matchIndex[j]))
	}
	return b
}

// LoadState returns the node that AppendState encoded at the start of b, and the rest
// of b. It returns ErrState, wrapped, where b holds none.
func LoadState(b []byte) (*Node, []byte, error) {
	d := decoder{rest: b}
	id, server := NodeID(d.byte()), NodeSet(d.uint())
	if d.err == nil && (!server.Has(id) || server.Has(Nil)) {
		d.fail("a node of its servers")
	}
	hard, disk := d.hardState(), d.hardState()
	if d.err != nil {
		return nil, b, d.err
	}
	i := New(id, server, disk.clone())
	i.currentTerm, i.votedFor, i.log = hard.Term, hard.Vote, hard.Log
	last := disk
	for n := d.count(); n > 0; n-- {
		image := d.hardState()
		w := last.difference(&image)
		i.pending.push(&w)
		i.pending.at(i.pending.len() - 1).out = d.messages()
		last = image
	}
	i.role, i.commitIndex, i.votesGranted = Role(d.byte()), Index(d.uint()), NodeSet(d.uint())
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		i.nextIndex[j], i.matchIndex[j] = Index(d.uint()), Index(d.uint())
	}
	if d.err != nil {
		return nil, b, d.err
	}
	return i, d.rest, nil
}

// AppendMessage appends m to b: its type and the fields that its type has.
func AppendMessage(b []byte, m *Message) []byte {
	b = append(b, byte(m.Type), byte(m.From), byte(m.To))
	b = binary.AppendUvarint(b, uint64(m.Term))
	switch m.Type {
	case RequestVote:
		b = appendUints(b, uint64(m.LastIndex), uint64(m.LastTerm))
	case RequestVoteResponse:
		b = appendUints(b, bit(m.Granted))
	case AppendEntries:
		b = appendUints(b, uint64(m.Prev), uint64(m.PrevTerm), uint64(m.Commit))
		b = appendEntries(b, &m.Entries)
	case AppendEntriesResponse:
		b = appendUints(b, bit(m.Success), uint64(m.Match), uint64(m.Hint), uint64(m.HintTerm))
	}
	return b
}

// LoadMessage returns the message at the start of b, and the rest of b. It returns
// ErrState, wrapped, where b holds none.
func LoadMessage(b []byte) (Message, []byte, error) {
	d := decoder{rest: b}
	m := d.message()
	if d.err != nil {
		return Message{}, b, d.err
	}
	return m, d.rest, nil
}

func appendUints(b []byte, numbers ...uint64) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func appendHardState(b []byte, h *HardState) []byte {
	b = appendUints(b, uint64(h.Term), uint64(h.Vote))
	e := h.Log.Slice(baseIndex, h.Log.LastIndex())
	return appendEntries(b, &e)
}

func appendEntries(b []byte, e *Entries) []byte {
	b = binary.AppendUvarint(b, uint64(e.Runs()))
	for k := range e.Runs() {
		r := e.Run(k)
		b = appendUints(b, uint64(r.Term), uint64(r.Value), r.Count)
	}
	return b
}

// appendMessages appends a set of messages: sorted by their bytes.
func appendMessages(b []byte, set []Message) []byte {
	encoded := make([][]byte, len(set))
	for k := range set {
		encoded[k] = AppendMessage(nil, &set[k])
	}
	slices.SortFunc(encoded, bytes.Compare)
	b = binary.AppendUvarint(b, uint64(len(set)))
	return append(b, bytes.Join(encoded, nil)...)
}

// decoder reads what the functions above wrote; after the first fault it reads zeros.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(expected string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: expected %s with %d bytes left", ErrState, expected, len(d.rest))
	}
	d.rest = nil
}

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		d.fail("a byte")
		return 0
	}
	c := d.rest[0]
	d.rest = d.rest[1:]
	return c
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail("a number")
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// count reads how many things follow, each of at least a byte.
func (d *decoder) count() uint64 {
	n := d.uint()
	if n > uint64(len(d.rest)) {
		d.fail("as many things as were announced")
		return 0
	}
	return n
}

func (d *decoder) hardState() HardState {
	h := HardState{Term: Term(d.uint()), Vote: NodeID(d.uint())}
	e := d.entries()
	h.Log.splice(baseIndex, &e)
	return h
}

func (d *decoder) entries() Entries {
	var e Entries
	for n := d.count(); n > 0; n-- {
		r := Run{Term(d.uint()), Value(d.uint()), d.uint()}
		if d.err == nil && r.Count == 0 {
			d.fail("a run of entries")
		}
		e.add(r)
	}
	return e
}

func (d *decoder) messages() []Message {
	var set []Message
	for n := d.count(); n > 0; n-- {
		set = append(set, d.message())
	}
	return set
}

func (d *decoder) message() Message {
	m := Message{Type: MessageType(d.byte()), From: NodeID(d.byte()), To: NodeID(d.byte())}
	m.Term = Term(d.uint())
	switch m.Type {
	case RequestVote:
		m.LastIndex, m.LastTerm = Index(d.uint()), Term(d.uint())
	case RequestVoteResponse:
		m.Granted = d.bool()
	case AppendEntries:
		m.Prev, m.PrevTerm, m.Commit = Index(d.uint()), Term(d.uint()), Index(d.uint())
		m.Entries = d.entries()
	case AppendEntriesResponse:
		m.Success, m.Match = d.bool(), Index(d.uint())
		m.Hint, m.HintTerm = Index(d.uint()), Term(d.uint())
	default:
		d.fail("a message type of 1 to 4")
	}
	return m
}

func (d *decoder) bool() bool {
	switch d.uint() {
	case 0:
		return false
	case 1:
		return true
	}
	d.fail("0 or 1")
	return false
}
