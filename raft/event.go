package raft

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Mark numbers the writes of the mechanism, one action at most one write, without gaps.
type Mark uint64

// Event is one thing that happened: Received, Tick, Proposed, Change, Restate, Durable, Supplied, Gone, Transfer, Read or Compact.
type Event struct {
	kind    eventKind
	message *protocol.Message
	count   int
	mark    Mark
	peer    protocol.NodeID
	index   protocol.Index

	voters, learners protocol.NodeSet
}

type eventKind uint8

const (
	received eventKind = 1 + iota
	ticked
	proposed
	durable
	supplied
	gone
	transferred
	asked
	compacted
	changed
	restated
)

// Received is the arrival of a message. Step only reads it, and keeps nothing of it
// but its entries.
func Received(m *protocol.Message) Event { return Event{kind: received, message: m} }

// Tick is the passing of one unit of time.
func Tick() Event { return Event{kind: ticked} }

// Proposed is the wish to append n commands, n > 0. Output.Proposed tells where they went.
func Proposed(n int) Event { return Event{kind: proposed, count: n} }

// Change is the wish that these decide, and those only be sent what is appended. Output.Proposed tells where the entry went that begins it, or
// why there is none. It has a payload of the caller's like any other; where voters change another entry ends it (Output.LeftJoint). Who is
// made a voter should be Level.
func Change(voters, learners protocol.NodeSet) Event {
	return Event{kind: changed, voters: voters, learners: learners}
}

// Restate is the wish that what is in force be appended again, since the caller has something else to say of the same members: where they are
// found, say. Who decides and who learns stays. Output.Proposed tells as of a Change.
func Restate() Event { return Event{kind: restated} }

// Durable is the disk's word that all writes up to mark are on stable storage. A mark
// that was acknowledged before changes nothing; one that was never given out is a broken
// contract and panics.
func Durable(mark Mark) Event { return Event{kind: durable, mark: mark} }

// Supplied is the word that payloads which Config.Fit lacked are at hand: entries that wait for
// them may be sent.
func Supplied() Event { return Event{kind: supplied} }

// Gone is the word that a peer's process has ended: where it listened nobody does. A follower whose leader that is waits
// for nothing and campaigns within some ticks. For any other peer, and where it was wrong, nothing is lost.
func Gone(peer protocol.NodeID) Event { return Event{kind: gone, peer: peer} }

// Transfer is the wish that a peer lead. Transferring tells whether it is tried. A replica that does not lead, or hears from no
// such peer, does nothing. Which peer is fit for it is the caller's to say, who knows of disks.
func Transfer(to protocol.NodeID) Event { return Event{kind: transferred, peer: to} }

// Read is the wish to read n times, n > 0, what is committed now or later. Output.Reads of this step or a later one tells of
// them, in the order in which they came. How many wait is the caller's to bound.
func Read(n int) Event { return Event{kind: asked, count: n} }

// Compact is the word that a snapshot of all up to index, which is applied, is durable: the log is to begin behind it. A candidate
// does not take it, and who has a longer one neither: the write in the output tells; it is asked again with a later snapshot.
func Compact(index protocol.Index) Event { return Event{kind: compacted, index: index} }

// String tells the event for people.
func (e Event) String() string {
	switch e.kind {
	case received:
		return fmt.Sprintf("Received(%v)", *e.message)
	case ticked:
		return "Tick()"
	case proposed:
		return fmt.Sprintf("Proposed(%d)", e.count)
	case durable:
		return fmt.Sprintf("Durable(%d)", e.mark)
	case supplied:
		return "Supplied()"
	case gone:
		return fmt.Sprintf("Gone(%d)", e.peer)
	case transferred:
		return fmt.Sprintf("Transfer(%d)", e.peer)
	case asked:
		return fmt.Sprintf("Read(%d)", e.count)
	case changed:
		return fmt.Sprintf("Change(%v, %v)", e.voters, e.learners)
	case restated:
		return "Restate()"
	case compacted:
		return fmt.Sprintf("Compact(%d)", e.index)
	}
	return "no event"
}
