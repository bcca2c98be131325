//go:build mutants

// The guards of guards.go, each with faults in front: of real systems, or planted. Without its
// `if Mutant == …` statements this file equals guards.go, which a test compares function
// by function; mutants_test.go says what catches each fault.

package protocol

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
// No invariant notices those that mutants_test.go calls harmless: they are for checks that compare the whole set of
// states, or that hold an output to its state.
var MutantIDs = []string{
	"config-at-commit",
	"config-survives-snapshot",
	"commit-without-quorum",
	"joint-counted-as-one",
	"leader-counts-itself-removed",
	"learner-counted",
	"uncommitted-config",
	"config-before-own-term",
	"joint-left-early",
	"config-not-rolled-back",
	"vote-ignores-log",
	"term-goes-back",
	"vote-erased",
	"vote-twice",
	"needless-vote-response",
	"vote-not-durable",
	"higher-vote-as-grant",
	"stale-vote-counted",
	"pre-vote-ignores-log",
	"pre-vote-refused-silently",
	"own-vote-undurable",
	"forgets-nothing",
	"leader-bumps-term",
	"leader-overwrites-tail",
	"prev-term-unchecked",
	"base-term-unchecked",
	"truncate-on-stale-append",
	"conflict-kept",
	"commit-beyond-match",
	"commit-unbounded",
	"commit-lags",
	"commit-goes-back",
	"ack-beyond-append",
	"ack-before-fsync",
	"hint-not-below",
	"stale-ack-counted",
	"rejection-hint-stuck",
	"back-off-too-far",
	"back-off-below-match",
	"match-goes-back",
	"leader-counts-undurable-self",
	"commit-prior-term",
	"hint-beyond-commit",
	"impossible-is-handled",
	"compact-beyond-commit",
	"snapshot-goes-back",
	"snapshot-keeps-conflict",
	"read-before-own-commit",
	"deposed-confirmed",
	"stale-echo",
	"vote-two-writes",
	"write-not-told",
	"write-told-twice",
	"write-told-first",
	"reply-rides-early",
	"swallowed-save-error",
	"durable-ack-aba",
	"restart-forgets-base",
	"missing-meta-is-term-0",
	"wiped-node-same-name",
}

func inForce(i *Node) Configuration {
	if Mutant == "config-at-commit" {
		return i.log.configurationAt(max(i.commitIndex, i.log.base)).of(i.server)
	}
	if Mutant == "config-survives-snapshot" && len(i.log.configurations) == 0 && i.log.base > 0 {
		return Configuration{Voters: Nodes(i.server.Next(Nil))}
	}
	return i.log.configurationAt(i.log.LastIndex()).of(i.server)
}

func quorum(i *Node, set NodeSet) bool {
	if Mutant == "commit-without-quorum" { // half is taken for a majority
		return 2*set.Len() >= i.server.Len()
	}
	if Mutant == "joint-counted-as-one" {
		return isMajority(set, i.voters())
	}
	if Mutant == "leader-counts-itself-removed" {
		c := inForce(i)
		counted := func(of NodeSet) bool { return 2*set.Intersect(of.With(i.id)).Len() > of.Len() }
		return counted(c.Voters) && (!c.IsJoint() || counted(c.Next))
	}
	if Mutant == "learner-counted" {
		c := inForce(i)
		counted := func(of NodeSet) bool { return 2*set.Intersect(of.Union(c.Learners)).Len() > of.Len() }
		return counted(c.Voters) && (!c.IsJoint() || counted(c.Next))
	}
	return inForce(i).Decides(set)
}

func mayChange(i *Node) bool {
	if Mutant == "uncommitted-config" {
		return i.log.TermAt(i.commitIndex) == i.currentTerm
	}
	if Mutant == "config-before-own-term" {
		return i.log.configurationIndex(i.log.LastIndex()) <= i.commitIndex
	}
	return i.log.configurationIndex(i.log.LastIndex()) <= i.commitIndex && i.log.TermAt(i.commitIndex) == i.currentTerm
}

func mayLeave(i *Node) bool {
	if Mutant == "joint-left-early" {
		return true
	}
	return i.log.configurationIndex(i.log.LastIndex()) <= i.commitIndex
}

func configurationsKept(l *Log, prev Index) int {
	if Mutant == "config-not-rolled-back" {
		return len(l.configurations)
	}
	n := len(l.configurations)
	for n > 0 && l.configurations[n-1].at > prev {
		n--
	}
	return n
}

func logUpToDate(i *Node, m *Message) bool {
	if Mutant == "vote-ignores-log" {
		return true
	}
	last := i.log.LastIndex()
	mine := i.log.TermAt(last)
	return m.LastTerm > mine || (m.LastTerm == mine && m.LastIndex >= last)
}

func newTerm(i *Node, m *Message) Term {
	if Mutant == "term-goes-back" {
		return m.Term
	}
	return max(i.currentTerm, m.Term)
}

func voteKept(i *Node, m *Message) NodeID {
	if Mutant == "vote-erased" && m.Type == AppendEntries {
		return Nil
	}
	if m.Term > i.currentTerm {
		return Nil
	}
	return i.votedFor
}

func voteFree(vote NodeID, m *Message) bool {
	if Mutant == "vote-twice" {
		return true
	}
	return vote == Nil || vote == m.From
}

func voteAnswered(i *Node, m *Message, grant bool) bool {
	if Mutant == "needless-vote-response" {
		return true
	}
	return grant || m.Term < i.currentTerm
}

func voteWaits() bool {
	if Mutant == "vote-not-durable" {
		return false
	}
	return true
}

func voteCounts(i *Node, m *Message) bool {
	if Mutant == "higher-vote-as-grant" {
		return m.Term >= i.currentTerm
	}
	if Mutant == "stale-vote-counted" {
		return m.Granted
	}
	return m.Term == i.currentTerm && m.Granted
}

func preVoteGranted(i *Node, m *Message) bool {
	if Mutant == "pre-vote-ignores-log" {
		return m.Term > i.currentTerm
	}
	return m.Term > i.currentTerm && logUpToDate(i, m)
}

func preVoteAnswered(i *Node, m *Message, grant bool) bool {
	if Mutant == "pre-vote-refused-silently" {
		return grant
	}
	return grant || m.Term <= i.currentTerm
}

func ownVote(i *Node) NodeSet {
	if Mutant == "own-vote-undurable" {
		return Nodes(i.id)
	}
	if i.disk.Term == i.currentTerm && i.disk.Vote == i.id {
		return Nodes(i.id)
	}
	return 0
}

func forget(i *Node) {
	if Mutant == "forgets-nothing" { // what was known in another role stays
		return
	}
	i.votesGranted = 0
	clear(i.nextIndex)
	clear(i.matchIndex)
	clear(i.readAcked)
	i.readID, i.readIndex = 0, 0
}

func leaderTerm(i *Node) Term {
	if Mutant == "leader-bumps-term" {
		return i.currentTerm + 1
	}
	return i.currentTerm
}

func appendsAt(i *Node) Index {
	if Mutant == "leader-overwrites-tail" {
		return i.commitIndex
	}
	return i.log.LastIndex()
}

func logFits(i *Node, m *Message) bool {
	if Mutant == "prev-term-unchecked" {
		return m.Prev <= i.log.LastIndex()
	}
	if Mutant == "base-term-unchecked" {
		return m.Prev <= i.log.LastIndex() && (m.Prev <= i.log.base || m.PrevTerm == i.log.TermAt(m.Prev))
	}
	return m.Prev <= i.log.LastIndex() && (m.Prev < i.log.base || m.PrevTerm == i.log.TermAt(m.Prev))
}

func conflict(i *Node, m *Message) bool {
	if Mutant == "truncate-on-stale-append" {
		return true
	}
	if Mutant == "conflict-kept" {
		return false
	}
	agreed := i.log.agreement(m.Prev, &m.Entries)
	return agreed < i.log.LastIndex() && agreed < m.Prev+Index(m.Entries.Len())
}

func commitBound(i *Node, m *Message) Index {
	if Mutant == "commit-beyond-match" { // the old way of Figure 2, own last entry
		return min(m.Commit, i.log.LastIndex())
	}
	if Mutant == "commit-unbounded" {
		return m.Commit
	}
	if Mutant == "commit-lags" { // safe, and a message late
		return min(m.Commit, m.Prev)
	}
	return min(m.Commit, m.Prev+Index(m.Entries.Len()))
}

func newCommit(i *Node, bound Index) Index {
	if Mutant == "commit-goes-back" {
		return bound
	}
	return max(i.commitIndex, bound)
}

func ackIndex(i *Node, m *Message) Index {
	if Mutant == "ack-beyond-append" {
		return max(i.log.LastIndex(), m.Prev+Index(m.Entries.Len()))
	}
	return m.Prev + Index(m.Entries.Len())
}

func ackWaits() bool {
	if Mutant == "ack-before-fsync" {
		return false
	}
	return true
}

func hint(i *Node, m *Message) Index {
	if Mutant == "hint-not-below" { // the refused index itself, again and again
		return min(m.Prev, i.log.LastIndex())
	}
	return i.log.lastAtMost(min(max(m.Prev, 1)-1, i.log.LastIndex()), m.PrevTerm)
}

func ackCounts(i *Node, m *Message) bool {
	if Mutant == "stale-ack-counted" {
		return m.Term <= i.currentTerm
	}
	return m.Term == i.currentTerm
}

func backOff(i *Node, m *Message) Index {
	if Mutant == "rejection-hint-stuck" {
		return i.nextIndex[m.From]
	}
	if Mutant == "back-off-too-far" { // safe, and sends again what is known to agree
		return i.matchIndex[m.From] + 1
	}
	if Mutant == "back-off-below-match" {
		return min(i.nextIndex[m.From], m.Hint+1)
	}
	resume := min(m.Hint+1, i.log.base)
	if agreed := i.log.lastAtMost(m.Hint, m.HintTerm); agreed <= m.Hint && i.log.TermAt(agreed) <= m.HintTerm {
		resume = agreed + 1
	}
	return max(i.matchIndex[m.From]+1, min(i.nextIndex[m.From], resume))
}

func newMatch(i *Node, m *Message) Index {
	if Mutant == "match-goes-back" {
		return m.Match
	}
	return max(i.matchIndex[m.From], m.Match)
}

func ownMatch(i *Node) Index {
	if Mutant == "leader-counts-undurable-self" {
		return i.log.LastIndex()
	}
	return i.disk.Log.LastIndex()
}

func mayCommit(i *Node, k Index) bool {
	if Mutant == "commit-prior-term" {
		return true
	}
	return i.log.TermAt(k) == i.currentTerm
}

func commitHint(i *Node) Index {
	if Mutant == "hint-beyond-commit" {
		return i.log.LastIndex()
	}
	return i.commitIndex
}

func impossible(i *Node, m *Message) bool {
	if Mutant == "impossible-is-handled" { // whoever has the key is believed whatever it says
		return false
	}
	if Mutant == "base-term-unchecked" && m.Type == AppendEntries && m.Prev == i.log.base {
		return m.Term >= i.currentTerm && i.leads(m.Term)
	}
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

func compactBound(i *Node) Index {
	if Mutant == "compact-beyond-commit" {
		return i.log.LastIndex()
	}
	return i.commitIndex
}

func snapshotNews(i *Node, m *Message) bool {
	if Mutant == "snapshot-goes-back" { // hashicorp#248
		return true
	}
	return m.LastIndex > i.commitIndex
}

func snapshotLog(i *Node, m *Message) Index {
	if Mutant == "snapshot-keeps-conflict" { // hashicorp#697, openraft#559
		return max(m.LastIndex, i.log.LastIndex())
	}
	if m.LastIndex <= i.log.LastIndex() && i.log.TermAt(m.LastIndex) == m.LastTerm {
		return i.log.LastIndex()
	}
	return m.LastIndex
}

func mayRead(i *Node) bool {
	if Mutant == "read-before-own-commit" { // etcd#7331, tikv#9239
		return true
	}
	return i.log.TermAt(i.commitIndex) == i.currentTerm
}

func termConfirmed(i *Node, m *Message) bool {
	if Mutant == "deposed-confirmed" {
		return true
	}
	return m.Term >= i.currentTerm
}

func readCounts(i *Node, m *Message) ReadID {
	if Mutant == "stale-echo" { // etcd#20418: whatever is answered confirms the newest read
		return i.readID
	}
	return max(i.readAcked[m.From], m.Read)
}

func writes(i *Node, w *Write, out *Output) {
	if Mutant == "vote-two-writes" { // the vote is erased by one write, the term set by the next
		old := i.disk.clone()
		for k := range i.pending.len() {
			old.Apply(&i.pending.at(k).Write)
		}
		if old.Term != w.Term && old.Vote != Nil {
			first := Write{Term: old.Term, Prev: old.Log.LastIndex(), Commit: old.Commit}
			i.pending.push(&first)
			out.Writes = append(out.Writes, first)
		}
	}
	if Mutant == "write-not-told" { // the node waits for what its host never hears of
		i.pending.push(w)
		return
	}
	if Mutant == "write-told-twice" {
		out.Writes = append(out.Writes, *w)
	}
	if Mutant == "write-told-first" { // before what was written before it
		i.pending.push(w)
		out.Writes = append([]Write{*w}, out.Writes...)
		return
	}
	i.pending.push(w)
	out.Writes = append(out.Writes, *w)
}

func ridesOn(q *queue) int {
	if Mutant == "reply-rides-early" {
		return 0
	}
	return q.len() - 1
}

func saved(i *Node) {
	if Mutant == "swallowed-save-error" {
		return
	}
	i.disk.Apply(&i.pending.at(0).Write)
}

func released(i *Node) []Message {
	if Mutant == "durable-ack-aba" { // what waits for later writes leaves with the first
		var all []Message
		for k := range i.pending.len() {
			all = append(all, i.pending.at(k).out...)
		}
		return all
	}
	return i.pending.at(0).out
}

func recovered(i *Node) *HardState {
	if Mutant == "restart-forgets-base" { // what stands behind a snapshot is taken for the whole log
		rest := i.disk.Log.Slice(i.disk.Log.base, i.disk.Log.last)
		return &HardState{Term: i.disk.Term, Vote: i.disk.Vote, Commit: i.disk.Commit, Log: LogBehind(0, 0, &rest)}
	}
	if Mutant == "missing-meta-is-term-0" && i.disk.Log.LastIndex() > 0 {
		return &HardState{Log: i.disk.Log, Commit: i.disk.Commit}
	}
	if Mutant == "wiped-node-same-name" && i.disk.Term > 0 {
		return &HardState{}
	}
	return i.disk
}
