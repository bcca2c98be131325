package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Event is one thing that happened to a replica: Arrived, Tick, Idle, Synced, Failed, Proposed, Called,
// Answered, WasRead, Accused, Condemned, Digested, Resumed, RoomMade, Gone, Transfer, TakeSnapshot, SnapshotTaken, SnapshotFailed,
// SnapshotFetched, FetchFailed or Change.
type Event struct {
	kind     eventKind
	message  *protocol.Message
	bytes    []byte // payload, commands, request or response
	number   uint64 // mark, call, index, or sum; of a message the one that came with it
	answers  int
	reader   Reader
	deadline int64
	age      int64 // ns since what is proposed came
	waiter   any   // Waiter or Caller
	err      error
	entries  []Entry
	snapshot *Snapshot

	from       protocol.NodeID
	index      protocol.Index
	accusation Accusation
	change     *Changing
}

type eventKind uint8

const (
	arrived eventKind = 1 + iota
	ticked
	idled
	synced
	failed
	proposed
	called
	answered
	wasRead
	accused
	condemned
	digested
	resumed
	roomMade
	gone
	transfer
	snapshotWanted
	snapshotTaken
	snapshotFailed
	snapshotFetched
	fetchFailed
	changing
)

// Arrived is the arrival of a message with what its sender's Send attached: a number and a payload. The replica keeps the
// payload: nobody may change it any more.
func Arrived(m *protocol.Message, number uint64, payload []byte) Event {
	return Event{kind: arrived, message: m, number: number, bytes: payload}
}

// Tick is the passing of one unit of raft's time; deadlines are looked at then.
func Tick() Event { return Event{kind: ticked} }

// Idle is Tick where the replica may not campaign yet: for waiters time passes, for raft it stands still.
func Idle() Event { return Event{kind: idled} }

// Synced answers Host.Sync: all that was appended up to mark is durable.
func Synced(mark raft.Mark) Event { return Event{kind: synced, number: uint64(mark)} }

// Failed is a fault after which the host can't go on, such as a failed write or sync. It stops the replica.
func Failed(err error) Event { return Event{kind: failed, err: err} }

// Proposed is a local wish to have commands applied in one entry. answers is what StateMachine.Count
// says of them, deadline is of Host.Now. Host.Reply tells the waiter, once. The commands may not
// change before.
func Proposed(commands []byte, answers int, deadline int64, w Waiter) Event {
	return Event{kind: proposed, bytes: commands, answers: answers, deadline: deadline, waiter: w}
}

// Aged returns a Proposed whose commands came so many ns ago: how long it may wait counts from then.
func (e Event) Aged(age int64) Event {
	e.age = age
	return e
}

// Called is the arrival of a request that another replica's Forward sent. Host.Respond answers the
// caller, once. The request may not change before.
func Called(request []byte, c Caller) Event {
	return Event{kind: called, bytes: request, waiter: c}
}

// Answered ends a call of Host.Forward: with the response, or with an error that wraps ErrNotApplied
// if nothing was sent, and ErrUnknown otherwise.
func Answered(call uint64, response []byte, err error) Event {
	return Event{kind: answered, number: call, bytes: response, err: err}
}

// WasRead answers Host.ReadAhead: the entries from first on; fewer than asked for, or none, where the log has no more. The
// replica keeps them.
func WasRead(to Reader, first protocol.Index, entries []Entry) Event {
	return Event{kind: wasRead, reader: to, number: uint64(first), entries: entries}
}

// Accused is what another node's Host.Accuse sent: about the folder that the accused has now, as far as this node knows.
func Accused(by protocol.NodeID, a Accusation) Event {
	return Event{kind: accused, from: by, accusation: a}
}

// Condemned answers Host.Condemn: it is durable. It may also come unasked, for what the host found out by itself.
func Condemned(a Accusation) Event { return Event{kind: condemned, accusation: a} }

// Digested is what another node's Host.SendDigest sent.
func Digested(from protocol.NodeID, d Digest) Event {
	return Event{kind: digested, from: from, index: d.Index, number: d.Sum}
}

// Resumed answers Host.Resume.
func Resumed() Event { return Event{kind: resumed} }

// RoomMade says that Host.Room has grown: what waits for that may go on. It need not come.
func RoomMade() Event { return Event{kind: roomMade} }

// Gone is the word that a peer's process has ended, as far as its host can tell. It may be wrong, or never come.
func Gone(peer protocol.NodeID) Event { return Event{kind: gone, from: peer} }

// Transfer is a wish that a replica lead in this one's place; Nil: whichever is fit for it. Host.Reply tells the waiter, once,
// without answers: nil once that one is known to lead. Otherwise it is a *NotLeaderError, ErrNoSuchNode, ErrTransferring,
// ErrUnanswered, ErrLeadsOn, ErrNoSuccessor or ErrStopped.
func Transfer(to protocol.NodeID, w Waiter) Event { return Event{kind: transfer, from: to, waiter: w} }

// TakeSnapshot is a wish for a snapshot of what is applied now. Host.Reply tells the waiter, once: the answers are the index that it
// covers, 8 bytes, little-endian, once it is durable; where there is one of that index already, that one's. Otherwise it is why not: ErrNotApplied is
// wrapped.
func TakeSnapshot(w Waiter) Event { return Event{kind: snapshotWanted, waiter: w} }

// Change is a wish that others be members. Host.Reply tells the waiter, once, without answers: nil once that is in the leader's log, or there is nothing to
// do. How far it is the members say. Otherwise the error wraps ErrNotApplied.
func Change(c *Changing, w Waiter) Event { return Event{kind: changing, change: c, waiter: w} }

// SnapshotTaken answers Host.TakeSnapshot: it is durable, and its file has so many bytes.
func SnapshotTaken(index protocol.Index, bytes int64) Event {
	return Event{kind: snapshotTaken, index: index, number: uint64(bytes)}
}

// SnapshotFailed answers Host.TakeSnapshot: nothing is kept of it. An error that wraps ErrNoRoom says that there is no room on the disk.
func SnapshotFailed(err error) Event { return Event{kind: snapshotFailed, err: err} }

// SnapshotFetched answers Host.FetchSnapshot.
func SnapshotFetched(s *Snapshot) Event { return Event{kind: snapshotFetched, snapshot: s} }

// FetchFailed answers Host.FetchSnapshot: nobody has given it yet. The replica goes on asking.
func FetchFailed(index protocol.Index, err error) Event {
	return Event{kind: fetchFailed, index: index, err: err}
}
