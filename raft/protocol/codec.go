package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrState is returned, wrapped with what was found, where bytes are not the encoding
// of a state or of a message.
var ErrState = errors.New("not an encoding of raft/protocol")

// The encoding is canonical: equal states have equal bytes. Numbers are uvarints, sets
// are sorted, a log is its runs. A pending write is encoded as what it makes of the
// disk (its image), since that and not the change is the specification's. Whatever has
// another encoding of the same is refused, and so is a term or an index beyond MaxTerm or
// MaxIndex: no sum of two overflows, and to drop a message is what networks do (Lose).

// AppendState appends the node's whole state to b: the variables of the specification
// at this node, after its id and server.
func (i *Node) AppendState(b []byte) []byte {
	b = append(b, byte(i.id))
	b = binary.AppendUvarint(b, uint64(i.server))
	b = appendHardState(b, &HardState{i.currentTerm, i.votedFor, i.log, i.commitIndex})
	b = appendHardState(b, i.disk)
	b = i.appendPending(b)
	b = append(b, byte(i.role))
	b = binary.AppendUvarint(b, uint64(i.votesGranted))
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		b = binary.AppendUvarint(b, uint64(i.nextIndex[j]))
		b = binary.AppendUvarint(b, uint64(i.matchIndex[j]))
	}
	b = appendUints(b, uint64(i.readID), uint64(i.readIndex))
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		b = binary.AppendUvarint(b, uint64(i.readAcked[j]))
	}
	return b
}

func (i *Node) appendPending(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(i.pending.len()))
	if i.pending.len() == 0 {
		return b
	}
	image := i.disk.clone()
	for k := range i.pending.len() {
		w := i.pending.at(k)
		image.Apply(&w.Write)
		b = appendHardState(b, &image)
		b = appendMessages(b, w.out)
	}
	return b
}

// LoadState returns the node that AppendState encoded at the start of b, and the rest
// of b. It returns ErrState, wrapped, where b holds none.
func LoadState(b []byte) (*Node, []byte, error) {
	d := decoder{rest: b}
	id := d.node()
	d.server = NodeSet(d.uint())
	if !d.server.Has(id) || d.server.Has(Nil) {
		d.fail("a node of its servers")
	}
	hard, disk := d.hardState(), d.hardState()
	if d.err != nil {
		return nil, b, d.err
	}
	i := New(id, d.server, disk)
	i.currentTerm, i.votedFor, i.log, i.commitIndex = hard.Term, hard.Vote, hard.Log, hard.Commit
	for n := d.count(); n > 0 && d.err == nil; n-- {
		image := d.hardState()
		w := image.rewrite()
		i.pending.push(&w)
		i.pending.at(i.pending.len() - 1).out = d.messages()
	}
	i.role, i.votesGranted = d.role(), d.servers()
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		i.nextIndex[j], i.matchIndex[j] = d.index(), d.index()
	}
	i.readID, i.readIndex = d.readID(), d.index()
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		i.readAcked[j] = d.readID()
	}
	if d.err != nil {
		return nil, b, d.err
	}
	return i, d.rest, nil
}

// AppendMessage appends m to b: its type and the fields that its type has.
func AppendMessage(b []byte, m *Message) []byte {
	b = append(b, leadingByte(m), byte(m.From), byte(m.To))
	b = binary.AppendUvarint(b, uint64(m.Term))
	switch m.Type {
	case RequestVote:
		b = appendUints(b, uint64(m.LastIndex), uint64(m.LastTerm), bit(m.Transfer))
	case RequestPreVote:
		b = appendUints(b, uint64(m.LastIndex), uint64(m.LastTerm))
	case RequestVoteResponse:
		b = appendUints(b, bit(m.Granted))
	case RequestPreVoteResponse:
		b = appendUints(b, bit(m.Granted))
	case AppendEntries:
		b = appendUints(b, uint64(m.Prev), uint64(m.PrevTerm), uint64(m.Commit))
		b = appendEntries(b, &m.Entries)
	case AppendEntriesResponse:
		b = appendUints(b, bit(m.Success), uint64(m.Match), uint64(m.Hint), uint64(m.HintTerm))
	case InstallSnapshot:
		b = appendUints(b, uint64(m.LastIndex), uint64(m.LastTerm))
		if m.Configuration != (Configuration{}) {
			b = appendConfiguration(b, m.Configuration)
		}
	case ConfirmTerm:
		b = appendUints(b, uint64(m.Read))
	case ConfirmTermResponse:
		b = appendUints(b, uint64(m.Read))
	}
	return b
}

// configured is set in the byte of the type where a snapshot's configuration follows: the zero one takes no room.
const configured = 0x80

func leadingByte(m *Message) byte {
	if m.Type == InstallSnapshot && m.Configuration != (Configuration{}) {
		return byte(m.Type) | configured
	}
	return byte(m.Type)
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
	base, term := h.Log.Base()
	b = appendUints(b, uint64(base), uint64(term))
	b = appendConfiguration(b, h.Log.baseConfiguration)
	b = appendLog(b, &h.Log)
	return binary.AppendUvarint(b, uint64(h.Commit))
}

// appendConfiguration appends the voters, and the rest where there are any.
func appendConfiguration(b []byte, c Configuration) []byte {
	b = binary.AppendUvarint(b, uint64(c.Voters))
	if c.Voters == 0 {
		return b
	}
	return appendUints(b, uint64(c.Next), uint64(c.Learners))
}

func appendEntries(b []byte, e *Entries) []byte {
	b = binary.AppendUvarint(b, uint64(e.Runs()))
	for k := range e.Runs() {
		r := e.Run(k)
		b = appendUints(b, uint64(r.Term), uint64(r.Value), r.Count)
		if r.Value == Configured {
			b = appendConfiguration(b, r.Configuration)
		}
	}
	return b
}

// appendLog appends what appendEntries would of all entries behind the base.
func appendLog(b []byte, l *Log) []byte {
	runs := uint64(len(l.spans))
	for n, s := range l.spans {
		if s.value == Configured {
			runs += uint64(l.end(n) - s.first)
		}
	}
	b = binary.AppendUvarint(b, runs)
	for n, s := range l.spans {
		if s.value != Configured {
			b = appendUints(b, uint64(s.term), uint64(s.value), uint64(l.end(n)-s.first)+1)
			continue
		}
		for k := s.first; k <= l.end(n); k++ {
			b = appendUints(b, uint64(s.term), uint64(s.value), 1)
			b = appendConfiguration(b, l.configurationAt(k))
		}
	}
	return b
}

// appendMessages appends a set of messages: sorted by their bytes.
func appendMessages(b []byte, set []Message) []byte {
	if len(set) == 1 {
		return AppendMessage(append(b, 1), &set[0])
	}
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
	rest   []byte
	err    error
	server NodeSet // whom a state may name
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
	if size <= 0 || (size > 1 && d.rest[size-1] == 0) {
		d.fail("a number in as few bytes as it needs")
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

// upTo reads a number that is at most most.
func (d *decoder) upTo(most uint64) uint64 {
	n := d.uint()
	if n > most {
		d.fail(fmt.Sprintf("a number up to %d", most))
		return 0
	}
	return n
}

func (d *decoder) term() Term { return Term(d.upTo(uint64(MaxTerm))) }

func (d *decoder) index() Index { return Index(d.upTo(uint64(MaxIndex))) }

func (d *decoder) readID() ReadID { return ReadID(d.upTo(uint64(MaxReadID))) }

// node reads the id of a node; not Nil.
func (d *decoder) node() NodeID {
	id := NodeID(d.byte())
	if id == Nil || id > MaxNodeID {
		d.fail("the id of a node")
		return Nil
	}
	return id
}

// servers reads a set of servers.
func (d *decoder) servers() NodeSet {
	set := NodeSet(d.uint())
	if set.Intersect(d.server) != set {
		d.fail("a set of servers")
	}
	return set
}

func (d *decoder) role() Role {
	r := Role(d.byte())
	if r < Follower || r > Leader {
		d.fail("a role of 1 to 3")
	}
	return r
}

func (d *decoder) hardState() HardState {
	h := HardState{Term: d.term(), Vote: NodeID(d.upTo(uint64(MaxNodeID)))}
	if h.Vote != Nil && !d.server.Has(h.Vote) {
		d.fail("a vote for a server or none")
	}
	base, term := d.index(), d.term()
	if (base == 0) != (term == 0) {
		d.fail("a term of the entry at the base, and none where there is none")
	}
	c := d.configuration()
	e := d.entries(uint64(MaxIndex - base))
	h.Log = LogBehind(base, term, &e).Under(c)
	h.Commit = d.index()
	return h
}

// configuration reads one that a correct leader may have made, or none.
func (d *decoder) configuration() Configuration {
	c := Configuration{Voters: NodeSet(d.uint())}
	if c.Voters == 0 {
		return c
	}
	c.Next, c.Learners = NodeSet(d.uint()), NodeSet(d.uint())
	if !c.WellFormed() {
		d.fail("who votes and who learns")
		return Configuration{}
	}
	return c
}

// entries reads at most room entries.
func (d *decoder) entries(room uint64) Entries {
	var e Entries
	var last Run
	for n := d.count(); n > 0 && d.err == nil; n-- {
		r := Run{Term: d.term(), Value: Value(d.upTo(math.MaxUint8)), Count: d.upTo(room)}
		if r.Value == Configured {
			r.Configuration = d.configuration()
			if r.Configuration == (Configuration{}) || r.Count > 1 {
				d.fail("an entry that says who votes")
			}
		}
		if r.Count == 0 || (r.Term == last.Term && r.Value == last.Value && r.Value != Configured && last.Count > 0) {
			d.fail("a run of entries that differs from the one before")
		}
		room -= r.Count
		last = r
		e.Add(r)
	}
	return e
}

// messages reads a set of messages: each once, sorted by their bytes.
func (d *decoder) messages() []Message {
	var set []Message
	var last []byte
	for n := d.count(); n > 0 && d.err == nil; n-- {
		from := d.rest
		m := d.message()
		encoded := from[:len(from)-len(d.rest)]
		if bytes.Compare(last, encoded) >= 0 {
			d.fail("a message that sorts behind the one before")
		}
		last = encoded
		set = append(set, m)
	}
	return set
}

func (d *decoder) message() Message {
	leading := d.byte()
	m := Message{Type: MessageType(leading &^ configured), From: d.node(), To: d.node()}
	m.Term = d.term()
	if leading&configured != 0 && m.Type != InstallSnapshot {
		d.fail("a configuration of a snapshot alone")
	}
	switch m.Type {
	case RequestVote:
		m.LastIndex, m.LastTerm, m.Transfer = d.index(), d.term(), d.bool()
	case RequestPreVote:
		m.LastIndex, m.LastTerm = d.index(), d.term()
	case RequestVoteResponse:
		m.Granted = d.bool()
	case RequestPreVoteResponse:
		m.Granted = d.bool()
	case AppendEntries:
		m.Prev, m.PrevTerm, m.Commit = d.index(), d.term(), d.index()
		m.Entries = d.entries(uint64(MaxIndex - m.Prev))
	case AppendEntriesResponse:
		m.Success, m.Match = d.bool(), d.index()
		m.Hint, m.HintTerm = d.index(), d.term()
	case InstallSnapshot:
		m.LastIndex, m.LastTerm = d.index(), d.term()
		if leading&configured != 0 {
			if m.Configuration = d.configuration(); m.Configuration == (Configuration{}) {
				d.fail("a configuration where one is announced")
			}
		}
	case TimeoutNow:
	case ConfirmTerm:
		m.Read = d.readID()
	case ConfirmTermResponse:
		m.Read = d.readID()
	default:
		d.fail("a message type of 1 to 10")
	}
	return m
}

func (d *decoder) bool() bool { return d.upTo(1) == 1 }

// StoredConfigurationBytes is what a configuration takes in a file: three sets, little-endian.
const StoredConfigurationBytes = 3 * 8

// AppendStoredConfiguration appends a configuration as it stands in the files of logs and snapshots. Messages have another form (AppendMessage).
func AppendStoredConfiguration(b []byte, c Configuration) []byte {
	for _, set := range []NodeSet{c.Voters, c.Next, c.Learners} {
		b = binary.LittleEndian.AppendUint64(b, uint64(set))
	}
	return b
}

// ParseStoredConfiguration reads the first StoredConfigurationBytes of b.
func ParseStoredConfiguration(b []byte) Configuration {
	set := func(at int) NodeSet { return NodeSet(binary.LittleEndian.Uint64(b[at:])) }
	return Configuration{Voters: set(0), Next: set(8), Learners: set(16)}
}
