package protocol

// Role is what a node is in its current term (§5.1).
type Role uint8

// The roles.
const (
	Follower  Role = 1
	Candidate Role = 2
	Leader    Role = 3
)

// HardState is what must survive a crash, and a hint that may be old: Commit is what the
// node knew to be committed when it wrote the rest.
// Invariant: Commit <= Log.LastIndex(), and all up to it is committed.
type HardState struct {
	Term   Term
	Vote   NodeID
	Log    Log
	Commit Index
}

// Write is one atomic change of the hard state: term and vote, and the log that begins behind
// Base, keeps its entries from there up to Prev and goes on with Entries: Base <= Prev. Commit rides along; by itself it is
// never written.
type Write struct {
	Term     Term
	Vote     NodeID
	Base     Index
	BaseTerm Term
	Prev     Index
	Entries  Entries
	Commit   Index

	BaseConfiguration Configuration // what is in force at Base
}

// write is a Write on its way to the disk, with the messages that leave only then.
type write struct {
	Write
	out []Message
}

// Output collects what actions want done: the writes in order, as one stream, and the
// messages that may leave at once. Actions only append to it.
type Output struct {
	Writes   []Write
	Messages []Message
}

// Node is one node: the variables of the specification at index i, and nothing else.
type Node struct {
	id     NodeID  // the index i
	server NodeSet // the constant Server

	// Hard state as the node sees it, durable or not.
	currentTerm Term
	votedFor    NodeID
	log         Log

	disk    *HardState // what the host acknowledged to be durable
	pending queue      // writes not yet acknowledged, first in first out

	role         Role
	commitIndex  Index   // Invariant: commitIndex <= log.LastIndex().
	votesGranted NodeSet // who else voted for i in currentTerm; empty but for candidates

	// By node; 0 but for leaders. Invariant of a leader: matchIndex[j] < nextIndex[j].
	nextIndex  []Index // where to resume sending
	matchIndex []Index // up to where j said that its disk agrees

	// Of reads; 0 but for leaders. Invariant: readAcked[j] <= readID.
	readID    ReadID   // the newest id that reads got
	readIndex Index    // what these must see
	readAcked []ReadID // by node: with which id it said last that it knows no later term
}

// New returns node id of server as it comes up with what its disk holds: it knows at once
// of what was committed as much as its last write says. It takes the disk over. Where that has no configuration all servers decide; another
// first one is that of the empty log (Log.Under). It panics where id is not in server: that is a program's fault.
func New(id NodeID, server NodeSet, disk HardState) *Node {
	assert(server.Has(id) && !server.Has(Nil), "a node is one of its servers")
	i := &Node{id: id, server: server, disk: &disk, role: Follower}
	i.nextIndex = make([]Index, i.progressLen())
	i.matchIndex = make([]Index, i.progressLen())
	i.readAcked = make([]ReadID, i.progressLen())
	d := recovered(i)
	i.currentTerm, i.votedFor, i.log, i.commitIndex = d.Term, d.Vote, d.Log.clone(), d.Commit
	return i
}

// progressLen is one more than the highest id, so that ids are subscripts.
func (i *Node) progressLen() int {
	highest := Nil
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		highest = j
	}
	return int(highest) + 1
}

// ID returns the node's id.
func (i *Node) ID() NodeID { return i.id }

// Server returns all nodes of the cluster.
func (i *Node) Server() NodeSet { return i.server }

// CurrentTerm returns the latest term the node has seen.
func (i *Node) CurrentTerm() Term { return i.currentTerm }

// VotedFor returns whom the node voted for in its current term, or Nil.
func (i *Node) VotedFor() NodeID { return i.votedFor }

// Role returns what the node is in its current term.
func (i *Node) Role() Role { return i.role }

// VotesGranted returns who else voted for a candidate in its current term.
func (i *Node) VotesGranted() NodeSet { return i.votesGranted }

// CommitIndex returns the highest index the node knows to be committed.
func (i *Node) CommitIndex() Index { return i.commitIndex }

// LastIndex returns the index of the node's last entry, durable or not.
func (i *Node) LastIndex() Index { return i.log.LastIndex() }

// SnapshotIndex returns the index of the last entry that a snapshot stands for, or 0.
func (i *Node) SnapshotIndex() Index { return i.log.base }

// At returns the entry at k, SnapshotIndex() < k <= LastIndex().
func (i *Node) At(k Index) Entry { return i.log.At(k) }

// TermAt returns the term at k, SnapshotIndex() <= k <= LastIndex().
func (i *Node) TermAt(k Index) Term { return i.log.TermAt(k) }

// NextIndex returns where a leader would resume sending to j.
func (i *Node) NextIndex(j NodeID) Index { return i.nextIndex[j] }

// MatchIndex returns up to where j has told a leader that its disk agrees.
func (i *Node) MatchIndex(j NodeID) Index { return i.matchIndex[j] }

// ReadID returns the newest id that a leader gave to reads, and what these must see.
func (i *Node) ReadID() (ReadID, Index) { return i.readID, i.readIndex }

// ReadAcked returns with which id of a read j told a leader last that it knows no later term.
func (i *Node) ReadAcked(j NodeID) ReadID { return i.readAcked[j] }

// IsQuorum reports whether a set of nodes decides, by the configuration of this node's log.
func (i *Node) IsQuorum(set NodeSet) bool { return quorum(i, set) }

// Pending returns how many writes are not yet acknowledged.
func (i *Node) Pending() int { return i.pending.len() }

// DurableIndex returns the last index of the log on disk.
func (i *Node) DurableIndex() Index { return i.disk.Log.LastIndex() }
