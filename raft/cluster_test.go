// Goal: a cluster in memory for the tests of this package: replicas, a network that may
// lose, delay, repeat and reorder, disks that acknowledge late and lose at a crash.
// Method: everything happens at the caller's word, so a run is its choices and its seeds.
// The disk is a second, dumb model: a list of entries, not the core's runs. After every
// step the specification's invariants are asserted, and after every action its action
// properties, by the recorder.

package raft

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// failer is what *testing.T and *rapid.T share.
type failer interface {
	require.TestingT
	Helper()
}

// cluster is the world. Its fields for faults are set by tests.
type cluster struct {
	t        failer
	replicas []*replica
	network  []protocol.Message // on its way, the oldest first
	applied  []protocol.Entry   // what any replica applied, by index-1

	lost        func(m *protocol.Message) bool // nil: nothing is lost
	ackEarly    bool                           // sabotage: a write is acknowledged before it is kept
	acknowledge bool                           // disks acknowledge in the step that writes
	members     protocol.NodeSet               // by the last configuration that was applied
	stops       bool                           // who is removed is stopped
}

// replica is one Raft with its disk and a twin that replays its actions.
type replica struct {
	*Raft
	cluster *cluster
	cfg     Config
	disk    disk
	twin    *protocol.Node  // has taken the same actions, outside of policy
	twinOut protocol.Output // what they gave in this step
	crashed bool

	owed    []int // by read that waits, how much was applied anywhere when it came
	dropped int
	read    int // reads that were confirmed
}

// disk keeps acknowledged writes, and holds the others, which a crash may lose.
type disk struct {
	image    image
	waiting  []Write
	lastMark Mark // of the last write kept
}

// image is a hard state with its log as a list of what stands behind the base.
type image struct {
	term     protocol.Term
	vote     protocol.NodeID
	base     protocol.Index
	baseTerm protocol.Term
	log      []protocol.Entry
	commit   protocol.Index
	under    protocol.Configuration // in force at the base
}

func (i *image) apply(w *protocol.Write) {
	i.term, i.vote, i.commit = w.Term, w.Vote, w.Commit
	i.log = i.log[min(w.Base-i.base, protocol.Index(len(i.log))):]
	i.base, i.baseTerm, i.under = w.Base, w.BaseTerm, w.BaseConfiguration
	i.log = i.log[: w.Prev-w.Base : w.Prev-w.Base]
	for k := range w.Entries.Len() {
		i.log = append(i.log, w.Entries.At(k+1))
	}
}

func (i *image) hardState() protocol.HardState {
	entries := protocol.EntriesOf(i.log...)
	return protocol.HardState{Term: i.term, Vote: i.vote, Log: protocol.LogBehind(i.base, i.baseTerm, &entries).Under(i.under), Commit: i.commit}
}

// keep makes the first n waiting writes durable.
func (d *disk) keep(n int) {
	for k := range n {
		d.image.apply(&d.waiting[k].Write)
		d.lastMark = d.waiting[k].Mark
	}
	d.waiting = d.waiting[n:]
}

// newCluster returns n replicas, ids 1 to n, with empty disks; cfg gives what is not ID
// and Servers.
func newCluster(t failer, n int, cfg Config) *cluster {
	c := &cluster{t: t}
	for id := protocol.NodeID(1); int(id) <= n; id++ {
		cfg.Servers = cfg.Servers.With(id)
	}
	for id := protocol.NodeID(1); int(id) <= n; id++ {
		cfg.ID = id
		r := &replica{cluster: c, cfg: cfg}
		c.replicas = append(c.replicas, r)
		r.start()
	}
	return c
}

// newTrio returns three replicas whose disks acknowledge at once.
func newTrio(t failer) *cluster {
	c := newCluster(t, 3, Config{})
	c.acknowledge = true
	return c
}

func (c *cluster) at(id protocol.NodeID) *replica { return c.replicas[id-1] }

// start brings the replica up with what its disk holds.
func (r *replica) start() {
	t := r.cluster.t
	cfg := r.cfg
	restarts := 0
	cfg.Record = func(a Action, node *protocol.Node) {
		if a.Name == "Restart" {
			require.Equal(t, r.disk.lastMark, a.Mark)
			restarts++
			return
		}
		r.replay(a, node)
	}
	raft, err := New(cfg, r.disk.image.hardState(), r.disk.lastMark)
	require.NoError(t, err)
	require.Equal(t, 1, restarts, "New is one Restart")
	r.Raft, r.crashed, r.owed = raft, false, nil
	r.twin = protocol.New(cfg.ID, cfg.Servers, r.disk.image.hardState())
	require.Equal(t, r.twin.AppendState(nil), r.AppendState(nil))
}

// crash loses what the disk does not hold, but for the first kept of what it was given.
func (r *replica) crash(kept int) {
	if r.cluster.ackEarly {
		kept = 0
	}
	r.disk.keep(kept)
	r.disk.waiting = nil
	r.crashed = true
}

// step takes e, executes the output and checks all that must hold.
func (r *replica) step(e Event) *Output {
	t := r.cluster.t
	t.Helper()
	r.twinOut = protocol.Output{}
	if e.kind == asked {
		r.owed = append(r.owed, slices.Repeat([]int{len(r.cluster.applied)}, e.count)...)
	}
	before := r.inForce
	out := r.Step(e)
	r.checkOutput(out)
	r.checkMembership(before, out)
	r.checkWindows()
	r.checkReads(out.Reads)
	r.execute(out)
	require.NoError(t, r.cluster.nodes().Check(), "after %v at %d", e, r.cfg.ID)
	kept := *out
	kept.Writes, kept.Messages = slices.Clone(out.Writes), slices.Clone(out.Messages)
	if r.cluster.acknowledge {
		r.sync(len(r.disk.waiting))
	}
	if r.cluster.stops && r.Removed() {
		r.crash(len(r.disk.waiting))
	}
	return &kept
}

// checkReads: a read that is confirmed sees all that anybody had applied when it came.
func (r *replica) checkReads(told Reads) {
	t := r.cluster.t
	require.GreaterOrEqual(t, len(r.owed), told.Confirmed+told.Dropped)
	for _, most := range r.owed[:told.Confirmed] {
		require.GreaterOrEqual(t, int(told.Index), most, "a read does not see what was committed when it came")
	}
	r.owed = r.owed[told.Confirmed+told.Dropped:]
	r.read += told.Confirmed
	r.dropped += told.Dropped
	if r.node.Role() != protocol.Leader {
		require.Empty(t, r.owed, "reads wait where nobody leads")
	}
}

func (r *replica) execute(out *Output) {
	c := r.cluster
	r.disk.waiting = append(r.disk.waiting, out.Writes...)
	for k := range out.Messages {
		if c.lost == nil || !c.lost(&out.Messages[k]) {
			c.network = append(c.network, out.Messages[k])
		}
	}
	if out.Installed > 0 {
		require.LessOrEqual(c.t, int(out.Installed), len(c.applied), "a snapshot is of what somebody applied")
		require.Equal(c.t, out.Installed, out.Committed.From)
	}
	for k := out.Committed.From + 1; k <= out.Committed.To; k++ {
		c.apply(k, r.At(k))
	}
	if c.ackEarly && len(out.Writes) > 0 {
		r.execute(r.Step(Durable(r.lastMark)))
	}
}

// apply asserts that all replicas apply the same.
func (c *cluster) apply(k protocol.Index, e protocol.Entry) {
	if int(k) > len(c.applied) {
		require.Equal(c.t, len(c.applied)+1, int(k), "applied in order")
		c.applied = append(c.applied, e)
		c.takeIn(k, &e)
	}
	require.Equal(c.t, c.applied[k-1], e, "applied at %d", k)
}

// sync keeps the first n of the waiting writes and acknowledges them.
func (r *replica) sync(n int) {
	if n > 0 {
		r.disk.keep(n)
		r.step(Durable(r.disk.lastMark))
	}
}

// nodes is the view that the specification's invariants are about.
func (c *cluster) nodes() protocol.Cluster {
	var nodes protocol.Cluster
	for _, r := range c.replicas {
		node := r.node
		if r.crashed { // what counts of it is what it will come back with
			node = protocol.New(r.cfg.ID, r.cfg.Servers, r.disk.image.hardState())
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// take removes message k from the network.
func (c *cluster) take(k int) protocol.Message {
	m := c.network[k]
	c.network = append(c.network[:k:k], c.network[k+1:]...)
	return m
}

func (c *cluster) deliver(m protocol.Message) {
	if to := c.at(m.To); !to.crashed {
		to.step(Received(&m))
	}
}

// pass delivers, in order, what is now on its way to id.
func (c *cluster) pass(id protocol.NodeID) {
	c.t.Helper()
	onTheWay := c.network
	c.network = nil
	for _, m := range onTheWay {
		if m.To == id {
			c.deliver(m)
		} else {
			c.network = append(c.network, m)
		}
	}
}

// settle delivers, in order, until nothing is on its way.
func (c *cluster) settle() {
	c.t.Helper()
	for n := 0; len(c.network) > 0; n++ {
		require.Less(c.t, n, 10_000, "messages never end")
		c.deliver(c.take(0))
	}
}

// tick lets time pass at all replicas and delivers what comes of it.
func (c *cluster) tick() {
	c.t.Helper()
	for _, r := range c.replicas {
		if !r.crashed {
			r.step(Tick())
		}
	}
	c.settle()
}

// elect lets time pass at id until it leads, and everybody knows. For the others so much has passed that none of them
// hears from a leader any more, nor a leader from them.
func (c *cluster) elect(id protocol.NodeID) *replica {
	c.t.Helper()
	r := c.at(id)
	for _, other := range c.replicas {
		if other != r {
			other.hearNobody()
		}
	}
	for n := 0; r.node.Role() != protocol.Leader; n++ {
		require.Less(c.t, n, 100, "%d is never elected", id)
		r.step(Tick())
		c.settle()
	}
	return r
}

// hearNobody is as if an election timeout had passed.
func (r *replica) hearNobody() {
	r.ticksSinceLeader = r.Raft.cfg.ElectionTicks
	for k := range r.peers {
		r.peers[k].ticksSinceAnswer = r.Raft.cfg.ElectionTicks << (mostDoublings + 1)
	}
}

// untilCandidate lets time pass at r alone until it asks for votes. It is granted every pre-vote.
func (r *replica) untilCandidate() {
	for n := 0; r.node.Role() != protocol.Candidate; n++ {
		require.Less(r.cluster.t, n, 20, "%d never campaigns", r.cfg.ID)
		r.step(Tick())
		r.grantPreVotes()
	}
}

// grantPreVotes answers, for all others, what r has asked.
func (r *replica) grantPreVotes() {
	c := r.cluster
	for k := 0; k < len(c.network); {
		if m := &c.network[k]; m.Type != protocol.RequestPreVote || m.From != r.Config().ID {
			k++
			continue
		}
		m := c.take(k)
		r.step(Received(&protocol.Message{Type: protocol.RequestPreVoteResponse, From: m.To, To: m.From, Term: m.Term, Granted: true}))
	}
}

// leader returns the leader of the highest term, or nil.
func (c *cluster) leader() *replica {
	var leader *replica
	for _, r := range c.replicas {
		if !r.crashed && r.node.Role() == protocol.Leader && (leader == nil || r.term > leader.term) {
			leader = r
		}
	}
	return leader
}

// cut loses all messages to and from id.
func (c *cluster) cut(id protocol.NodeID) {
	c.lost = func(m *protocol.Message) bool { return m.From == id || m.To == id }
}

// ack is an acknowledgement to leader of term, from a follower.
func (r *replica) ack(from protocol.NodeID, match protocol.Index) *protocol.Message {
	return &protocol.Message{Type: protocol.AppendEntriesResponse, From: from, To: r.cfg.ID,
		Term: r.term, Success: true, Match: match}
}

// refusal is a refusal of an append of r's, from a follower.
func (r *replica) refusal(from protocol.NodeID, hint protocol.Index, term protocol.Term) *protocol.Message {
	return &protocol.Message{Type: protocol.AppendEntriesResponse, From: from, To: r.cfg.ID,
		Term: r.term, Hint: hint, HintTerm: term}
}

// text tells messages in the protocol's words, for comparisons that read well.
func text(messages []protocol.Message) []string {
	var lines []string
	for _, m := range messages {
		lines = append(lines, fmt.Sprint(m))
	}
	return lines
}

// follower returns replica 1 of three, with the given log on its disk.
func follower(t *testing.T, term protocol.Term, log ...protocol.Entry) *replica {
	c := &cluster{t: t, acknowledge: true}
	for id := protocol.NodeID(1); id <= 3; id++ {
		r := &replica{cluster: c, cfg: Config{ID: id, Servers: protocol.Nodes(1, 2, 3)}}
		r.disk.image = image{term: term, log: log}
		c.replicas = append(c.replicas, r)
		r.start()
	}
	return c.at(1)
}
