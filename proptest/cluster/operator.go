package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

// operator has members come and go as a plan says, as the one of package virtualcluster does: it has folders join, starts them, asks until it is done,
// and takes folders away. What it knows of the cluster is what the nodes say.
type operator struct {
	cluster *Cluster
	fail    func(error) // is told of what was no fault
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	places  []*place           // by id-1
	orphans []uint8            // slots whose folders were lost before they began
	known   server.Members     // the newest that are settled
	seen    map[uint8]uint64   // by slot, the last entry that says it is a member, as far as was seen
	changes map[uint8]*pending // by slot, the change of it that was asked for last
	changed map[string]int     // by what is counted
}

// place is where a member runs.
type place struct {
	*Node
	wanted bool             // there is to be a member
	down   bool             // its process was ended
	died   bool             // as it joined
	learns bool             // whoever joins decides nothing, until it is promoted
	join   *joining         // a folder without a log; nil: none
	lost   uint8            // slot of a folder that was lost here, and is yet to be replaced; 0: none
	by     *place           // whose folder is to take the member's place; nil: nobody's
	loses  func(slot uint8) // its folder is to be lost, which is told then; nil: it is not
}

// pending is a change that a replica was asked for.
type pending struct {
	of       *Node
	life     int
	removal  bool
	answered bool
}

// betweenLooks is how often the operator looks.
const betweenLooks = 25 * time.Millisecond

// appoint has an operator see to the members of a cluster, where they may change.
func (c *Cluster) appoint(fail func(error)) {
	if c.config.Spare == 0 {
		return
	}
	o := &operator{cluster: c, fail: fail, seen: map[uint8]uint64{}, changes: map[uint8]*pending{}, changed: map[string]int{}}
	o.ctx, o.end = context.WithCancel(context.Background())
	for _, n := range c.Nodes {
		o.places = append(o.places, &place{Node: n, wanted: n.Slot() != 0})
		if n.Slot() != 0 {
			o.seen[n.Slot()] = 0
		}
	}
	c.operator = o
	o.running.Go(func() {
		for pause(o.ctx, betweenLooks) {
			o.turn()
		}
	})
}

// dismiss has the operator do nothing more, where there is one, and returns when nothing of it runs.
func (o *operator) dismiss() {
	if o == nil {
		return
	}
	o.end()
	o.mu.Lock()
	for _, p := range o.places {
		o.endJoin(p)
	}
	o.mu.Unlock()
	o.running.Wait()
}

func (o *operator) at(id int) *place { return o.places[id-1] }

// turn looks, and does the next thing at each place.
func (o *operator) turn() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.look()
	for _, p := range o.places {
		o.step(p)
	}
	o.orphans = slices.DeleteFunc(o.orphans, o.isGone)
	for _, slot := range o.orphans {
		o.remove(slot)
	}
}

// look takes in what the nodes say of who the members are.
func (o *operator) look() {
	for _, p := range o.places {
		m, ok := p.Members()
		if !ok || !m.Settled || m.Index < o.known.Index {
			continue
		}
		o.known = m
		for k := range m.All {
			slot := m.All[k].Slot
			o.seen[slot] = max(o.seen[slot], m.Index)
		}
	}
}

// find returns the member of a slot, by what is known.
func (o *operator) find(slot uint8) *server.Member {
	for k := range o.known.All {
		if o.known.All[k].Slot == slot {
			return &o.known.All[k]
		}
	}
	return nil
}

// isGone reports whether a slot was a member's, and is nobody's any more.
func (o *operator) isGone(slot uint8) bool {
	last, was := o.seen[slot]
	return was && o.find(slot) == nil && o.known.Index > last
}

// isDone reports whether all that was asked for is so. A replica that stopped as a member no more has to be none.
func (o *operator) isDone() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	members := 0
	for _, p := range o.places {
		slot := p.Slot()
		if p.join != nil || p.lost != 0 || p.wanted != (slot != 0) {
			return false
		}
		if slot == 0 {
			continue
		}
		members++
		if one := o.find(slot); one == nil || one.Role != server.Voter {
			return false
		}
	}
	return len(o.orphans) == 0 && members == len(o.known.All)
}

// step does the next thing at a place.
func (o *operator) step(p *place) {
	if p.lost != 0 && o.isGone(p.lost) {
		p.lost = 0
	}
	if slot := p.Slot(); slot != 0 && o.isGone(slot) {
		o.takeAway(p)
	}
	o.lose(p)
	switch slot := p.Slot(); {
	case p.down:
	case p.join != nil:
		o.ask(p)
	case slot == 0 && p.wanted:
		o.begin(p, "")
	case slot != 0 && !p.Running():
		o.start(p)
	case p.lost != 0:
		o.remove(p.lost)
	case slot != 0 && !p.wanted && !o.isReplacing(p):
		o.remove(slot)
	case slot != 0 && p.wanted && !p.learns:
		o.promote(slot)
	}
}

// takeAway ends the process of a member that is none any more, and its folder.
func (o *operator) takeAway(p *place) {
	o.note(p.Wipe())
	p.by = nil
}

func (o *operator) note(err error) {
	if err != nil {
		o.fail(err)
	}
}

// empty returns a place that has no member, and is to have none; nil if there is none.
func (o *operator) empty() *place {
	for _, p := range o.places {
		if p.Slot() == 0 && p.join == nil && p.lost == 0 && !p.wanted {
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
	switch slot := by.Slot(); {
	case by.join == nil && slot != 0:
		if one := o.find(slot); one != nil && one.Replaces != p.Slot() {
			p.by = nil
		}
	case by.join == nil || by.join.replaces != p.Slot():
		p.by = nil
	}
	return p.by != nil
}

// leastVoters is how many are left in any case.
const leastVoters = 2

// remove has a slot removed. While a folder is lost that is still a member nobody else is: of those that are left too few might live.
func (o *operator) remove(slot uint8) {
	one := o.find(slot)
	if one == nil {
		return
	}
	lost := slices.ContainsFunc(o.places, func(p *place) bool { return p.lost != 0 && p.lost != slot })
	if one.Role == server.Voter && (lost || o.voters() <= leastVoters) {
		return
	}
	o.request(slot, server.MemberChange{Remove: slot})
}

// voters are how many decide, by what is known.
func (o *operator) voters() (n int) {
	for k := range o.known.All {
		if o.known.All[k].Role == server.Voter {
			n++
		}
	}
	return n
}

func (o *operator) promote(slot uint8) {
	if one := o.find(slot); one != nil && one.Role == server.Learner {
		o.request(slot, server.MemberChange{Promote: slot})
	}
}

// request asks who leads for a change, unless somebody is being asked.
func (o *operator) request(slot uint8, c server.MemberChange) {
	if a := o.changes[slot]; a != nil && a.isOpen() {
		return
	}
	leader := o.cluster.Leader()
	if leader == nil {
		return
	}
	a := &pending{of: leader, life: leader.Lives(), removal: c.Remove != 0}
	o.changes[slot] = a
	go func() {
		_ = leader.Change(c) // it is asked for again, until it is so
		o.mu.Lock()
		defer o.mu.Unlock()
		a.answered = true
	}()
}

// isOpen reports whether a replica may still begin what it was asked for.
func (a *pending) isOpen() bool {
	return !a.answered && a.of.Running() && a.of.Lives() == a.life && a.of.Err() == nil
}

// mayRemove reports whether a replica may still begin a removal that it was asked for.
func (o *operator) mayRemove() bool {
	for _, a := range o.changes {
		if a.removal && a.isOpen() {
			return true
		}
	}
	return false
}

// mayLose reports whether the others can do without a member's folder, whatever is under way: who leads has committed an entry of its own term, so that none is
// committed any more which another leader left behind, and nobody is being removed or replaced.
func (o *operator) mayLose(p *place) bool {
	leader := o.cluster.Leader()
	if leader == nil || p.Slot() == 0 || o.mayRemove() {
		return false
	}
	for _, other := range o.places {
		if other.lost != 0 || other.by != nil || other.Slot() != 0 && !other.wanted {
			return false
		}
	}
	before, _ := leader.Status()
	ctx, cancel := context.WithTimeout(o.ctx, patienceOfLoss)
	defer cancel()
	if o.cluster.read(ctx, leader) != nil {
		return false
	}
	after, up := leader.Status()
	m, ok := leader.Members()
	if !up || !ok || after.Role != "leader" || after.Term != before.Term || !m.Settled {
		return false
	}
	o.known = m
	one := o.find(p.Slot())
	replaces := slices.ContainsFunc(m.All, func(one server.Member) bool { return one.Replaces != 0 })
	return one != nil && one.Role == server.Voter && !replaces && 2*(o.voters()-1) > o.voters()
}

// patienceOfLoss is how long is waited for who leads to show that it does, before a folder is lost.
const patienceOfLoss = 300 * time.Millisecond

// lose has a folder be lost that is to be, if the others can do without it. The place is down then, until it is started.
func (o *operator) lose(p *place) {
	if p.loses == nil || !o.mayLose(p) {
		return
	}
	slot := p.Slot()
	p.loses(slot)
	p.wanted, p.down, p.lost, p.loses = true, true, slot, nil
	o.note(p.Wipe())
}

// misled is a replica that stopped as one that is no member any more, and is one; nil: there is none.
func (o *operator) misled() error {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cluster.mu.Lock()
	defer o.cluster.mu.Unlock()
	for _, slot := range o.cluster.removed {
		if !o.isGone(slot) {
			return fmt.Errorf("%w: slot %d, which is a member's, by entry %d: %w", ErrStopped, slot, o.known.Index, node.ErrRemoved)
		}
	}
	return nil
}

// lacks says what was asked for and is not so; nil where the members stay who they are.
func (o *operator) lacks() error {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var places []string
	for _, p := range o.places {
		places = append(places, fmt.Sprintf("%d: slot %d wanted %v down %v joins %v lost %d", p.ID, p.Slot(), p.wanted, p.down, p.join != nil, p.lost))
	}
	return fmt.Errorf("by entry %d the members are %+v; at the places there are %s; slots %v are to be removed", o.known.Index, o.known.All, strings.Join(places, ", "), o.orphans)
}

// Members is who a node says that the members are; false while it is down or its replica has stopped.
func (n *Node) Members() (server.Members, bool) {
	p := n.running()
	if p == nil || p.replica.Err() != nil {
		return server.Members{}, false
	}
	return p.replica.Members(), true
}

// Change asks a node for a change of the members.
func (n *Node) Change(c server.MemberChange) error {
	p := n.running()
	if p == nil {
		return ErrDown
	}
	return p.replica.ChangeMembers(c)
}

// isRemoved reports whether the node's replica has stopped as that of a member no more.
func (n *Node) isRemoved() bool { return errors.Is(n.Err(), node.ErrRemoved) }

// counts are what became of members, by what is counted.
func (o *operator) counts() map[string]int {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}
