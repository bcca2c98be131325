package node_test

// Goal: whatever comes, what can be done is done, soon, and all else is refused soon; who asks for little is not refused
// for those who ask for much. Method: three replicas in virtual time whose disks take so many bytes a second, and
// proposals that do not wait for one another.

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	diskRate    = 1 << 20 // bytes a second
	commandSize = 201     // of overloading, in the log
	soonEnough  = 500 * time.Millisecond
)

// crowd is what proposals came to.
type crowd struct {
	*simulator.World
	answered, refused int
	latest            time.Duration // until an answer
	latestRefusal     time.Duration
	wrong             error
}

// slowDisks returns a cluster that leads.
func slowDisks() (*crowd, *simulator.Member, error) {
	servers := protocol.NodeSet(0).With(1).With(2).With(3)
	c := &crowd{World: simulator.New(simulator.Config{
		Servers: 3, DiskRate: diskRate, Sync: simulator.Span{Least: time.Millisecond, Most: time.Millisecond}, Machine: func(protocol.NodeID) node.StateMachine { return listOf(servers) },
	})}
	_, err := c.Until(time.Minute, func() bool {
		l := c.Leader()
		if l == nil {
			return false
		}
		s, _ := l.Status()
		return !s.Loading && s.Applied == s.LastIndex
	})
	return c, c.Leader(), errors.Join(err, c.Run(time.Second))
}

// ring is the member k behind m.
func ring(m *simulator.Member, k int) protocol.NodeID {
	return protocol.NodeID((int(m.ID)-1+k)%3 + 1)
}

// propose proposes at m what came that long ago, and calls then with the verdict.
func (c *crowd) propose(m *simulator.Member, commands []byte, answers int, age time.Duration, then func(error)) {
	began := c.Now() - age
	m.Handle(node.Proposed(commands, answers, m.Clock()+int64(2*time.Second), func(_ []byte, err error) {
		took := c.Now() - began
		switch {
		case err == nil:
			c.answered += answers
			c.latest = max(c.latest, took)
		case errors.Is(err, node.ErrOverloaded):
			c.refused += answers
			c.latestRefusal = max(c.latestRefusal, took)
		default:
			c.wrong = err
		}
		if then != nil {
			then(err)
		}
	}).Aged(int64(age)))
}

// overload proposes so many times what the disks take, for a while, at all members, and says what is wrong with what came of it.
func overload(times int) error {
	c, leader, err := slowDisks()
	if err != nil {
		return err
	}
	const lasts, step = 4 * time.Second, 5 * time.Millisecond
	each := times * diskRate / commandSize / int(time.Second/step)
	text := command(strings.Repeat("c", commandSize-1))
	for began := c.Now(); c.Now()-began < lasts; {
		for k := range each {
			c.propose(c.At(ring(leader, k)), text, 1, 0, nil)
		}
		if err := c.Run(step); err != nil {
			return err
		}
	}
	if err := c.Run(3 * time.Second); err != nil {
		return err
	}
	least := int(0.9 * diskRate / commandSize * lasts.Seconds())
	switch {
	case c.wrong != nil:
		return c.wrong
	case c.answered < least:
		return fmt.Errorf("%d answered, at least %d could be", c.answered, least)
	case c.latest > soonEnough || c.latestRefusal > soonEnough:
		return fmt.Errorf("an answer came after %v, a refusal after %v", c.latest, c.latestRefusal)
	case c.refused == 0:
		return errors.New("nothing was refused")
	case c.Leader() != leader:
		return errors.New("the leader fell")
	}
	return nil
}

func TestOverloadIsRefusedAndTheRestIsDone(t *testing.T) {
	for _, times := range []int{2, 4} {
		require.NoError(t, overload(times), "%d times", times)
	}
}

// greed has many propose as much as an entry takes, again and again, and one propose one command after another.
func greed() error {
	c, leader, err := slowDisks()
	if err != nil {
		return err
	}
	const commands = 1000
	much := []byte(strings.Repeat(string(command(strings.Repeat("g", 59))), commands))
	var again func(error)
	again = func(error) { c.After(time.Millisecond, func() { c.propose(leader, much, commands, 0, again) }) }
	for range 100 {
		again(nil)
	}
	if err := c.Run(time.Second); err != nil {
		return err
	}
	asked, slowest := 0, time.Duration(0)
	for range 20 {
		began, ended, verdict := c.Now(), false, error(nil)
		c.propose(c.At(ring(leader, asked)), command("polite"), 1, 0, func(err error) { ended, verdict = true, err })
		if _, err := c.Until(10*time.Second, func() bool { return ended }); err != nil || verdict != nil {
			return errors.Join(err, verdict)
		}
		asked++
		slowest = max(slowest, c.Now()-began)
	}
	if slowest > soonEnough {
		return fmt.Errorf("one who asks for little waits for %v", slowest)
	}
	if c.answered < commands {
		return errors.New("who asks for much gets nothing")
	}
	return c.wrong
}

func TestWhoAsksForLittleIsNotRefusedForOthers(t *testing.T) { require.NoError(t, greed()) }

// What came long ago is refused at once, at the leader and on the way to it.
func TestWhatCameLongAgoIsRefused(t *testing.T) {
	c, leader, err := slowDisks()
	require.NoError(t, err)
	for k := range 3 {
		for age, want := range map[time.Duration]error{100 * time.Millisecond: nil, 260 * time.Millisecond: node.ErrOverloaded} {
			told := false
			c.propose(c.At(ring(leader, k)), command("old"), 1, age, func(err error) {
				told = true
				require.ErrorIs(t, err, want)
			})
			_, err := c.Until(time.Second, func() bool { return told })
			require.NoError(t, err)
			require.True(t, told)
		}
	}
}
