package node_test

// Goal: a node comes up again after a crash in whatever it did to its disk when it took a snapshot, got one, had its log begin behind one or gave
// back what that made needless: with what was acknowledged, with the state that it had or that others have, and goes on. Method: the
// world of crash_world_test.go, in which a node's power goes in each call of its disk that changes something, that of the log and of the snapshots at the
// same instant, and in its start another time.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// tale is what happens in a world to a node that may lose its power meanwhile.
type tale struct {
	nodes  int
	victim protocol.NodeID
	before func(w *world) error // nothing happens to its power yet
	told   func(w *world) error // it may go
}

// taking takes one snapshot after the other, and compacts.
var taking = tale{
	nodes: 1, victim: 1,
	before: func(w *world) error { return w.at(1).start() },
	told:   func(w *world) error { return w.write(100) },
}

// installing is below the base of the others when it comes back, gets a snapshot, and later takes its own.
var installing = tale{
	nodes: 3, victim: 3,
	before: func(w *world) error {
		for _, m := range w.members {
			if err := m.start(); err != nil {
				return err
			}
		}
		if err := w.write(2); err != nil {
			return err
		}
		w.at(3).Close()
		w.at(3).Stepped = nil
		if err := w.write(60); err != nil {
			return err
		}
		return nil
	},
	told: func(w *world) error {
		if m := w.at(3); m.Stepped == nil {
			if err := m.start(); err != nil {
				return m.fell(err)
			}
		}
		return w.write(50)
	},
}

// joining has never started when the others' logs have ended.
var joining = tale{
	nodes: 3, victim: 3,
	before: func(w *world) error { return errors.Join(w.at(1).start(), w.at(2).start(), w.write(60)) },
	told:   installing.told,
}

// leading loses the node that leads, which takes and gives.
var leading = tale{
	nodes: 3, victim: 1,
	before: func(w *world) error {
		for _, m := range w.members {
			if err := m.start(); err != nil {
				return err
			}
		}
		return w.until("node 1 leads", func() bool { return w.leader() != nil })
	},
	told: func(w *world) error { return w.write(30) },
}

// run tells a tale, in which the power goes in some call, and returns how many calls there were.
func (t *tale) run(call int, seed uint64) (calls int, err error) {
	w := newWorld(seed, t.nodes)
	defer w.close()
	if err := t.before(w); err != nil {
		return 0, fmt.Errorf("before: %w", err)
	}
	victim := w.at(t.victim)
	first := victim.power.calls
	if call > 0 {
		victim.power.dieAt = first + call
	}
	if err := t.told(w); err != nil {
		return 0, err
	}
	if call > 0 {
		if victim.power.calls < first+call {
			return 0, fmt.Errorf("the power did not go in call %d", call)
		}
		if err := victim.comeBack(seed, call); err != nil {
			return 0, err
		}
		if err := w.write(10); err != nil {
			return 0, fmt.Errorf("going on: %w", err)
		}
	}
	calls = victim.power.calls - first
	if err := w.level(); err != nil {
		return 0, err
	}
	return calls, w.check()
}

// comeBack starts a node that has lost its power, which goes once more in the midst.
func (m *member) comeBack(seed uint64, call int) error {
	rng := rand.New(rand.NewPCG(seed, uint64(call)))
	for k := range 2 {
		if m.Stepped == nil || m.power.gone {
			if err := m.lose(rng.Uint64N(8)); err != nil {
				return err
			}
		}
		if k == 0 {
			m.power.dieAt = m.power.calls + 1 + rng.IntN(12)
		}
		before := m.world.archive.loads
		err := m.start()
		if err != nil && !m.power.gone {
			return fmt.Errorf("start %d: %w", k+1, err)
		}
		if err == nil && m.machine.loaded > 0 && m.world.archive.loads == before {
			return fmt.Errorf("it loaded nothing")
		}
		if err != nil {
			m.Stepped = nil
			continue
		}
		m.power.dieAt = 0
		return nil
	}
	return fmt.Errorf("it did not come up")
}

// everywhere has the power go in each call of a tale, in as many orders of what nodes do as there are seeds.
func (t *tale) everywhere(seeds ...uint64) (crashes int, err error) {
	for _, seed := range seeds {
		calls, err := t.run(0, seed)
		if err != nil {
			return crashes, fmt.Errorf("without a crash, seed %d: %w", seed, err)
		}
		for call := 1; call <= calls; call++ {
			if _, err := t.run(call, seed); err != nil {
				return crashes, fmt.Errorf("call %d of %d, seed %d: %w", call, calls, seed, err)
			}
			crashes++
		}
	}
	return crashes, nil
}

func TestEveryCrashWithSnapshotsIsRecovered(t *testing.T) {
	t.Parallel()
	for name, tale := range map[string]*tale{"taking": &taking, "installing": &installing, "joining": &joining, "leading": &leading} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crashes, err := tale.everywhere(1, 2, 3)
			require.NoError(t, err)
			t.Logf("%d crashes, and as many in a start", crashes)
			require.Greater(t, crashes, 50)
		})
	}
}

// What the tales tell does happen in them.
func TestTalesOfCrashesTakeGetAndForget(t *testing.T) {
	w := newWorld(1, 3)
	defer w.close()
	require.NoError(t, installing.before(w))
	base, _ := logOf(w.at(1)).Base()
	require.Greater(t, base, protocol.Index(10), "the log ends")
	require.Less(t, w.at(3).machine.index, uint64(base))
	require.NoError(t, installing.told(w))
	require.NoError(t, w.level())
	require.NoError(t, w.check())
	require.Equal(t, 1, w.at(3).machine.loaded, "by a snapshot of the others")
	own, _ := logOf(w.at(3)).Base()
	require.Greater(t, own, base, "it takes its own since")
	for _, m := range w.members {
		m.Forsake() // who got the snapshot has it
	}
	require.NoError(t, w.until("what is older is gone", func() bool {
		return !slices.ContainsFunc(w.members, func(m *member) bool { _, store := m.Files(); return len(store.List()) > 2 })
	}))
	for _, m := range w.members {
		log, store := m.Files()
		base, _ := log.Base()
		listed := store.List()
		require.Len(t, listed, 2, "one at the base, and one behind it")
		require.Equal(t, base, listed[1].Index)
		require.Less(t, log.Room().Used, int64(5*64<<10), "of segments")
	}
}

func logOf(m *member) *wal.Log {
	log, _ := m.Files()
	return log
}

// An older copy of a whole folder, from within its last start, is found out by who leads also where its log has ended since: by what
// the node had acknowledged, which needs no entry.
func TestAnOlderCopyIsFoundOutAlsoWhenTheLogHasEnded(t *testing.T) {
	w := newWorld(2, 3)
	defer w.close()
	require.NoError(t, errors.Join(w.at(1).start(), w.at(2).start(), w.at(3).start(), w.write(10), w.level()))
	old := w.at(3)
	if w.leader() == old {
		old = w.at(2)
	}
	log, files := old.log.Image(), old.files.Image()
	last := old.Status().LastIndex
	require.NoError(t, errors.Join(w.write(80), w.level()))
	base, _ := logOf(w.leader()).Base()
	require.Greater(t, base, last, "what it had is no longer in any log")

	old.Stepped = nil
	old.log, old.files = crashfs.Load(log, 1), crashfs.Load(files, 1)
	w.guilty = old.id
	require.NoError(t, old.start())
	leader := w.leader()
	require.NoError(t, w.until("it is kept out", func() bool {
		kept := leader.Status().KeptOut
		return len(kept) == 1 && kept[0].Node == old.id && kept[0].Reason == node.RolledBack
	}))
	require.NoError(t, w.write(30), "the others go on")
}
