package node_test

// Goal: a follower that comes back from far behind hurts nobody, and is not sent another entry than the log holds.
// Method: replicas in virtual time, with bounds so small that everything older than a moment is read from the log;
// package simulator holds every event to its bounds in bytes and entries. Nothing here depends on real time.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// large is a command of 200 bytes.
func (t *trial) large(m *simulator.Member) *attempt {
	a := &attempt{command: fmt.Sprintf("%0200d", len(t.attempts))}
	t.attempts = append(t.attempts, a)
	m.Propose(command(a.command), long, t.waiter(a))
	return a
}

// behind returns a trial whose third member was down while the log grew by n large commands, far beyond the cache.
func behind(t *testing.T, n int) (run *trial, leader, back *simulator.Member) {
	run, leader, back, err := farBehind(n)
	require.NoError(t, err)
	return run, leader, back
}

func farBehind(n int) (run *trial, leader, back *simulator.Member, err error) {
	run = newTrial(simulator.Config{Servers: 3, Replica: node.Config{
		CacheBytes: 4 << 10, Raft: raft.Config{MaxBytesPerMessage: 1 << 10, MaxInflightBytes: 4 << 10, HeartbeatTicks: 3},
	}})
	if _, err := run.Until(long, run.settled); err != nil {
		return nil, nil, nil, err
	}
	leader = run.Leader()
	back = run.At(leader.ID%3 + 1)
	back.Crash()
	for range n {
		a := run.large(leader)
		if _, err := run.Until(long, func() bool { return a.ended > 0 }); err != nil || a.err != nil {
			return nil, nil, nil, errors.Join(err, a.err)
		}
	}
	return run, leader, back, nil
}

// 1,000 entries behind, fifty times the cache: those who claim meanwhile are answered as before, nobody campaigns, and
// no event does more than it may (the simulator's BoundedWork, looked at after every one).
func TestAFollowerFarBehindHurtsNobody(t *testing.T) {
	run, leader, back := behind(t, 1000)
	before, _ := leader.Status()
	quiet := slowest(t, run, leader, 50)

	back.Start()
	busy := slowest(t, run, leader, 50)
	require.LessOrEqual(t, busy, 2*quiet, "of 50 claims each")

	run.await(t, run.settled)
	after, _ := leader.Status()
	require.Equal(t, before.Term, after.Term, "no election")
	require.Equal(t, protocol.Leader, after.Role)
	require.NoError(t, run.judge())
}

// slowest is the longest of n claims one after another, in virtual time.
func slowest(t *testing.T, run *trial, m *simulator.Member, n int) (longest time.Duration) {
	for range n {
		began := run.Now()
		require.NoError(t, run.outcome(t, m.ID, long))
		longest = max(longest, run.Now()-began)
	}
	return longest
}

// A leader whose disk answers readings late, or that goes on growing its log meanwhile, brings a follower up all the same.
func TestAFollowerCatchesUpWhileTheLogGrows(t *testing.T) {
	run, leader, back := behind(t, 200)
	back.Start()
	for range 200 {
		run.large(leader)
		require.NoError(t, run.Run(2*time.Millisecond))
	}
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// A log that does not commit is bounded in bytes: the sixth entry of some 200 bytes is not proposed.
func TestAnUncommittedLogIsBoundedInBytes(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{Replica: node.Config{MaxUncommittedBytes: 1000}})
	run.Isolate(leader.ID)
	before, _ := leader.Status()
	for range 50 {
		run.large(leader)
		require.NoError(t, run.Run(20*time.Millisecond))
	}
	after, _ := leader.Status()
	require.Equal(t, before.LastIndex+5, after.LastIndex)
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// leadsAgain: a leader that is cut off appends some entries; another replaces them and hands over to it; it leads again and
// appends at the last one's index, for some number of them. What it sends then is the new entry.
func leadsAgain() error {
	for entries := range 6 {
		if err := leadsAgainBehind(entries); err != nil {
			return fmt.Errorf("behind %d entries: %w", entries, err)
		}
	}
	return nil
}

func leadsAgainBehind(entries int) error {
	run := newTrial(simulator.Config{Servers: 3})
	wait := func(done func() bool) error {
		if ok, err := run.Until(time.Hour, done); err != nil || !ok {
			return errors.Join(err, errors.New("it does not come to pass"))
		}
		return nil
	}
	if err := wait(run.settled); err != nil {
		return err
	}
	first := run.Leader()
	run.Isolate(first.ID)
	for range entries {
		run.propose(first.ID, short)
		if err := run.Run(simTick); err != nil {
			return err
		}
	}
	other := func() bool { l := run.Leader(); return l != nil && l != first }
	if err := errors.Join(wait(other), run.heal()); err != nil {
		return err
	}
	if err := wait(run.settled); err != nil {
		return err
	}
	run.transfer(run.Leader(), first.ID)
	if err := wait(func() bool { return run.Leader() == first }); err != nil {
		return err
	}
	return errors.Join(run.heal(), run.judge())
}

func TestAnotherTermsPayloadsAreNotSent(t *testing.T) { require.NoError(t, leadsAgain()) }

// readHost is a host that hands its readings to the test.
type readHost struct {
	idleHost
	entries []node.Entry
	asked   []protocol.Index
}

func (h *readHost) Append(r *node.Record) error {
	for _, e := range r.Entries {
		e.Payload = append([]byte(nil), e.Payload...)
		h.entries = append(h.entries, e)
	}
	return h.idleHost.Append(r)
}

func (h *readHost) ReadAhead(r node.Reading) { h.asked = append(h.asked, r.First) }

// readsAnotherEntry: the log gives another term's entry where a committed one is read. The replica stops before it
// applies that; the outcome is an error if it does not.
func readsAnotherEntry() error {
	h, servers := &readHost{}, protocol.Nodes(1)
	r, err := node.New(node.Config{CacheBytes: 1, Raft: raft.Config{ID: 1, Servers: servers}}, h, listOf(servers), node.Recovered{})
	if err != nil {
		return err
	}
	for len(h.asked) == 0 {
		if err := r.Handle(node.Tick()); err != nil {
			return err
		}
		for h.syncing {
			h.syncing = false
			if err := r.Handle(node.Synced(h.last)); err != nil {
				return err
			}
		}
	}
	wrong := h.entries[h.asked[0]-1]
	wrong.Term += 7
	if err := r.Handle(node.WasRead(node.ForMachine, h.asked[0], []node.Entry{wrong})); err == nil {
		return errors.New("another term's entry was applied")
	}
	return nil
}

func TestAnotherEntryThanTheCommittedOneStopsAReplica(t *testing.T) {
	require.NoError(t, readsAnotherEntry())
}

// hurriesWhoLosesGround: a peer that comes nearer is served calmly, one that the log runs away from is not.
func hurriesWhoLosesGround() error {
	run, leader, back, err := farBehind(60)
	if err != nil {
		return err
	}
	back.Start()
	for k := 0; k < 400; k++ { // two entries for each that a calm reading brings: it would never be level
		run.large(leader)
		if err := run.Run(500 * time.Microsecond); err != nil {
			return err
		}
	}
	calm, hurried := leader.Readings(back.ID)
	if calm == 0 || hurried == 0 {
		return fmt.Errorf("%d readings were calm and %d were not, while the log grew as fast as it was followed", calm, hurried)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestAPeerThatLosesGroundIsServedAtOnce(t *testing.T) {
	require.NoError(t, hurriesWhoLosesGround())
}
