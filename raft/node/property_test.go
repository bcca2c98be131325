package node_test

// Goal: whatever goes wrong, all replicas apply one log, what was answered stays, what was said not to be
// applied never is, and stamps never fall along the log. Method: replicas in virtual time, faults and
// proposals drawn by rapid; the specification's invariants are checked after every event, the verdicts
// when all has healed.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// attempt is one proposal of one command.
type attempt struct {
	command string
	ended   int // how often it was told
	place   uint64
	err     error

	reads bool
	least uint64 // commands that somebody had been told of when it was asked
}

// trial is a run and what its clients were told.
type trial struct {
	*simulator.World
	attempts []*attempt
	known    uint64                   // commands that somebody was told of
	told     []telling                // when it rose
	full     map[protocol.NodeID]bool // disks that are
	hung     map[protocol.NodeID]bool // processes that are
}

func newTrial(cfg simulator.Config) *trial {
	servers := protocol.NodeSet(0)
	for id := protocol.NodeID(1); int(id) <= cfg.Servers; id++ {
		servers = servers.With(id)
	}
	cfg.Machine = func(protocol.NodeID) node.StateMachine { return listOf(servers) }
	return &trial{World: simulator.New(cfg), full: map[protocol.NodeID]bool{}, hung: map[protocol.NodeID]bool{}}
}

// propose proposes a command of its own at a member, if it is up.
func (t *trial) propose(id protocol.NodeID, timeout time.Duration) *attempt {
	a := &attempt{command: fmt.Sprintf("%d", len(t.attempts))}
	if !t.At(id).Running() {
		return a
	}
	t.attempts = append(t.attempts, a)
	t.At(id).Propose(command(a.command), timeout, t.waiter(a))
	return a
}

// waiter notes what an attempt is told.
func (t *trial) waiter(a *attempt) func(answers []byte, err error) {
	return func(answers []byte, err error) {
		a.ended++
		a.err = err
		if err != nil {
			return
		}
		a.place = placesOf(answers)[0]
		if known := a.place; !a.reads {
			t.learn(known + 1)
		} else {
			t.learn(known)
		}
	}
}

// heal brings all members up and lets them get on; nothing that is drawn may have stopped one.
func (t *trial) heal() error {
	t.Heal()
	for _, m := range t.Members {
		if m.Running() && m.Err() != nil {
			return fmt.Errorf("replica %d has stopped, and nothing made it: %w", m.ID, m.Err())
		}
		m.Hang(false)
		m.Slow(0)
		m.FullDisk(false)
		m.LosePieces(0)
		m.FailSnapshots(false)
		if !m.Running() {
			m.Start()
		}
	}
	clear(t.hung)
	if err := t.settle(); err != nil {
		return err
	}
	if err := t.Run(3100 * time.Millisecond); err != nil { // deadlines pass
		return err
	}
	return t.settle() // where messages are lost there may have been an election meanwhile
}

func (t *trial) settle() error {
	agreed, err := t.Until(time.Minute, t.settled)
	if err == nil && !agreed {
		return errors.New("no progress within a minute of health")
	}
	return err
}

// settled: there is a leader, its log is committed, and everybody has applied it.
func (t *trial) settled() bool {
	leader := t.Leader()
	if leader == nil {
		return false
	}
	want, _ := leader.Status()
	for _, m := range t.Members {
		s, up := m.Status()
		if !up || s.Loading || s.Applied != want.LastIndex || s.Term != want.Term {
			return false
		}
	}
	return true
}

func (t *trial) list(id protocol.NodeID) *list { return t.At(id).Machine().(*list) }

// judge says which promise was broken, if one was.
func (t *trial) judge() error {
	applied := t.list(1).commands
	for _, m := range t.Members {
		if l := t.list(m.ID); !slices.Equal(l.commands, applied) || !slices.Equal(l.stamps, t.list(1).stamps) {
			return fmt.Errorf("replicas 1 and %d applied different logs:\n%v\n%v\n%v\n%v",
				m.ID, applied, l.commands, t.list(1).stamps, l.stamps)
		}
	}
	if stamps := t.list(1).stamps; !slices.IsSorted(stamps) {
		return fmt.Errorf("stamps fall: %v", stamps)
	}
	for _, a := range t.attempts {
		if err := a.judge(applied); err != nil {
			return err
		}
	}
	return nil
}

func (a *attempt) judge(applied []string) error {
	at := slices.Index(applied, a.command)
	switch {
	case a.ended > 1:
		return fmt.Errorf("command %s was told %d times", a.command, a.ended)
	case a.reads && a.ended > 0:
		return a.judgeRead(applied)
	case a.ended == 0 || errors.Is(a.err, node.ErrUnknown):
		return nil
	case a.err == nil && at != int(a.place):
		return fmt.Errorf("command %s was told place %d, it is at %d", a.command, a.place, at)
	case a.err != nil && !errors.Is(a.err, node.ErrNotApplied):
		return fmt.Errorf("command %s ended in %w, which is no verdict", a.command, a.err)
	case a.err != nil && at >= 0:
		return fmt.Errorf("command %s was applied and told: %w", a.command, a.err)
	}
	return nil
}

// fault does one thing to the world, drawn.
func (t *trial) fault(draw *rapid.T) {
	id := protocol.NodeID(rapid.IntRange(1, len(t.Members)).Draw(draw, "node"))
	m := t.At(id)
	switch rapid.IntRange(0, 14).Draw(draw, "fault") {
	case 0, 1:
		if m.Running() {
			m.Crash()
		}
	case 2, 3:
		if !m.Running() {
			m.Start()
		}
	case 4:
		t.Isolate(id)
	case 5:
		t.Cut(id, id%protocol.NodeID(len(t.Members))+1)
	case 6:
		t.Heal()
	case 7:
		m.Slow(time.Duration(rapid.IntRange(0, 100).Draw(draw, "slow")) * time.Millisecond)
	case 8, 9:
		m.FullDisk(!t.full[id])
		t.full[id] = !t.full[id]
	case 10, 11:
		t.hung[id] = !t.hung[id]
		m.Hang(t.hung[id])
	case 12:
		m.LosePieces(0.3)
	case 13:
		m.FailSnapshots(true)
	case 14:
		if !m.Running() {
			m.Rot()
		}
	}
}

func millis(ms []int) []time.Duration {
	var all []time.Duration
	for _, n := range ms {
		all = append(all, time.Duration(n)*time.Millisecond)
	}
	return all
}

// drawnRun is a whole run, drawn.
func drawnRun(draw *rapid.T) error { return run(draw, false) }

func run(draw *rapid.T, earlySync bool) error {
	t := newTrial(simulator.Config{
		EarlySync: earlySync,
		Seed:      rapid.Uint64().Draw(draw, "seed"),
		Servers:   rapid.SampledFrom([]int{1, 3, 3, 3, 5}).Draw(draw, "servers"),
		Loss:      rapid.SampledFrom([]float64{0, 0.02, 0.2}).Draw(draw, "loss"),
		Duplicate: rapid.SampledFrom([]float64{0, 0.1}).Draw(draw, "duplicate"),
		WallSkew:  time.Hour,
		Asked:     rapid.SampledFrom([]float64{0, 0.02, 0.2}).Draw(draw, "asked for snapshots"),
		Replica: node.Config{CacheBytes: rapid.SampledFrom([]int{1, 100, 0}).Draw(draw, "cache"),
			MaxUncommitted: 20, MaxUncommittedBytes: 200,
			SnapshotBytes: rapid.SampledFrom([]int{0, 200, 1000}).Draw(draw, "bytes between snapshots"),
			Raft:          raft.Config{MaxEntriesPerMessage: 4, HeartbeatTicks: 3, MaxBytesPerMessage: 40, MaxInflightBytes: 100}},
	})
	if err := t.Run(time.Second); err != nil {
		return err
	}
	for range rapid.IntRange(1, 20).Draw(draw, "rounds") {
		for range rapid.IntRange(0, 5).Draw(draw, "proposals") {
			m := t.At(protocol.NodeID(rapid.IntRange(1, len(t.Members)).Draw(draw, "at")))
			ms := rapid.SliceOfN(rapid.IntRange(-5, 3000), 1, 3).Draw(draw, "timeouts")
			looks := rapid.SliceOfN(rapid.IntRange(-1, 200), 0, 3).Draw(draw, "reads, by how late log time may be")
			if m.Running() {
				t.together(m, millis(ms)...)
				t.look(m, 2*time.Second, looks...)
			}
		}
		if rapid.IntRange(0, 2).Draw(draw, "quiet") == 0 {
			t.fault(draw)
		}
		if err := t.Run(time.Duration(rapid.IntRange(0, 200).Draw(draw, "ms")) * time.Millisecond); err != nil {
			return err
		}
		if err := t.judgeAges(); err != nil {
			return err
		}
	}
	if err := t.heal(); err != nil {
		return err
	}
	return t.judge()
}

// The simulator's crashes must hurt a replica whose disk lies, or they would show nothing.
func TestADiskThatLiesIsNoticed(t *testing.T) {
	generator := rapid.Custom(func(draw *rapid.T) error { return run(draw, true) })
	for seed := range 200 {
		if err := generator.Example(seed); err != nil {
			t.Log(err)
			return
		}
	}
	t.Fatal("200 runs with disks that keep nothing broke no promise")
}

func TestVerdictsHoldWhateverGoesWrong(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		if err := drawnRun(draw); err != nil {
			draw.Fatal(err)
		}
	})
}
