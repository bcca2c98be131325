package node_test

// A keeper that follows a leader, or is made to lead: the test is its peers.

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

var three = protocol.Nodes(1, 2, 3)

// payload is that of entry k of the log that leaders of term 1 have: of three servers, and with a stamp.
func payload(k protocol.Index) []byte {
	l := listOf(three)
	if k == 1 {
		return l.AppendBootstrap(nil, stampOf(k))
	}
	return append(l.AppendHeader(nil, stampOf(k)), command(text(k))...)
}

// stampOf is its stamp; 0 of no entry.
func stampOf(k protocol.Index) uint64 {
	if k == 0 {
		return 0
	}
	return 1000 + uint64(k)
}

func text(k protocol.Index) string { return fmt.Sprint("entry ", k) }

// following is replica 1 of three, and has nothing yet.
func following(cfg node.Config) (*keeper, error) {
	k := newKeeper(1, three, cfg)
	return k, k.start()
}

// feed brings entries up to last from a leader, 2, some at a time, all committed; of the last ones the disk has no word of that.
func (k *keeper) feed(last protocol.Index) error {
	for at := k.replica.Status().LastIndex; at < last; {
		m := protocol.Message{Type: protocol.AppendEntries, From: 2, To: k.id, Term: max(1, k.replica.Status().Term), Prev: at}
		if at > 0 {
			m.PrevTerm = 1
		}
		var payloads [][]byte
		for n := 0; n < 4 && at < last; n++ {
			at++
			m.Entries.Add(protocol.Run{Term: 1, Value: protocol.Command, Count: 1})
			payloads = append(payloads, payload(at))
		}
		m.Commit = m.Prev
		heard := beat(2, m.Term, node.SnapshotID{Index: at, Term: 1})
		heard.Commit = at
		if err := k.handle(node.Arrived(&m, 0, bundle(payloads...)), node.Arrived(heard, 0, nil)); err != nil {
			return err
		}
	}
	return nil
}

// hear brings a leader's heartbeat behind its snapshot, and its word of that.
func (k *keeper) hear(leader protocol.NodeID, term protocol.Term, s node.SnapshotID) error {
	return k.handle(node.Arrived(beat(leader, term, s), 0, nil), node.Arrived(word(leader, term, s), 0, nil))
}

func beat(leader protocol.NodeID, term protocol.Term, s node.SnapshotID) *protocol.Message {
	return &protocol.Message{Type: protocol.AppendEntries, From: leader, To: 1, Term: term, Prev: s.Index, PrevTerm: s.Term}
}

func word(leader protocol.NodeID, term protocol.Term, s node.SnapshotID) *protocol.Message {
	return &protocol.Message{Type: protocol.InstallSnapshot, From: leader, To: 1, Term: term, LastIndex: s.Index, LastTerm: s.Term}
}

// snapshotOf is a snapshot of entry n, as a replica that has applied all takes it.
func snapshotOf(n protocol.Index) (kept, error) {
	k, err := following(interval(1 << 30))
	if err != nil {
		return kept{}, err
	}
	if err := errors.Join(k.feed(n), k.handle(node.TakeSnapshot("me"))); err != nil {
		return kept{}, err
	}
	all, err := file(k.taking[0])
	return kept{k.taking[0].SnapshotID, all}, err
}

// campaign has time pass until the replica is a candidate.
func (k *keeper) campaign() error {
	for range 500 {
		k.sent = nil
		if err := k.handle(node.Tick()); err != nil {
			return err
		}
		for _, m := range k.sent {
			if m.Type != protocol.RequestPreVote || m.To != 2 {
				continue
			}
			granted := protocol.Message{Type: protocol.RequestPreVoteResponse, From: 2, To: 1, Term: m.Term, Granted: true}
			if err := k.handle(node.Arrived(&granted, 0, nil)); err != nil {
				return err
			}
		}
		if k.replica.Status().Role == protocol.Candidate {
			return nil
		}
	}
	return errors.New("it does not campaign")
}

// win has a candidate lead, and what it has be committed.
func (k *keeper) win() error {
	vote := protocol.Message{Type: protocol.RequestVoteResponse, From: 2, To: 1, Term: k.replica.Status().Term, Granted: true}
	if err := k.handle(node.Arrived(&vote, 0, nil)); err != nil {
		return err
	}
	s := k.replica.Status()
	if s.Role != protocol.Leader {
		return errors.New("it does not lead")
	}
	has := protocol.Message{Type: protocol.AppendEntriesResponse, From: 2, To: 1, Term: s.Term, Success: true, Match: s.LastIndex}
	return k.handle(node.Arrived(&has, 0, nil))
}

// holds returns an error where the replica has not applied what leaders of term 1 have, or knows of a log that it should not.
func (k *keeper) holds() error {
	s := k.replica.Status()
	if s.Err != nil {
		return s.Err
	}
	if s.Applied != protocol.Index(k.machine.index) {
		return fmt.Errorf("it says that %d entries are applied, %d are", s.Applied, k.machine.index)
	}
	if want := stampOf(s.LastIndex); s.LogTime != want {
		return fmt.Errorf("log time is %d behind entry %d, expected %d", s.LogTime, s.LastIndex, want)
	}
	for n, got := range k.machine.commands {
		if want := text(protocol.Index(n) + 2); got != want {
			return fmt.Errorf("command %d is %q, expected %q", n, got, want)
		}
	}
	if want := max(1, int(s.Applied)) - 1; len(k.machine.commands) != want {
		return fmt.Errorf("%d commands are applied, expected %d", len(k.machine.commands), want)
	}
	if s.SnapshotIndex > s.Snapshot.Index || s.Snapshot.Index > s.Applied || s.Applied > s.LastIndex {
		return fmt.Errorf("the log begins behind %d, the newest snapshot is of %d, %d of %d entries are applied",
			s.SnapshotIndex, s.Snapshot.Index, s.Applied, s.LastIndex)
	}
	return nil
}
