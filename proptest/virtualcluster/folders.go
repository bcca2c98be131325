package virtualcluster

import (
	"fmt"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Join is of workload.Cluster.
func (c *cluster) Join(id int, learns bool, dies workload.Stage) workload.Effect {
	p := c.operator.at(id)
	if dies == "" {
		p.wanted, p.learns = true, learns
	}
	if p.died && dies == "" { // it goes on
		c.Start(id)
	}
	if p.join != nil || p.member != nil || p.lost != protocol.Nil {
		return nil
	}
	p.wanted, p.learns, p.down = true, learns, false
	c.operator.begin(p, dies)
	j := p.join
	return func() string {
		switch {
		case dies != "" && j.died:
			return fmt.Sprintf("the join of node %d died %s", id, dies)
		case dies == "" && j.slot != protocol.Nil:
			return fmt.Sprintf("node %d joined as slot %d", id, j.slot)
		}
		return ""
	}
}

// Leave is of workload.Cluster.
func (c *cluster) Leave(id int) workload.Effect {
	p := c.operator.at(id)
	p.wanted = false
	if p.member == nil {
		return nil
	}
	return c.gone(p, fmt.Sprintf("of node %d%s is no member any more", id, c.describe(id)))
}

// Replace is of workload.Cluster.
func (c *cluster) Replace(id int) workload.Effect {
	p := c.operator.at(id)
	by := c.operator.empty()
	if p.member == nil || by == nil || p.by != nil {
		return nil
	}
	p.wanted, p.by = false, by
	by.wanted, by.learns, by.down = true, false, false
	c.operator.begin(by, "")
	by.join.replaces = p.member.ID
	return c.gone(p, fmt.Sprintf("of node %d%s was replaced by node %d", id, c.describe(id), by.id))
}

// gone tells of a slot, if it is none any more.
func (c *cluster) gone(p *place, what string) workload.Effect {
	slot := p.member.ID
	return func() string {
		if !c.world.IsGone(slot) {
			return ""
		}
		return fmt.Sprintf("slot %d %s", slot, what)
	}
}

// Wipe is of workload.Cluster.
func (c *cluster) Wipe(id int) workload.Effect {
	p := c.operator.at(id)
	was := c.describe(id)
	if !c.operator.mayLose(p) {
		c.Kill(id)
		return nil
	}
	slot := p.member.ID
	c.end(id, func(m *simulator.Member) int { m.Lose(); return 0 })
	if p.wanted = true; p.member.Lost() {
		p.before, p.member, p.lost = p.member, nil, slot
	}
	return said("node %d%s lost its folder, that of slot %d", id, was, slot)
}
