// Goal: whoever is taken in or removed while network, disks and processes do what they will, nothing that the specification forbids happens;
// and when they stop, no change is left half done, and who is a member has all that is accepted, and nobody disturbs it.
// Method: the faults of property_test.go, and changes among them, of any voters and learners; cluster_test.go asserts the rest.

package raft

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// changes are the faults, and what changes members.
func (c *cluster) changes() map[string]func(*rapid.T) {
	all := c.faults()
	change := func(t *rapid.T) {
		r := c.leader()
		if r == nil {
			return
		}
		may := c.mayBe(r)
		draw := func(label string) protocol.NodeSet {
			return may.Intersect(protocol.NodeSet(rapid.Uint64Range(0, 1<<(len(c.replicas)+1)-1).Draw(t, label)))
		}
		voters := draw("voters")
		learners := draw("learners").Intersect(^voters)
		if before := r.node.LastIndex(); r.step(Change(voters, learners)).Proposed.Count == 0 && !r.crashed {
			require.Equal(t, before, r.node.LastIndex(), "refused")
		}
	}
	promote := func(t *rapid.T) {
		if r := c.leader(); r != nil {
			r.step(Change(r.inForce.Last().Union(r.inForce.Learners), 0))
		}
	}
	restate := func(*rapid.T) {
		if r := c.leader(); r != nil {
			r.step(Restate())
		}
	}
	transfer := func(t *rapid.T) {
		if r := c.leader(); r != nil {
			r.step(Transfer(protocol.NodeID(rapid.IntRange(1, len(c.replicas)).Draw(t, "to"))))
		}
	}
	all["change"], all["change more"], all["promote"], all["restate"], all["transfer"] = change, change, promote, restate, transfer
	return all
}

// mayBe are those whom a leader may name. Where hosts stop who is removed, that is nobody who was: a folder is not taken in again.
func (c *cluster) mayBe(leader *replica) protocol.NodeSet {
	may := leader.inForce.members()
	for _, r := range c.replicas {
		if !c.stops || r.cfg.Joined == protocol.MaxIndex {
			may = may.With(r.cfg.ID)
		}
	}
	return may
}

// healMembers lets the faults stop. It returns after how many ticks a leader's configuration is no joint one, committed, and all its members
// have applied what the leader then accepted.
func (c *cluster) healMembers() (ticks int, err error) {
	c.calm()
	var went Proposal
	for ticks := range healTicks {
		if l := c.leader(); l != nil && l.InForceCommitted() && !l.inForce.IsJoint() && l.isVoter() && c.membersFollow(l) {
			if went.Count == 0 || went.Term != l.Term() {
				went = l.step(Proposed(7)).Proposed
				c.settle()
			}
			if went.Count > 0 && c.membersHave(l, went.First+6) {
				return ticks, nil
			}
		}
		c.tick()
	}
	l := c.leader()
	if l == nil {
		return 0, fmt.Errorf("%d ticks were not enough: nobody leads", healTicks)
	}
	return 0, fmt.Errorf("%d ticks were not enough: %d leads in %+v, accepted %v", healTicks, l.cfg.ID, l.inForce, went)
}

func (c *cluster) membersFollow(leader *replica) bool {
	return c.members == leader.inForce.members() && c.ofMembers(func(r *replica) bool {
		return r.Leader() == leader.cfg.ID && r.Term() == leader.Term()
	})
}

func (c *cluster) membersHave(leader *replica, k protocol.Index) bool {
	return c.ofMembers(func(r *replica) bool {
		return r.appliedIndex >= k && r.inForce.Configuration == leader.inForce.Configuration
	})
}

func (c *cluster) ofMembers(holds func(r *replica) bool) bool {
	return !slices.ContainsFunc(c.replicas, func(r *replica) bool { return c.members.Has(r.cfg.ID) && (r.crashed || !holds(r)) })
}

func TestMembersChangeUnderFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "replicas")
		first := protocol.NodeSet(rapid.Uint64Range(1, 1<<min(n, 3)-1).Draw(t, "first")) << 1
		c := newGrowing(t, n, first, drawConfig(t))
		c.stops = rapid.Bool().Draw(t, "hosts stop who is removed")
		for range rapid.IntRange(1, 4).Draw(t, "spells of faults") {
			c.acknowledge = false
			t.Repeat(c.changes())
			_, err := c.healMembers()
			require.NoError(t, err)
			leader, term := c.leader(), c.leader().Term()
			c.ticks(6 * 6)
			require.Same(t, leader, c.leader(), "nobody disturbs it")
			require.Equal(t, term, leader.Term())
		}
	})
}
