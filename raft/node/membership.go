package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Who decides stands in the log, and package raft goes by it; who that is stands in the same entry, and this replica keeps it in hand.
// What a leader is asked for it begins, or refuses, at once: whoever asked sees in the members how far it is, and so does whoever asks again.

// ErrRemoved is wrapped by why a replica stops that is a member no more.
var ErrRemoved = errors.New("this node was removed from its cluster; its folder is of no use any more: to come back it joins with an empty one")

// membership is who the members in force are; nil where the log says nothing of it: then they are those of raft.Config.Servers.
type membership struct {
	list *Members
	at   protocol.Index
}

// known is who is in force, by which entry, as far as this replica knows: by its log, or, where that is not as far yet, as it was told when it joined. All that is
// its log's own, and the core's, goes by the log.
func (r *Replica) known() (protocol.Configuration, protocol.Index) {
	c, at := r.core.InForce()
	if t := r.joinedWith; t != nil && goesByTold(at, t.At) {
		return t.Configuration, t.At
	}
	return c, at
}

// everybody are the members in force: old and new voters, and learners.
func (r *Replica) everybody() protocol.NodeSet {
	c, _ := r.known()
	return c.AllVoters().Union(c.Learners)
}

// voters are those who decide.
func (r *Replica) voters() protocol.NodeSet {
	c, _ := r.known()
	return c.AllVoters()
}

// isRemoved reports whether this replica is no member any more, and nobody will take that back. Slots above all that the log has given are those of who is yet to
// read that it joined. Who leads goes on until it has handed over.
func (r *Replica) isRemoved() bool {
	list, own := r.membership.list, r.cfg.Raft.ID
	return list != nil && list.Find(own) == nil && own <= list.Highest && r.core.InForceCommitted() && r.core.Role() != protocol.Leader
}

// followMembers takes in who is in force now, as the log has it.
func (r *Replica) followMembers() error {
	if !r.cfg.Raft.Configurations {
		return nil
	}
	c, at := r.core.InForce()
	payload, err := r.host.Members(max(at, r.base.index))
	if err != nil {
		return fmt.Errorf("who the members are by entry %d: %w", at, err)
	}
	said, err := r.machine.ParseMembers(payload)
	if err != nil {
		return fmt.Errorf("who the members are by entry %d: %w", at, err)
	}
	list, err := parseMembers(said, c)
	if err != nil {
		return fmt.Errorf("entry %d: %w", at, err)
	}
	r.membership = membership{list, at}
	if c, at = r.known(); at != r.membership.at {
		list = r.joinedWith.Members
	}
	r.host.Follow(c, at, list)
	return nil
}

// checkMembers returns an error for an entry that is no correct leader's: what it says of its members is not of its configuration.
func (r *Replica) checkMembers(c protocol.Configuration, payload []byte) error {
	said, err := r.machine.ParseMembers(payload)
	if err == nil {
		_, err = parseMembers(said, c)
	}
	return err
}

// supplyLeft makes the payload of the entry by which the core ended a change, once.
func (r *Replica) supplyLeft(k protocol.Index) {
	if r.left == k {
		return
	}
	r.left = k
	if k != r.source.first+protocol.Index(len(r.source.payloads)) {
		r.source.reset(k)
	}
	c := r.core.At(k).Configuration
	list := r.membership.list.of(c.AllVoters().Union(c.Learners))
	for i := range list.All {
		if one := &list.All[i]; c.Voters.Has(one.Slot) {
			one.Becomes, one.Replaces = "", protocol.Nil
		}
	}
	r.source.payloads = append(r.source.payloads, r.machine.AppendMembers(nil, r.clock.next(r.host), list.encode()))
}

// mostListBytes is the most that is said of members, with an entry's head: less than the log's files and snapshots take.
const mostListBytes = 60 << 10

// Changing says what is to change of who the members are.
type Changing struct {
	Speaks  Versions        // what the program of whom Add names speaks
	Add     *Member         // as a learner; its slot and since when are given to it. One of that incarnation that is a member stays what it is
	InPlace uint8           // id of whom Add is to replace, where one member alone has it; 0: as Add says
	Remove  protocol.NodeID // slot of who is a member no more; Nil: nobody
	Promote protocol.NodeID // slot of the learner that is to be a voter when it is level; Nil: nobody
}

// change begins what is asked for. Nil: it has begun, or there is nothing to do.
func (r *Replica) change(w *Changing) error {
	switch {
	case r.loading():
		return ErrLoading
	case r.core.Role() != protocol.Leader:
		return r.notLeader(r.core.Leader())
	case r.membership.list == nil:
		return fmt.Errorf("%w: the log of this cluster does not say who its members are", ErrNotChanged)
	}
	list, c := r.membership.list.clone(), r.wanted()
	switch {
	case w.Add != nil:
		if err := r.welcomes(w.Speaks); err != nil {
			return err
		}
		return r.add(list, c, *w.Add, w.InPlace)
	case w.Remove != protocol.Nil:
		return r.remove(list, c, w.Remove)
	default:
		return r.wish(list, c, w.Promote)
	}
}

// wanted are the newest voters, and learners.
func (r *Replica) wanted() protocol.Configuration {
	c, _ := r.core.InForce()
	return protocol.Configuration{Voters: c.Last(), Learners: c.Learners}
}

func (r *Replica) add(list *Members, c protocol.Configuration, one Member, inPlace uint8) (err error) {
	for k := range list.All {
		if list.All[k].Incarnation == one.Incarnation {
			return nil
		}
	}
	if inPlace != 0 {
		if one.Replaces, err = list.slotOf(inPlace); err != nil {
			return err
		}
	}
	switch {
	case one.Incarnation == 0:
		return fmt.Errorf("%w: the folder's incarnation is missing", ErrInvalid)
	case int(list.Highest) >= MostMembers:
		return fmt.Errorf("%w: %w", ErrNotChanged, ErrNoSlot)
	case one.Replaces != protocol.Nil && list.Find(one.Replaces) == nil:
		return fmt.Errorf("%w: %w: slot %d, which it is to replace", ErrNotChanged, ErrNoSuchNode, one.Replaces)
	}
	list.Highest++
	one.Slot = list.Highest
	list.All = append(list.All, one)
	c.Learners = c.Learners.With(one.Slot)
	return r.begin(list, c)
}

func (r *Replica) remove(list *Members, c protocol.Configuration, slot protocol.NodeID) error {
	if list.Find(slot) == nil {
		return fmt.Errorf("%w: %w: slot %d", ErrNotChanged, ErrNoSuchNode, slot)
	}
	c.Voters, c.Learners = c.Voters.Without(slot), c.Learners.Without(slot)
	if c.Voters == 0 {
		return ErrNoQuorum
	}
	if !leavesQuorum(r.hears(c.Voters)) {
		return fmt.Errorf("%w: of those that would be left, %v, no majority answers", ErrNoQuorum, c.Voters)
	}
	return r.begin(list, c)
}

// wish has a learner be made a voter when it is level.
func (r *Replica) wish(list *Members, c protocol.Configuration, slot protocol.NodeID) error {
	one := list.Find(slot)
	switch {
	case one == nil:
		return fmt.Errorf("%w: %w: slot %d", ErrNotChanged, ErrNoSuchNode, slot)
	case c.Voters.Has(slot):
		return nil
	case !r.core.Level(slot):
		return fmt.Errorf("%w: node %d in slot %d", ErrNotLevel, one.ID, slot)
	}
	return r.promote(list, c, one)
}

// promote makes a learner a voter, in the place of whom it replaces.
func (r *Replica) promote(list *Members, c protocol.Configuration, one *Member) error {
	c.Voters, c.Learners = c.Voters.With(one.Slot).Without(one.Replaces), c.Learners.Without(one.Slot).Without(one.Replaces)
	return r.begin(list, c)
}

// hears reports whether a majority of voters that are to be is heard, this replica counted.
func (r *Replica) hears(voters protocol.NodeSet) bool {
	heard := protocol.Nodes(r.cfg.Raft.ID)
	for id := voters.Next(protocol.Nil); id != protocol.Nil; id = voters.Next(id) {
		if r.core.TicksSinceHeard(id) <= r.silentTicks() {
			heard = heard.With(id)
		}
	}
	return protocol.Configuration{Voters: voters}.Decides(heard)
}

// begin appends the entry that begins a change. The list names all that are in it: voters that leave, too, until the change is over.
func (r *Replica) begin(list *Members, c protocol.Configuration) error {
	now, _ := r.core.InForce()
	list = listed(list, now, c)
	for k := range list.All {
		one := &list.All[k]
		if one.Since == 0 && one.Incarnation != 0 {
			one.Since = r.lastIndex + 1
		}
		if found := r.host.AddressOf(one.Slot); found != "" {
			one.Peer = found
		}
		*one = r.host.Said(one.Slot).over(*one)
	}
	return r.appendMembers(list, raft.Change(c.Voters, c.Learners))
}

// appendMembers appends the entry that a Change or a Restate makes, with what is said of the members.
func (r *Replica) appendMembers(list *Members, e raft.Event) error {
	payload := r.machine.AppendMembers(nil, r.clock.next(r.host), list.encode())
	if !isListOf(len(payload)) {
		return fmt.Errorf("%w: what would be said of the members has %d bytes, at most %d have room: give shorter addresses", ErrNotChanged, len(payload), mostListBytes)
	}
	if !mayHandle(r.host.Room().Sure >= int64(vitalBytes+len(payload))) {
		return fmt.Errorf("%w: %w", ErrNotChanged, ErrNoRoom)
	}
	r.source.reset(r.lastIndex + 1)
	r.source.payloads = append(r.source.payloads, payload)
	r.begun = r.lastIndex + 1
	out := r.core.Step(e)
	r.begun = 0
	refused := out.Proposed.Refused
	if err := r.execute(out); err != nil {
		return err
	}
	if refused != raft.NotRefused && refused != raft.AlreadyInForce {
		return fmt.Errorf("%w: %v", ErrNotChanged, refused)
	}
	return nil
}

// tickMembers has a leader do what the members are to become.
func (r *Replica) tickMembers() error {
	if r.membership.list == nil || r.core.Role() != protocol.Leader || r.loading() || !r.core.InForceCommitted() {
		return nil
	}
	c, _ := r.core.InForce()
	for k := range r.membership.list.All {
		one := &r.membership.list.All[k]
		if one.Becomes != BecomesVoter || c.IsJoint() || !c.Learners.Has(one.Slot) || !r.core.Level(one.Slot) {
			continue
		}
		err := r.promote(r.membership.list.clone(), r.wanted(), one)
		if isVerdict := errors.Is(err, ErrNotChanged); !isVerdict {
			return err
		}
	}
	return nil
}
