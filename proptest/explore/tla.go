package explore

import (
	"encoding/binary"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// TLA writes a state as the tuple that PrintState prints: the way back from State.
func (p *Parts) TLA(st State) string {
	ever := p.evers.values[st.ever]
	vars := make([]value, len(variables))
	for k := range variables {
		vars[k].kind = tuple
	}
	for id, n := range st.nodes {
		if node := p.nodes.values[n]; int(node.ID()) == id+1 {
			w := writer{rest: node.AppendState(nil)}
			for k, v := range w.node() {
				vars[k].items = append(vars[k].items, remembered(v, ever))
			}
		}
	}
	var inFlight []value
	for _, m := range p.sets.values[st.messages] {
		inFlight = append(inFlight, remembered(messageValue(&p.messages.values[m]), ever))
	}
	vars[slices.Index(variables, "messages")] = value{kind: set, items: inFlight}
	vars[slices.Index(variables, "spent")] = st.spent.value()
	vars[slices.Index(variables, "owed")] = st.owed.value(len(vars[0].items))
	vars[slices.Index(variables, "ever")] = p.everValue(st.ever)
	return value{kind: tuple, items: vars}.String()
}

func (p *Parts) everValue(n everNumber) value {
	v := value{kind: tuple}
	for _, was := range p.evers.values[n] {
		v.items = append(v.items, fields("entry", entryValue(was.entry), "at", natural(uint64(was.at))))
	}
	return v
}

// writer makes values of an encoding that Parts holds, which is therefore well formed.
type writer struct{ rest []byte }

// node returns the variables at one index, in their order.
func (w *writer) node() []value {
	w.rest = w.rest[1:]
	server := protocol.NodeSet(w.uint())
	currentTerm, votedFor := natural(w.uint()), natural(w.uint())
	log, snapshotIndex := w.log()
	commitIndex := natural(w.uint())
	disk := w.image()
	pending := value{kind: tuple}
	for range w.uint() {
		image := w.image()
		pending.items = append(pending.items, fields("state", image, "out", w.messages()))
	}
	role := value{kind: text, text: protocol.Role(w.uint()).String()}
	votes := protocol.NodeSet(w.uint())
	votesGranted := value{kind: set}
	next, match, acked := value{kind: tuple}, value{kind: tuple}, value{kind: tuple}
	for j := server.Next(protocol.Nil); j != protocol.Nil; j = server.Next(j) {
		if votes.Has(j) {
			votesGranted.items = append(votesGranted.items, natural(uint64(j)))
		}
		next.items = append(next.items, natural(w.uint()))
		match.items = append(match.items, natural(w.uint()))
	}
	readID, readIndex := natural(w.uint()), natural(w.uint())
	for range server.Len() {
		acked.items = append(acked.items, natural(w.uint()))
	}
	return []value{currentTerm, votedFor, log, snapshotIndex, disk, pending, role, commitIndex, votesGranted, next, match, readID, readIndex, acked}
}

func (w *writer) uint() uint64 {
	n, size := binary.Uvarint(w.rest)
	w.rest = w.rest[size:]
	return n
}

func (w *writer) image() value {
	term, vote := natural(w.uint()), natural(w.uint())
	log, snapshot := w.log()
	return fields("term", term, "vote", vote, "log", log, "snapshot", snapshot, "commit", natural(w.uint()))
}

func (w *writer) log() (log, snapshotIndex value) {
	base, term := w.uint(), w.uint()
	said := w.configuration()
	return logValue(base, term, said, entriesValue(w.entriesOf())), natural(base)
}

func (w *writer) entriesOf() []protocol.Entry {
	var e []protocol.Entry
	for range w.uint() {
		entry := protocol.Entry{Term: protocol.Term(w.uint()), Value: protocol.Value(w.uint())}
		count := w.uint()
		if entry.Value == protocol.Configured {
			entry.Configuration = w.configuration()
		}
		for range count {
			e = append(e, entry)
		}
	}
	return e
}

func (w *writer) configuration() (c protocol.Configuration) {
	if c.Voters = protocol.NodeSet(w.uint()); c.Voters != 0 {
		c.Next, c.Learners = protocol.NodeSet(w.uint()), protocol.NodeSet(w.uint())
	}
	return c
}

func (w *writer) messages() value {
	v := value{kind: set}
	for range w.uint() {
		m, rest, err := protocol.LoadMessage(w.rest)
		if err != nil {
			panic(err)
		}
		w.rest = rest
		v.items = append(v.items, messageValue(&m))
	}
	return v
}

func entriesValue(entries []protocol.Entry) value {
	v := value{kind: tuple}
	for _, e := range entries {
		v.items = append(v.items, entryValue(e))
	}
	return v
}

func entryValue(e protocol.Entry) value {
	v := fields("term", natural(uint64(e.Term)), "value", value{kind: text, text: e.Value.String()})
	if e.Value != protocol.Configured {
		return v
	}
	return votersAndLearners(v, e.Configuration)
}

// votersAndLearners adds the fields that a configuration has.
func votersAndLearners(v value, c protocol.Configuration) value {
	voters := value{kind: tuple, items: []value{nodesValue(c.Voters)}}
	if c.IsJoint() {
		voters.items = append(voters.items, nodesValue(c.Next))
	}
	return v.with("voters", voters, "learners", nodesValue(c.Learners))
}

func nodesValue(s protocol.NodeSet) value {
	v := value{kind: set}
	for j := s.Next(protocol.Nil); j != protocol.Nil; j = s.Next(j) {
		v.items = append(v.items, natural(uint64(j)))
	}
	return v
}

func messageValue(m *protocol.Message) value {
	v := fields("type", value{kind: text, text: m.Type.String()}, "from", natural(uint64(m.From)),
		"to", natural(uint64(m.To)), "term", natural(uint64(m.Term)))
	switch m.Type {
	case protocol.RequestVote:
		return v.with("lastIndex", natural(uint64(m.LastIndex)), "lastTerm", natural(uint64(m.LastTerm)),
			"transfer", truth(m.Transfer))
	case protocol.RequestPreVote:
		return v.with("lastIndex", natural(uint64(m.LastIndex)), "lastTerm", natural(uint64(m.LastTerm)))
	case protocol.InstallSnapshot:
		return v.with("lastIndex", natural(uint64(m.LastIndex)), "lastTerm", natural(uint64(m.LastTerm)),
			"configuration", configurationValue(m.Configuration))
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		return v.with("granted", truth(m.Granted))
	case protocol.AppendEntries:
		var e []protocol.Entry
		for k := range m.Entries.Len() {
			e = append(e, m.Entries.At(k+1))
		}
		return v.with("prev", natural(uint64(m.Prev)), "prevTerm", natural(uint64(m.PrevTerm)),
			"entries", entriesValue(e), "commit", natural(uint64(m.Commit)))
	case protocol.AppendEntriesResponse:
		return v.with("success", truth(m.Success), "match", natural(uint64(m.Match)),
			"hint", natural(uint64(m.Hint)), "hintTerm", natural(uint64(m.HintTerm)))
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		return v.with("read", natural(uint64(m.Read)))
	}
	return v
}

func natural(n uint64) value { return value{kind: number, n: n} }

func truth(b bool) value {
	if b {
		return value{kind: boolean, n: 1}
	}
	return value{kind: boolean}
}

// fields returns a record of the given names and values in turn.
func fields(pairs ...any) value { return value{kind: record}.with(pairs...) }

func (v value) with(pairs ...any) value {
	for k := 0; k < len(pairs); k += 2 {
		v.names = append(v.names, pairs[k].(string))
		v.items = append(v.items, pairs[k+1].(value))
	}
	return v
}
