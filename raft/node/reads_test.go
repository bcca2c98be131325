package node_test

// Goal: what only reads sees all that was answered before it was asked, is never uncertain, takes no entry and waits for no
// disk; but where its answer depends on the time an entry carries that, and it holds up nobody. Method: replicas in
// virtual time, one story each, with counts of entries and syncs; drawn runs with reads are in property_test.go.

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

// look has a member read in one round, for each of late once: log time may be so many ms late; -1: any time.
func (t *trial) look(m *simulator.Member, timeout time.Duration, late ...int) (attempts []*attempt) {
	var round []node.Event
	for _, ms := range late {
		a := &attempt{command: fmt.Sprintf("~%d/%d", ms, len(t.attempts)), reads: true, least: t.known}
		attempts, t.attempts = append(attempts, a), append(t.attempts, a)
		round = append(round, node.Proposed(command(a.command), 1, m.Clock()+int64(timeout), t.waiter(a)))
	}
	if len(round) > 0 {
		m.Handle(round...)
	}
	return attempts
}

func (a *attempt) judgeRead(applied []string) error {
	if a.err != nil {
		switch {
		case !errors.Is(a.err, node.ErrNotApplied):
			return fmt.Errorf("read %s ended in %w, which leaves open what it did", a.command, a.err)
		case errors.Is(a.err, node.ErrReplaced):
			return fmt.Errorf("read %s could be asked again, and ended in %w", a.command, a.err)
		}
		return nil
	}
	switch {
	case a.place < a.least:
		return fmt.Errorf("read %s saw %d commands, and somebody had been told of %d when it was asked", a.command, a.place, a.least)
	case int(a.place) > len(applied):
		return fmt.Errorf("read %s saw %d commands, and there never were more than %d", a.command, a.place, len(applied))
	}
	return nil
}

// ended runs until attempts have ended, and returns the first error of theirs.
func (t *trial) ended(attempts ...*attempt) error {
	ok, err := t.Until(long, func() bool {
		for _, a := range attempts {
			if a.ended == 0 {
				return false
			}
		}
		return true
	})
	if err != nil || !ok {
		return errors.Join(err, errors.New("not told"))
	}
	for _, a := range attempts {
		if a.err != nil {
			return fmt.Errorf("%s: %w", a.command, a.err)
		}
	}
	return nil
}

// spent is what reads are to spare: entries of the log, and syncs of all disks.
func (t *trial) spent() (entries, syncs int) {
	s, _ := t.Leader().Status()
	for _, m := range t.Members {
		ended, _ := m.Syncs()
		syncs += ended
	}
	return int(s.LastIndex), syncs
}

// onlyReads: nobody writes for an hour, and each member reads, again and again.
func onlyReads() error {
	run, _, err := story(simulator.Config{})
	if err != nil {
		return err
	}
	if err := run.outcomeOf(1); err != nil {
		return err
	}
	if err := run.Run(time.Second); err != nil {
		return err
	}
	entries, syncs := run.spent()
	for range 50 {
		for _, m := range run.Members {
			if err := run.ended(run.look(m, long, -1, -1, -1)...); err != nil {
				return err
			}
		}
	}
	if e, s := run.spent(); e != entries || s != syncs {
		return fmt.Errorf("450 reads took %d entries and %d syncs", e-entries, s-syncs)
	}
	return run.judge()
}

func TestReadsTakeNoEntryAndNoSync(t *testing.T) { require.NoError(t, onlyReads()) }

func TestAReadWhoseAnswerDependsOnTheTimeTakesOneEntry(t *testing.T) {
	for id := protocol.NodeID(1); id <= 3; id++ {
		run, leader, err := story(simulator.Config{})
		require.NoError(t, err)
		require.NoError(t, run.outcomeOf(leader.ID))
		require.NoError(t, run.Run(10*time.Second))
		entries, _ := run.spent()
		require.NoError(t, run.ended(run.look(run.At(id), long, 5000, -1, 5000)...), "log time is 10 s behind, and may be 5")
		after, _ := run.spent()
		require.Equal(t, entries+1, after, "both take one")
		require.NoError(t, run.ended(run.look(run.At(id), long, 5000)...))
		same, _ := run.spent()
		require.Equal(t, after, same, "log time is of now")
		require.NoError(t, run.judge())
	}
}

func TestReadsWaitForNoDisk(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	for _, m := range run.Members {
		m.Slow(time.Minute)
	}
	write := run.propose(leader.ID, time.Hour) // a sync begins that does not end
	require.NoError(t, run.Run(100*time.Millisecond))
	began := run.Now()
	for _, m := range run.Members {
		require.NoError(t, run.ended(run.look(m, long, -1)...))
	}
	require.Less(t, run.Now()-began, 100*time.Millisecond)
	require.Zero(t, write.ended)
}

// Neither a follower's reads nor the leader's wait for what stands behind a disk, though they came with it.
func TestReadsDoNotWaitForTheWritesBesideThem(t *testing.T) {
	run, _, err := story(simulator.Config{})
	require.NoError(t, err)
	for _, m := range run.Members {
		m.Slow(time.Minute)
	}
	for _, m := range run.Members {
		writes := run.together(m, long, long)
		reads := run.look(m, long, -1, 0, -1) // the one in the middle needs an entry
		require.NoError(t, run.ended(reads[0], reads[2]))
		require.Zero(t, writes[0].ended+writes[1].ended+reads[1].ended)
	}
}

func TestReadsNeedNoRoom(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	for _, m := range run.Members {
		m.LeaveRoom(12 << 10)
	}
	_, err = run.untilRefused(leader.ID, "w")
	require.NoError(t, err)
	for k := 0; err == nil; k++ { // what needs an entry uses up the rest
		require.Less(t, k, 1000)
		require.NoError(t, run.Run(20*time.Millisecond))
		err = run.ended(run.look(leader, long, 10)...)
	}
	require.ErrorIs(t, err, node.ErrNoRoom)
	for _, m := range run.Members {
		require.NoError(t, run.ended(run.look(m, long, -1)...))
		require.ErrorIs(t, run.ended(run.look(m, long, 10)...), node.ErrNoRoom, "the time needs some")
	}
}

// deposedUnknowing: a leader stops as by SIGSTOP, without a network, and goes on when another one leads and has more. Until it
// knows it answers no read, neither one that came before nor one that comes then.
func deposedUnknowing(seed uint64) error {
	run, old, err := story(simulator.Config{Seed: seed})
	if err != nil {
		return err
	}
	run.Isolate(old.ID)
	early := run.look(old, long, -1)[0]
	old.Hang(true)
	write := run.propose(old.ID%3+1, long)
	if err := run.ended(write); err != nil {
		return err
	}
	old.Hang(false)
	late := run.look(old, long, -1)[0]
	if s, _ := old.Status(); s.Role != protocol.Leader {
		return errors.New("it knows already")
	}
	if err := run.Run(30 * time.Millisecond); err != nil {
		return err
	}
	if early.ended+late.ended > 0 {
		return errors.New("a leader that nobody hears told a read something")
	}
	run.Heal()
	if err := run.ended(early, late); err != nil {
		return fmt.Errorf("asked of the one that leads now: %w", err)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestALeaderThatDoesNotKnowThatItIsDeposedAnswersNoRead(t *testing.T) {
	for seed := range uint64(20) {
		require.NoError(t, deposedUnknowing(seed), "seed %d", seed)
	}
}

func TestALeaderThatNobodyHearsSaysForSureThatAReadWasNotAnswered(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	run.Isolate(leader.ID)
	a := run.look(leader, 50*time.Millisecond, -1)[0] // before it gives up
	err = run.ended(a)
	require.ErrorIs(t, err, node.ErrUnread)
	require.ErrorIs(t, err, node.ErrNotApplied)
}

// readsDuringAHang: the leader stops as by SIGSTOP with a read that was sent to it. It is told, for sure, by its deadline, and
// if that is later than the next leader, answered by that one.
func readsDuringAHang(seed uint64) error {
	run, leader, err := story(simulator.Config{Seed: seed})
	if err != nil {
		return err
	}
	follower := run.At(leader.ID%3 + 1)
	leader.Hang(true)
	soon, later := run.look(follower, 100*time.Millisecond, -1)[0], run.look(follower, long, -1)[0]
	if err := run.ended(soon); !errors.Is(err, node.ErrNotApplied) {
		return fmt.Errorf("a read at its deadline: %w", err)
	}
	ok, err := run.Until(long, func() bool { return knowsAnother(follower, leader.ID) })
	if err != nil || !ok {
		return errors.Join(err, errors.New("nobody follows a leader that hangs"))
	}
	since := run.Now()
	if err := run.ended(later); err != nil {
		return err
	}
	if took := run.Now() - since; took > 100*time.Millisecond {
		return fmt.Errorf("answered %v after another leader was known", took)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestReadsThatWereSentToALeaderThatHangsGoToTheNext(t *testing.T) {
	for seed := range uint64(20) {
		require.NoError(t, readsDuringAHang(seed), "seed %d", seed)
	}
}

// The time that a read was with a leader that hung is no time that it waited for room.
func TestAReadThatCameBackFromALeaderThatHungIsNoOverload(t *testing.T) {
	for seed := range uint64(20) {
		run, leader, err := story(simulator.Config{Seed: seed, Replica: node.Config{MaxWait: 20 * time.Millisecond}})
		require.NoError(t, err)
		follower := run.At(leader.ID%3 + 1)
		leader.Hang(true)
		require.NoError(t, run.ended(run.look(follower, long, -1)...), "seed %d", seed)
	}
}

// A follower that hears nobody, or that nobody hears, while all it sends arrives, or nothing: its readers are told within their time, for sure, and why.
func TestReadsAtAFollowerThatIsDeafOrMuteEndInTimeForSure(t *testing.T) {
	for seed := range uint64(10) {
		for _, deaf := range []bool{true, false} {
			run, leader, err := story(simulator.Config{Seed: seed})
			require.NoError(t, err)
			follower := run.At(leader.ID%3 + 1)
			for _, m := range run.others(follower) {
				if deaf {
					run.CutOneWay(m.ID, follower.ID)
				} else {
					run.CutOneWay(follower.ID, m.ID)
				}
			}
			answered := false
			for range 40 { // of them some at once, some when it knows that it hears nobody
				began := run.Now()
				reads := run.look(follower, 300*time.Millisecond, -1, 0)
				ended, err := run.Until(long, func() bool { return reads[0].ended+reads[1].ended == 2 })
				require.NoError(t, err)
				require.True(t, ended)
				require.LessOrEqual(t, run.Now()-began, 330*time.Millisecond)
				for _, a := range reads {
					if answered = answered || a.err == nil; a.err != nil {
						require.ErrorIs(t, a.err, node.ErrNotApplied)
						require.NotErrorIs(t, a.err, node.ErrOverloaded, "nobody is")
					}
				}
				require.NoError(t, run.Run(25*time.Millisecond))
			}
			require.False(t, answered, "seed %d, deaf: %t", seed, deaf)
			require.NoError(t, run.outcome(t, leader.ID, long), "the others go on")
			require.NoError(t, errors.Join(run.heal(), run.judge()))
		}
	}
}

func TestReadsDuringAHandOverAreAnswered(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	var reads []*attempt
	leader.Handle(node.Transfer(leader.ID%3+1, func([]byte, error) {}))
	for k := range 30 {
		reads = append(reads, run.look(run.Members[k%3], long, -1)...)
		require.NoError(t, run.Run(time.Millisecond))
	}
	require.NoError(t, run.ended(reads...))
	require.NotEqual(t, leader, run.Leader())
	require.NoError(t, run.judge())
}

func TestAReadIsToldLoadingAsAllElse(t *testing.T) {
	run := newTrial(simulator.Config{Servers: 3})
	require.ErrorIs(t, run.ended(run.look(run.At(1), long, -1)...), node.ErrLoading)
}

func TestReadsThatWaitHaveAVerdictWhenTheReplicaStops(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	run.Isolate(leader.ID)
	a := run.look(leader, long, -1)[0]
	leader.Stop()
	require.ErrorIs(t, run.ended(a), node.ErrStopped)
	require.ErrorIs(t, a.err, node.ErrNotApplied)
}

// readBehindMuch: more is committed at once than a round applies, and a read comes with it: it waits for all of that.
func readBehindMuch() error {
	h, servers := &idleHost{}, protocol.Nodes(1)
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers}, MaxEntryAnswers: 1}, h, listOf(servers), node.Recovered{})
	if err != nil {
		return err
	}
	for range 40 {
		if err := errors.Join(r.Handle(node.Tick()), h.sync(r)); err != nil {
			return err
		}
	}
	const writes = 400
	var round []node.Event
	for range writes {
		round = append(round, node.Proposed(command("w"), 1, int64(time.Hour), new(int)))
	}
	if err := r.Handle(round...); err != nil {
		return err
	}
	h.syncing = false
	if err := r.Handle(node.Synced(h.last), node.Proposed(command("~"), 1, int64(time.Hour), "read")); err != nil {
		return err
	}
	for k := 0; len(h.told) == 0 && k < writes; k++ {
		if err := errors.Join(r.Handle(node.Resumed()), h.sync(r)); err != nil {
			return err
		}
	}
	if len(h.told) == 0 || h.place != writes {
		return fmt.Errorf("told %v: %d writes of %d", h.told, h.place, writes)
	}
	return nil
}

func TestAReadWaitsForWhatIsCommittedAndNotApplied(t *testing.T) {
	require.NoError(t, readBehindMuch())
}

// readInALog: a read that needed an entry waits for a disk at its deadline. That it may be committed yet concerns nobody.
func readInALog() error {
	run, leader, err := story(simulator.Config{})
	if err != nil {
		return err
	}
	for _, m := range run.Members {
		m.Slow(time.Minute)
	}
	if err := run.Run(100 * time.Millisecond); err != nil {
		return err
	}
	for _, m := range []*simulator.Member{leader, run.At(leader.ID%3 + 1)} {
		if err := run.ended(run.look(m, short, 0)...); !errors.Is(err, node.ErrNotApplied) {
			return fmt.Errorf("a read at its deadline: %w", err)
		}
	}
	return nil
}

func TestAReadInALogIsNotUncertain(t *testing.T) { require.NoError(t, readInALog()) }

// readLosesItsPlace: a read that needed an entry has it in the log of a leader that is cut off, and another one's is committed in its place.
// It is answered all the same, by whoever leads.
func readLosesItsPlace() error {
	const way = 4 * time.Millisecond
	for seed := range uint64(10) {
		for hops := range 2 {
			run, leader, err := story(simulator.Config{Seed: seed, Delay: simulator.Span{Least: way, Most: way}})
			if err != nil {
				return err
			}
			before, _ := leader.Status()
			a := run.look(run.At((leader.ID+protocol.NodeID(hops)-1)%3+1), time.Hour, 0)[0]
			if err := run.Run(2*way + time.Duration(hops)*3*way + way/2); err != nil { // what it sends is on its way
				return err
			}
			if s, _ := leader.Status(); s.LastIndex != before.LastIndex+1 {
				return errors.New("the read is in no log")
			}
			run.Isolate(leader.ID)
			write := run.propose(leader.ID%3+1, long)
			if err := run.ended(write); err != nil {
				return err
			}
			run.Heal()
			if err := run.ended(a); err != nil {
				return fmt.Errorf("seed %d, %d hops: %w", seed, hops, err)
			}
			if err := errors.Join(run.heal(), run.judge()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestAReadThatLostItsPlaceInALogIsAskedAgain(t *testing.T) {
	require.NoError(t, readLosesItsPlace())
}
