package node_test

// Goal: whatever a peer sends, the replica goes on: it handles what a correct peer could have sent, and rejects the rest.
// Method: a replica of three on a host without a disk, and peers that draw messages near to what it holds and far from it,
// with bundles that fit and that do not.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ledger is a host whose disk is a slice.
type ledger struct {
	idleHost
	entries  []node.Entry
	rejected int
}

func (h *ledger) Append(r *node.Record) error {
	h.last = r.Mark
	if len(r.Entries) == 0 {
		return nil
	}
	h.entries = h.entries[:r.Prev]
	for _, e := range r.Entries {
		e.Payload = bytes.Clone(e.Payload)
		h.entries = append(h.entries, e)
	}
	return nil
}

func (h *ledger) ReadEntry(k protocol.Index) (node.Entry, error) { return h.entries[k-1], nil }

func (h *ledger) ReadAhead(node.Reading) {}

func (h *ledger) Reject(protocol.NodeID, error) { h.rejected++ }

// strict is a list whose Stamp looks at all of a payload, as that of the service does.
type strict struct{ *list }

func (s strict) Stamp(payload []byte) (uint64, error) {
	stamp, err := s.list.Stamp(payload)
	switch {
	case err != nil:
		return 0, err
	case payload[0] == kindCommands:
		_, err = s.Count(payload[headLength:])
	case payload[0] == kindBootstrap && len(payload) != headLength+8, payload[0] != kindBootstrap && payload[0] != kindNoOp:
		err = errors.New("no entry of this version")
	}
	return stamp, err
}

// bundle is the payloads of a message, a length in front of each.
func bundle(payloads ...[]byte) (b []byte) {
	for _, p := range payloads {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}

// liar draws what peers say to a replica.
type liar struct {
	*rand.Rand
	machine strict
}

func (l liar) one(of ...uint64) uint64 { return of[l.IntN(len(of))] }

func (l liar) payload() []byte {
	switch l.IntN(6) {
	case 0:
		return []byte("no entry at all")
	case 1:
		return append(l.machine.AppendHeader(nil, 7), 9, 1)
	case 2:
		return make([]byte, 2<<10) // more than an entry may have
	}
	return append(l.machine.AppendHeader(nil, 7), command("x")...)
}

func (l liar) says(st node.Status) (protocol.Message, []byte) {
	last, commit, term := uint64(st.LastIndex), uint64(st.CommitIndex), uint64(st.Term)
	index := func() protocol.Index {
		return protocol.Index(l.one(0, 1, commit, commit+1, last, last, last+1, uint64(protocol.MaxIndex)))
	}
	terms := func() protocol.Term { return protocol.Term(l.one(0, 1, term, term, term, term+1)) }
	m := protocol.Message{Type: protocol.MessageType(l.one(1, 2, 3, 4, uint64(protocol.InstallSnapshot))), From: protocol.NodeID(l.IntN(4) + 1), To: protocol.NodeID(l.one(1, 1, 1, 2)), Term: terms()}
	var payloads [][]byte
	switch m.Type {
	case protocol.RequestVote:
		m.LastIndex, m.LastTerm = index(), terms()
	case protocol.InstallSnapshot:
		m.LastIndex, m.LastTerm = index(), terms()
	case protocol.RequestVoteResponse:
		m.Granted = l.IntN(2) == 0
	case protocol.AppendEntries:
		m.Prev, m.PrevTerm, m.Commit = index(), terms(), index()
		var entries []protocol.Entry
		for range l.IntN(3) + 32*l.IntN(12)/11 {
			entries = append(entries, protocol.Entry{Term: terms(), Value: protocol.Value(l.one(1, 1, 1, 2, 3))})
			payloads = append(payloads, l.payload())
		}
		m.Entries = protocol.EntriesOf(entries...)
	case protocol.AppendEntriesResponse:
		m.Success, m.Match, m.Hint, m.HintTerm = l.IntN(2) == 0, index(), index(), terms()
		if l.IntN(2) == 0 {
			m.Hint, m.HintTerm = 0, 0
		}
	}
	attached := bundle(payloads...)
	if l.IntN(8) == 0 {
		attached = append(attached, 1, 2, 3)
	}
	return m, attached
}

// number is one that an append may have had; a refusal that says it back may be the end of who says it.
func (l liar) number() uint64 { return l.one(0, 0, 0, 0, 0, 0, 1, math.MaxUint64) }

// deceived has peers lie to a replica, after a leader has begun the log, and returns why it ended, and what it rejected.
func deceived(seed uint64) (rejected int, err error) {
	h, servers := &ledger{}, protocol.Nodes(1, 2, 3)
	l := liar{rand.New(rand.NewPCG(seed, 14)), strict{listOf(servers)}}
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers, Seed: seed, ElectionTicks: 10, HeartbeatTicks: 3}, MaxEntryBytes: 1 << 10}, h, strict{listOf(servers)}, node.Recovered{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panicked: %v", broken)
		}
		rejected = h.rejected
	}()
	begin := protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 1, Entries: protocol.EntriesOf(protocol.Entry{Term: 1, Value: protocol.NoOp}), Commit: 1}
	if err := r.Handle(node.Arrived(&begin, 0, bundle(l.machine.AppendBootstrap(nil, 5)))); err != nil {
		return 0, err
	}
	for range 300 {
		events := []node.Event{node.Tick(), node.Resumed()}
		if h.syncing && l.IntN(3) > 0 {
			h.syncing = false
			events = append(events, node.Synced(h.last))
		}
		if l.IntN(4) == 0 {
			events = append(events, node.Proposed(command("own"), 1, 1<<40, 1))
		}
		if l.IntN(4) == 0 {
			events = append(events, node.Called([]byte{1, 2, 3}[:l.IntN(4)], 1))
		}
		m, attached := l.says(r.Status())
		events = append(events, node.Digested(m.From, node.Digest{Index: m.Prev, Sum: l.Uint64()}), node.Arrived(&m, l.number(), attached))
		if err := r.Handle(events...); err != nil {
			return 0, fmt.Errorf("after %v: %w", m, err)
		}
	}
	return 0, nil
}

// tellLies returns how a replica was stopped by what peers said.
func tellLies() error {
	for seed := range uint64(100) {
		if _, err := deceived(seed); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

func TestNoPeerStopsAReplica(t *testing.T) {
	require.NoError(t, tellLies())
	rejected, err := deceived(1)
	require.NoError(t, err)
	require.Greater(t, rejected, 30, "lies were told")
}
