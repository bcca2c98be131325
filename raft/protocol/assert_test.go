// Goal: a broken invariant stops the replica, in production too, and every check of
// states and steps names what broke.
// Method: break one thing in a node's fields, then act or check.

package protocol

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// leading returns node 1 of {1 2 3}, which leads term 2 with two entries on disk.
func leading() *Node {
	n := New(1, Nodes(1, 2, 3), HardState{Term: 2, Vote: 1, Log: LogOf(Entry{Term: 1, Value: Command}, Entry{Term: 2, Value: Command})})
	n.role = Leader
	n.nextIndex[2], n.nextIndex[3] = 3, 3
	return n
}

func TestBrokenInvariantPanicsAfterAnyAction(t *testing.T) {
	for _, c := range []struct {
		name, invariant string
		damage          func(*Node)
	}{
		{"a commit index beyond the log", "CommitWithinLog", func(n *Node) { n.commitIndex = 3 }},
		{"a log that is not on disk and not pending", "what is not pending is durable", func(n *Node) { n.log.truncate(1) }},
		{"a vote that is not on disk and not pending", "what is not pending is durable", func(n *Node) { n.disk.Vote = 2 }},
		{"a term that is not on disk and not pending", "what is not pending is durable", func(n *Node) { n.disk.Term = 1 }},
		{"a disk beyond the leader's log", "LeaderDiskIsPrefix", func(n *Node) {
			n.pending.push(&Write{Term: 2, Vote: 1, Prev: 1})
			n.log.truncate(1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := leading()
			told := Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Success: true}
			require.True(t, n.HandleAppendEntriesResponse(&told, &Output{}), "sound, it acts")
			c.damage(n)
			require.PanicsWithValue(t, "raft/protocol: invariant broken: "+c.invariant,
				func() { n.HandleAppendEntriesResponse(&told, &Output{}) })
		})
	}
}

// TestImpossibleMessagesAreNotHandled: they would break what the asserts of follow and accept state.
func TestImpossibleMessagesAreNotHandled(t *testing.T) {
	n := leading()
	require.False(t, n.HandleAppendEntries(&Message{Type: AppendEntries, From: 2, To: 1, Term: 2}, &Output{}))
	n = leading()
	n.commitIndex = 2
	require.False(t, n.HandleAppendEntries(&Message{Type: AppendEntries, From: 2, To: 1, Term: 3, Prev: 1, PrevTerm: 1,
		Entries: EntriesOf(Entry{Term: 3, Value: Command})}, &Output{}))
	require.Equal(t, Leader, n.Role())
	for _, term := range []Term{1, 3} { // before the committed entry, and after it
		n = New(1, Nodes(1, 2, 3), HardState{Term: 3, Log: LogOf(Entry{Term: 2, Value: Command}), Commit: 1})
		denies := Message{Type: AppendEntries, From: 2, To: 1, Term: 3, Prev: 1, PrevTerm: term}
		require.False(t, n.HandleAppendEntries(&denies, &Output{}), "term %d", term)
	}
}

// TestAppendEntriesIsNotEnabledBeyondTheLog, nor where the sum of its numbers overflows.
func TestAppendEntriesIsNotEnabledBeyondTheLog(t *testing.T) {
	n := leading()
	for _, c := range []struct {
		prev Index
		n    uint64
	}{{1, 0}, {1, 1}, {2, 1}, {3, 0}, {2, math.MaxUint64 - 1}, {2, math.MaxUint64}, {math.MaxUint64, 0}, {math.MaxUint64, 3}} {
		var out Output
		require.False(t, n.AppendEntries(2, c.prev, c.n, &out), "prev=%d n=%d", c.prev, c.n)
		require.Empty(t, out)
	}
	require.True(t, n.AppendEntries(2, 2, 0, &Output{}))
}

func TestNewPanicsForANodeThatIsNoServer(t *testing.T) {
	for _, server := range []NodeSet{Nodes(2, 3), Nodes(1, Nil), 0} {
		require.Panics(t, func() { New(1, server, HardState{}) })
	}
	require.NotPanics(t, func() { New(MaxNodeID, Nodes(MaxNodeID), HardState{}) })
}

// TestEachInvariantNamesWhatBroke: with the states of three sound nodes, one damaged.
func TestEachInvariantNamesWhatBroke(t *testing.T) {
	require.NoError(t, sound().Check())
	for _, c := range []struct {
		invariant string
		damage    func(c Cluster)
	}{
		{"CommitWithinLog", func(c Cluster) { c[1].commitIndex = 9 }},
		{"HintIsCommitted", func(c Cluster) { c[1].disk.Commit = 1 }},
		{"ElectionSafety", func(c Cluster) { c[1].role, c[1].currentTerm = Leader, 2 }},
		{"LogMatching", func(c Cluster) { c[2].log = LogOf(Entry{Term: 1, Value: NoOp}, Entry{Term: 2, Value: Command}) }},
		{"LeaderCompleteness", func(c Cluster) {
			c[2].log, c[2].commitIndex = LogOf(Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command}), 2
		}},
		{"StateMachineSafety", func(c Cluster) {
			c[0].role = Follower
			c[1].commitIndex, c[2].commitIndex = 2, 2
			c[2].log = LogOf(Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command})
		}},
		{"CommittedIsDurable", func(c Cluster) {
			c[0].commitIndex = 2
			c[1].disk.Log, c[2].disk.Log = Log{}, Log{}
		}},
		{"LeaderVoteIsDurable", func(c Cluster) { c[0].disk.Vote = 3 }},
		{"LeaderDiskIsPrefix", func(c Cluster) { c[0].disk.Log = LogOf(Entry{Term: 1, Value: NoOp}) }},
		{"MatchWithinLog", func(c Cluster) { c[0].matchIndex[2], c[0].nextIndex[2] = 3, 4 }},
		{"NextAboveMatch", func(c Cluster) { c[0].nextIndex[3] = 0 }},
	} {
		t.Run(c.invariant, func(t *testing.T) {
			cluster := sound()
			c.damage(cluster)
			require.ErrorContains(t, cluster.Check(), c.invariant+": ")
		})
	}
}

// sound is node 1 leading 2 and 3, all with its log.
func sound() Cluster {
	c := Cluster{leading()}
	for id := NodeID(2); id <= 3; id++ {
		c = append(c, New(id, c[0].server, HardState{Term: 2, Vote: 1, Log: leading().log.clone()}))
	}
	return c
}

func TestEachStepPropertyNamesWhatBroke(t *testing.T) {
	refused := &Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Hint: 0}
	require.NoError(t, Step{"Persist", nil, leading(), leading()}.Check())
	for _, c := range []struct {
		property, action string
		damage           func(before, after *Node)
	}{
		{"MonotonicDiskTerm", "Restart", func(_, after *Node) { after.disk.Term = 1 }},
		{"MonotonicTerm", "StepDown", func(_, after *Node) { after.role, after.currentTerm = Follower, 1 }},
		{"MonotonicCommit", "HandleAppendEntries", func(before, _ *Node) { before.commitIndex = 1 }},
		{"MonotonicMatch", "HandleAppendEntriesResponse", func(before, after *Node) {
			before.matchIndex[2], after.nextIndex[2] = 1, 2
		}},
		{"LeaderAppendOnly", "ClientRequest", func(_, after *Node) { after.log.truncate(1) }},
		{"CommitOwnTerm", "AdvanceCommitIndex", func(_, after *Node) { after.commitIndex = 1 }},
		{"BackOffShrinks", "HandleAppendEntriesResponse", func(_, _ *Node) {}},
	} {
		t.Run(c.property, func(t *testing.T) {
			before, after := leading(), leading()
			c.damage(before, after)
			require.ErrorContains(t, Step{c.action, refused, before, after}.Check(), c.property+" by "+c.action)
		})
	}
	// A crash may take back what was not durable, and only a crash.
	before, after := leading(), leading()
	before.commitIndex, before.currentTerm = 2, 3
	after.role = Follower
	require.NoError(t, Step{"Restart", nil, before, after}.Check())
}
