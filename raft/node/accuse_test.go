package node_test

// Goal: a refusal proves a loss only where it must, and an accusation does what it says, to whom it says. Method: one replica
// that leads on a host that writes down what it is asked, and peers that a test plays, word by word.

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// court is the leader 1 of three, in term 1 or later, with what it sends and asks of its host.
type court struct {
	ledger
	t         *testing.T
	replica   *node.Replica
	numbers   map[protocol.NodeID]uint64 // of the last append to each
	before    uint64                     // see inSession
	answered  map[uint64]bool            // numbers of refusals that this replica sent
	condemned []node.Accusation
	told      map[protocol.NodeID][]node.Accusation
	digests   map[protocol.NodeID][]node.Digest
	doubted   []protocol.NodeID
}

func (c *court) Send(m *protocol.Message, number uint64, _ []byte) {
	switch m.Type {
	case protocol.AppendEntries:
		c.numbers[m.To] = number
	case protocol.AppendEntriesResponse:
		c.answered[number] = true
	}
}

func (c *court) SendDigest(to protocol.NodeID, d node.Digest) {
	c.digests[to] = append(c.digests[to], d)
}

func (c *court) Accuse(to protocol.NodeID, a node.Accusation) { c.told[to] = append(c.told[to], a) }

func (c *court) Condemn(a node.Accusation) { c.condemned = append(c.condemned, a) }

func (c *court) Doubt(peer protocol.NodeID, _ protocol.Index) { c.doubted = append(c.doubted, peer) }

func newCourt(t *testing.T, keptOut ...node.Accusation) *court {
	servers := protocol.Nodes(1, 2, 3)
	c := &court{t: t, numbers: map[protocol.NodeID]uint64{}, answered: map[uint64]bool{},
		told: map[protocol.NodeID][]node.Accusation{}, digests: map[protocol.NodeID][]node.Digest{}}
	var err error
	c.replica, err = node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers, ElectionTicks: 10}}, c, listOf(servers), node.Recovered{KeptOut: keptOut})
	require.NoError(t, err)
	return c
}

func (c *court) handle(events ...node.Event) {
	c.t.Helper()
	require.NoError(c.t, c.replica.Handle(events...))
	for c.syncing {
		c.syncing = false
		require.NoError(c.t, c.replica.Handle(node.Synced(c.last)))
	}
}

// elect has the replica lead a term, with the vote of a peer.
func (c *court) elect(voter protocol.NodeID) {
	c.t.Helper()
	for n := 0; c.replica.Status().Role != protocol.Candidate; n++ {
		require.Less(c.t, n, 100)
		c.handle(node.Tick())
		granted := protocol.Message{Type: protocol.RequestPreVoteResponse, From: voter, Granted: true, Term: c.replica.Status().Term + 1}
		c.hears(&granted, 0)
	}
	c.hears(&protocol.Message{Type: protocol.RequestVoteResponse, From: voter, Granted: true}, 0)
	require.Equal(c.t, protocol.Leader, c.replica.Status().Role)
}

// hears has a message of the replica's term arrive.
func (c *court) hears(m *protocol.Message, number uint64) {
	c.t.Helper()
	m.To = 1
	if m.Term == 0 {
		m.Term = c.replica.Status().Term
	}
	c.handle(node.Arrived(m, number, nil))
}

func (c *court) acknowledges(from protocol.NodeID, match protocol.Index) {
	c.t.Helper()
	c.hears(&protocol.Message{Type: protocol.AppendEntriesResponse, From: from, Success: true, Match: match}, 0)
}

func (c *court) refuses(from protocol.NodeID, hint protocol.Index, number uint64) {
	c.t.Helper()
	m := &protocol.Message{Type: protocol.AppendEntriesResponse, From: from, Hint: hint}
	if hint > 0 {
		m.HintTerm = 1
	}
	c.hears(m, number)
}

func (c *court) writes(n int) {
	c.t.Helper()
	for range n {
		c.handle(node.Proposed(command("x"), 1, 1<<40, 1))
	}
}

// beats has heartbeats sent.
func (c *court) beats() {
	c.t.Helper()
	c.handle(node.Tick(), node.Tick())
}

// inSession is a court whose leader knows that 2 has the log up to 4; before is the last append to 2 from before it knew.
func inSession(t *testing.T) *court {
	c := newCourt(t)
	c.elect(3)
	c.acknowledges(3, 1)
	c.writes(3)
	c.before = c.numbers[2]
	c.acknowledges(2, 4)
	require.EqualValues(t, 4, c.replica.Status().CommitIndex)
	return c
}

func TestALateRefusalChangesNothing(t *testing.T) {
	c := inSession(t)
	before := c.before
	c.refuses(2, 0, 0)      // made apart from an append
	c.refuses(2, 1, before) // of an append from before the acknowledgement came
	for range 10 {
		c.refuses(2, 1, before)
	}
	require.Empty(t, c.condemned)
	require.Zero(t, c.rejected)
	c.acknowledges(2, 4)
	c.beats()
	require.Greater(t, c.numbers[2], before, "each append has a number of its own")
	c.acknowledges(2, 3) // a late acknowledgement is no news: nothing rose
	c.refuses(2, 3, c.numbers[2])
	require.Len(t, c.condemned, 1)
}

func TestARefusalOfWhatWasSentLaterIsAProof(t *testing.T) {
	c := inSession(t)
	c.beats()
	c.refuses(2, 4, c.numbers[2])
	require.Empty(t, c.condemned, "who has what it acknowledged may lack what follows")
	c.refuses(2, 3, c.numbers[2])
	require.Len(t, c.condemned, 1)
	require.Equal(t, protocol.NodeID(2), c.condemned[0].Node)
	require.Equal(t, node.RolledBack, c.condemned[0].Reason)
	require.Contains(t, c.condemned[0].Why, "up to entry 4 in term 1")

	require.Empty(t, c.told, "not before it is on disk")
	sent := c.numbers[2]
	c.beats()
	c.refuses(2, 0, c.numbers[2])
	c.acknowledges(2, 4)
	require.Len(t, c.condemned, 1, "what it says is not heard any more")
	require.Equal(t, sent, c.numbers[2], "and it is sent nothing")

	c.handle(node.Condemned(c.condemned[0]))
	require.Len(t, c.told[2], 1)
	require.Len(t, c.told[3], 1)
	require.Equal(t, []node.Accusation{{Node: 2, Reason: node.RolledBack}}, c.replica.Status().KeptOut)
	for range 50 {
		c.handle(node.Tick())
	}
	require.Len(t, c.told[3], 2, "it is told again, to whoever was not there")
}

// candidacyIsAProof: after its election another leader would not know what it had acknowledged.
func candidacyIsAProof(t *testing.T) error {
	c := inSession(t)
	c.hears(&protocol.Message{Type: protocol.RequestVote, From: 2, Term: 7, LastIndex: 4, LastTerm: 1}, 0)
	require.Empty(t, c.condemned, "it has all")
	c.hears(&protocol.Message{Type: protocol.RequestPreVote, From: 2, Term: 2, LastIndex: 3, LastTerm: 1}, 0)
	require.Empty(t, c.condemned, "it may have asked before it acknowledged")
	c.hears(&protocol.Message{Type: protocol.RequestVote, From: 2, Term: 7, LastIndex: 3, LastTerm: 1}, 0)
	if len(c.condemned) == 0 {
		return errors.New("who campaigns without what it acknowledged is not accused")
	}
	return nil
}

func TestACandidacyWithoutWhatWasAcknowledgedIsAProof(t *testing.T) {
	require.NoError(t, candidacyIsAProof(t))
}

func TestARefusalOfAnotherTermIsNoProof(t *testing.T) {
	c := inSession(t)
	c.beats()
	old := c.numbers[2]
	c.hears(&protocol.Message{Type: protocol.RequestVote, From: 3, Term: 7, LastIndex: 9, LastTerm: 6, Transfer: true}, 0)
	require.Equal(t, protocol.Follower, c.replica.Status().Role)
	c.refuses(2, 0, old)
	c.elect(3)
	c.hears(&protocol.Message{Type: protocol.AppendEntriesResponse, From: 2, Term: 1}, old)
	require.Empty(t, c.condemned)
	c.acknowledges(2, 4)
	c.refuses(2, 2, old) // of an earlier term, said in this one
	require.Empty(t, c.condemned)
	c.beats()
	c.refuses(2, 2, c.numbers[2])
	require.Len(t, c.condemned, 1)
}

// A number that was never given is said by nobody who is right.
func TestAHostileNumberIsRejected(t *testing.T) {
	c := inSession(t)
	c.refuses(2, 1, c.numbers[2]+1000)
	c.refuses(2, 1, 1<<64-1)
	require.Equal(t, 2, c.rejected)
	require.Empty(t, c.condemned)
}

func TestAFollowerSaysTheNumberOfWhatItRefuses(t *testing.T) {
	c := newCourt(t)
	ahead := protocol.Message{Type: protocol.AppendEntries, From: 2, Term: 3, Prev: 9, PrevTerm: 2}
	c.hears(&ahead, 41) // goes to a new term: the refusal waits for the disk
	require.Equal(t, map[uint64]bool{0: true}, c.answered)
	c.hears(&ahead, 42)
	require.True(t, c.answered[42])
	require.Len(t, c.answered, 2)
}

func TestAnAccusationIsTakenOnce(t *testing.T) {
	c := inSession(t)
	said := node.Accusation{Node: 2, Reason: node.RolledBack}
	c.handle(node.Accused(3, said), node.Accused(3, said))
	require.Equal(t, []node.Accusation{said}, c.condemned)
	c.handle(node.Condemned(said), node.Accused(3, said))
	require.Len(t, c.condemned, 1)
	c.handle(node.Accused(2, node.Accusation{Node: 3, Reason: node.RolledBack}), node.Accused(2, node.Accusation{Node: 1, Reason: node.RolledBack}))
	require.Len(t, c.condemned, 1, "who is kept out is not listened to")
	c.handle(node.Accused(3, node.Accusation{Node: 9, Reason: node.RolledBack}))
	require.Len(t, c.condemned, 1, "nor whoever speaks of a stranger")
}

func TestWhoIsAccusedStops(t *testing.T) {
	for _, reason := range []node.Reason{node.RolledBack, node.Diverged} {
		c := inSession(t)
		err := c.replica.Handle(node.Accused(3, node.Accusation{Node: 1, Reason: reason}))
		require.ErrorIs(t, err, map[node.Reason]error{node.RolledBack: node.ErrRolledBack, node.Diverged: node.ErrDiverged}[reason])
		require.Equal(t, []node.Accusation{{Node: 1, Reason: reason}}, c.condemned, "and keeps it")
		require.ErrorIs(t, c.replica.Handle(node.Tick()), err)
	}
}

func TestWhoWasKeptOutStaysSo(t *testing.T) {
	c := newCourt(t, node.Accusation{Node: 2, Reason: node.Diverged})
	c.elect(3)
	require.Zero(t, c.numbers[2])
	c.handle(node.Accused(2, node.Accusation{Node: 3, Reason: node.RolledBack}))
	require.Empty(t, c.condemned)
	require.Equal(t, []node.Accusation{{Node: 2, Reason: node.Diverged}}, c.replica.Status().KeptOut)
}

// A node that is kept out has no vote.
func TestWhoIsKeptOutDoesNotVote(t *testing.T) {
	c := newCourt(t, node.Accusation{Node: 2, Reason: node.RolledBack})
	for range 100 {
		c.handle(node.Tick())
		if c.replica.Status().Role == protocol.Candidate {
			c.hears(&protocol.Message{Type: protocol.RequestVoteResponse, From: 2, Granted: true}, 0)
		}
	}
	require.NotEqual(t, protocol.Leader, c.replica.Status().Role)
}

// Differences are answered at a bounded rate, however many are said.
func TestDifferencesAreAnsweredAtABoundedRate(t *testing.T) {
	c := inSession(t)
	for n := range uint64(1000) {
		c.handle(node.Digested(2, node.Digest{Index: protocol.Index(n%4 + 1), Sum: n}))
	}
	require.LessOrEqual(t, len(c.digests[2]), 4)
	require.Equal(t, []protocol.NodeID{2}, c.doubted)
	c.handle(node.Digested(3, node.Digest{Index: 1 << 60, Sum: 1}), node.Digested(3, node.Digest{}), node.Digested(9, node.Digest{Index: 1, Sum: 1}),
		node.Digested(1, node.Digest{Index: 1, Sum: 1}))
	require.Empty(t, c.condemned)
}

func (c *court) Members(protocol.Index) ([]byte, error) { return nil, nil }

func (c *court) Follow(protocol.Configuration, protocol.Index, *node.Members) {}

func (c *court) AddressOf(protocol.NodeID) string { return "" }

// Said is of node.Host.
func (c *court) Said(protocol.NodeID) node.Addresses { return node.Addresses{} }
