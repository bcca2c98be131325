package node

import (
	"bytes"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Network is what a stepped node sends by.
type Network = network

// Stepped is a node with its real files, without goroutines and network: what it has to do is done one by one, in the order that a test
// picks.
type Stepped struct {
	*Node
	Jobs   []func() // what runs beside the loop
	inline bool     // a job runs: what it has run beside itself ends before it goes on
	round  []Event
}

// OpenStepped returns a node that has recovered, and sends by net.
func OpenStepped(o Options, net Network) (*Stepped, error) {
	n, err := open(o)
	if err != nil {
		return nil, err
	}
	s := &Stepped{Node: n}
	n.transport = net
	n.begin = func(job func()) {
		if s.inline {
			job()
			return
		}
		s.Jobs = append(s.Jobs, job)
	}
	n.files <- struct{}{}
	return s, nil
}

// Steps are what the node could do now.
func (s *Stepped) Steps() (steps []func() error) {
	add := func(is bool, do func() error) {
		if is {
			steps = append(steps, do)
		}
	}
	n := s.Node
	add(len(n.inbox.wake) > 0, s.handleRound)
	add(len(n.syncs) > 0, func() error { <-n.syncs; n.sync(); return nil })
	add(len(n.files) > 0, func() error { <-n.files; _ = n.makeFile(); return nil })
	add(len(n.givenBack) > 0, func() error { <-n.givenBack; _ = n.makeFile(); return nil })
	add(len(n.forgets) > 0, func() error { <-n.forgets; _ = n.forget(); return nil })
	add(len(n.reads) > 0, func() error { n.read(<-n.reads); return nil })
	return steps
}

func (s *Stepped) handleRound() error {
	<-s.inbox.wake
	s.round = s.inbox.take(s.round, roundBytes)
	err := s.handle(s.round)
	clear(s.round)
	return err
}

// Work runs the oldest job to its end.
func (s *Stepped) Work() {
	job := s.Jobs[0]
	s.Jobs = s.Jobs[1:]
	inline := s.inline
	s.inline = true
	defer func() { s.inline = inline }()
	job()
}

// Deliver has a message arrive.
func (s *Stepped) Deliver(m protocol.Message, number uint64, payload []byte) {
	s.inbox.put(Arrived(&m, number, bytes.Clone(payload)))
}

// Tell has a digest or an accusation arrive.
func (s *Stepped) Tell(from protocol.NodeID, d transport.Digest) {
	(*realHost)(s.Node).Digested(from, d)
}

// Tick has a unit of time pass.
func (s *Stepped) Tick() {
	s.inbox.put(Tick())
	s.Tend()
}

// Tend tends snapshots.
func (s *Stepped) Tend() { s.tendSnapshots(s.options.Clock.Now()) }

// Given is how many snapshots are held for others.
func (s *Stepped) Given() int { return len(s.giving.open) }

// BeginStop tells the node to end.
func (s *Stepped) BeginStop() { s.beginStop() }

// Forsake has time pass in which nobody has asked for a snapshot.
func (s *Stepped) Forsake() { s.tendSnapshots(s.options.Clock.Now() + int64(sourceIdle)) }

// Ask asks the node for something long.
func (s *Stepped) Ask(from protocol.NodeID, request []byte) (answer []byte) {
	inline := s.inline
	s.inline = true
	defer func() { s.inline = inline }()
	(*realHost)(s.Node).Bulk(from, request, func(b []byte) { answer = bytes.Clone(b) })
	return answer
}

// Want has a snapshot be taken.
func (s *Stepped) Want(told func(answers []byte, err error)) { s.inbox.put(TakeSnapshot(told)) }

// Refuse has the replica say that a snapshot is not of the cluster's state.
func (s *Stepped) Refuse(index protocol.Index) {
	(*realHost)(s.Node).RefuseSnapshot(SnapshotID{Index: index}, ErrContested)
}

// PieceRequest asks for a piece.
func PieceRequest(index protocol.Index, term protocol.Term, offset int64) []byte {
	return pieceRequest{index: index, term: term, offset: offset}.encode()
}

// OffsetOf returns what a request for a piece asks for.
func OffsetOf(request []byte) int64 {
	r, _ := parsePieceRequest(request)
	return r.offset
}

// Wish has the replica ask for a snapshot.
func (s *Stepped) Wish(from protocol.NodeID, index protocol.Index) {
	(*realHost)(s.Node).FetchSnapshot(from, index, 1)
}

// Wished is which snapshot is being got, and whether that is given up.
func (s *Stepped) Wished() (index protocol.Index, givenUp bool) {
	f := &s.receiving
	return f.wish.index, f.ctx != nil && f.ctx.Err() != nil
}

// ReadStretch reads entries for a peer that is behind.
func (s *Stepped) ReadStretch(first, last protocol.Index) ([]Entry, error) {
	return s.readStretch(Reading{First: first, Last: last, Bytes: 1 << 20})
}

// Deny has a peer say that its state is another one than any.
func (s *Stepped) Deny(peer protocol.NodeID, at protocol.Index) {
	s.Tell(peer, transport.Digest{Version: digestVersion, Index: at, Sum: 77})
}

// Givers are those who are asked for a snapshot, in order.
func (s *Stepped) Givers(first protocol.NodeID) []protocol.NodeID {
	s.receiving.from = first
	d := download{n: s.Node}
	return d.order()
}

// ForgetBelow removes what is older than a base, as far as it can.
func (s *Stepped) ForgetBelow(base protocol.Index) error { return s.forgetBelow(base) }

// Files are the node's log and snapshots.
func (s *Stepped) Files() (*wal.Log, *snapshot.Store) { return s.log, s.store }

// Close frees the folders, and ends what goes on.
func (s *Stepped) Close() {
	s.beginStop()
	for len(s.Jobs) > 0 {
		s.Work()
	}
	_ = s.closeFolders()
}

// DigestAt is the digest after an entry, as far as the replica knows it.
func (s *Stepped) DigestAt(k protocol.Index) (sum uint64, ok bool) { return s.replica.digests.at(k) }
