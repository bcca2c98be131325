package node_test

// Goal: the replica works with real files, sockets and time. Method: three nodes in one process, on
// loopback and temporary folders; what was answered has to be there after nodes were stopped and started.

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	soon  = time.Minute // for what happens at once on a machine with nothing else to do
	often = 2 * time.Millisecond
)

// site is what stays of a node while it is down, and the node while it is up.
type site struct {
	*node.Node
	options node.Options
	machine *sharedList
	speaks  node.Versions // of its program; none: 1
}

// sharedList is a list that a test may read while a node applies to it.
type sharedList struct {
	mu sync.Mutex
	list
	loaded int // states, in the place of others
	loads  atomic.Int32
	during func(load int32) // with each piece that the loader of that number takes; nil: nothing
	stuck  atomic.Pointer[stuck]
}

func (l *sharedList) Apply(index uint64, payload []byte) error {
	if s := l.stuck.Load(); s != nil && s.applying.Load() {
		<-s.until
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list.Apply(index, payload)
}

func (l *sharedList) Digest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digest
}

// poison has what is applied from now on come to something else than on the other nodes.
func (l *sharedList) poison() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.digest++
}

func (l *sharedList) copy() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.commands)
}

type cluster []*site

var trio = protocol.Nodes(1, 2, 3)

func startCluster(t testing.TB) cluster {
	c := reservedCluster(t)
	for _, s := range c {
		s.start(t)
	}
	return c
}

// reservedCluster is three nodes that are yet to be started.
func reservedCluster(t testing.TB) cluster {
	addresses := map[protocol.NodeID]string{}
	for id := protocol.NodeID(1); id <= 3; id++ {
		addresses[id] = ports.Free()
	}
	var c cluster
	for id := protocol.NodeID(1); id <= 3; id++ {
		peers := map[protocol.NodeID]string{1: addresses[1], 2: addresses[2], 3: addresses[3]}
		delete(peers, id)
		s := &site{options: node.Options{
			Config:  node.Config{Raft: raft.Config{ID: id, Servers: trio}, Addresses: map[protocol.NodeID]string{id: "door"}, MaxWait: soon},
			Cluster: "test", Secret: secret, Dir: t.TempDir(), Listen: addresses[id], Advertise: addresses[id], Peers: peers,
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}}
		c = append(c, s)
	}
	t.Cleanup(func() {
		for _, s := range c {
			if s.Node != nil {
				s.Stop()
			}
		}
	})
	return c
}

func (s *site) start(t testing.TB) {
	t.Helper()
	s.machine = &sharedList{list: *listOf(s.options.Raft.Servers)}
	s.machine.speaks = s.speaks
	s.options.Machine = s.machine
	var err error
	s.Node, err = node.Start(s.options)
	require.NoError(t, err)
}

// secret is what the nodes of all tests have.
var secret = node.NewSecret()

// leader waits until a node leads that has loaded.
func (c cluster) leader(t testing.TB) *site {
	t.Helper()
	var leader *site
	require.Eventually(t, func() bool {
		for _, s := range c {
			if st := s.Status(); st.Err == nil && st.Role == protocol.Leader && st.Healthy && !st.Loading {
				leader = s
				return true
			}
		}
		return false
	}, soon, often)
	return leader
}

// other returns a running node that is not s.
func (c cluster) other(s *site) *site {
	k := slices.Index(c, s)
	return c[(k+1)%len(c)]
}

// without returns the nodes other than s.
func (c cluster) without(s *site) cluster {
	return slices.DeleteFunc(slices.Clone(c), func(other *site) bool { return other == s })
}

// propose waits for the outcome of one command.
func (s *site) propose(text string) (uint64, error) {
	type outcome struct {
		place uint64
		err   error
	}
	outcomes := make(chan outcome, 1)
	s.Propose(command(text), soon, func(answers []byte, err error) {
		if err != nil {
			outcomes <- outcome{err: err}
			return
		}
		outcomes <- outcome{place: placesOf(answers)[0]}
	})
	o := <-outcomes
	return o.place, o.err
}

// mustPropose repeats a command as long as it is not applied.
func (s *site) mustPropose(t *testing.T, text string) uint64 {
	t.Helper()
	var place uint64
	require.Eventually(t, func() bool {
		var err error
		place, err = s.propose(text)
		require.NotErrorIs(t, err, node.ErrUnknown)
		return err == nil
	}, soon, often)
	return place
}

func (c cluster) agree(t *testing.T, want []string) {
	t.Helper()
	for _, s := range c {
		require.Eventually(t, func() bool { return slices.Equal(s.machine.copy(), want) }, soon, often,
			"node %d: %v", s.options.Raft.ID, s.machine.copy())
	}
}

func TestThreeNodesServeThroughLeaderAndFollowers(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	var want []string
	for k := range 30 {
		text := fmt.Sprint(k)
		require.EqualValues(t, k, c[k%3].mustPropose(t, text))
		want = append(want, text)
	}
	c.agree(t, want)

	follower := c.other(leader)
	follower.Stop()
	require.ErrorIs(t, follower.Err(), node.ErrStopped)
	_, err := follower.propose("stopped")
	require.ErrorIs(t, err, node.ErrNotApplied)
	require.ErrorIs(t, err, node.ErrStopped)
	for k := range 10 {
		leader.mustPropose(t, fmt.Sprint("without ", k))
		want = append(want, fmt.Sprint("without ", k))
	}
	follower.start(t)
	c.agree(t, want)
	follower.mustPropose(t, "back")
	c.agree(t, append(want, "back"))
}

func TestWhatWasAnsweredSurvivesTheLeader(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	var want []string
	for k := range 3 {
		old := c.leader(t)
		old.mustPropose(t, fmt.Sprint("term ", k))
		want = append(want, fmt.Sprint("term ", k))
		old.Stop()
		next := c.without(old).leader(t)
		next.mustPropose(t, fmt.Sprint("after ", k))
		want = append(want, fmt.Sprint("after ", k))
		old.start(t)
		c.agree(t, want)
	}
}

func TestAllRestartAndGoOn(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	var want []string
	for k := range 20 {
		leader.mustPropose(t, fmt.Sprint(k))
		want = append(want, fmt.Sprint(k))
	}
	for _, s := range c {
		s.Stop()
	}
	for _, s := range c {
		s.start(t)
	}
	c.leader(t)
	c.agree(t, want) // without a proposal: the new leader's no-op commits the old log
}

func TestManyProposalsShareEntries(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	const n = 20_000
	var told sync.WaitGroup
	told.Add(n)
	var mu sync.Mutex
	places := map[uint64]bool{}
	for k := range n {
		leader.Propose(command(fmt.Sprint(k)), soon, func(answers []byte, err error) {
			defer told.Done()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				places[placesOf(answers)[0]] = true
			}
		})
	}
	told.Wait()
	require.Len(t, places, n)
	require.Less(t, leader.Status().LastIndex, protocol.Index(n/10))
}

func TestStartRefusesWhatCanNotWork(t *testing.T) {
	good := node.Options{
		Config:  node.Config{Raft: raft.Config{ID: 1, Servers: trio}},
		Cluster: "test", Secret: secret, Dir: t.TempDir(), Listen: "127.0.0.1:0", Machine: listOf(trio),
		Peers: map[protocol.NodeID]string{2: "127.0.0.1:1", 3: "127.0.0.1:1"},
	}
	for field, spoil := range map[string]func(*node.Options){
		"Cluster":                   func(o *node.Options) { o.Cluster = "" },
		"Machine":                   func(o *node.Options) { o.Machine = nil },
		"Peers":                     func(o *node.Options) { o.Peers = nil },
		"Secret":                    func(o *node.Options) { o.Secret = node.Secret{} },
		"SegmentBytes":              func(o *node.Options) { o.SegmentBytes = 16<<20 - 512 },
		"TickInterval":              func(o *node.Options) { o.TickInterval = 1 },
		"MaxPending":                func(o *node.Options) { o.MaxPending = -1 },
		"Raft.MaxEntriesPerMessage": func(o *node.Options) { o.Raft.MaxEntriesPerMessage = 33 },
	} {
		o := good
		spoil(&o)
		_, err := node.Start(o)
		var wrong *node.ConfigError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, field, wrong.Field)
	}
	started, err := node.Start(good)
	require.NoError(t, err)
	started.Stop()
	small := good
	small.SegmentBytes, small.MaxEntryBytes, small.Raft.MaxEntriesPerMessage = 64<<10, 8<<10, 4
	again, err := node.Start(small)
	require.NoError(t, err, "small entries fit into a small segment")
	again.Stop()
	good.Cluster = "another"
	_, err = node.Start(good)
	require.Error(t, err, "the folder is another cluster's")
	require.NotNil(t, started.Addr())
	require.Len(t, started.Peers(), 2)
}

// wipe loses the folder of a node that is down, or brings it back.
func (s *site) wipe(t *testing.T) (undo func()) {
	old := s.options.Dir
	s.options.Dir = t.TempDir()
	return func() { s.options.Dir = old }
}

func TestAWipedNodeIsRefused(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	wiped := c.other(leader)
	wiped.Stop()
	undo := wiped.wipe(t)
	wiped.start(t)
	require.Eventually(t, func() bool {
		for _, p := range wiped.Peers() {
			if p.Messages.Connected || p.Messages.LastError == "" {
				return false
			}
		}
		return true
	}, soon, often, "both others know it under another incarnation")
	require.Empty(t, wiped.machine.copy())
	require.True(t, wiped.Status().Loading)
	wiped.Stop()
	undo()
	wiped.start(t)
	c.agree(t, []string{"first"})
}

// broken is a machine that can't apply what it is told to.
type broken struct {
	*list
	fault func() error
}

func (b broken) Apply(index uint64, payload []byte) error {
	if index > 1 {
		return b.fault()
	}
	return b.list.Apply(index, payload)
}

// An entry that can't be applied, and a panic, end the node, tell all that wait, and spare the process.
func TestAFaultEndsTheNode(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func() error{
		"error": func() error { return errors.New("made to fail") },
		"panic": func() error { panic("made to fail") },
	} {
		t.Run(name, func(t *testing.T) {
			one := protocol.Nodes(1)
			n, err := node.Start(node.Options{
				Config:  node.Config{Raft: raft.Config{ID: 1, Servers: one}},
				Cluster: "test", Dir: t.TempDir(), Listen: "127.0.0.1:0", Machine: broken{listOf(one), fault},
				Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			})
			require.NoError(t, err)
			s := &site{Node: n}
			require.Eventually(t, func() bool { return !n.Status().Loading }, soon, often)
			require.NoError(t, n.Err())
			_, err = s.propose("x")
			require.ErrorIs(t, err, node.ErrUnknown)
			require.ErrorIs(t, err, node.ErrStopped)
			<-n.Done()
			require.ErrorContains(t, n.Err(), "made to fail")
			require.Equal(t, name == "panic", errors.Is(n.Err(), node.ErrInvariant))
			n.Stop()
		})
	}
}
