package trace_test

// Goal: the actions of a log that ends are the specification's: Compact, SendSnapshot and HandleInstallSnapshot. Those of hosts are in the
// runs of all other tests. Method:
// three cores on disks and a network that are slices, without payloads, so that whoever is sent a snapshot has its bytes; one of them
// is cut off at times; every record is validated, and TLC takes the same steps.

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/tla"
)

// forgetting are those actions.
var forgetting = []string{"Compact", "SendSnapshot", "HandleInstallSnapshot"}

// core is a replica without a host.
type core struct {
	*raft.Raft
	cfg     raft.Config
	disk    protocol.HardState
	mark    raft.Mark // of the last write that disk has
	waiting []raft.Write
	applied protocol.Index
}

// cores are three of them, with what is on its way between them.
type cores struct {
	*rand.Rand
	all     []*core
	network []protocol.Message
	away    protocol.NodeID // who is cut off
}

// start brings a core up with what its disk holds.
func (c *core) start(t require.TestingT) {
	r, err := raft.New(c.cfg, c.disk, c.mark)
	require.NoError(t, err)
	base, _ := c.disk.Log.Base()
	c.Raft, c.waiting, c.applied = r, nil, base
}

// keep makes the first n of the waiting writes durable.
func (c *core) keep(n int) {
	for k := range n {
		c.disk.Apply(&c.waiting[k].Write)
		c.mark = c.waiting[k].Mark
	}
	c.waiting = append([]raft.Write(nil), c.waiting[n:]...)
}

func (s *cores) step(c *core, e raft.Event) {
	out := c.Step(e)
	for _, w := range out.Writes {
		w.Entries = w.Entries.Then(&protocol.Entries{})
		c.waiting = append(c.waiting, w)
	}
	s.network = append(s.network, out.Messages...)
	c.applied = out.Committed.To
}

// happens is one drawn thing at one drawn core.
func (s *cores) happens(t require.TestingT) {
	c := s.all[s.IntN(len(s.all))]
	switch n := s.IntN(100); {
	case n < 55 && len(s.network) > 0:
		k := s.IntN(min(len(s.network), 6))
		m := s.network[k]
		if s.IntN(30) > 0 { // else it comes again
			s.network = append(s.network[:k:k], s.network[k+1:]...)
		}
		if m.From != s.away && m.To != s.away && s.IntN(50) > 0 {
			s.step(s.all[m.To-1], raft.Received(&m))
		}
	case n < 70:
		s.step(c, raft.Tick())
	case n < 78:
		s.step(c, raft.Proposed(1))
	case n < 94:
		if len(c.waiting) > 0 {
			c.keep(1 + s.IntN(len(c.waiting)))
			s.step(c, raft.Durable(c.mark))
		}
	case n < 98:
		if c.applied > 0 {
			s.step(c, raft.Compact(c.applied-protocol.Index(s.IntN(int(min(c.applied, 3))))))
		}
	case n < 99:
		c.keep(s.IntN(len(c.waiting) + 1))
		c.start(t)
	default:
		s.away = protocol.NodeID(s.IntN(6)) // often nobody
	}
}

// alone is a recorded run of cores; alter, where not nil, is given each action before it is recorded. With panics it ends where
// one of them does.
func alone(t require.TestingT, seed int, alter func(*raft.Action), panics bool) (file []byte) {
	var written bytes.Buffer
	recorder := trace.NewRecorder(&written, "cores", three)
	recorder.Every(1)
	record := func(a raft.Action, n *protocol.Node) {
		if alter != nil {
			alter(&a)
		}
		recorder.Record(a, n)
	}
	s := &cores{Rand: rand.New(rand.NewPCG(uint64(seed), 37))}
	defer func() {
		if panics {
			_ = recover()
		}
		require.NoError(t, recorder.Close())
		file = written.Bytes()
	}()
	for id := protocol.NodeID(1); id <= 3; id++ {
		c := &core{cfg: raft.Config{
			ID: id, Servers: three, Seed: uint64(seed), ElectionTicks: 8, HeartbeatTicks: 2,
			MaxEntriesPerMessage: 3, MaxInflightMessages: 4, Record: record,
		}}
		s.all = append(s.all, c)
		c.start(t)
	}
	for range 1200 {
		s.happens(t)
	}
	return nil
}

func TestCoresThatForgetAreTheSpecifications(t *testing.T) {
	r := replayer(t)
	module, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(module, ofThree)
	require.NoError(t, err)
	taken := map[string]int{}
	var sample []trace.Step
	for seed := range 12 {
		steps, err := load(t, alone(t, seed, nil, false)).Steps()
		require.NoError(t, err)
		_, err = v.Validate(steps)
		require.NoError(t, err, "seed %d", seed)
		for k, s := range steps {
			if taken[s.Action()]++; sample == nil && s.Action() == "HandleInstallSnapshot" && s.After.SnapshotIndex > 0 {
				sample = steps[:k+1]
			}
		}
	}
	for _, action := range forgetting {
		require.GreaterOrEqual(t, taken[action], 30, action)
	}
	t.Log(taken)
	require.NotEmpty(t, sample)
	came, err := r.Replay(t.Context(), ofThree, [][]trace.Step{sample})
	require.NoError(t, err)
	require.Equal(t, []int{len(sample)}, came, "TLC takes them, too")
}
