package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Accusation says that a node's folder is not to be trusted any more: nobody takes its votes, its acknowledgements or its
// entries again, and it takes part nowhere.
type Accusation struct {
	Node   protocol.NodeID
	Reason Reason
	// Why is what was seen, for the log of who saw it; empty where it was told by another node.
	Why string
}

// Reason is why a node is kept out.
type Reason uint8

// The reasons.
const (
	// RolledBack: it lacks what it had acknowledged. Its folder is an older copy, or its disk lost what it had synced.
	RolledBack Reason = 1
	// Diverged: after the same number of entries its state is another than a majority's.
	Diverged Reason = 2
)

// String says it of a node.
func (r Reason) String() string {
	switch r {
	case RolledBack:
		return "lost what it had"
	case Diverged:
		return "its state differs from a majority's"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Why a replica that is accused itself stops for good.
var (
	// ErrRolledBack: the replica's log lacks what it had acknowledged.
	ErrRolledBack = errors.New("this node lacks entries which it had acknowledged: its folder is an older copy, or its disk lost what it had synced; " +
		"it takes part no more, and no copy of the folder does; the other nodes go on without it")

	// ErrDiverged: the replica's state differs from that of a majority at the same index.
	ErrDiverged = errors.New("this node's state differs from that of a majority after the same entries; " +
		"it takes part no more; the other nodes go on without it; keep the folder: it shows what happened")
)

// Err is why the replica of the accused node stops.
func (a *Accusation) Err() error {
	err := ErrRolledBack
	if a.Reason == Diverged {
		err = ErrDiverged
	}
	if a.Why == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, a.Why)
}

// A follower that refuses an append which its leader sent after it knew of the follower's acknowledgement, and whose log ends
// below what it acknowledged, has lost that. In a network that reorders a refusal from before the acknowledgement looks just
// alike; so a leader numbers its appends, and a refusal that is made while one is handled says its number back. A follower that
// lost nothing never does that: its disk had what it acknowledged before the leader heard of it, in the same term its log
// only grows, and the hint of its refusal is never below what both logs have in common.

// numbers are those of the appends that this replica sends and handles.
type numbers struct {
	last    uint64                         // the last one given to an append
	risen   [protocol.MaxNodeID + 1]uint64 // last, when a peer's matchIndex rose last
	handled numbered                       // the append that is handled now
}

// numbered is an append as a refusal of it is known by.
type numbered struct {
	from   protocol.NodeID
	term   protocol.Term
	number uint64
}

// of is the number that goes with a message: a new one, the one of what it refuses, or none.
func (n *numbers) of(m *protocol.Message) uint64 {
	switch h := &n.handled; {
	case m.Type == protocol.AppendEntries:
		n.last++
		return n.last
	case isRefusal(m) && m.To == h.from && m.Term == h.term:
		return h.number
	}
	return 0
}

func isRefusal(m *protocol.Message) bool {
	return m.Type == protocol.AppendEntriesResponse && !m.Success
}

// receive has the core handle a message, and notes when a peer's matchIndex rises: before anything is sent because of it.
func (r *Replica) receive(m *protocol.Message, number uint64) error {
	before := r.core.Acknowledged(m.From)
	out := r.core.Step(raft.Received(m))
	if r.core.Acknowledged(m.From) > before {
		r.numbers.risen[m.From] = r.numbers.last
	}
	if m.Type == protocol.AppendEntries {
		r.numbers.handled = numbered{m.From, m.Term, number}
	}
	err := r.execute(out)
	r.numbers.handled = numbered{}
	return err
}

// checkNumber returns an error for a refusal that says a number back which this leader never gave.
func (r *Replica) checkNumber(m *protocol.Message, number uint64) error {
	if r.judges(m) && number > r.numbers.last {
		return fmt.Errorf("%w: append %d is refused, the last one sent was number %d", protocol.ErrImpossible, number, r.numbers.last)
	}
	return nil
}

// judges reports whether m refuses an append of the term that this replica leads.
func (r *Replica) judges(m *protocol.Message) bool {
	return isRefusal(m) && r.core.Role() == protocol.Leader && m.Term == r.core.Term()
}

// accuses takes a message that proves a loss, and returns whether it was one.
func (r *Replica) accuses(m *protocol.Message, number uint64) bool {
	if r.accusesCandidate(m) {
		return true
	}
	match := r.core.Acknowledged(m.From)
	if !r.judges(m) || !lostWhatItHad(number, r.numbers.risen[m.From], m.Hint, match) {
		return false
	}
	r.condemn(Accusation{m.From, RolledBack, fmt.Sprintf(
		"it acknowledged the log up to entry %d in term %d, and now refuses what follows since it has at most entry %d", match, m.Term, m.Hint)})
	return true
}

// accusesCandidate takes a candidacy that proves a loss, and returns whether it was one: after it, another leader would not know
// what was acknowledged. It is of a later term than the acknowledgement, so it was sent later, and what is committed no log gives up.
// A pre-vote is no such proof: it names the term after the one in which it was sent, maybe before the acknowledgement.
func (r *Replica) accusesCandidate(m *protocol.Message) bool {
	if m.Type != protocol.RequestVote || r.core.Role() != protocol.Leader || m.Term <= r.core.Term() {
		return false
	}
	had := min(r.core.Acknowledged(m.From), r.core.CommitIndex())
	if !campaignsWithout(m.LastIndex, had) {
		return false
	}
	r.condemn(Accusation{m.From, RolledBack, fmt.Sprintf(
		"it acknowledged the log up to entry %d in term %d, and now campaigns with one that ends at entry %d", had, r.core.Term(), m.LastIndex)})
	return true
}

// outcasts are the nodes that are kept out, by id.
type outcasts [protocol.MaxNodeID + 1]outcast

type outcast struct {
	reason  Reason // 0: the node is not one
	durable bool   // the host has it on disk: it may be told
}

func (o *outcasts) has(id protocol.NodeID) bool { return o[id].reason != 0 }

// condemn keeps a peer out from now on, and has that made durable.
func (r *Replica) condemn(a Accusation) {
	if r.out.has(a.Node) {
		return
	}
	r.out[a.Node].reason = a.Reason
	keep(r, a)
}

// accused takes another node's word. One that is kept out itself is not listened to.
func (r *Replica) accused(by protocol.NodeID, a Accusation) error {
	if r.out.has(by) || !r.everybody().Has(a.Node) {
		return nil
	}
	if a.Node == r.cfg.Raft.ID {
		return r.condemnSelf(a)
	}
	r.condemn(a)
	return nil
}

// condemnSelf is the end of this replica. Its error says why. The others are told at once: they are told the truth in any case.
func (r *Replica) condemnSelf(a Accusation) error {
	keep(r, a)
	r.out[a.Node].reason = a.Reason
	r.tellOf(a.Node)
	return a.Err()
}

// condemned: the host has it on disk.
func (r *Replica) condemned(a Accusation) error {
	if a.Node == r.cfg.Raft.ID {
		return a.Err()
	}
	r.out[a.Node] = outcast{a.Reason, true}
	r.tellOf(a.Node)
	return nil
}

// tellOf tells all other nodes that one is kept out, that one too.
func (r *Replica) tellOf(id protocol.NodeID) {
	servers := r.everybody()
	for j := servers.Next(protocol.Nil); j != protocol.Nil; j = servers.Next(j) {
		if j != r.cfg.Raft.ID {
			r.host.Accuse(j, Accusation{Node: id, Reason: r.out[id].reason})
		}
	}
}

// tellOfOutcasts repeats it, for those who were not there.
func (r *Replica) tellOfOutcasts() {
	for id := range r.out {
		if r.out[id].durable {
			r.tellOf(protocol.NodeID(id))
		}
	}
}

// kept returns who is kept out, ids ascending.
func (o *outcasts) kept() (all []Accusation) {
	for id := range o {
		if o[id].reason != 0 {
			all = append(all, Accusation{Node: protocol.NodeID(id), Reason: o[id].reason})
		}
	}
	return all
}
