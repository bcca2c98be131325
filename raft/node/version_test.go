package node_test

// Goal: whoever leads, and whatever programs the members are started with, the version is raised only when all have said that they speak the next one, nothing that
// needs it comes before, and nobody meets it but who said so or came back with an older program: that one stops, and comes back with a newer. Method: replicas
// in virtual time whose programs speak 1 or 2; upgrades, downgrades, faults, and commands of both versions drawn by rapid; stories of what is drawn too seldom.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

var (
	oldProgram = node.Versions{Oldest: 1, Newest: 1}
	newProgram = node.Versions{Oldest: 1, Newest: 2}
)

// upgrading is a trial whose members are started with programs of their own.
type upgrading struct {
	*trial
	programs map[protocol.NodeID]node.Versions
	ran      map[protocol.NodeID]bool // members that were ever started with the new program
}

// upgradingWorld has just begun, with these programs.
func upgradingWorld(cfg simulator.Config, programs map[protocol.NodeID]node.Versions) *upgrading {
	u := &upgrading{programs: programs, ran: map[protocol.NodeID]bool{}}
	servers := protocol.NodeSet(1<<(cfg.Servers+1) - 2)
	cfg.Machine = func(id protocol.NodeID) node.StateMachine {
		l := listOf(servers)
		l.speaks = u.programs[id]
		u.ran[id] = u.ran[id] || l.speaks.Newest > 1
		return l
	}
	u.trial = &trial{World: simulator.New(cfg), full: map[protocol.NodeID]bool{}, hung: map[protocol.NodeID]bool{}}
	return u
}

// restart starts a member anew, with a program.
func (u *upgrading) restart(id protocol.NodeID, program node.Versions) {
	if m := u.At(id); m.Running() {
		m.Kill()
	}
	u.programs[id] = program
	u.hung[id] = false
	u.At(id).Hang(false)
	u.At(id).Start()
}

// proposeNew proposes a command that version 2 brought.
func (u *upgrading) proposeNew(id protocol.NodeID, timeout time.Duration) *attempt {
	a := &attempt{command: fmt.Sprint("!", len(u.attempts))}
	if m := u.At(id); m.Running() && m.Err() == nil {
		u.attempts = append(u.attempts, a)
		m.Propose(command(a.command), timeout, u.waiter(a))
	}
	return a
}

// lookAtVersions says what is wrong with versions now.
func (u *upgrading) lookAtVersions() error {
	for _, m := range u.Members {
		if err := m.Err(); err != nil && (!errors.Is(err, node.ErrUpgrade) || u.programs[m.ID] != oldProgram) {
			return fmt.Errorf("replica %d, of a program that speaks %v, has stopped: %w", m.ID, u.programs[m.ID], err)
		}
		s, up := m.Status()
		for _, other := range u.Members {
			if up && s.Version > 1 && !u.ran[other.ID] {
				return fmt.Errorf("the version is %d at replica %d, and replica %d was never started with a program that speaks it", s.Version, m.ID, other.ID)
			}
		}
	}
	return nil
}

// run lets time pass.
func (u *upgrading) run(d time.Duration) error {
	if err := u.Run(d); err != nil {
		return err
	}
	return u.lookAtVersions()
}

// finish brings all up with the new program: then the version is raised, and what was answered stands.
func (u *upgrading) finish() error {
	for _, m := range u.Members {
		if u.programs[m.ID] != newProgram || m.Err() != nil {
			u.restart(m.ID, newProgram)
		}
	}
	if err := u.heal(); err != nil {
		return err
	}
	raised, err := u.Until(time.Minute, func() bool {
		return !slices.ContainsFunc(u.Members, func(m *simulator.Member) bool { s, _ := m.Status(); return s.Version != 2 })
	})
	if err != nil || !raised {
		return errors.Join(err, errors.New("all members speak version 2, and it is not the cluster's within a minute"))
	}
	a := u.proposeNew(u.Leader().ID, time.Second)
	if err := u.heal(); err != nil {
		return err
	}
	if a.err != nil {
		return fmt.Errorf("a command of version 2, at version 2: %w", a.err)
	}
	return u.judge()
}

// drawnUpgrades is a run with members of both programs.
func drawnUpgrades(draw *rapid.T) error {
	servers := rapid.SampledFrom([]int{1, 3, 3, 5}).Draw(draw, "servers")
	programs := map[protocol.NodeID]node.Versions{}
	program := rapid.SampledFrom([]node.Versions{oldProgram, newProgram})
	for id := protocol.NodeID(1); int(id) <= servers; id++ {
		programs[id] = program.Draw(draw, "program")
	}
	u := upgradingWorld(simulator.Config{
		Seed: rapid.Uint64().Draw(draw, "seed"), Servers: servers,
		Loss: rapid.SampledFrom([]float64{0, 0.02, 0.2}).Draw(draw, "loss"),
		Replica: node.Config{SnapshotBytes: rapid.SampledFrom([]int{0, 200}).Draw(draw, "bytes between snapshots"),
			Raft: raft.Config{MaxEntriesPerMessage: 4, HeartbeatTicks: 3}},
	}, programs)
	if err := u.run(time.Second); err != nil {
		return err
	}
	for range rapid.IntRange(1, 12).Draw(draw, "rounds") {
		id := protocol.NodeID(rapid.IntRange(1, servers).Draw(draw, "node"))
		switch rapid.IntRange(0, 4).Draw(draw, "what") {
		case 0, 1:
			u.restart(id, program.Draw(draw, "program"))
		case 2:
			u.fault(draw)
		case 3:
			u.Heal()
		}
		for range rapid.IntRange(0, 3).Draw(draw, "proposals") {
			at := protocol.NodeID(rapid.IntRange(1, servers).Draw(draw, "at"))
			if m := u.At(at); m.Running() && m.Err() == nil {
				u.propose(at, time.Second)
				u.proposeNew(at, time.Second)
			}
		}
		if err := u.run(time.Duration(rapid.IntRange(0, 1500).Draw(draw, "ms")) * time.Millisecond); err != nil {
			return err
		}
	}
	return u.finish()
}

func TestUpgradesHoldWhateverGoesWrong(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		if err := drawnUpgrades(draw); err != nil {
			draw.Fatal(err)
		}
	})
}

// rolls upgrades three members one by one, while the first leads, or the last.
func rolls(newLeads bool) error {
	u := upgradingWorld(simulator.Config{Seed: 7, Servers: 3}, map[protocol.NodeID]node.Versions{1: oldProgram, 2: oldProgram, 3: oldProgram})
	if err := u.settle(); err != nil {
		return err
	}
	for id := protocol.NodeID(1); id <= 3; id++ {
		u.restart(id, newProgram)
		if err := u.settle(); err != nil {
			return err
		}
		to := id%3 + 1 // of the old program, but at the end
		if newLeads {
			to = id
		}
		if u.Leader().ID != to {
			u.Leader().Handle(node.Transfer(to, func([]byte, error) {}))
		}
		if err := u.run(2 * time.Second); err != nil {
			return err
		}
		s, _ := u.Leader().Status()
		if want := node.Version(1 + id/3); s.Version != want {
			return fmt.Errorf("with %d members upgraded the version is %d, want %d", id, s.Version, want)
		}
		a := u.proposeNew(id, time.Second)
		if err := u.run(1100 * time.Millisecond); err != nil {
			return err
		}
		if isRefused := errors.Is(a.err, node.ErrNotApplied); a.ended != 1 || isRefused != (id < 3) {
			return fmt.Errorf("with %d members upgraded a command of version 2 is told: %w", id, a.err)
		}
	}
	return u.finish()
}

func TestAnUpgradeRollsUnderEitherLeader(t *testing.T) {
	require.NoError(t, rolls(true))
	require.NoError(t, rolls(false))
}

// waitsForTheSilent: a member that said that it speaks the next version, and is not heard any more, is waited for.
func waitsForTheSilent() error {
	u := upgradingWorld(simulator.Config{Seed: 3, Servers: 3}, map[protocol.NodeID]node.Versions{1: oldProgram, 2: newProgram, 3: newProgram})
	if err := u.settle(); err != nil {
		return err
	}
	if u.Leader().ID == 1 {
		u.Leader().Handle(node.Transfer(2, func([]byte, error) {}))
	}
	if err := u.run(2 * time.Second); err != nil {
		return err
	}
	leader := u.Leader().ID
	silent := 5 - leader // the other one of the new program
	u.At(silent).Kill()
	u.restart(1, newProgram)
	if err := u.run(3 * time.Second); err != nil {
		return err
	}
	s, _ := u.Leader().Status()
	if s.Version != 1 || !slices.Contains(s.HeldBy, silent) {
		return fmt.Errorf("member %d is not heard, the version is %d, held by %v", silent, s.Version, s.HeldBy)
	}
	return u.finish()
}

func TestWhoIsNotHeardIsWaitedFor(t *testing.T) { require.NoError(t, waitsForTheSilent()) }

// tooOld: who comes back with an older program does not start, and does again with the newer.
func tooOld() error {
	u := upgradingWorld(simulator.Config{Seed: 5, Servers: 3}, map[protocol.NodeID]node.Versions{1: newProgram, 2: newProgram, 3: newProgram})
	if err := u.settle(); err != nil {
		return err
	}
	if err := u.run(2 * time.Second); err != nil {
		return err
	}
	u.restart(1, oldProgram)
	if err := u.At(1).Err(); !errors.Is(err, node.ErrUpgrade) || u.At(1).Running() {
		return fmt.Errorf("a program that speaks 1 comes up at version 2: %w", err)
	}
	return u.finish()
}

func TestAProgramThatIsTooOldDoesNotStart(t *testing.T) { require.NoError(t, tooOld()) }

func TestWhoJoinsSpeaksTheVersionThatIsKnown(t *testing.T) {
	require.NoError(t, node.TakesInWhoSpeaks())
}

func TestWhatIsTooNewSaysWhoHoldsIt(t *testing.T) {
	u := upgradingWorld(simulator.Config{Seed: 11, Servers: 3}, map[protocol.NodeID]node.Versions{1: newProgram, 2: oldProgram, 3: newProgram})
	require.NoError(t, u.settle())
	if u.Leader().ID == 2 {
		u.Leader().Handle(node.Transfer(1, func([]byte, error) {}))
		require.NoError(t, u.run(2*time.Second))
	}
	a := u.proposeNew(u.Leader().ID, time.Second)
	require.NoError(t, u.run(100*time.Millisecond))
	var why *node.VersionError
	require.ErrorAs(t, a.err, &why)
	require.ErrorIs(t, a.err, node.ErrNotApplied)
	require.Equal(t, node.VersionError{Needs: 2, Has: 1, HeldBy: []protocol.NodeID{2}}, *why)
	require.Contains(t, a.err.Error(), "it needs version 2, the cluster's is 1, held by slot 2")
}
