// Goal: the arithmetic of the guards and of commitment is the specification's.
// Method: each is written down a second time as RaftGuards.tla has it, sets and all, and
// compared over all small cases or over what rapid draws.

package protocol

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func serversUpTo(n int) NodeSet {
	var s NodeSet
	for k := 1; k <= n; k++ {
		s = s.With(NodeID(k))
	}
	return s
}

// TestQuorumIsAMajority: by enumeration of all sets, and as what the proofs need of it:
// any two quorums share a node, and no smaller set is one.
func TestQuorumIsAMajority(t *testing.T) { quorumIsAMajority(t) }

func quorumIsAMajority(t require.TestingT) {
	for n := 1; n <= 7; n++ {
		i := New(1, serversUpTo(n), HardState{})
		var quorums []NodeSet
		for bits := range NodeSet(1) << n {
			set := bits << 1 // node 0 is none
			members := 0
			for id := range 64 {
				if set.Has(NodeID(id)) {
					members++
				}
			}
			require.Equal(t, members > n-members, quorum(i, set), "%v of %d", set, n)
			if quorum(i, set) {
				quorums = append(quorums, set)
			}
		}
		for _, a := range quorums {
			for _, b := range quorums {
				require.NotZero(t, a.Intersect(b), "%v and %v share nobody", a, b)
			}
		}
		require.Equal(t, n/2+1, slices.Min(sizes(quorums)))
	}
}

func sizes(sets []NodeSet) []int {
	var all []int
	for _, s := range sets {
		all = append(all, s.Len())
	}
	return all
}

func TestNodeSetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.IntRange(1, int(MaxNodeID))).Draw(t, "ids")
		others := rapid.SliceOf(rapid.IntRange(1, int(MaxNodeID))).Draw(t, "others")
		set, other := setOf(ids), setOf(others)
		sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
		require.Equal(t, len(sorted), set.Len())
		var walked []int
		for j := set.Next(Nil); j != Nil; j = set.Next(j) {
			walked = append(walked, int(j))
		}
		require.True(t, slices.Equal(sorted, walked))
		for id := 1; id <= int(MaxNodeID); id++ {
			n, a, b := NodeID(id), slices.Contains(ids, id), slices.Contains(others, id)
			require.Equal(t, a, set.Has(n))
			require.Equal(t, a || b, set.Union(other).Has(n))
			require.Equal(t, a && b, set.Intersect(other).Has(n))
			require.True(t, set.With(n).Has(n))
			require.False(t, set.Without(n).Has(n))
			require.Equal(t, set, set.With(n).Without(n)|set.Intersect(Nodes(n)))
		}
		require.False(t, set.Has(Nil))
	})
}

func setOf(ids []int) NodeSet {
	var s NodeSet
	for _, id := range ids {
		s = s.Union(Nodes(NodeID(id)))
	}
	return s
}

// leaderOf draws a leader as the invariants allow one: its disk holds a prefix of its
// log, matchIndex is within the log and below nextIndex.
func leaderOf(t *rapid.T) (*Node, naive) {
	l := entriesOf(t, 1, 10)
	term := l.termAt(len(l)) + Term(rapid.IntRange(0, 2).Draw(t, "later"))
	durable := rapid.IntRange(0, len(l)).Draw(t, "durable")
	n := rapid.IntRange(1, 7).Draw(t, "nodes")
	i := New(1, serversUpTo(n), HardState{Term: term, Vote: 1, Log: l.slice(0, durable).log()})
	w := Write{Term: term, Vote: 1, Prev: Index(durable), Entries: l[durable:].entries()}
	i.output(&w, nil, false, &Output{})
	i.role = Leader
	i.commitIndex = Index(rapid.IntRange(0, len(l)).Draw(t, "commit"))
	for j := 2; j <= n; j++ {
		match := rapid.IntRange(0, len(l)).Draw(t, "match")
		i.matchIndex[j] = Index(match)
		i.nextIndex[j] = Index(rapid.IntRange(match+1, len(l)+1).Draw(t, "next"))
	}
	return i, l
}

func TestAdvanceCommitIndexIsTheHighestThatMayCommit(t *testing.T) {
	rapid.Check(t, commitIsTheHighest)
}

func commitIsTheHighest(t *rapid.T) {
	i, l := leaderOf(t)
	best := i.commitIndex // Maximum(ready), tried one by one
	for k := int(i.commitIndex) + 1; k <= len(l); k++ {
		holders := 0
		for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
			match := i.matchIndex[j]
			if j == i.id {
				match = i.disk.Log.LastIndex()
			}
			if Index(k) <= match {
				holders++
			}
		}
		if 2*holders > i.server.Len() && l.termAt(k) == i.currentTerm {
			best = Index(k)
		}
	}
	before := i.commitIndex
	require.Equal(t, best > before, i.AdvanceCommitIndex(&Output{}))
	require.Equal(t, best, i.commitIndex)
}

// TestFollowersGuardsAreTheSpecifications: LogFits, Conflict, CommitBound, AckIndex, Hint.
func TestFollowersGuardsAreTheSpecifications(t *testing.T) { rapid.Check(t, followersGuards) }

func followersGuards(t *rapid.T) {
	l := entriesOf(t, 1, 10)
	i := New(1, serversUpTo(3), HardState{Term: l.termAt(len(l)), Log: l.log()})
	prev := rapid.IntRange(0, len(l)+3).Draw(t, "prev")
	prevTerm := Term(rapid.IntRange(0, 8).Draw(t, "prevTerm"))
	if prev == 0 || (prev <= len(l) && rapid.Bool().Draw(t, "fits")) {
		prevTerm = l.termAt(prev)
	}
	entries := entriesOf(t, prevTerm, 6)
	if prev < len(l) && rapid.Bool().Draw(t, "agrees") {
		entries = append(l.slice(prev, rapid.IntRange(prev, len(l)).Draw(t, "to")), entries...)
	}
	commit := rapid.IntRange(0, 20).Draw(t, "commit")
	m := &Message{Type: AppendEntries, From: 2, To: 1, Prev: Index(prev), PrevTerm: prevTerm,
		Entries: entries.entries(), Commit: Index(commit)}

	require.Equal(t, prev <= len(l) && prevTerm == l.termAt(min(prev, len(l))), logFits(i, m))
	if logFits(i, m) {
		conflicts := false
		for k := 1; k <= len(entries); k++ {
			conflicts = conflicts || (prev+k <= len(l) && l.termAt(prev+k) != entries[k-1].Term)
		}
		require.Equal(t, conflicts, conflict(i, m))
		require.Equal(t, Index(min(commit, prev+len(entries))), commitBound(i, m))
		require.Equal(t, Index(prev+len(entries)), ackIndex(i, m))
	} else {
		require.Equal(t, Index(l.lastAtMost(min(prev-1, len(l)), prevTerm)), hint(i, m))
	}
}

func TestLeadersGuardsAreTheSpecifications(t *testing.T) { rapid.Check(t, leadersGuards) }

func leadersGuards(t *rapid.T) {
	i, l := leaderOf(t)
	if i.server.Len() < 2 {
		return
	}
	m := &Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: i.currentTerm,
		Hint: Index(rapid.IntRange(0, 14).Draw(t, "hint")), HintTerm: Term(rapid.IntRange(0, 10).Draw(t, "hintTerm")),
		Match: Index(rapid.IntRange(0, len(l)).Draw(t, "said"))}
	agreed := l.lastAtMost(min(int(m.Hint), len(l)), m.HintTerm)
	require.Equal(t, max(i.matchIndex[2]+1, min(i.nextIndex[2], Index(agreed+1))), backOff(i, m))
	require.Equal(t, max(i.matchIndex[2], m.Match), newMatch(i, m))
}

// TestBackOffTakesARefusalATermAtMost: over logs that parted as logs can, a leader that
// starts at its end finds where they part in at most as many refusals as its log has
// terms, and sends no more than it must.
func TestBackOffTakesARefusalATermAtMost(t *testing.T) { rapid.Check(t, backOffByTerms) }

func backOffByTerms(t *rapid.T) {
	common := entriesOf(t, 1, 6)
	mine := parted(t, common, 0)
	theirs := parted(t, common, 1)
	w := worldOf([]HardState{{Term: 50, Vote: 1, Log: mine.log()}, {Term: 50, Log: theirs.log()}, {}})
	leader, follower := w.node(1), w.node(2)
	leader.role = Leader
	for j := 2; j <= 3; j++ {
		leader.nextIndex[j] = Index(len(mine) + 1)
	}
	refusals := 0
	for leader.matchIndex[2] < leader.LastIndex() {
		var request, answer Output
		prev := leader.nextIndex[2] - 1
		require.True(t, leader.AppendEntries(2, prev, uint64(leader.LastIndex()-prev), &request))
		require.True(t, follower.HandleAppendEntries(&request.Messages[0], &answer))
		for follower.Persist(&answer) {
		}
		if !answer.Messages[0].Success {
			refusals++
		}
		require.True(t, leader.HandleAppendEntriesResponse(&answer.Messages[0], &Output{}))
		require.LessOrEqual(t, refusals, min(terms(mine), terms(theirs)+1), "%v and %v", mine, theirs)
	}
	agreed := mine.log()
	require.True(t, agreed.IsPrefixOf(&follower.log), "%v and %v", mine, follower.log)
}

// parted goes on behind common with terms that are parity modulo 2 and that nobody else
// has: a term has one leader, so what parted never meets again.
func parted(t *rapid.T, common naive, parity Term) naive {
	from := common.termAt(len(common)) + 2
	var l naive
	for _, e := range entriesOf(t, from, 8) {
		l = append(l, Entry{Term: 2*e.Term + parity, Value: e.Value})
	}
	return append(common.slice(0, len(common)), l...)
}

func terms(l naive) int {
	var all []Term
	for _, e := range l {
		all = append(all, e.Term)
	}
	return len(slices.Compact(all))
}
