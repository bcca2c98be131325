// Goal: whatever is changed, and whenever, no property breaks; and a change is what it says.
// Method: the walks of walk_test.go, which begin with voters that are drawn, change them and leave joint configurations; a table of
// what is not enabled; a story of a replacement, and one of a leader that is no voter any more.

package protocol

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// changing is seeded where membership changes: a node that is neither voter nor learner is a folder to come.
func changing(seed uint64, nodes int) *walker {
	random := rand.New(rand.NewPCG(seed, uint64(100+nodes)))
	w := &walker{newWorld(nodes), random.IntN}
	first := Configuration{Voters: w.someNodes()}
	w.world = worldOf(firstDisks(nodes, first))
	return w
}

func firstDisks(nodes int, first Configuration) []HardState {
	disks := make([]HardState, nodes)
	for k := range disks {
		disks[k].Log = Log{}.Under(first)
	}
	return disks
}

// someNodes is a set with one member at least.
func (w *walker) someNodes() NodeSet {
	set := Nodes(w.some())
	for _, n := range w.nodes {
		if w.draw(2) == 0 {
			set = set.With(n.id)
		}
	}
	return set
}

// change begins a change, or ends one.
func (w *walker) change() {
	i := w.someOf(leads)
	if i == Nil || w.leaveJoint(i) || w.node(i).LastIndex() >= 2*logEntries {
		return
	}
	voters := w.someNodes()
	learners := NodeSet(0)
	if w.draw(2) == 0 {
		learners = w.someNodes() &^ voters
	}
	w.changeConfiguration(i, voters, learners)
}

// walkChanging takes up to so many steps, until a property breaks.
func (w *walker) walkChanging(steps int) {
	for k := 0; k < steps && w.broken == nil; k++ {
		switch w.draw(18) {
		case 0:
			w.change()
		case 1:
			w.push()
		default:
			w.step()
		}
	}
}

// push sends each node all that it lacks, and has the answers delivered while disks are quick: seldom would a change end otherwise.
func (w *walker) push() {
	i := w.someOf(leads)
	if i == Nil {
		return
	}
	for _, j := range w.nodes {
		if n := w.node(i); n.role == Leader && j.id != i && n.nextIndex[j.id] > n.log.base {
			w.appendEntries(i, j.id, n.nextIndex[j.id]-1, uint64(n.log.last-n.nextIndex[j.id]+1))
		}
	}
	for k := 0; k < 2*len(w.nodes) && len(w.messages) > 0; k++ {
		w.deliver(w.take(len(w.messages) - 1))
		for _, n := range w.nodes {
			for w.persist(n.id) {
			}
		}
	}
	w.commit()
}

func TestWalksThatChangeMembersBreakNoProperty(t *testing.T) {
	reached := map[string]int{}
	for nodes := 1; nodes <= 5; nodes++ {
		for seed := range uint64(120) {
			w := changing(seed, nodes)
			for range 300 {
				before := w.whereConfigurationsStand()
				w.walkChanging(1)
				for k, n := range w.nodes {
					tallyChanges(n, before[k], reached)
				}
			}
			require.Nil(t, w.broken, "changing(%d, %d)", seed, nodes)
			for _, a := range w.history {
				reached[a.name]++
			}
		}
	}
	for _, what := range []string{"ChangeConfiguration", "LeaveJoint", "a snapshot of a configuration within a change",
		"a leader that is no voter", "a learner with entries", "a joint configuration committed"} {
		require.GreaterOrEqual(t, reached[what], 20, what)
	}
	require.GreaterOrEqual(t, reached["a configuration cut off"], 5)
}

// whereConfigurationsStand is that of each node's last one.
func (w *walker) whereConfigurationsStand() (all []Index) {
	for _, n := range w.nodes {
		_, at := n.InForce()
		all = append(all, at)
	}
	return all
}

// tallyChanges notes what a node shows of changes; before is where its last configuration stood.
func tallyChanges(n *Node, before Index, reached map[string]int) {
	note := func(what string, holds bool) {
		if holds {
			reached[what]++
		}
	}
	c, at := n.InForce()
	note("a configuration cut off", n.log.base < before && at < before)
	note("a snapshot of a configuration within a change", n.log.baseConfiguration.IsJoint())
	note("a leader that is no voter", n.role == Leader && !c.AllVoters().Has(n.id))
	note("a learner with entries", c.Learners.Has(n.id) && n.log.last > 0)
	note("a joint configuration committed", c.IsJoint() && at <= n.commitIndex)
}

// leadingOf is the leader of term 2 of a log in which a configuration is in force, and an entry of its own is committed.
func leadingOf(c Configuration) *Node {
	log := LogOf(Entry{Term: 2, Value: NoOp}).Under(c)
	n := New(1, Nodes(1, 2, 3), HardState{Term: 2, Vote: 1, Log: log, Commit: 1})
	n.role = Leader
	return n
}

func TestChangesThatAreNotEnabledChangeNothing(t *testing.T) {
	two := Configuration{Voters: Nodes(1, 2), Learners: Nodes(3)}
	change := func(voters, learners NodeSet) func(*Node, *Output) bool {
		return func(n *Node, out *Output) bool { return n.ChangeConfiguration(voters, learners, out) }
	}
	spoilt := func(spoil func(*Node)) *Node {
		n := leadingOf(two)
		spoil(n)
		return n
	}
	joint := Configuration{Voters: Nodes(1, 2), Next: Nodes(2, 3)}
	begun := leadingOf(two)
	require.True(t, begun.ChangeConfiguration(Nodes(2, 3), 0, &Output{}))
	for name, c := range map[string]struct {
		node   *Node
		action func(*Node, *Output) bool
	}{
		"a follower begins":              {spoilt(func(n *Node) { n.role = Follower }), change(Nodes(1), 0)},
		"to nobody":                      {leadingOf(two), change(0, Nodes(1))},
		"to a voter who learns":          {leadingOf(two), change(Nodes(1), Nodes(1))},
		"to a stranger":                  {leadingOf(two), change(Nodes(1, 9), 0)},
		"to a learner who is a stranger": {leadingOf(two), change(Nodes(1), Nodes(9))},
		"within a change":                {leadingOf(joint), change(Nodes(1), 0)},
		"before the last one's end":      {spoilt(func(n *Node) { n.commitIndex = 0 }), change(Nodes(1), 0)},
		"before an entry of its own":     {spoilt(func(n *Node) { n.currentTerm = 3 }), change(Nodes(1), 0)},
		"while one is not committed":     {begun, change(Nodes(1), 0)},
		"a follower leaves":              {New(1, Nodes(1, 2), HardState{Log: Log{}.Under(joint)}), (*Node).LeaveJoint},
		"who is not joint leaves":        {leadingOf(two), (*Node).LeaveJoint},
		"before both have committed":     {begun, (*Node).LeaveJoint},
		"a client appends one":           {leadingOf(two), func(n *Node, out *Output) bool { return n.ClientRequest(Configured, out) }},
	} {
		t.Run(name, func(t *testing.T) { requireNotEnabled(t, c.node, c.action) })
	}
}

func TestWhatIsInForceMayBeSaidAgain(t *testing.T) {
	for _, c := range []Configuration{{Voters: Nodes(1, 2), Learners: Nodes(3)}, {Voters: Nodes(1, 2, 3)}} {
		n := leadingOf(c)
		require.True(t, n.ChangeConfiguration(c.Voters, c.Learners, &Output{}))
		again, at := n.InForce()
		require.Equal(t, c, again)
		require.EqualValues(t, 2, at)
		require.False(t, n.ChangeConfiguration(c.Voters, c.Learners, &Output{}), "the last one is not committed")
	}
}

func TestAChangeGoesByBothMajorities(t *testing.T) {
	for _, c := range []struct {
		configuration Configuration
		deciding      []NodeSet
		others        []NodeSet
	}{
		{Configuration{Voters: Nodes(1)}, []NodeSet{Nodes(1), Nodes(1, 2)}, []NodeSet{0, Nodes(2, 3)}},
		{Configuration{Voters: Nodes(1, 2)}, []NodeSet{Nodes(1, 2)}, []NodeSet{Nodes(1), Nodes(1, 3)}},
		{Configuration{Voters: Nodes(1, 2), Learners: Nodes(3)}, []NodeSet{Nodes(1, 2, 3)}, []NodeSet{Nodes(2, 3)}},
		{Configuration{Voters: Nodes(1), Next: Nodes(2, 3)}, []NodeSet{Nodes(1, 2, 3)}, []NodeSet{Nodes(2, 3), Nodes(1, 2)}},
		{Configuration{Voters: Nodes(1, 2), Next: Nodes(2, 3)}, []NodeSet{Nodes(1, 2, 3)}, []NodeSet{Nodes(1, 3), Nodes(1, 2)}},
	} {
		for _, set := range c.deciding {
			require.True(t, c.configuration.Decides(set), "%v by %v", c.configuration, set)
		}
		for _, set := range c.others {
			require.False(t, c.configuration.Decides(set), "%v by %v", c.configuration, set)
		}
	}
}

// TestAReplacementIsAChangeOfFolders: 3 takes the place of 1, which leads until that is committed.
func TestAReplacementIsAChangeOfFolders(t *testing.T) {
	w := worldOf(firstDisks(3, Configuration{Voters: Nodes(1, 2)}))
	settle := func() {
		for range 20 {
			for _, n := range w.nodes {
				for w.persist(n.id) {
				}
			}
			for len(w.messages) > 0 {
				w.deliver(w.take(0))
			}
		}
	}
	require.True(t, w.timeout(1))
	require.Empty(t, w.out.Messages, "they wait for the disk")
	settle()
	require.True(t, w.becomeLeader(1))
	require.True(t, w.clientRequest(1, NoOp))
	replicate := func(j NodeID) {
		n := w.node(1)
		w.appendEntries(1, j, n.nextIndex[j]-1, uint64(n.log.last-n.nextIndex[j]+1))
		settle()
	}
	replicate(2)
	require.False(t, w.changeConfiguration(1, Nodes(2, 3), 0), "nothing of its own is committed")
	require.True(t, w.advanceCommitIndex(1))
	require.True(t, w.changeConfiguration(1, Nodes(2, 3), 0))
	replicate(3)
	require.False(t, w.advanceCommitIndex(1), "the old voters have no majority of it")
	replicate(2)
	require.False(t, w.leaveJoint(1), "it is not committed")
	require.True(t, w.advanceCommitIndex(1))
	require.True(t, w.leaveJoint(1))
	c, at := w.node(1).InForce()
	require.Equal(t, Configuration{Voters: Nodes(2, 3)}, c)
	require.Equal(t, Index(3), at)
	replicate(2)
	require.False(t, w.advanceCommitIndex(1), "a leader that is no voter does not count itself")
	replicate(3)
	require.True(t, w.advanceCommitIndex(1))
	require.True(t, w.resign(1))
	require.Nil(t, w.broken)
	require.Equal(t, "[1* 1{1 2}>{2 3} 1{2 3}]", w.node(3).log.Slice(0, 3).String())
}

// TestASnapshotCarriesTheConfiguration that is in force at its end, and a restart has it.
func TestASnapshotCarriesTheConfiguration(t *testing.T) {
	n := leadingOf(Configuration{Voters: Nodes(1)})
	require.True(t, n.ChangeConfiguration(Nodes(1), Nodes(2), &Output{}))
	require.True(t, n.Persist(&Output{}))
	require.True(t, n.AdvanceCommitIndex(&Output{}))
	var out Output
	require.True(t, n.Compact(2, &out))
	want := Configuration{Voters: Nodes(1), Learners: Nodes(2)}
	require.Equal(t, want, out.Writes[0].BaseConfiguration)
	require.True(t, n.Persist(&out))
	require.True(t, n.Restart(&out))
	c, at := n.InForce()
	require.Equal(t, want, c)
	require.Zero(t, at, "it is of the snapshot")
	require.Equal(t, "term=2 vote=1 log=(2@2) {1}+{2} [] commit=2", n.disk.String())

	m := Message{Type: InstallSnapshot, From: 1, To: 2, Term: 2, LastIndex: 2, LastTerm: 2, Configuration: want}
	loaded, rest, err := LoadMessage(AppendMessage(nil, &m))
	require.NoError(t, err)
	require.Empty(t, rest)
	require.True(t, m.equal(&loaded))
	require.True(t, m.Configures())
	require.Equal(t, "1->2 InstallSnapshot term=2 last=2@2 configuration={1}+{2}", m.String())
	follower := New(2, Nodes(1, 2, 3), HardState{Log: Log{}.Under(Configuration{Voters: Nodes(1)})})
	require.True(t, follower.HandleInstallSnapshot(&loaded, &Output{}))
	c, _ = follower.InForce()
	require.Equal(t, want, c)
}

func TestOnlyASnapshotAnnouncesAConfiguration(t *testing.T) {
	m := Message{Type: InstallSnapshot, From: 1, To: 2, Term: 2, LastIndex: 2, LastTerm: 2, Configuration: Configuration{Voters: Nodes(1)}}
	b := AppendMessage(nil, &m)
	for name, bad := range map[string][]byte{
		"another type": append([]byte{byte(ConfirmTerm) | configured}, b[1:]...),
		"none follows": append(b[:len(b)-3:len(b)-3], 0),
	} {
		_, _, err := LoadMessage(bad)
		require.ErrorIs(t, err, ErrState, name)
	}
	stripped := m
	stripped.Configuration = Configuration{}
	require.False(t, stripped.Configures())
	require.False(t, m.equal(&stripped))
}
