package node_test

// Goal: what comes while there is no leader waits for one and is then done, in its order; where there is none to be had, who
// waits is told soon, and nothing piles up. Method: replicas in virtual time, whose leader is killed, hangs, or can't be reached.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	simTick   = 10 * time.Millisecond // of the simulator
	hope      = 6 * 10 * simTick      // as search.go has it, with raft's default
	noQuorum  = 2 * 10 * simTick
	aMoment   = 5 * simTick
	searching = 50 * time.Millisecond // MaxWait, less than an election takes
)

// searchers is a cluster that refuses as overload what waits for as long as an election takes. Requests arrive in the order sent.
func searchers(seed uint64) (*trial, *simulator.Member, error) {
	return story(simulator.Config{Seed: seed, Replica: node.Config{MaxWait: searching}, Delay: simulator.Span{Least: time.Millisecond}})
}

// others are all members but one.
func (t *trial) others(than *simulator.Member) (all []*simulator.Member) {
	for _, m := range t.Members {
		if m != than {
			all = append(all, m)
		}
	}
	return all
}

// errLongElection says that an election took so long that calls may lose hope.
var errLongElection = errors.New("a long election")

// acrossAnElection ends a leader, has both others asked all the time until there is another one, and wants all done.
func acrossAnElection(seed uint64, end func(*simulator.Member), pause time.Duration) error {
	run, leader, err := searchers(seed)
	if err != nil {
		return err
	}
	end(leader)
	began := run.Now()
	if err := run.Run(pause); err != nil {
		return err
	}
	asked := map[protocol.NodeID][]*attempt{}
	for again := true; again; {
		again = false
		for _, m := range run.others(leader) {
			asked[m.ID] = append(asked[m.ID], run.propose(m.ID, long))
			again = again || !knowsAnother(m, leader.ID)
		}
		if err := run.Run(simTick / 2); err != nil {
			return err
		}
	}
	if run.Now()-began > hope-aMoment {
		return errLongElection
	}
	if err := run.Run(time.Second); err != nil {
		return err
	}
	if err := inOrder(asked); err != nil {
		return err
	}
	return errors.Join(run.heal(), run.judge())
}

func killed(m *simulator.Member) { m.Kill() }

func hanging(m *simulator.Member) { m.Hang(true) }

// acrossElections does so for some seeds, most of which are to elect soon.
func acrossElections(end func(*simulator.Member), pause time.Duration) error {
	const seeds = 20
	tooLong := 0
	for seed := range uint64(seeds) {
		switch err := acrossAnElection(seed, end, pause); {
		case errors.Is(err, errLongElection):
			tooLong++
		case err != nil:
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	if tooLong > seeds/4 {
		return fmt.Errorf("%d of %d: %w", tooLong, seeds, errLongElection)
	}
	return nil
}

func TestCallsWaitForTheNextLeader(t *testing.T) { require.NoError(t, acrossElections(killed, 0)) }

// What comes once a leader has been silent for some heartbeats is not sent into its silence.
func TestCallsWaitForTheNextLeaderWhereOneHangs(t *testing.T) {
	require.NoError(t, acrossElections(hanging, aMoment))
}

// hopeless is a way to have no leader at a node, how long a call there waits at most, and what it is told.
type hopeless struct {
	name  string
	most  time.Duration
	does  func(run *trial, leader, asked *simulator.Member)
	tells func(error) bool
}

func isNoLeader(err error) bool {
	var refused *node.NotLeaderError
	return errors.As(err, &refused) && refused.Leader == protocol.Nil
}

var hopelessly = []hopeless{
	{"cut off", noQuorum + aMoment, func(run *trial, _, asked *simulator.Member) { run.Isolate(asked.ID) },
		func(err error) bool { return errors.Is(err, node.ErrNoMajority) }},
	{"the others are down", noQuorum + aMoment, func(run *trial, _, asked *simulator.Member) {
		for _, m := range run.others(asked) {
			m.Kill()
		}
	}, func(err error) bool { return errors.Is(err, node.ErrNoMajority) }},
	{"nobody can win", hope + 20*simTick, func(run *trial, leader, asked *simulator.Member) { // who asks is heard, and hears
		leader.Kill()
		run.CutOneWay(asked.ID, 6-leader.ID-asked.ID)
	}, isNoLeader},
	{"the leader can't be called", hope + aMoment, func(run *trial, leader, asked *simulator.Member) {
		run.CutOneWay(asked.ID, leader.ID)
	}, func(err error) bool { return errors.Is(err, node.ErrNotSent) }},
}

// told says what is wrong with when and what a call is told.
func (h *hopeless) told(run *trial, at *simulator.Member, within time.Duration) error {
	began := run.Now()
	a := run.propose(at.ID, long)
	ended, err := run.Until(long, func() bool { return a.ended > 0 })
	switch took := run.Now() - began; {
	case err != nil || !ended:
		return errors.Join(err, errors.New("never told"))
	case took > within:
		return fmt.Errorf("%s: told after %v, %v is the most", h.name, took, within)
	case !h.tells(a.err) || !errors.Is(a.err, node.ErrNotApplied):
		return fmt.Errorf("%s: told: %w", h.name, a.err)
	}
	return nil
}

// isToldSoon has calls wait in vain, and then come in vain, and then all is well again.
func (h *hopeless) isToldSoon(seed uint64) error {
	run, leader, err := searchers(seed)
	if err != nil {
		return err
	}
	asked := run.At(leader.ID%3 + 1)
	h.does(run, leader, asked)
	if err := h.told(run, asked, h.most); err != nil {
		return err
	}
	if err := errors.Join(run.Run(time.Second), h.told(run, asked, simTick)); err != nil {
		return fmt.Errorf("later: %w", err)
	}
	if err := run.heal(); err != nil {
		return err
	}
	if err := run.outcomeOf(asked.ID); err != nil {
		return fmt.Errorf("%s, healed: %w", h.name, err)
	}
	return errors.Join(run.heal(), run.judge())
}

func hopelessCallsAreToldSoon() error {
	for _, h := range hopelessly {
		for seed := range uint64(5) {
			if err := h.isToldSoon(seed); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
		}
	}
	return nil
}

func TestWhereNoLeaderIsToBeHadCallsAreToldSoon(t *testing.T) {
	require.NoError(t, hopelessCallsAreToldSoon())
}

// anHour has a node without a leader asked for more than it holds, for long, and wants it to hold little and to do little.
func (h *hopeless) anHour() error {
	const pending, lasts = 40, 2 * time.Minute
	run, leader, err := story(simulator.Config{Replica: node.Config{MaxPending: pending}})
	if err != nil {
		return err
	}
	asked, told, proposed := run.At(leader.ID%3+1), 0, 0
	h.does(run, leader, asked)
	forwards := asked.Forwards()
	for began := run.Now(); run.Now()-began < lasts; {
		for range 3 {
			proposed++
			asked.Handle(node.Proposed(command("x"), 1, asked.Clock()+int64(long), func([]byte, error) { told++ }))
		}
		if err := run.Run(simTick); err != nil {
			return err
		}
		if s, _ := asked.Status(); s.Pending > pending || proposed-told > pending {
			return fmt.Errorf("%s: %d are pending, %d were not told", h.name, s.Pending, proposed-told)
		}
	}
	s, _ := asked.Status()
	ticks := int(lasts / simTick)
	switch made := asked.Forwards() - forwards; {
	case s.Pending > 0:
		return fmt.Errorf("%s: %d wait, and nobody comes", h.name, s.Pending)
	case made > ticks+pending:
		return fmt.Errorf("%s: %d requests in %d ticks", h.name, made, ticks)
	}
	return run.heal()
}

func anHourWithoutALeader() error {
	for _, h := range hopelessly {
		if err := h.anHour(); err != nil {
			return err
		}
	}
	return nil
}

func TestALongTimeWithoutALeaderHoldsAndDoesLittle(t *testing.T) {
	require.NoError(t, anHourWithoutALeader())
}

func TestWhoWaitsForALeaderIsToldOfAStop(t *testing.T) {
	run, leader, err := searchers(1)
	require.NoError(t, err)
	asked := run.At(leader.ID%3 + 1)
	leader.Kill()
	a := run.propose(asked.ID, long)
	require.NoError(t, run.Run(aMoment))
	require.Zero(t, a.ended)
	asked.Stop()
	require.NoError(t, run.Run(0))
	require.Equal(t, 1, a.ended)
	require.ErrorIs(t, a.err, node.ErrStopped)
	require.ErrorIs(t, a.err, node.ErrNotApplied)
}

func TestWhoWaitsForALeaderKeepsItsDeadline(t *testing.T) {
	run, leader, err := searchers(1)
	require.NoError(t, err)
	asked := run.At(leader.ID%3 + 1)
	leader.Kill()
	began := run.Now()
	require.ErrorIs(t, run.outcome(t, asked.ID, aMoment), node.ErrDeadline)
	require.LessOrEqual(t, run.Now()-began, aMoment+2*simTick)
}
