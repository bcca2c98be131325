package cluster

// Goal: what only real files show is told in short stories whose end a history decides. Method: a few calls and faults
// in a fixed order, each awaited by what it did; then the cluster is healed, its logs are read back, and the history is
// judged as that of any run. mutants_test.go tells the same stories with a fault seeded.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// story is a run without a plan.
type story struct {
	*run
	ctx   context.Context
	calls int
}

func begin(t *testing.T, servers int, tick time.Duration) *story {
	t.Helper()
	return beginWith(t, servers, tick, time.Minute)
}

// beginWith has doors give calls up after a timeout.
func beginWith(t *testing.T, servers int, tick, timeout time.Duration) *story {
	t.Helper()
	c, ctx := startTest(t, Config{
		Nodes: servers, Seed: 11, CapacityKeys: 100, CapacityBytes: 1 << 16, Timeout: timeout, Tick: tick, Small: true,
	})
	plan := &workload.Plan{Servers: servers, Seed: 11, Capacity: 100, Bytes: 1 << 16}
	s := &story{run: newRun(plan, Options{}), ctx: ctx}
	require.NoError(t, s.enter(ctx, c))
	return s
}

// claim claims a key for good, once, and returns what was answered; empty if nothing was.
func (s *story) claim(n *Node, key, owner string) linearizability.Outcome {
	return s.claimFor(n, key, owner, 300*time.Millisecond)
}

func (s *story) claimFor(n *Node, key, owner string, patience time.Duration) linearizability.Outcome {
	s.run.mu.Lock()
	s.calls++
	call := workload.Call{
		Client: int(owner[0] - 'a'), Kind: workload.Claim, Node: int(n.ID), Door: workload.Service, Patience: patience,
		Commands: []workload.Command{{
			Kind: dedup.KindClaim, Call: uint64(s.calls), Key: key, Owner: owner, Value: make([]byte, 2000), // several sectors
		}},
	}
	s.run.mu.Unlock()
	a := newAsker(s.cluster, &s.secret, 1)
	defer a.close()
	r, err := s.make(s.ctx, a, &call)
	if err != nil || r.failure != "" {
		return ""
	}
	return r.answers[0].Outcome
}

// insist claims until it is answered.
func (s *story) insist(n *Node, key, owner string) (outcome linearizability.Outcome, err error) {
	if _, err := s.cluster.AwaitLeader(s.ctx); err != nil {
		return "", err
	}
	err = Wait(s.ctx, "a claim is answered", func() bool {
		outcome = s.claim(n, key, owner)
		return outcome != ""
	})
	return outcome, err
}

func (s *story) awaitUnsynced(n *Node) error {
	return Wait(s.ctx, "a write stands in the page cache", func() bool { return n.Disk.Unsynced() > 0 })
}

// claimUntilUnsynced claims a key at one node, again where a slow machine had not proposed it in time, until a write stands in the
// page cache of another.
func (s *story) claimUntilUnsynced(at *Node, key string, patience time.Duration, n *Node) error {
	return Wait(s.ctx, "a claim stands in the page cache", func() bool {
		s.claimFor(at, key, "a", patience)
		return n.Disk.Unsynced() > 0
	})
}

// pageCache: what a kill leaves in the page cache is no more durable than before. A follower has written an entry that
// its disk does not sync; it is killed, comes back, and with it the leader commits. Then it loses its power.
func pageCache(t *testing.T) (*story, error) {
	s := begin(t, 3, 150*time.Millisecond) // the follower is back before it would campaign
	leader := s.cluster.Leader()
	follower, far := s.cluster.others(leader)[0], s.cluster.others(leader)[1]
	s.cluster.Network.Cut(leader.ID, far.ID)
	s.cluster.Network.Cut(follower.ID, far.ID)
	follower.Disk.Hang()
	answered := make(chan linearizability.Outcome, 1)
	go func() { answered <- s.claimFor(leader, "key", "a", soon) }()
	if err := s.awaitUnsynced(follower); err != nil {
		return s, err
	}
	follower.Kill()
	follower.Disk.Mend()
	if err := follower.Start(); err != nil {
		return s, err
	}
	require.Equal(t, linearizability.Won, <-answered)
	leader.Kill()
	if err := follower.LosePower(0); err != nil {
		return s, err
	}
	s.cluster.Network.HealAll()
	if err := follower.Start(); err != nil {
		return s, err
	}
	_, err := s.insist(far, "key", "b")
	return s, err
}

// followerHangs: a leader answers nothing on the word of a follower whose disk has not synced.
func followerHangs(t *testing.T) (*story, error) { return hungDisk(t, false) }

// leaderHangs: nor on its own.
func leaderHangs(t *testing.T) (*story, error) { return hungDisk(t, true) }

// hungDisk: a claim is asked of a leader that one follower alone can hear, and the disk of one of the two hangs. That
// one then loses its power, the other is gone, and the rest goes on.
func hungDisk(t *testing.T, leads bool) (*story, error) {
	s := begin(t, 3, 20*time.Millisecond)
	hung, sound, far := s.cluster.trio(leads)
	s.cluster.Network.Cut(hung.ID, far.ID)
	s.cluster.Network.Cut(sound.ID, far.ID)
	hung.Disk.Hang()
	asked := hung
	if !leads {
		asked = sound
	}
	if err := s.claimUntilUnsynced(asked, "key", 500*time.Millisecond, hung); err != nil {
		return s, err
	}
	sound.Kill()
	if err := hung.LosePower(0); err != nil {
		return s, err
	}
	hung.Disk.Mend()
	s.cluster.Network.HealAll()
	if err := hung.Start(); err != nil {
		return s, err
	}
	_, err := s.insist(far, "key", "b")
	return s, err
}

// trio names three nodes: one whose disk is to hang, one beside it, of which one leads, and one far from both.
func (c *Cluster) trio(leads bool) (hung, sound, far *Node) {
	leader := c.Leader()
	follower, far := c.others(leader)[0], c.others(leader)[1]
	if leads {
		return leader, follower, far
	}
	return follower, leader, far
}

// failedSync: what a failed sync dropped is not there, and no later sync brings it back. One node, so that its disk
// alone decides; several times, because a failed sync keeps what it pleases. The node is started again on what its page
// cache shows, and answers; then it loses its power.
func failedSync(t *testing.T) (*story, error) {
	s := begin(t, 1, 5*time.Millisecond)
	n := s.cluster.Nodes[0]
	for k := range 8 {
		key := fmt.Sprint("key-", k)
		if err := s.calm(n); err != nil {
			return s, err
		}
		n.Disk.FailSync(true)
		stopped := func() bool { return n.Err() != nil || s.claim(n, key, "a") != "" }
		if err := Wait(s.ctx, "the replica has stopped", stopped); err != nil {
			return s, err
		}
		if err := s.again(n, key, "a"); err != nil {
			return s, err
		}
		if err := n.LosePower(0); err != nil {
			return s, err
		}
		if err := s.again(n, key, "b"); err != nil {
			return s, err
		}
	}
	return s, nil
}

// calm waits until a node has its log's next file, so that the next sync is that of a claim.
func (s *story) calm(n *Node) error {
	if _, err := s.insist(n, "calm", "c"); err != nil {
		return err
	}
	return Wait(s.ctx, "the next segment is there", func() bool {
		names, _ := n.Disk.Log().List()
		return n.Disk.Unsynced() == 0 && slices.Contains(names, "0000000000000002.wal") && !slices.Contains(names, "segment.tmp")
	})
}

// tornTail: a record that a power loss has torn was never acknowledged, and is no damage. One node, whose disk keeps any
// part of what it had not synced.
func tornTail(t *testing.T) (*story, error) {
	s := begin(t, 1, 5*time.Millisecond)
	n := s.cluster.Nodes[0]
	for seed := range uint64(8) {
		key := fmt.Sprint("key-", seed)
		if err := s.calm(n); err != nil {
			return s, err
		}
		n.Disk.Hang()
		if err := s.claimUntilUnsynced(n, key, 20*time.Millisecond, n); err != nil {
			return s, err
		}
		if err := n.LosePower(seed); err != nil {
			return s, err
		}
		if err := s.again(n, key, "b"); err != nil {
			return s, err
		}
	}
	return s, nil
}

// wallJump: a leader's wall clock is set ahead by an hour between two claims. It changes nothing.
func wallJump(t *testing.T) (*story, error) {
	s := begin(t, 3, 10*time.Millisecond)
	if _, err := s.insist(s.cluster.Nodes[0], "key-0", "a"); err != nil {
		return s, err
	}
	for _, n := range s.cluster.Nodes { // whoever leads next
		n.Clock.Jump(time.Hour)
	}
	_, err := s.insist(s.cluster.Nodes[0], "key-1", "a")
	return s, err
}

// olderCopy: a key is won with a follower's word, and then the follower comes back with a copy of its folder from before its
// last start, which does not have the key, while the leader is down. The third node, which does not have the key
// either, has met that start. Without the copy the two that have the key are the majority again.
func olderCopy(t *testing.T) (*story, error) {
	s := begin(t, 3, 20*time.Millisecond)
	leader := s.cluster.Leader()
	back, far := s.cluster.others(leader)[0], s.cluster.others(leader)[1]
	if _, err := s.insist(leader, "first", "a"); err != nil {
		return s, err
	}
	back.Stop()
	older := back.Disk.Image()
	if err := back.Start(); err != nil {
		return s, err
	}
	if err := Wait(s.ctx, "both have met it again", func() bool { return reaches(leader, back) && reaches(far, back) }); err != nil {
		return s, err
	}
	s.cluster.Network.Cut(leader.ID, far.ID)
	s.cluster.Network.Cut(back.ID, far.ID)
	if _, err := s.insist(leader, "key", "a"); err != nil {
		return s, err
	}
	leader.Kill()
	back.Kill()
	newest := back.PutBack(older)
	s.cluster.Network.HealAll()
	if err := back.Start(); err != nil {
		return s, err
	}
	twice := false
	err := Wait(s.ctx, "the older copy has stopped", func() bool {
		twice = s.claim(far, "key", "b") == linearizability.Won
		return twice || back.Err() != nil
	})
	if twice {
		err = errors.New("with an older copy the key was given again")
	}
	if err != nil {
		return s, err
	}
	back.Kill()
	back.PutBack(newest)
	for _, n := range []*Node{leader, back} {
		if err := n.Start(); err != nil {
			return s, err
		}
	}
	_, err = s.insist(far, "key", "c")
	return s, err
}

// reaches reports whether a node is connected to another one, which it has then met.
func reaches(from, to *Node) bool {
	status, ok := from.Status()
	return ok && slices.ContainsFunc(status.Peers, func(p server.Peer) bool { return p.Node == to.ID && p.Connected })
}

// again starts a node that has stopped and claims a key there.
func (s *story) again(n *Node, key, owner string) error {
	n.Disk.Mend()
	if err := n.Start(); err != nil {
		return err
	}
	_, err := s.insist(n, key, owner)
	return err
}

// verdict ends a story and judges it.
func (s *story) verdict(told error) *linearizability.Verdict {
	var ending *Ending
	if told == nil {
		ending, told = s.cluster.settle(s.ctx, nil)
	}
	h := s.recorder.History()
	if ending != nil {
		h.Header.Log, h.Log = true, ending.Log
	}
	return Judge(s.plan, h, ending, told)
}

var stories = map[string]func(*testing.T) (*story, error){
	"page cache": pageCache, "failed sync": failedSync, "torn tail": tornTail, "follower hangs": followerHangs, "leader hangs": leaderHangs,
	"wall jump": wallJump, "older copy": olderCopy, "unheard stock client": unheard,
	"cut off": cutOff, "receiver killed": receiverKilled, "receiver loses power": receiverLosesPower, "sender killed": senderKilled,
	"rot": rot,
}

func TestStoriesEndWell(t *testing.T) {
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := tell(t)
			v := s.verdict(err)
			require.True(t, v.OK, "%+v", v.Violations)
		})
	}
}
