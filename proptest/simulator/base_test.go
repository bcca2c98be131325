package simulator

// Goal: both kinds of disks keep a log that begins behind a base as the protocol means it. Method: records drawn as a core writes
// them, compactions and installed snapshots among them; what the protocol's own hard state becomes of them is the oracle, at every
// mark that a disk comes back with.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// core is what a protocol's node would have written, mark by mark.
type core struct {
	states []protocol.HardState // by mark
}

func (c *core) last() *protocol.HardState { return &c.states[len(c.states)-1] }

func payloadOf(term protocol.Term, k protocol.Index) []byte { return []byte{byte(term), byte(k)} }

// draw is a record behind those before.
func (c *core) draw(t *rapid.T) *node.Record {
	s := c.last()
	base, baseTerm := s.Log.Base()
	last := s.Log.LastIndex()
	r := &node.Record{
		Mark: raft.Mark(len(c.states)), Term: s.Term + protocol.Term(rapid.IntRange(0, 1).Draw(t, "terms")), Vote: 1,
		Base: base, BaseTerm: baseTerm, Prev: last, Commit: protocol.Index(rapid.IntRange(int(s.Commit), int(last)).Draw(t, "commit")),
	}
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0: // a compaction
		r.Base = protocol.Index(rapid.IntRange(int(base), int(r.Commit)).Draw(t, "base"))
		r.BaseTerm = s.Log.TermAt(r.Base)
	case 1: // a snapshot that is installed
		r.Base = r.Commit + protocol.Index(rapid.IntRange(1, 5).Draw(t, "ahead"))
		r.BaseTerm, r.Prev, r.Commit = r.Term, r.Base, r.Base
		if r.Base <= last && rapid.Bool().Draw(t, "of this log") {
			r.BaseTerm, r.Prev = s.Log.TermAt(r.Base), last
		}
	default:
		r.Prev = protocol.Index(rapid.IntRange(int(r.Commit), int(last)).Draw(t, "prev"))
		for k := range rapid.IntRange(1, 3).Draw(t, "entries") {
			r.Entries = append(r.Entries, node.Entry{Term: r.Term, Value: protocol.Command, Payload: payloadOf(r.Term, r.Prev+protocol.Index(k)+1)})
		}
	}
	return r
}

func (c *core) apply(r *node.Record) {
	next := protocol.HardState{Term: c.last().Term, Vote: c.last().Vote, Commit: c.last().Commit}
	base, term := c.last().Log.Base()
	kept := c.last().Log.Slice(base, c.last().Log.LastIndex())
	next.Log = protocol.LogBehind(base, term, &kept)
	var entries protocol.Entries
	for _, e := range r.Entries {
		entries.Add(protocol.Run{Term: e.Term, Value: e.Value, Count: 1})
	}
	next.Apply(&protocol.Write{
		Term: r.Term, Vote: r.Vote, Base: r.Base, BaseTerm: r.BaseTerm, Prev: r.Prev, Entries: entries, Commit: r.Commit,
	})
	c.states = append(c.states, next)
}

// encoded is a hard state as canonical bytes.
func encoded(s protocol.HardState) []byte {
	return protocol.New(1, protocol.Nodes(1, 2, 3), s).AppendState(nil)
}

// holds checks that a disk is as the core was at a mark, and forgets what the core wrote after it.
func (c *core) holds(t require.TestingT, d disk, found protocol.HardState, mark raft.Mark) {
	c.states = c.states[:mark+1]
	require.Equal(t, encoded(*c.last()), encoded(found))
	base, _ := found.Log.Base()
	for k := protocol.Index(0); k <= found.Log.LastIndex()+1; k++ {
		e, err := d.read(k)
		switch {
		case k == 0 || k > found.Log.LastIndex():
			require.ErrorIs(t, err, wal.ErrNoEntry)
		case k <= base:
			require.ErrorIs(t, err, wal.ErrCompacted)
		default:
			require.NoError(t, err)
			require.Equal(t, node.Entry{Term: found.Log.TermAt(k), Value: protocol.Command, Payload: payloadOf(found.Log.TermAt(k), k)}, e)
		}
	}
}

func TestADiskWithABaseIsWhatTheProtocolWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, d := range disksOf(rapid.Uint64().Draw(t, "seed")) {
			c, durable := core{states: []protocol.HardState{{}}}, raft.Mark(0)
			for range rapid.IntRange(1, 4).Draw(t, name+" lives") {
				found, mark, err := d.open()
				require.NoError(t, err)
				require.GreaterOrEqual(t, mark, durable)
				c.holds(t, d, found, mark)
				for range rapid.IntRange(0, 5).Draw(t, "syncs") {
					for range rapid.IntRange(0, 3).Draw(t, "records") {
						r := c.draw(t)
						require.NoError(t, d.append(r))
						c.apply(r)
					}
					d.beginSync()
					if rapid.IntRange(0, 3).Draw(t, "dies") == 3 {
						break
					}
					durable, err = d.endSync()
					require.NoError(t, err)
					require.Equal(t, encoded(c.states[durable]), encoded(d.certain()))
					d.reclaim()
					require.NoError(t, d.prepare())
				}
				d.kill()
				if rapid.Bool().Draw(t, "power") {
					require.NoError(t, d.losePower())
				}
				require.NoError(t, d.broken())
			}
		}
	})
}
