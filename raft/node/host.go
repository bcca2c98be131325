package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Waiter is who waits for a local proposal. It is the host's own; the replica only hands it back.
type Waiter any

// Caller is who waits for the response to a forwarded request. It is the host's own.
type Caller any

// Host is all that a replica has of the world. Its methods return at once, but for ReadEntry, which New alone
// calls; what takes time comes back as an event. They are called within Handle and Stop only, and call neither.
type Host interface {
	// Append queues a record behind those appended before. It keeps nothing of r. An error stops the replica; there is
	// none for want of room, since nothing is appended that Room does not say there is room for.
	Append(r *Record) error
	// Room returns what Append has room for. It changes with Append, by RecordBytes at most, and otherwise only grows.
	Room() Room
	// Sync has what was appended made durable; it comes back as Synced or Failed. Not called again before.
	Sync()
	// ReadEntry returns an entry of the log as appended, durable or not. The payload is the caller's own.
	ReadEntry(k protocol.Index) (Entry, error)
	// ReadAhead reads entries of the log as it then is, durable or not. It comes back as WasRead, or as Failed where the disk can't
	// be read. Not called again for the same reader before. The log may change meanwhile.
	ReadAhead(r Reading)

	// TakeSnapshot keeps a snapshot, durably, beside those that are there; it comes back as SnapshotTaken, or as SnapshotFailed. Not
	// called again before. Body is closed in any case.
	TakeSnapshot(t Taking)
	// FetchSnapshot gets a snapshot from a node that has it, keeps it durably and loads it; it comes back as SnapshotFetched, or
	// FetchFailed. It is called again with every message that asks for one: for the one that is being fetched that changes nothing,
	// another one takes its place, at once or a few calls later; what comes back of the first then, if anything does, is of no use.
	FetchSnapshot(from protocol.NodeID, index protocol.Index, term protocol.Term)
	// DropSnapshot says that a snapshot which was fetched is of no use: its file goes, unless the log begins behind it. One of that entry
	// which is taken or fetched after this call is not meant, and stays.
	DropSnapshot(index protocol.Index)
	// RefuseSnapshot says that a snapshot which came with SnapshotFetched is not one of this cluster's state, and why: it is not to be
	// loaded any more, and its file goes. It is not what the log begins behind. One of that entry which is taken or fetched after this
	// call is not meant, and stays.
	RefuseSnapshot(id SnapshotID, why error)
	// IsDamaged reports whether the snapshot of an entry was found not to be what was written. Nobody reads it to find out.
	IsDamaged(index protocol.Index) bool
	// Forget says that the log begins behind base, durably: of the log, and of snapshots, what is older may go. Again and again of the
	// same base.
	Forget(base protocol.Index)

	// Send sends m to m.To with a number and a payload; it may be lost, repeated, late. It keeps neither m nor payload.
	Send(m *protocol.Message, number uint64, payload []byte)
	// SendDigest sends d to a replica, as Send does: it comes as Digested.
	SendDigest(to protocol.NodeID, d Digest)
	// Accuse tells a replica, as Send does, that a node is kept out: it comes as Accused. Of the same node it is called again and again.
	Accuse(to protocol.NodeID, a Accusation)
	// Condemn keeps durably that a node's folder is not to be trusted, and then comes back as Condemned. Of the replica's own
	// node it is called when the replica stops, and the host is to wait for the disk before it ends.
	Condemn(a Accusation)
	// Doubt says that a peer's state differs from this replica's after an entry, and that no majority says whose is wrong.
	Doubt(peer protocol.NodeID, after protocol.Index)
	// Forward sends a request to a replica; it comes back as Answered(call, ...), once, soon after the
	// deadline at the latest. It may keep request. Who calls abandon waits no longer: the call may come back or not, and
	// nothing is to be held for it.
	Forward(to protocol.NodeID, call uint64, request []byte, deadline int64) (abandon func())

	// Reply gives a local proposal its answers, or its verdict.
	Reply(w Waiter, answers Answers, err error)
	// Shelve keeps values for the replica that a response goes to, and returns the number under which it may
	// fetch them. They are closed when they were fetched or, before long, given up.
	Shelve(values Values) (number uint64)
	// Fetch returns what the replica at has on its shelf under a number. It reads nothing yet.
	Fetch(at protocol.NodeID, number uint64, bytes int, deadline int64) Values
	// Respond answers a request that came with Called. response is valid until it returns.
	Respond(c Caller, response []byte)

	// Members returns the payload of the entry that says who is in force at entry k, the log's base or one above it, or what is said of
	// that at the base. Nil where nothing is said.
	Members(k protocol.Index) ([]byte, error)
	// AddressOf returns where a member is found, as far as is known.
	AddressOf(slot protocol.NodeID) string
	// Said returns where a member, or this replica's own node, says that it is found: in its last hello, which was proven. Nothing of one that has not said so
	// since this process started.
	Said(slot protocol.NodeID) Addresses
	// Follow says who is in force now, by the entry at: who is to be met and dialled. The host changes nothing of list.
	Follow(c protocol.Configuration, at protocol.Index, list *Members)

	// Speaks returns what a member has said of late that its program speaks; of one that has not said so since this process started nothing.
	Speaks(slot protocol.NodeID) Versions
	// Raised says which version the cluster has now, by what is applied here. It is kept durably when Raised returns. An error stops the replica.
	Raised(v Version) error

	// Reject says that a peer has sent what no correct peer sends, and why: the host should close what it came by. The
	// message did nothing.
	Reject(peer protocol.NodeID, why error)

	// Resume asks for Resumed, soon: there is work left that would hold up other events.
	Resume()

	// Now is a monotonic time in ns, from any start.
	Now() int64
	// Wall is the wall clock in ns since 1970. It stamps the very first entry, and nothing else.
	Wall() uint64
}

// Record is one atomic write: term and vote, and the log that begins behind Base, keeps its entries up to Prev and goes
// on with Entries.
type Record struct {
	Mark     raft.Mark
	Term     protocol.Term
	Vote     protocol.NodeID
	Base     protocol.Index // 0: no snapshot stands for any
	BaseTerm protocol.Term
	Prev     protocol.Index
	Entries  []Entry
	Commit   protocol.Index // what was known to be committed then

	// Installed is who decides at Base, where a snapshot that came takes the place of the log. Nil: what the log says of it.
	Installed *Membership
}

// Membership is who decides, and the payload of the entry that said so, in which the host says who they are.
type Membership struct {
	Configuration protocol.Configuration
	Members       []byte
}

// Entry is one entry of the log with its payload.
type Entry struct {
	Term    protocol.Term
	Value   protocol.Value
	Payload []byte

	Configuration protocol.Configuration // of a protocol.Configured one
}

// Answers are what a proposal was given.
type Answers struct {
	Bytes    []byte // valid until Reply returns
	Apart    Values // not nil: they follow Bytes, and are read and closed apart from Handle
	Deadline int64  // of the proposal, for reading them
	Reads    bool   // it changed nothing: whatever becomes of reading them leaves nothing open
}

// Values are what is long in the answers to one proposal, read in pieces, outside of the replica's loop. One
// goroutine at a time calls it; Next until as many bytes as it has were read.
type Values interface {
	// Bytes is how many bytes there are; more than none.
	Bytes() int
	// Next appends the next piece, at least a byte and some 64 KiB at most. An error is a verdict on the proposal.
	Next(dst []byte) ([]byte, error)
	// Close gives back what is held; once.
	Close()
}

// Recovered is what the host found on its disk, and has made durable, when the replica comes up.
type Recovered struct {
	State protocol.HardState
	Mark  raft.Mark // of the last record; 0 for an empty disk
	// Snapshot is the newest that can be read and Fits the log of State. Nil: there is none, and the log begins at its first entry; where
	// a log begins behind a base and there is none, the replica can't come up, and the host says so.
	Snapshot *Snapshot
	// Base is what SnapshotDigest reads of the snapshot that the log begins behind, where that is another one: a leader tells of it with
	// each offer of that snapshot. Index 0: there is none, or it can't be read.
	Base Digest
	// KeptOut are peers that were condemned in earlier lives. A replica that was condemned itself is not to be started.
	KeptOut []Accusation
	// Told is who the members were when this folder joined. Nil: it did not, or it is of no interest any more.
	Told *Told
}

// StateMachine is what the log is applied to. Apply is a function of the log. Stamps are log time in ns
// since 1970. Methods that append allocate nothing where dst has room.
type StateMachine interface {
	// AppendBootstrap appends the payload of a cluster's first entry: all that apply has to agree on.
	AppendBootstrap(dst []byte, stamp uint64) []byte
	// AppendNoOp appends the payload of a new leader's first entry.
	AppendNoOp(dst []byte, stamp uint64) []byte
	// AppendMembers appends the payload of an entry that says who the members are, and ParseMembers returns what one says.
	AppendMembers(dst []byte, stamp uint64, members []byte) []byte
	// AppendFirstMembers appends likewise what says who the first members are, which each log of a cluster begins with and which is no entry. Its bytes
	// depend on nothing but members, whichever versions this program speaks; ParseMembers reads it.
	AppendFirstMembers(dst []byte, members []byte) []byte
	ParseMembers(payload []byte) (members []byte, err error)
	// AppendVersion appends the payload of an entry that raises the cluster's version. What is appended by the other methods is of the version that the
	// cluster has after the entry applied last.
	AppendVersion(dst []byte, stamp uint64, to Version) []byte
	// Speaks returns the versions that the machine applies, and Version the cluster's, after the entry applied last.
	Speaks() Versions
	Version() Version
	// Needs returns the least version of the cluster that has all of commands that Count took. It is pure.
	Needs(commands []byte) Version

	// AppendHeader appends the head of an entry of commands. Those of several proposals follow, joined.
	AppendHeader(dst []byte, stamp uint64) []byte
	// Stamp returns the stamp of a payload. An error stops the replica: it can't apply that payload either.
	Stamp(payload []byte) (uint64, error)

	// Count checks the commands of one proposal and returns how many answers they get; that is the
	// distance to the place of what follows them in an entry. It is pure, and may be called by
	// several goroutines at once. An error is the proposal's: it is not applied.
	Count(commands []byte) (int, error)

	// Purpose returns what commands that Count took want room for: of several the one that is refused first. It is pure.
	Purpose(commands []byte) Purpose

	// OnlyReads reports whether commands that Count took change nothing: then they need no entry. It is pure.
	OnlyReads(commands []byte) bool

	// Apply applies the committed entry at index. An error stops the replica.
	Apply(index uint64, payload []byte) error
	// AppendAnswers appends n answers to the entry applied last, from a place on, as whoever proposed reads them: all
	// but what is long, which it returns apart; nil if nothing is.
	AppendAnswers(dst []byte, place, n int) ([]byte, Values)
	// AppendRead appends the answers to commands that OnlyReads, as AppendAnswers does, as of the entry applied last. It changes
	// nothing that the log or the digest knows of. False, and nothing appended, where an entry with that stamp would answer otherwise.
	AppendRead(dst, commands []byte, stamp uint64) (answers []byte, apart Values, same bool)
	// Snapshot begins a snapshot of what was applied last: byte for byte the same on all replicas that applied the same. The error
	// is that one is under way, or why else there is none now.
	Snapshot() (Body, error)
	// Loader makes another state, beside the present one. It may be called by any goroutine.
	Loader() Loader
	// Swap puts what a Loader that is finished has loaded in the place of the machine's state, as if it had applied all that.
	Swap(loaded Loader)

	// Digest returns a digest of what was applied so far, the same on all replicas that applied the same. Who changes what it is made
	// of raises digestVersion.
	Digest() uint64
}
