//go:build !mutants

// The conditions and choices that carry the safety argument, each under the name that
// it has in spec/RaftGuards.tla, so that a mutant replaces exactly one. Everything else
// in this package is plumbing around these. guards_mutants.go holds the same functions
// with the wrong ones in front; a test compares the two files.

package protocol

// inForce is the configuration that i goes by: the last in its log, from when it is appended, durable and committed or not.
func inForce(i *Node) Configuration {
	return i.log.configurationAt(i.log.LastIndex()).of(i.server)
}

// quorum reports whether set decides for i: it has a majority of each set of voters. A node that is none, and be it i, counts
// nowhere.
func quorum(i *Node, set NodeSet) bool {
	return inForce(i).Decides(set)
}

// mayChange: leader i may begin to change the configuration: the one in force is committed, and so is an entry of i's own term.
func mayChange(i *Node) bool {
	return i.log.configurationIndex(i.log.LastIndex()) <= i.commitIndex && i.log.TermAt(i.commitIndex) == i.currentTerm
}

// mayLeave: leader i may leave the old voters behind: that both sets decide is committed, by both.
func mayLeave(i *Node) bool {
	return i.log.configurationIndex(i.log.LastIndex()) <= i.commitIndex
}

// configurationsKept is how many of a log's configurations it keeps that is cut behind prev: what is cut off is not in force any
// more. In the specification they are a function of the log.
func configurationsKept(l *Log, prev Index) int {
	n := len(l.configurations)
	for n > 0 && l.configurations[n-1].at > prev {
		n--
	}
	return n
}

// logUpToDate: the candidate's log holds all that may be committed (§5.4.1).
func logUpToDate(i *Node, m *Message) bool {
	last := i.log.LastIndex()
	mine := i.log.TermAt(last)
	return m.LastTerm > mine || (m.LastTerm == mine && m.LastIndex >= last)
}

// newTerm is the term of i after it saw m.
func newTerm(i *Node, m *Message) Term {
	return max(i.currentTerm, m.Term)
}

// voteKept is the vote of i after it saw m: kept within a term.
func voteKept(i *Node, m *Message) NodeID {
	if m.Term > i.currentTerm {
		return Nil
	}
	return i.votedFor
}

// voteFree: one vote a term.
func voteFree(vote NodeID, m *Message) bool {
	return vote == Nil || vote == m.From
}

// voteAnswered: a refusal is worth sending only where it carries a later term.
func voteAnswered(i *Node, m *Message, grant bool) bool {
	return grant || m.Term < i.currentTerm
}

// voteWaits: a vote, asked for or given, is durable before anyone hears of it.
func voteWaits() bool {
	return true
}

// voteCounts: only a grant of the present term is a vote.
func voteCounts(i *Node, m *Message) bool {
	return m.Term == i.currentTerm && m.Granted
}

// preVoteGranted: a pre-vote says what a vote would: for a later term, to a log that is
// up to date.
func preVoteGranted(i *Node, m *Message) bool {
	return m.Term > i.currentTerm && logUpToDate(i, m)
}

// preVoteAnswered: a refusal is worth sending where it carries a later term than the
// candidate's own.
func preVoteAnswered(i *Node, m *Message, grant bool) bool {
	return grant || m.Term <= i.currentTerm
}

// ownVote: a candidate's own vote counts once its disk has it.
func ownVote(i *Node) NodeSet {
	if i.disk.Term == i.currentTerm && i.disk.Vote == i.id {
		return Nodes(i.id)
	}
	return 0
}

// forget drops what a candidate or leader knew.
func forget(i *Node) {
	i.votesGranted = 0
	clear(i.nextIndex)
	clear(i.matchIndex)
	clear(i.readAcked)
	i.readID, i.readIndex = 0, 0
}

// leaderTerm is the term that a candidate leads: the one it campaigned for.
func leaderTerm(i *Node) Term {
	return i.currentTerm
}

// appendsAt is where a leader adds an entry: behind all it has.
func appendsAt(i *Node) Index {
	return i.log.LastIndex()
}

// logFits: i has the entry before the new ones (§5.3), or a snapshot stands for it: then it was committed.
func logFits(i *Node, m *Message) bool {
	return m.Prev <= i.log.LastIndex() && (m.Prev < i.log.base || m.PrevTerm == i.log.TermAt(m.Prev))
}

// conflict: only a proven conflict removes entries.
func conflict(i *Node, m *Message) bool {
	agreed := i.log.agreement(m.Prev, &m.Entries)
	return agreed < i.log.LastIndex() && agreed < m.Prev+Index(m.Entries.Len())
}

// commitBound is what an append proves committed: nothing above its own last entry.
func commitBound(i *Node, m *Message) Index {
	return min(m.Commit, m.Prev+Index(m.Entries.Len()))
}

// newCommit: a commit index never falls.
func newCommit(i *Node, bound Index) Index {
	return max(i.commitIndex, bound)
}

// ackIndex is what is acknowledged: what this append proved, not what the log holds.
func ackIndex(i *Node, m *Message) Index {
	return m.Prev + Index(m.Entries.Len())
}

// ackWaits: an acknowledgement leaves when what it acknowledges is durable.
func ackWaits() bool {
	return true
}

// hint is where the logs may part, seen from i: its last entry below the refused one
// whose term the leader's log may reach there.
func hint(i *Node, m *Message) Index {
	return i.log.lastAtMost(min(max(m.Prev, 1)-1, i.log.LastIndex()), m.PrevTerm)
}

// ackCounts: only what was answered in the present term tells leader i anything: since an
// earlier one a log may have been cut, and ids of reads begin anew.
func ackCounts(i *Node, m *Message) bool {
	return m.Term == i.currentTerm
}

// backOff is where leader i resumes after a refusal: behind its last entry that the
// hint leaves possible; a round a term at most. Where none does that i still knows, it resumes
// with its snapshot.
func backOff(i *Node, m *Message) Index {
	resume := min(m.Hint+1, i.log.base)
	if agreed := i.log.lastAtMost(m.Hint, m.HintTerm); agreed <= m.Hint && i.log.TermAt(agreed) <= m.HintTerm {
		resume = agreed + 1
	}
	return max(i.matchIndex[m.From]+1, min(i.nextIndex[m.From], resume))
}

// newMatch: repeated or late acknowledgements prove nothing less.
func newMatch(i *Node, m *Message) Index {
	return max(i.matchIndex[m.From], m.Match)
}

// ownMatch: a leader counts of its own log what its own disk has.
func ownMatch(i *Node) Index {
	return i.disk.Log.LastIndex()
}

// mayCommit: only entries of the leader's term commit by counting (§5.4.2; Figure 8
// shows why).
func mayCommit(i *Node, k Index) bool {
	return i.log.TermAt(k) == i.currentTerm
}

// commitHint is what a write says is committed: what i knows when it writes, and so
// nothing that stands behind the write's own log.
func commitHint(i *Node) Index {
	return i.commitIndex
}

// impossible: no correct node sends i this, whatever it has been through: another leader
// of the term that i leads, another entry where i knows one to be committed, an
// acknowledgement of more than i has, or of a read that was not asked.
func impossible(i *Node, m *Message) bool {
	switch m.Type {
	case TimeoutNow:
		return i.leads(m.Term)
	case AppendEntries:
		return m.Term >= i.currentTerm && (i.leads(m.Term) || m.deniesCommitted(i))
	case InstallSnapshot:
		return m.Term >= i.currentTerm && (i.leads(m.Term) || m.deniesSnapshot(i))
	case AppendEntriesResponse:
		return i.leads(m.Term) && m.Match > i.log.LastIndex()
	case ConfirmTerm:
		return i.leads(m.Term)
	case ConfirmTermResponse:
		return i.leads(m.Term) && m.Read > i.readID
	}
	return false
}

// compactBound is how far a snapshot may stand for the log: what is committed never changes.
func compactBound(i *Node) Index {
	return i.commitIndex
}

// snapshotNews: a snapshot is taken over only where it says of more that it is committed than i knows.
func snapshotNews(i *Node, m *Message) bool {
	return m.LastIndex > i.commitIndex
}

// snapshotLog is up to where the log stays that i has: what stands behind the snapshot's last entry only where the log
// has that entry.
func snapshotLog(i *Node, m *Message) Index {
	if m.LastIndex <= i.log.LastIndex() && i.log.TermAt(m.LastIndex) == m.LastTerm {
		return i.log.LastIndex()
	}
	return m.LastIndex
}

// mayRead: before an entry of its own term is committed a leader does not know what is (thesis, §6.4).
func mayRead(i *Node) bool {
	return i.log.TermAt(i.commitIndex) == i.currentTerm
}

// termConfirmed: whom i confirms to lead, as far as it knows: no leader of a later term has i's vote.
func termConfirmed(i *Node, m *Message) bool {
	return m.Term >= i.currentTerm
}

// readCounts: an answer confirms the read that it names, and those before it.
func readCounts(i *Node, m *Message) ReadID {
	return max(i.readAcked[m.From], m.Read)
}

// writes puts a change on the way to the disk: as one write, with term, vote and log.
func writes(i *Node, w *Write, out *Output) {
	i.pending.push(w)
	out.Writes = append(out.Writes, *w)
}

// ridesOn tells which of the pending writes a message waits for: the last, and so all.
func ridesOn(q *queue) int {
	return q.len() - 1
}

// saved is what the first pending write makes of the disk.
func saved(i *Node) {
	i.disk.Apply(&i.pending.at(0).Write)
}

// released is what may leave then: what rode on that write.
func released(i *Node) []Message {
	return i.pending.at(0).out
}

// recovered is the hard state a node comes back with.
func recovered(i *Node) *HardState {
	return i.disk
}
