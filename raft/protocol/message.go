package protocol

// MessageType tells the messages apart: the four of Figure 2, the two of a pre-vote (thesis, §9.6),
// that of a transfer (§3.10), the two of a read (§6.4), and that of Figure 13.
type MessageType uint8

// The messages.
const (
	RequestVote           MessageType = 1
	RequestVoteResponse   MessageType = 2
	AppendEntries         MessageType = 3
	AppendEntriesResponse MessageType = 4

	RequestPreVote         MessageType = 5
	RequestPreVoteResponse MessageType = 6
	TimeoutNow             MessageType = 7

	ConfirmTerm         MessageType = 8
	ConfirmTermResponse MessageType = 9

	InstallSnapshot MessageType = 10
)

// Message is any message between two nodes. It is one struct and not one for each
// type, so that queues of messages need no allocation; which fields a type has is
// stated here, is what the codec writes, and the others are zero.
type Message struct {
	Type MessageType
	From NodeID
	To   NodeID
	Term Term

	LastIndex Index // RequestVote and RequestPreVote and InstallSnapshot: the last entry, of the candidate or that the snapshot stands for
	LastTerm  Term  // RequestVote and RequestPreVote and InstallSnapshot: and its term
	Transfer  bool  // RequestVote: the leader wants this election; no action looks at it

	Configuration Configuration // InstallSnapshot: what is in force at its last entry

	Granted bool // RequestVoteResponse and RequestPreVoteResponse: the vote is the candidate's, or would be

	Prev     Index   // AppendEntries: the entry before the new ones
	PrevTerm Term    // AppendEntries: and its term
	Entries  Entries // AppendEntries: the new ones; none is a heartbeat
	Commit   Index   // AppendEntries: the leader's commit index

	Success  bool  // AppendEntriesResponse: accepted
	Match    Index // AppendEntriesResponse, accepted: the logs agree up to here, durably
	Hint     Index // AppendEntriesResponse, refused: they may agree here, not above
	HintTerm Term  // AppendEntriesResponse, refused: and the term the follower has there

	Read ReadID // ConfirmTerm and ConfirmTermResponse: the read that this is for; none where a later term is known
}

// reaches reports whether m is of type t, for i and from another node of its cluster.
func (m *Message) reaches(i *Node, t MessageType) bool {
	return m.Type == t && m.To == i.id && m.From != i.id && i.server.Has(m.From)
}

// deniesCommitted: m's sender has another entry than i where i knows one to be committed.
func (m *Message) deniesCommitted(i *Node) bool {
	last := min(i.commitIndex, m.Prev+Index(m.Entries.Len()))
	if m.Prev > 0 && m.Prev >= i.log.base && m.Prev <= last && i.log.TermAt(m.Prev) != m.PrevTerm {
		return true
	}
	if base := i.log.base; m.Prev < base && base <= last && m.Entries.At(uint64(base-m.Prev)).Term != i.log.baseTerm {
		return true
	}
	return m.Prev < last && i.log.agreement(m.Prev, &m.Entries) < last
}

// deniesSnapshot: m's sender has another entry than i at the snapshot's last index, which i knows to be committed.
func (m *Message) deniesSnapshot(i *Node) bool {
	return m.LastIndex > 0 && i.log.base <= m.LastIndex && m.LastIndex <= i.commitIndex && i.log.TermAt(m.LastIndex) != m.LastTerm
}

// equal reports whether both say the same.
func (m *Message) equal(o *Message) bool {
	return m.Entries.Equal(&o.Entries) && m.Configuration.equals(o.Configuration) && m.scalars() == o.scalars()
}

// scalars are all fields but Entries and Configuration, comparable.
func (m *Message) scalars() [16]uint64 {
	return [16]uint64{uint64(m.Read), bit(m.Transfer), uint64(m.Type), uint64(m.From), uint64(m.To), uint64(m.Term),
		uint64(m.LastIndex), uint64(m.LastTerm), bit(m.Granted), uint64(m.Prev),
		uint64(m.PrevTerm), uint64(m.Commit), bit(m.Success), uint64(m.Match),
		uint64(m.Hint), uint64(m.HintTerm)}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func requestVote(i *Node, j NodeID, term Term, transfer bool) Message {
	last := i.log.LastIndex()
	return Message{Type: RequestVote, From: i.id, To: j, Term: term,
		LastIndex: last, LastTerm: i.log.TermAt(last), Transfer: transfer}
}

func requestVoteResponse(i *Node, m *Message, term Term, granted bool) Message {
	return Message{Type: RequestVoteResponse, From: i.id, To: m.From, Term: term,
		Granted: granted}
}

// requestPreVote is of the term that i would campaign for.
func requestPreVote(i *Node, j NodeID) Message {
	last := i.log.LastIndex()
	return Message{Type: RequestPreVote, From: i.id, To: j, Term: i.currentTerm + 1,
		LastIndex: last, LastTerm: i.log.TermAt(last)}
}

// requestPreVoteResponse is granted for the term that was asked for, or refused by a node of its own.
func requestPreVoteResponse(i *Node, m *Message, granted bool) Message {
	term := i.currentTerm
	if granted {
		term = m.Term
	}
	return Message{Type: RequestPreVoteResponse, From: i.id, To: m.From, Term: term, Granted: granted}
}

func timeoutNow(i *Node, j NodeID) Message {
	return Message{Type: TimeoutNow, From: i.id, To: j, Term: i.currentTerm}
}

func confirmTermRequest(i *Node, j NodeID) Message {
	return Message{Type: ConfirmTerm, From: i.id, To: j, Term: i.currentTerm, Read: i.readID}
}

// confirmTermAnswer confirms the leader of m's term, or names the later term that i knows.
func confirmTermAnswer(i *Node, m *Message, confirmed bool) Message {
	if !confirmed {
		return Message{Type: ConfirmTermResponse, From: i.id, To: m.From, Term: i.currentTerm}
	}
	return Message{Type: ConfirmTermResponse, From: i.id, To: m.From, Term: m.Term, Read: m.Read}
}

// appendEntriesRequest holds n entries after prev; none is a heartbeat.
func appendEntriesRequest(i *Node, j NodeID, prev Index, n uint64) Message {
	return Message{Type: AppendEntries, From: i.id, To: j, Term: i.currentTerm,
		Prev: prev, PrevTerm: i.log.TermAt(prev),
		Entries: i.log.Slice(prev, prev+Index(n)), Commit: i.commitIndex}
}

// installSnapshot tells of i's snapshot; its bytes go another way.
func installSnapshot(i *Node, j NodeID) Message {
	return Message{Type: InstallSnapshot, From: i.id, To: j, Term: i.currentTerm, LastIndex: i.log.base, LastTerm: i.log.baseTerm,
		Configuration: i.log.baseConfiguration}
}

// acknowledgement: i's log agrees with the leader's up to match.
func acknowledgement(i *Node, m *Message, match Index) Message {
	return Message{Type: AppendEntriesResponse, From: i.id, To: m.From, Term: m.Term,
		Success: true, Match: match}
}

// refusal: the logs may agree at hint, where i has hintTerm; not above it.
func refusal(i *Node, m *Message, term Term, hint Index, hintTerm Term) Message {
	return Message{Type: AppendEntriesResponse, From: i.id, To: m.From, Term: term,
		Hint: hint, HintTerm: hintTerm}
}
