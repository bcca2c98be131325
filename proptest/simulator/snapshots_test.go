package simulator

// Goal: what a host does with snapshots is watched: a file that is gone, two of one entry that differ, a log that begins where nothing
// stands for what was before, something forgotten too early. Method: each of them is done, by hand, and told by its name.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// taken is a folder with snapshots of some entries, all of term 1.
func taken(t *testing.T, indices ...protocol.Index) *snapshots {
	s := newSnapshots(1)
	require.NoError(t, s.open())
	for _, index := range indices {
		w, err := s.store.Create(index, 1, 1)
		require.NoError(t, err)
		_, err = w.Write(make([]byte, 3*blockBytes))
		require.NoError(t, err)
		h, err := w.Commit()
		require.NoError(t, err)
		s.acknowledge(h)
	}
	return s
}

// long is a log that begins behind a base and ends at 100.
func long(base protocol.Index) *protocol.Log {
	var entries protocol.Entries
	entries.Add(protocol.Run{Term: 1, Value: protocol.Command, Count: uint64(100 - base)})
	log := protocol.LogBehind(base, 1, &entries)
	return &log
}

func TestASnapshotThatWasDurableAndIsGoneIsMissed(t *testing.T) {
	s := taken(t, 10, 20)
	s.die(nil)
	require.NoError(t, s.losePower())
	require.NoError(t, s.open())
	require.NoError(t, s.gone, "what was committed stays")
	require.NoError(t, s.store.Remove(10))
	s.die(nil)
	require.NoError(t, s.open())
	require.ErrorContains(t, s.gone, "the snapshot of entry 10, term 1, was durable and is not found")
}

func TestWhatIsForgottenIsNotMissed(t *testing.T) {
	s := taken(t, 10, 20, 30)
	require.NoError(t, s.forget(20))
	s.die(nil)
	require.NoError(t, s.losePower())
	require.NoError(t, s.open())
	require.NoError(t, s.gone)
	require.Equal(t, map[protocol.Index]protocol.Term{20: 1, 30: 1}, s.acknowledged)
}

// Rot takes the newest that fits, and never the last way back.
func TestRotLeavesAWayBack(t *testing.T) {
	for _, row := range []struct {
		of     []protocol.Index
		log    *protocol.Log
		rotten protocol.Index
	}{
		{[]protocol.Index{10, 20}, long(10), 20},
		{[]protocol.Index{20}, long(10), 0},
		{[]protocol.Index{20}, long(0), 20},
		{[]protocol.Index{5, 20}, long(10), 0},
		{[]protocol.Index{10, 20, 200}, long(10), 20},
		{nil, long(0), 0},
	} {
		s := taken(t, row.of...)
		s.die(nil)
		index, rotten := s.rot(row.log)
		require.Equal(t, row.rotten, index)
		require.Equal(t, row.rotten > 0, rotten)
		require.NoError(t, s.open())
		require.NoError(t, s.gone)
		for _, there := range s.store.List() {
			_, _, err := s.body(there.Index)
			require.Equal(t, there.Index == row.rotten, err != nil, "%d: %v", there.Index, err)
		}
	}
}

// quiet is a world in which nothing has happened but that its members have started.
func quiet() (*World, *Member) {
	w := New(Config{Servers: 3, Machine: func(protocol.NodeID) node.StateMachine { return server.NewMachine(dedup.Bootstrap{}) }})
	return w, w.At(1)
}

func TestALogThatBeginsWhereNothingStandsIsNoticed(t *testing.T) {
	for _, row := range []struct {
		acknowledged, base protocol.Index
		term               protocol.Term
		right              bool
	}{{10, 10, 1, true}, {12, 10, 1, true}, {9, 10, 1, false}, {10, 10, 2, false}, {21, 10, 1, false}, {0, 10, 1, false}} {
		w, m := quiet()
		m.snapshots.acknowledged = map[protocol.Index]protocol.Term{row.acknowledged: 1}
		m.based(&node.Record{Base: row.base, BaseTerm: row.term, Prev: 20})
		require.Equal(t, row.right, w.Err() == nil, "%+v: %v", row, w.Err())
		if !row.right {
			require.ErrorContains(t, w.Err(), "SnapshotStands")
		}
	}
}

func TestWhatIsForgottenBeforeItIsDurableIsNoticed(t *testing.T) {
	w, m := quiet()
	(*host)(m).Forget(0)
	require.NoError(t, w.Err())
	(*host)(m).Forget(1)
	require.ErrorContains(t, w.Err(), "DurableStays")
}

// two is an archive of two entries, which node 1 has committed.
func two() *archive {
	return &archive{
		entries:   []node.Entry{{Term: 1, Value: protocol.Command, Payload: []byte("a")}, {Term: 2, Value: protocol.Command, Payload: []byte("b")}},
		snapshots: map[protocol.Index][]byte{}, bodies: map[protocol.Index][]byte{},
	}
}

func TestSnapshotsOfOneEntryAreOne(t *testing.T) {
	a := two()
	require.NoError(t, a.snapshot(2, 2, []byte("header"), []byte("body")))
	require.NoError(t, a.snapshot(2, 2, []byte("header"), []byte("body")))
	require.ErrorContains(t, a.snapshot(2, 2, []byte("header"), []byte("bodies")), "differ from byte 9 on")
	require.ErrorContains(t, a.snapshot(2, 2, []byte("Header"), []byte("body")), "differ from byte 0 on")
	require.ErrorContains(t, a.snapshot(2, 1, nil, nil), "nobody was known to have committed")
	require.ErrorContains(t, a.snapshot(3, 2, nil, nil), "nobody was known to have committed")
}

// claim is a member that claims that its log is committed, all of it, behind a base.
func claim(base protocol.Index, entries ...node.Entry) (*Member, *protocol.Node) {
	d := &listDisk{}
	if base > 0 {
		d.visible.base, d.visible.baseTerm = base, 1
	}
	d.visible.entries, d.visible.commit, d.visible.term = entries, base+protocol.Index(len(entries)), 9
	return &Member{ID: 2, disk: d, cut: uncut}, protocol.New(2, protocol.Nodes(1, 2, 3), d.visible.hardState())
}

func TestWhatIsClaimedIsHeldToTheArchive(t *testing.T) {
	first, second := two().entries[0], two().entries[1]
	third := node.Entry{Term: 2, Value: protocol.Command, Payload: []byte("c")}
	for _, row := range []struct {
		base    protocol.Index
		entries []node.Entry
		wrong   string
	}{
		{0, []node.Entry{first, second, third}, ""},
		{1, []node.Entry{second}, ""},
		{0, []node.Entry{first, third}, "another entry 2"},
		{0, []node.Entry{first, {Term: 1, Value: protocol.Command, Payload: []byte("b")}}, "another entry 2"},
		{0, []node.Entry{{Term: 1, Value: protocol.NoOp, Payload: []byte("a")}}, "another entry 1"},
		{1, []node.Entry{third}, "another entry 2"},
		{3, nil, "nobody was known to have committed more than 2"},
	} {
		a := two()
		m, n := claim(row.base, row.entries...)
		err := a.note(m, n)
		if row.wrong == "" {
			require.NoError(t, err)
			require.Len(t, a.entries, max(2, len(row.entries)))
			continue
		}
		require.ErrorContains(t, err, row.wrong)
	}
}
