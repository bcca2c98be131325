package main

import (
	"iter"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// drawer draws states and messages that are larger than those which are listed: the same ones for the same seed.
type drawer struct {
	*rand.Rand
	scope
}

// Of four servers, whoever decides.
var (
	drawnConfigurations = []protocol.Configuration{
		{Voters: protocol.Nodes(1, 2, 3, 4)}, {Voters: protocol.Nodes(1, 2), Learners: protocol.Nodes(3, 4)}, {Voters: protocol.Nodes(1, 2, 3), Next: protocol.Nodes(3, 4)},
	}
	drawnChanges = []change{{protocol.Nodes(3), 0}, {protocol.Nodes(1, 2), protocol.Nodes(4)}, {protocol.Nodes(1, 2), protocol.Nodes(3, 4)}, {protocol.Nodes(2, 3, 4), 0}}

	// drawnKinds are entries by index and term; as many commands and no-ops as configurations.
	drawnKinds = append(append(plain(both), saying(drawnConfigurations)...), plain(command)...)
)

// drawn are nodes of four servers, of whom two are no majority, with logs of up to 6 entries of terms to 5, up to 3 writes pending, and all else at random.
func drawn(states, messages int, seed uint64) *family {
	sc := scope{id: 3, servers: 4, term: 6, index: 7, batch: 4, read: 4, values: both, configurations: drawnConfigurations, changes: drawnChanges}
	d := drawer{rand.New(rand.NewPCG(seed, 1)), sc}
	set := make([]protocol.Message, messages)
	for k := range set {
		set[k] = d.message()
	}
	return &family{name: "drawn", servers: 4,
		states: "drawn: four servers, any role, votes, progress and reads; terms to 5, logs to 6 entries, configurations among them, half of them behind a base, up to 3 writes pending",
		taken:  "drawn messages with terms to 6, indexes to 7 and up to 4 entries, and every action without one",
		nodes:  d.states(states, seed),
		steps:  append(handling(sc.id, set, false), sc.spontaneous()...),
	}
}

func (d drawer) states(n int, seed uint64) iter.Seq[*small] {
	return func(yield func(*small) bool) {
		again := drawer{rand.New(rand.NewPCG(seed, 2)), d.scope}
		for range n {
			s := again.state()
			for !s.assumed() {
				s = again.state()
			}
			if !yield(s) {
				return
			}
		}
	}
}

func (d drawer) state() *small {
	s := &small{id: d.id, servers: d.servers, role: protocol.Role(1 + d.IntN(3)), hard: d.hardState(), disk: d.hardState()}
	for range d.IntN(4) {
		s.pending = append(s.pending, write{d.hardState(), d.heldMessages()})
	}
	if n := len(s.pending); n > 0 {
		s.pending[n-1].hardState = s.hard
	} else {
		s.disk = s.hard
	}
	s.hard.commit = s.hard.base + protocol.Index(d.IntN(len(s.hard.log)-int(s.hard.base)+1))
	s.votes = protocol.NodeSet(d.IntN(1<<(d.servers+1))) &^ 1
	for range d.servers {
		s.next = append(s.next, protocol.Index(d.IntN(len(s.hard.log)+2)))
		s.match = append(s.match, protocol.Index(d.IntN(len(s.hard.log)+1)))
		s.acked = append(s.acked, protocol.ReadID(d.IntN(4)))
	}
	s.readID, s.readIndex = protocol.ReadID(d.IntN(4)), protocol.Index(d.IntN(4))
	return s
}

func (d drawer) hardState() hardState {
	h := hardState{term: protocol.Term(d.IntN(6)), vote: protocol.NodeID(d.IntN(d.servers + 1)), log: d.entries(0, 1, 6)}
	h.commit = protocol.Index(d.IntN(len(h.log) + 1))
	if d.IntN(2) == 0 {
		h.base = protocol.Index(d.IntN(int(h.commit) + 1))
	}
	return h
}

// entries are what stands behind prev in a log, of terms that ascend. Of one index and term there is one entry.
func (d drawer) entries(prev protocol.Index, from protocol.Term, most int) (log []protocol.Entry) {
	term := from
	for range d.IntN(most + 1) {
		term = min(term+protocol.Term(d.IntN(3)/2), 5)
		prev++
		e := drawnKinds[(5*uint64(term)+uint64(prev))%uint64(len(drawnKinds))]
		e.Term = term
		log = append(log, e)
	}
	return log
}

func (d drawer) heldMessages() (out []protocol.Message) {
	for range d.IntN(3) {
		m := protocol.Message{Type: protocol.RequestVoteResponse, From: d.id, To: d.peer(), Term: protocol.Term(d.IntN(4)), Granted: true}
		if len(out) == 0 || out[0].String() != m.String() {
			out = append(out, m)
		}
	}
	return out
}

func (d drawer) peer() protocol.NodeID {
	peers := d.peers()
	return peers[d.IntN(len(peers))]
}

func (d drawer) message() protocol.Message {
	kind := allTypes[d.IntN(len(allTypes))]
	m := protocol.Message{Type: kind, From: d.peer(), To: d.id, Term: protocol.Term(d.IntN(int(d.term) + 1))}
	term := func() protocol.Term { return protocol.Term(d.IntN(int(d.term) + 1)) }
	index := func() protocol.Index { return protocol.Index(d.IntN(int(d.index) + 1)) }
	switch kind {
	case protocol.RequestVote, protocol.RequestPreVote:
		m.LastIndex, m.LastTerm = index(), term()
		m.Transfer = kind == protocol.RequestVote && d.IntN(2) == 1
	case protocol.RequestVoteResponse, protocol.RequestPreVoteResponse:
		m.Granted = d.IntN(2) == 1
	case protocol.AppendEntries:
		m.Prev, m.Commit = index(), index()
		if m.Prev > 0 {
			m.PrevTerm = term()
		}
		m.Entries = protocol.EntriesOf(d.entries(m.Prev, max(m.PrevTerm, 1), d.batch)...)
	case protocol.AppendEntriesResponse:
		m.Success, m.Match, m.Hint, m.HintTerm = d.IntN(2) == 1, index(), index(), term()
	case protocol.InstallSnapshot:
		m.LastIndex, m.LastTerm = index(), term()
		if n := d.IntN(len(d.configurations) + 1); n > 0 && m.LastIndex > 0 {
			m.Configuration = d.configurations[n-1]
		}
	case protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		m.Read = protocol.ReadID(d.IntN(int(d.read) + 1))
	}
	return m
}
