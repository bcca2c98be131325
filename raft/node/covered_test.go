package node_test

// Goal: whoever waits when a snapshot takes the place of what was in the log is told nothing definite of an entry that may be, or
// become, part of what is committed. Method: a leader with clients of its own and of other replicas' loses its place, and a snapshot comes of
// some of what it had; one replica whose peers and host are the test (keeper_test.go).

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// deposed is a leader with two entries for clients, 5 and 6, that nobody else has acknowledged.
func deposed(t *testing.T) *keeper {
	k, err := following(interval(1 << 30))
	require.NoError(t, errors.Join(err, k.feed(3), k.campaign(), k.win()))
	require.EqualValues(t, 4, k.replica.Status().Applied, "its own first entry")
	asked := func(waiter, text string) []node.Event {
		return []node.Event{
			node.Proposed(command(text), 1, 1<<60, waiter),
			node.Called(node.Request(1<<60, command(text)), waiter),
		}
	}
	require.NoError(t, k.handle(asked("covered", "a")...))
	require.NoError(t, k.handle(asked("behind", "b")...))
	require.EqualValues(t, 6, k.replica.Status().LastIndex)
	require.Empty(t, k.replies)
	require.Equal(t, 4, k.replica.Status().Pending)
	return k
}

// installed5 has a snapshot of entry 5 come, of a term.
func (k *keeper) installed5(t *testing.T, of protocol.Term) (leads protocol.Term) {
	s, err := snapshotOf(5)
	require.NoError(t, err)
	s.Term = of
	leads = k.replica.Status().Term + 5
	require.NoError(t, errors.Join(k.hear(3, leads, s.SnapshotID), k.fetch(s), k.hear(3, leads, s.SnapshotID)))
	require.EqualValues(t, 5, k.replica.Status().Applied)
	require.EqualValues(t, 5, k.replica.Status().SnapshotIndex)
	return leads
}

// requireCovered looks at what was told first, to a client of this replica's and to another replica's.
func (k *keeper) requireCovered(t *testing.T) {
	require.Len(t, k.replies, 1)
	require.Equal(t, "covered", k.replies[0].to)
	require.Len(t, k.responses, 1)
	for _, told := range []error{k.replies[0].err, node.Parsed(k.responses[0])} {
		require.ErrorIs(t, told, node.ErrCovered)
		require.ErrorIs(t, told, node.ErrUnknown)
		require.NotErrorIs(t, told, node.ErrNotApplied)
	}
	require.Equal(t, 2, k.replica.Status().Pending, "of what is behind the snapshot nothing is known yet")
}

// commits has a leader's entry 6 come, or its word that the one that is here is committed.
func (k *keeper) commits(t *testing.T, leads, prevTerm, term protocol.Term) {
	m := beat(3, leads, node.SnapshotID{Index: 5, Term: prevTerm})
	m.Entries = protocol.EntriesOf(protocol.Entry{Term: term, Value: protocol.Command})
	m.Commit = 6
	require.NoError(t, k.handle(node.Arrived(m, 0, bundle(payload(6)))))
	require.EqualValues(t, 6, k.replica.Status().Applied)
	require.Zero(t, k.replica.Status().Pending)
	require.Len(t, k.replies, 2)
	require.Len(t, k.responses, 2)
}

// The snapshot is of another leader's entry: what was behind its place is gone from this log, and may be in another one's.
func TestWhatASnapshotTookThePlaceOfIsUnknown(t *testing.T) {
	k := deposed(t)
	term := k.replica.Status().Term + 3
	leads := k.installed5(t, term)
	require.EqualValues(t, 5, k.replica.Status().LastIndex)
	k.requireCovered(t)
	k.commits(t, leads, term, leads)
	require.ErrorIs(t, k.replies[1].err, node.ErrReplaced, "another entry is committed in its place: now it is known")
	require.ErrorIs(t, node.Parsed(k.responses[1]), node.ErrReplaced)
}

// The snapshot is of the leader's own entry, and what was behind stays and is committed by the next one.
func TestWhatStaysBehindASnapshotIsAnswered(t *testing.T) {
	k := deposed(t)
	term := k.replica.Status().Term
	leads := k.installed5(t, term)
	require.EqualValues(t, 6, k.replica.Status().LastIndex)
	k.requireCovered(t)
	k.commits(t, leads, term, term)
	require.NoError(t, k.replies[1].err)
	require.NoError(t, node.Parsed(k.responses[1]))
}

// Where nothing more comes, the deadline says no more than that.
func TestADeadlineBehindASnapshotIsUnknown(t *testing.T) {
	k := deposed(t)
	k.installed5(t, k.replica.Status().Term+3)
	k.requireCovered(t)
	k.time = 1 << 61
	require.NoError(t, k.handle(node.Tick()))
	require.Len(t, k.replies, 2)
	require.Len(t, k.responses, 2)
	require.ErrorIs(t, k.replies[1].err, node.ErrUndecided)
	require.ErrorIs(t, node.Parsed(k.responses[1]), node.ErrUndecided)
	require.Zero(t, k.replica.Status().Pending)
}
