package virtualcluster_test

// Goal: what a read told to be over stays so under every later leader, and an idle cluster that is only read notices an end. Method:
// the whole replica in virtual time; a claim with a window, silence, then reads alone, at the leader and at followers, as each door
// asks; the leader goes right when a reader was told, and those who may lead next were started again, so that their clocks are behind.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// idle is a cluster of three whose clients make one call at a time.
type idle struct {
	*simulator.World
	calls uint64
}

var theKey = dedup.Key{7}

const (
	window = 3 * time.Second
	soon   = 20 * time.Second
)

func newIdle(seed uint64) (*idle, error) {
	b := dedup.Bootstrap{Cluster: dedup.ClusterID{1}, Secret: dedup.Secret{1}, CapacityKeys: 10, CapacityBytes: 1 << 10}
	c := &idle{World: simulator.New(simulator.Config{
		Seed: seed, Servers: 3, WAL: true, WallSkew: time.Hour,
		Machine: func(protocol.NodeID) node.StateMachine { return server.NewMachine(b) },
	})}
	return c, c.await("a leader", func() bool { return c.Leader() != nil && c.level() })
}

func (c *idle) await(what string, done func() bool) error {
	ok, err := c.Until(soon, done)
	if err == nil && !ok {
		err = errors.New(what + " does not come to be")
	}
	return err
}

// level: all members are up, know their leader and have applied its log.
func (c *idle) level() bool {
	leader := c.Leader()
	if leader == nil {
		return false
	}
	want, _ := leader.Status()
	for _, m := range c.Members {
		if s, up := m.Status(); up && (s.Loading || s.Applied != want.LastIndex || s.Term != want.Term) {
			return false
		}
	}
	return true
}

// ask makes one call at a member and returns what it was told.
func (c *idle) ask(at *simulator.Member, commands []byte) (server.Answer, error) {
	var answers []server.Answer
	var failed error
	ended := false
	at.Propose(commands, soon/2, func(encoded []byte, err error) {
		if ended, failed = true, err; err == nil {
			answers, failed = server.DecodeAnswers(encoded, 1)
		}
	})
	if err := c.await("an answer", func() bool { return ended }); err != nil {
		return server.Answer{}, err
	}
	if failed != nil {
		return server.Answer{}, failed
	}
	return answers[0], nil
}

// read asks as a door does: HTTP for what is left too, Redis not.
func (c *idle) read(at *simulator.Member, spans bool) (dedup.Outcome, error) {
	c.calls++
	a, err := c.ask(at, dedup.AppendQuery(nil, dedup.Query{Call: c.calls, Key: theKey, Spans: spans}))
	return a.Outcome, err
}

func (c *idle) claim(at *simulator.Member, owner dedup.Owner) (dedup.Outcome, error) {
	c.calls++
	a, err := c.ask(at, dedup.AppendClaim(nil, dedup.Claim{Call: c.calls, Key: theKey, Owner: owner, TTLMillis: uint64(window / time.Millisecond)}))
	return a.Outcome, err
}

// claimed is a cluster in which a key was claimed at the leader and nothing else happened; the followers were started again near the
// end of the window: by their clocks it lasts for nearly as long again.
func claimed(seed uint64) (*idle, *simulator.Member, error) {
	c, err := newIdle(seed)
	if err != nil {
		return nil, nil, err
	}
	leader := c.Leader()
	if won, err := c.claim(leader, 1); err != nil || won != dedup.Won {
		return nil, nil, fmt.Errorf("a claim was told %v: %w", won, err)
	}
	if err := c.Run(window - time.Second); err != nil {
		return nil, nil, err
	}
	for _, m := range c.Members {
		if m == leader {
			continue
		}
		m.Kill()
		m.Start()
		if err := c.await("a follower that was started again", c.level); err != nil {
			return nil, nil, err
		}
	}
	if c.Leader() != leader {
		return nil, nil, errors.New("the leader did not stay")
	}
	return c, leader, nil
}

// untilOver reads at a member until it is told that the key is free, and returns when.
func (c *idle) untilOver(at *simulator.Member, spans bool) (time.Duration, error) {
	for began := c.Now(); c.Now()-began < 2*window; {
		told, err := c.read(at, spans)
		if err != nil || told == dedup.Absent {
			return c.Now(), err
		}
		if err := c.Run(10 * time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("nobody who reads is told that the window is over")
}

// anEndThatOnlyReadsNotice: the window is over, and only reads say so, soon after.
func anEndThatOnlyReadsNotice() error {
	for seed := range uint64(6) {
		for hops := range 3 {
			for _, spans := range []bool{true, false} {
				c, err := newIdle(seed)
				if err != nil {
					return err
				}
				leader := c.Leader()
				if won, err := c.claim(leader, 1); err != nil || won != dedup.Won {
					return fmt.Errorf("a claim was told %v: %w", won, err)
				}
				began := c.Now()
				at := c.At((leader.ID+protocol.NodeID(hops)-1)%3 + 1)
				over, err := c.untilOver(at, spans)
				if err != nil {
					return fmt.Errorf("seed %d, %d hops, spans %t: %w", seed, hops, spans, err)
				}
				if took := over - began; took < window-50*time.Millisecond || took > window+150*time.Millisecond {
					return fmt.Errorf("seed %d, %d hops, spans %t: a window of %v was over after %v", seed, hops, spans, window, took)
				}
			}
		}
	}
	return nil
}

// goes has a leader go: as by kill -9, handed over, cut off.
var goes = []func(c *idle, leader *simulator.Member){
	func(_ *idle, leader *simulator.Member) { leader.Kill() },
	func(_ *idle, leader *simulator.Member) {
		leader.Handle(node.Transfer(protocol.Nil, func([]byte, error) {}))
	},
	func(c *idle, leader *simulator.Member) { c.Isolate(leader.ID) },
}

// anEndStays: the leader goes right when a reader was told of the end. Nobody is told afterwards that the key is held.
func anEndStays() error {
	for seed := range uint64(4) {
		for how, begone := range goes {
			for hops := range 2 {
				for _, spans := range []bool{true, false} {
					if err := anEndStaysOf(seed, begone, hops, spans); err != nil {
						return fmt.Errorf("seed %d, way %d, %d hops, spans %t: %w", seed, how, hops, spans, err)
					}
				}
			}
		}
	}
	return nil
}

func anEndStaysOf(seed uint64, begone func(*idle, *simulator.Member), hops int, spans bool) error {
	c, old, err := claimed(seed)
	if err != nil {
		return err
	}
	if _, err := c.untilOver(c.At((old.ID+protocol.NodeID(hops)-1)%3+1), spans); err != nil {
		return err
	}
	begone(c, old)
	if err := c.await("another leader", func() bool { l := c.Leader(); return l != nil && l != old }); err != nil {
		return err
	}
	for k := range 4 {
		at := c.At((old.ID+protocol.NodeID(k)%2)%3 + 1)
		if told, err := c.read(at, k < 2); err != nil || told != dedup.Absent {
			return fmt.Errorf("read %d at node %d under the next leader was told %v, after a reader was told that the key is free: %w", k, at.ID, told, err)
		}
	}
	if told, err := c.claim(c.Leader(), 2); err != nil || told != dedup.Won {
		return fmt.Errorf("a claim under the next leader was told %v, after a reader was told that the key is free: %w", told, err)
	}
	return nil
}

func TestOnlyReadsOnAnIdleClusterSeeTheEndOfAWindow(t *testing.T) {
	require.NoError(t, anEndThatOnlyReadsNotice())
}

func TestNothingComesBackUnderANextLeaderWhoseClockIsBehind(t *testing.T) {
	require.NoError(t, anEndStays())
}
