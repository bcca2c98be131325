package virtualcluster

import (
	"errors"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// operator has members come and go as a plan says: it starts folders, asks until it is done, and takes folders away. What it knows of the cluster is
// what the nodes say, but for when a folder may be lost: that is for who sees all.
type operator struct {
	run     *run
	places  []*place          // by id-1
	orphans []protocol.NodeID // slots whose folders were lost before they began
	last    uint64            // incarnation that was drawn
	open    []*removal
	changed map[string]int // by what is counted
}

// place is where a member runs.
type place struct {
	id     int
	member *simulator.Member // nil: there is no folder with a log
	before *simulator.Member // who stood here last
	wanted bool              // there is to be a member
	down   bool              // its process was ended
	died   bool              // as it joined
	learns bool              // whoever joins decides nothing, until it is promoted
	join   *joining          // a folder without a log; nil: none
	lost   protocol.NodeID   // slot of a folder that was lost here, and is yet to be replaced; Nil: none
	by     *place            // whose folder is to take the member's place; nil: nobody's
}

// joining is a folder that joins.
type joining struct {
	incarnation uint64
	replaces    protocol.NodeID
	dies        workload.Stage
	died        bool
	slot        protocol.NodeID   // that it was told
	asks        int               // how often it did
	leader      *simulator.Member // who is said to lead
}

// firstIncarnation is one above those of the first folders.
const firstIncarnation = 1 << 16

// betweenSteps is how often the operator looks.
const betweenSteps = 25 * time.Millisecond

func newOperator(r *run) *operator {
	o := &operator{run: r, last: firstIncarnation, changed: map[string]int{}}
	for id := 1; id <= r.plan.Places(); id++ {
		p := &place{id: id, wanted: id <= r.plan.Servers}
		if p.wanted {
			p.member = r.world.At(protocol.NodeID(id))
		}
		o.places = append(o.places, p)
	}
	if r.plan.Spare > 0 {
		o.appoint()
	}
	return o
}

func (o *operator) at(node int) *place { return o.places[node-1] }

func (o *operator) appoint() {
	o.run.world.After(betweenSteps, func() {
		for _, p := range o.places {
			o.step(p)
		}
		o.orphans = slices.DeleteFunc(o.orphans, o.isGone)
		for _, slot := range o.orphans {
			o.remove(slot)
		}
		o.appoint()
	})
}

// members are those that there are to be, at the end.
func (o *operator) members() (all []*simulator.Member) {
	for _, p := range o.places {
		if p.member != nil {
			all = append(all, p.member)
		}
	}
	return all
}

// isDone reports whether all that was asked for is so.
func (o *operator) isDone() bool {
	if o.run.plan.Spare == 0 {
		return true
	}
	c, _, _ := o.run.world.Committed()
	var voters protocol.NodeSet
	for _, p := range o.places {
		if p.join != nil || p.lost != protocol.Nil || p.wanted != (p.member != nil) {
			return false
		}
		if p.member != nil {
			voters = voters.With(p.member.ID)
		}
	}
	return len(o.orphans) == 0 && c == protocol.Configuration{Voters: voters}
}

func (o *operator) isGone(slot protocol.NodeID) bool { return o.run.world.IsGone(slot) }

// step does the next thing at a place.
func (o *operator) step(p *place) {
	if p.lost != protocol.Nil && o.isGone(p.lost) {
		p.lost = protocol.Nil
	}
	if m := p.member; m != nil && (errors.Is(m.Err(), node.ErrRemoved) || o.isGone(m.ID)) {
		o.takeAway(p)
	}
	switch m := p.member; {
	case p.down:
	case p.join != nil:
		o.ask(p)
	case m == nil && p.wanted:
		o.begin(p, "")
	case p.lost != protocol.Nil:
		o.remove(p.lost)
	case m != nil && !p.wanted && !o.isReplacing(p):
		o.remove(m.ID)
	case m != nil && p.wanted && !p.learns:
		o.promote(m.ID)
	}
}

// begin makes a folder that is to join.
func (o *operator) begin(p *place, dies workload.Stage) {
	o.last++
	p.join = &joining{incarnation: o.last, replaces: p.lost, dies: dies}
}

// empty returns a place that has no member, and is to have none; nil if there is none.
func (o *operator) empty() *place {
	for _, p := range o.places {
		if p.member == nil && p.join == nil && p.lost == protocol.Nil && !p.wanted {
			return p
		}
	}
	return nil
}

// isReplacing reports whether another folder is to take the place of the member at p.
func (o *operator) isReplacing(p *place) bool {
	by := p.by
	if by == nil {
		return false
	}
	if by.join == nil && by.member != nil {
		_, list, _ := o.run.world.Committed()
		if one := list.Find(by.member.ID); one == nil || one.Replaces != p.member.ID {
			p.by = nil
		}
	} else if by.join == nil || by.join.replaces != p.member.ID {
		p.by = nil
	}
	return p.by != nil
}

// takeAway ends the process of a member that is none any more, and its folder.
func (o *operator) takeAway(p *place) {
	p.member.Lose()
	p.before, p.member, p.by = p.member, nil, nil
	o.run.brokenOff(p.id)
}

// leads returns who leads, by what the nodes say; nil if nobody does.
func (o *operator) leads() *simulator.Member {
	if m := o.run.world.Leader(); m != nil && m.Err() == nil {
		return m
	}
	return nil
}

// removal is one that a replica was asked for.
type removal struct {
	of       *simulator.Member
	life     int
	answered bool
}

// removalIsOpen reports whether a replica may still begin a removal that it was asked for.
func (o *operator) removalIsOpen() bool {
	o.open = slices.DeleteFunc(o.open, func(r *removal) bool {
		return r.answered || r.of.Life() != r.life || !r.of.Running() || r.of.Err() != nil
	})
	return len(o.open) > 0
}

// asking asks who leads for a change.
func (o *operator) asking(leader *simulator.Member, c node.Changing, done func(error)) {
	o.run.world.After(way, func() {
		if leader.Running() && leader.Err() == nil {
			leader.Change(c, done)
		}
	})
}

// leastVoters is how many are left in any case.
const leastVoters = 2

// remove has a slot removed. While a folder is lost that is still a member nobody else is: of those that are left too few might live.
func (o *operator) remove(slot protocol.NodeID) {
	c, _, _ := o.run.world.Committed()
	isVoter := c.AllVoters().Has(slot)
	lost := slices.ContainsFunc(o.places, func(p *place) bool { return p.lost != protocol.Nil && p.lost != slot })
	if isVoter && (lost || c.Last().Without(slot).Len() < leastVoters) {
		return
	}
	if leader := o.leads(); leader != nil {
		r := &removal{of: leader, life: leader.Life()}
		o.open = append(o.open, r)
		o.asking(leader, node.Changing{Remove: slot}, func(error) { r.answered = true })
	}
}

func (o *operator) promote(slot protocol.NodeID) {
	c, list, _ := o.run.world.Committed()
	if one := list.Find(slot); one == nil || one.Becomes != "" || !c.Learners.Has(slot) {
		return
	}
	leader := o.leads()
	if leader == nil {
		return
	}
	o.asking(leader, node.Changing{Promote: slot}, func(error) {})
}

// ask has a folder that joins ask a node, and begin where it is told its slot.
func (o *operator) ask(p *place) {
	j := p.join
	m := j.leader
	if j.leader = nil; m == nil {
		all := o.members()
		m = all[j.asks%len(all)]
	}
	j.asks++
	one := node.Member{ID: uint8(p.id), Incarnation: j.incarnation, Replaces: j.replaces, Becomes: node.BecomesVoter}
	if p.learns {
		one.Becomes = ""
	}
	o.run.world.After(way, func() {
		if m.Running() && m.Err() == nil {
			m.Change(node.Changing{Add: &one, Speaks: node.Versions{Oldest: node.Version(dedup.Oldest()), Newest: node.Version(dedup.Newest())}}, func(err error) { o.answered(p, j, m, err) })
		}
	})
	if j.dies == workload.Asking {
		o.die(p, j)
	}
}

// answered takes the answer of a node, if the process is still there.
func (o *operator) answered(p *place, j *joining, m *simulator.Member, err error) {
	var elsewhere *node.NotLeaderError
	status, up := m.Status()
	switch {
	case p.join != j || p.down || !up:
	case errors.As(err, &elsewhere) && elsewhere.Leader != protocol.Nil:
		if int(elsewhere.Leader) <= len(o.run.world.Members) {
			j.leader = o.run.world.At(elsewhere.Leader)
		}
	case errors.Is(err, node.ErrNoSuchNode):
		j.replaces = protocol.Nil // that is no member any more
	case err == nil && status.ConfigurationCommitted && status.Folders != nil:
		for _, one := range status.Folders.All {
			if one.Incarnation == j.incarnation {
				o.told(p, j, one.Slot)
			}
		}
	}
}

// told is where a folder that joins is told its slot.
func (o *operator) told(p *place, j *joining, slot protocol.NodeID) {
	j.slot = slot
	switch j.dies {
	case workload.Told:
		o.die(p, j)
		return
	case workload.Lost:
		o.orphans = append(o.orphans, slot)
		p.join = nil
		o.die(p, j)
		return
	}
	m := o.run.world.Join(slot, j.incarnation, &simulator.Host{ID: protocol.NodeID(p.id), Like: p.before})
	if j.dies == workload.Making {
		if err := m.DieMaking(); err == nil {
			o.die(p, j)
			return
		}
	}
	p.join, p.member = nil, m
	m.Start()
	if j.dies == workload.Made {
		m.Kill()
		o.die(p, j)
	}
}

// die ends the process of a folder that joins.
func (o *operator) die(p *place, j *joining) {
	o.changed[workload.Died(j.dies)]++
	j.dies, j.died, p.down, p.died = "", true, true, true
}

// mayLose reports whether the others can do without a member's folder, whatever is under way.
func (o *operator) mayLose(p *place) bool {
	leader := o.leads()
	if leader == nil || p.member == nil || o.removalIsOpen() {
		return false
	}
	s, _ := leader.Status()
	c, list, at := o.run.world.Committed()
	last, err := leader.Entry(s.CommitIndex)
	settled := err == nil && last.Term == s.Term && s.ConfigurationIndex <= at && s.Configuration == c && !c.IsJoint()
	if !settled || !c.Voters.Has(p.member.ID) || !c.Decides(c.Voters.Without(p.member.ID)) {
		return false
	}
	for _, other := range o.places {
		if other.lost != protocol.Nil || other.by != nil || other.member != nil && !other.wanted && c.Voters.Has(other.member.ID) {
			return false
		}
	}
	return !slices.ContainsFunc(list.All, func(one node.Member) bool { return one.Replaces != protocol.Nil })
}
