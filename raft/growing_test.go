// Goal: what a host does for membership, and what must hold of it after every step.
// Method: replicas that are no members stand by from the start; who is taken in is told since when, who is removed is stopped.

package raft

import (
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// newGrowing returns n replicas with empty disks, of which the first decide. The others hear of the cluster when it takes them in.
func newGrowing(t failer, n int, first protocol.NodeSet, cfg Config) *cluster {
	cfg.Configurations = true
	c := newCluster(t, n, cfg)
	c.acknowledge, c.members = true, first
	for _, r := range c.replicas {
		r.disk.image.under = protocol.Configuration{Voters: first}
		if !first.Has(r.cfg.ID) {
			r.cfg.Joined = protocol.MaxIndex
		}
		r.start()
	}
	return c
}

// takeIn tells those whom a configuration makes members that it did, once it is applied anywhere: then they are told where it stands.
func (c *cluster) takeIn(k protocol.Index, e *protocol.Entry) {
	if e.Value != protocol.Configured {
		return
	}
	said := membership{Configuration: e.Configuration}
	for _, r := range c.replicas {
		if id := r.cfg.ID; said.members().Has(id) && !c.members.Has(id) {
			r.cfg.Joined, r.Raft.cfg.Joined = k, k
		}
	}
	c.members = said.members()
}

// checkMembership: the output says exactly when another configuration is in force, and policy sends to its members.
func (r *replica) checkMembership(before membership, out *Output) {
	t := r.cluster.t
	now := r.standing()
	require.Equal(t, now != before, out.Configuration)
	require.Equal(t, now, r.inForce)
	var peers protocol.NodeSet
	for k := range r.peers {
		require.False(t, peers.Has(r.peers[k].id))
		require.Equal(t, protocol.Nil, peers.Next(r.peers[k].id), "ids ascend")
		peers = peers.With(r.peers[k].id)
	}
	members := now.members().Without(r.cfg.ID)
	require.Equal(t, members.Union(r.leaving), peers)
	require.Zero(t, members.Intersect(r.leaving))
	require.True(t, r.leaving == 0 || r.node.Role() == protocol.Leader, "only a leader tells those who leave")
	if at := out.LeftJoint; at > 0 {
		require.Equal(t, now.at, at)
		require.False(t, now.IsJoint())
	}
}

// change has the leader begin a change.
func (c *cluster) change(voters, learners protocol.NodeSet) Proposal {
	c.t.Helper()
	leader := c.leader()
	require.NotNil(c.t, leader)
	p := leader.step(Change(voters, learners)).Proposed
	if p.Count > 0 {
		require.Equal(c.t, protocol.Configured, leader.At(p.First).Value)
	}
	return p
}

// settled: the leader's configuration is these voters, committed, and nobody is in the middle of a change.
func (c *cluster) settled(voters, learners protocol.NodeSet) bool {
	l := c.leader()
	return l != nil && l.InForceCommitted() && l.inForce.Configuration == protocol.Configuration{Voters: voters, Learners: learners}
}

// becomes has the members become these: first as learners, until they are level.
func (c *cluster) becomes(voters protocol.NodeSet) {
	c.t.Helper()
	c.until(100, func() bool { l := c.leader(); return l != nil && l.refuses(voters, 0, false) == NotRefused })
	was := c.leader().inForce.Voters
	if learners := voters.Intersect(^was); learners != 0 {
		require.Equal(c.t, 1, c.change(was, learners).Count)
		c.until(200, func() bool { return c.settled(was, learners) && c.allLevel(learners) })
	}
	require.Equal(c.t, 1, c.change(voters, 0).Count)
	c.until(200, func() bool { return c.settled(voters, 0) })
}

func (c *cluster) allLevel(set protocol.NodeSet) bool {
	for id := set.Next(protocol.Nil); id != protocol.Nil; id = set.Next(id) {
		if !c.leader().Level(id) {
			return false
		}
	}
	return true
}

// allHave: all of a set have applied what was committed so far anywhere.
func (c *cluster) allHave(set protocol.NodeSet) bool {
	for id := set.Next(protocol.Nil); id != protocol.Nil; id = set.Next(id) {
		if int(c.at(id).appliedIndex) < len(c.applied) {
			return false
		}
	}
	return true
}
