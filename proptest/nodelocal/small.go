package main

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// hardState is a term, a vote, a log and a hint at what is committed. A snapshot stands for the log's first entries, up to
// base.
type hardState struct {
	term   protocol.Term
	vote   protocol.NodeID
	log    []protocol.Entry
	commit protocol.Index
	base   protocol.Index
}

// said is the configuration of the last entry up to the base that is one.
func (h *hardState) said() (c protocol.Configuration) {
	for _, e := range h.log[:h.base] {
		if e.Value == protocol.Configured {
			c = e.Configuration
		}
	}
	return c
}

// baseTerm is the term of the entry at the base.
func (h *hardState) baseTerm() protocol.Term {
	if h.base == 0 {
		return 0
	}
	return h.log[h.base-1].Term
}

// write is a write on its way to the disk.
type write struct {
	hardState
	out []protocol.Message
}

// small is the state of a node, reachable or not. What is by node is in the order of the servers.
type small struct {
	id      protocol.NodeID
	servers int // the servers are 1..servers

	hard, disk hardState
	pending    []write

	role        protocol.Role
	votes       protocol.NodeSet
	next, match []protocol.Index
	readID      protocol.ReadID
	readIndex   protocol.Index
	acked       []protocol.ReadID
}

// server is the set of servers.
func (s *small) server() protocol.NodeSet { return protocol.NodeSet(1<<(s.servers+1) - 2) }

// encode writes the state as protocol.Node.AppendState does.
func (s *small) encode() []byte {
	b := binary.AppendUvarint([]byte{byte(s.id)}, uint64(s.server()))
	b = s.hard.append(b)
	b = s.disk.append(b)
	b = append(b, byte(len(s.pending)))
	for k := range s.pending {
		b = appendMessages(s.pending[k].append(b), s.pending[k].out)
	}
	b = append(b, byte(s.role), byte(s.votes))
	for k := range s.servers {
		b = append(b, byte(s.next[k]), byte(s.match[k]))
	}
	b = append(b, byte(s.readID), byte(s.readIndex))
	for k := range s.servers {
		b = append(b, byte(s.acked[k]))
	}
	return b
}

func (h *hardState) append(b []byte) []byte {
	var runs protocol.Entries
	for _, e := range h.log[h.base:] {
		runs.Add(protocol.Run{Term: e.Term, Value: e.Value, Count: 1, Configuration: e.Configuration})
	}
	b = append(b, byte(h.term), byte(h.vote), byte(h.base), byte(h.baseTerm()))
	b = append(appendConfiguration(b, h.said()), byte(runs.Runs()))
	for k := range runs.Runs() {
		r := runs.Run(k)
		b = append(b, byte(r.Term), byte(r.Value), byte(r.Count))
		if r.Value == protocol.Configured {
			b = appendConfiguration(b, r.Configuration)
		}
	}
	return append(b, byte(h.commit))
}

func appendConfiguration(b []byte, c protocol.Configuration) []byte {
	if c.Voters == 0 {
		return append(b, 0)
	}
	return append(b, byte(c.Voters), byte(c.Next), byte(c.Learners))
}

func appendMessages(b []byte, set []protocol.Message) []byte {
	var encoded [][]byte
	for k := range set {
		encoded = append(encoded, protocol.AppendMessage(nil, &set[k]))
	}
	slices.SortFunc(encoded, bytes.Compare)
	return append(append(b, byte(len(set))), bytes.Join(encoded, nil)...)
}
