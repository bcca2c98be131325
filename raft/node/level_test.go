package node_test

// Goal: how old a replica says its state may be is never less than it is, and in health it is little. Method: drawn runs, where each
// replica's age is held to what had been told to anybody by then (property_test.go), and stories of replicas that are cut off, deaf, mute,
// hung, deposed and started again.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// telling is that somebody was told, and so anybody may know, of so many commands.
type telling struct {
	at    time.Duration
	known uint64
}

func (t *trial) learn(known uint64) {
	if known > t.known {
		t.known = known
		t.told = append(t.told, telling{t.Now(), known})
	}
}

// judgeAges holds each replica's state to its age.
func (t *trial) judgeAges() error {
	for _, m := range t.Members {
		age, known := m.Age()
		if !known {
			continue
		}
		has := uint64(len(t.list(m.ID).commands))
		for _, told := range t.told {
			if told.at < t.Now()-age && told.known > has {
				return fmt.Errorf("replica %d says that what it has is %v old at most: %d commands, and somebody was told of %d before that", m.ID, age, has, told.known)
			}
		}
	}
	return nil
}

// fresh is how old a state may be in health: a question every 25 ticks of 10 ms, and what it takes.
const fresh = 400 * time.Millisecond

func (t *trial) areFresh(ids ...protocol.NodeID) error {
	for _, id := range ids {
		if age, known := t.At(id).Age(); !known || age > fresh {
			return fmt.Errorf("replica %d is level and says %v, known: %t", id, age, known)
		}
	}
	return t.judgeAges()
}

// isOld: a replica that nothing is told has said of its state since a moment that it is as old.
func (t *trial) isOld(id protocol.NodeID, since time.Duration) error {
	age, known := t.At(id).Age()
	if passed := t.Now() - since; !known || age < passed || age > passed+fresh {
		return fmt.Errorf("replica %d knew nothing new for %v, and says %v, known: %t", id, passed, age, known)
	}
	return t.judgeAges()
}

// agesOf: a fault happens to replicas, others write on; afterwards they are level again.
func agesOf(cfg simulator.Config, servers int, fault func(t *trial, leader protocol.NodeID) (old []protocol.NodeID)) error {
	cfg.Servers = servers
	run := newTrial(cfg)
	ok, err := run.Until(long, run.settled)
	if err != nil || !ok {
		return errors.Join(err, errors.New("no leader"))
	}
	if err := run.Run(time.Second); err != nil {
		return err
	}
	var all []protocol.NodeID
	for _, m := range run.Members {
		all = append(all, m.ID)
	}
	if err := run.areFresh(all...); err != nil {
		return err
	}
	began := run.Now()
	old := fault(run, run.Leader().ID)
	if err := run.agesDuring(old, began); err != nil {
		return err
	}
	if err := errors.Join(run.heal(), run.Run(time.Second)); err != nil {
		return err
	}
	return errors.Join(run.areFresh(all...), run.judge())
}

// agesDuring: some write for ten seconds, the old ones do not hear of it.
func (t *trial) agesDuring(old []protocol.NodeID, began time.Duration) error {
	for range 100 {
		for _, m := range t.Members {
			t.propose(m.ID, long)
		}
		if err := t.Run(100 * time.Millisecond); err != nil {
			return err
		}
		for _, id := range old {
			if err := t.isOld(id, began); err != nil {
				return err
			}
		}
		if err := t.judgeAges(); err != nil {
			return err
		}
	}
	if len(t.told) < 50 {
		return fmt.Errorf("%d commands were told of: nobody writes", len(t.told))
	}
	return nil
}

// cutOffAges: a follower that is cut off.
func cutOffAges() error {
	return agesOf(simulator.Config{}, 3, func(t *trial, leader protocol.NodeID) []protocol.NodeID {
		t.Isolate(leader%3 + 1)
		return []protocol.NodeID{leader%3 + 1}
	})
}

// minorityAges: a leader and a follower without a majority, each of which hears the other until the leader gives up.
func minorityAges() error {
	return agesOf(simulator.Config{}, 5, func(t *trial, leader protocol.NodeID) (old []protocol.NodeID) {
		old = []protocol.NodeID{leader, leader%5 + 1}
		for _, m := range t.Members {
			if m.ID != old[0] && m.ID != old[1] {
				t.Cut(m.ID, old[0])
				t.Cut(m.ID, old[1])
			}
		}
		return old
	})
}

// slowAges: a follower that applies much later than its leader commits: its disk takes half a second.
func slowAges() error {
	return agesOf(simulator.Config{Delay: simulator.Span{Least: 20 * time.Millisecond, Most: 60 * time.Millisecond}}, 3,
		func(t *trial, leader protocol.NodeID) []protocol.NodeID {
			t.At(leader%3 + 1).Slow(500 * time.Millisecond)
			return nil
		})
}

func TestTheAgeOfAReplicaThatIsCutOffGrows(t *testing.T) { require.NoError(t, cutOffAges()) }

func TestAgesGrowWhereALeaderIsHeardThatHasNoMajority(t *testing.T) {
	require.NoError(t, minorityAges())
}

func TestAgesOfThoseWhoApplyLateAreNoLess(t *testing.T) { require.NoError(t, slowAges()) }

func TestTheAgeOfAReplicaThatIsDeafOrMuteGrows(t *testing.T) {
	for _, deaf := range []bool{true, false} {
		require.NoError(t, agesOf(simulator.Config{}, 3, func(t *trial, leader protocol.NodeID) []protocol.NodeID {
			id := leader%3 + 1
			for _, m := range t.Members {
				if from, to := m.ID, id; m.ID != id {
					if !deaf {
						from, to = to, from
					}
					t.CutOneWay(from, to)
				}
			}
			return []protocol.NodeID{id}
		}), "deaf: %t", deaf)
	}
}

// A process that stopped finds what was sent to it meanwhile, or before, when it goes on: that is old.
func TestWhatAReplicaFindsAfterAHangMakesItNoYounger(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	require.NoError(t, run.Run(time.Second))
	for range 20 {
		since := run.Now()
		follower.Hang(true)
		require.NoError(t, run.Run(time.Second))
		run.Isolate(follower.ID)
		require.NoError(t, run.outcome(t, leader.ID, long))
		follower.Hang(false)
		require.NoError(t, run.isOld(follower.ID, since))
		require.NoError(t, run.Run(100*time.Millisecond))
		require.NoError(t, run.isOld(follower.ID, since))
		run.Heal()
		require.NoError(t, run.Run(2*time.Second))
		require.NoError(t, run.areFresh(1, 2, 3))
	}
}

func TestAReplicaThatWasStartedAgainDoesNotKnowItsAgeBeforeItIsLevel(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	require.NoError(t, run.outcome(t, leader.ID, long))
	follower.Crash()
	_, known := follower.Age()
	require.False(t, known)
	run.Isolate(follower.ID)
	follower.Start()
	require.NoError(t, run.Run(10*time.Second))
	_, known = follower.Age()
	require.False(t, known)
	run.Heal()
	require.NoError(t, run.Run(2*time.Second))
	require.NoError(t, run.areFresh(1, 2, 3))
}

// Who follows a leader that hangs is level again soon after another one leads, though it asked the first one.
func TestAgesAreLittleAgainSoonAfterAnElection(t *testing.T) {
	for seed := range uint64(10) {
		run, leader, err := story(simulator.Config{Seed: seed})
		require.NoError(t, err)
		require.NoError(t, run.Run(time.Second))
		leader.Hang(true)
		run.await(t, func() bool { l := run.Leader(); return l != nil && l != leader && healthy(l) })
		require.NoError(t, run.Run(time.Second))
		for _, m := range run.others(leader) {
			require.NoError(t, run.areFresh(m.ID))
		}
	}
}
