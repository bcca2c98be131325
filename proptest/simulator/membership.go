package simulator

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// A world with Config.Slots has members that come and go: folders are made for slots that the log has given, and are lost. Who asks for that, and
// when, is for who runs the world.

// folders is what the world knows of its members, by what was committed.
type folders struct {
	first   *node.Membership // what every log begins under; nil: no log says who decides
	now     node.Members     // by the last entry that was committed
	config  protocol.Configuration
	at      protocol.Index
	changed protocol.Term // of the entry that began a change; 0: none is under way
	given   map[protocol.NodeID]uint64
	gone    protocol.NodeSet // slots of who was a member, and is none
	counts  Changes
}

// Changes counts what became of the members.
type Changes struct {
	Joined     int // learners that were taken in
	Promoted   int // that became voters
	Removed    int // folders that are members no more
	Replaced   int // that left as another came
	LeaderLeft int // leaders that were voted out
	HandedOn   int // changes that another leader ended than began them
	RolledBack int // configurations that a log had, and lost again
	Installed  int // folders that began with a snapshot
	Stopped    int // replicas that stopped since they were removed
}

// Counts are all figures, by what they count.
func (c Changes) Counts() map[string]int {
	return map[string]int{
		"joined": c.Joined, "promoted": c.Promoted, "removed": c.Removed, "replaced": c.Replaced, "leaders voted out": c.LeaderLeft,
		"changes ended by another leader": c.HandedOn, "configurations rolled back": c.RolledBack, "folders that began with a snapshot": c.Installed,
		"stopped as removed": c.Stopped,
	}
}

// Changes returns what became of the members so far.
func (w *World) Changes() Changes { return w.folders.counts }

// Committed returns who decides by the last entry that was committed anywhere, who they are, and which entry says so.
func (w *World) Committed() (protocol.Configuration, node.Members, protocol.Index) {
	return w.folders.config, w.folders.now, w.folders.at
}

// begin has all logs begin under the first members.
func (f *folders) begin(servers protocol.NodeSet, machine node.StateMachine) error {
	said := node.FirstMembers("world", servers)
	f.given, f.config = map[protocol.NodeID]uint64{}, protocol.Configuration{Voters: servers}
	f.first = &node.Membership{Configuration: f.config, Members: machine.AppendFirstMembers(nil, said)}
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		f.given[id] = 0
	}
	return json.Unmarshal(said, &f.now)
}

// note takes in an entry that was committed, and returns an *InvariantError where it says what no entry may.
func (w *World) noteMembers(k protocol.Index, e *node.Entry) error {
	if e.Value != protocol.Configured {
		return nil
	}
	f := &w.folders
	said, err := w.Members[0].machine.ParseMembers(e.Payload)
	var list node.Members
	if err == nil {
		err = json.Unmarshal(said, &list)
	}
	if err != nil {
		return fmt.Errorf("entry %d says nothing of the members: %w", k, err)
	}
	c := e.Configuration
	everybody := c.AllVoters().Union(c.Learners)
	for _, one := range list.All {
		was, known := f.given[one.Slot]
		switch {
		case f.gone.Has(one.Slot), known && was != one.Incarnation:
			return &InvariantError{"SlotsOnce", fmt.Errorf("entry %d gives slot %d to the folder %d, and it was that of %d", k, one.Slot, one.Incarnation, was)}
		case !everybody.Has(one.Slot):
			return &InvariantError{"SlotsOnce", fmt.Errorf("entry %d names slot %d, which is none of %v", k, one.Slot, c)}
		}
		f.given[one.Slot] = one.Incarnation
	}
	f.count(c, e.Term, w.watch.leaders[e.Term])
	before := f.config.AllVoters().Union(f.config.Learners)
	f.gone = f.gone.Union(before.Intersect(^everybody))
	f.now, f.config, f.at = list, c, k
	return nil
}

// count counts what an entry changes.
func (f *folders) count(c protocol.Configuration, term protocol.Term, leader protocol.NodeID) {
	was, n := f.config, &f.counts
	all := func(c protocol.Configuration) protocol.NodeSet { return c.AllVoters().Union(c.Learners) }
	n.Joined += c.Learners.Intersect(^all(was)).Len()
	left, came := all(was).Intersect(^all(c)), c.Last().Intersect(^was.AllVoters())
	n.Removed += left.Len()
	n.Promoted += came.Len()
	if c.IsJoint() {
		f.changed = term
		if out := c.Voters.Intersect(^c.Next); came != 0 && out != 0 {
			n.Replaced++
		}
		return
	}
	if was.IsJoint() {
		if f.changed != term {
			n.HandedOn++
		}
		if was.Voters.Has(leader) && !c.Voters.Has(leader) {
			n.LeaderLeft++
		}
	}
}

// slots are all that the log may give, for cores.
func (c *Config) slots() (all protocol.NodeSet) {
	for id := protocol.NodeID(1); int(id) <= max(c.Servers, c.Slots); id++ {
		all = all.With(id)
	}
	return all
}

// Join returns the member of a slot that the log has given to a folder, whose log is not made yet: it is down. Where the slot has a folder already it
// is that one. It is on a host, whose links and clocks it has.
func (w *World) Join(slot protocol.NodeID, incarnation uint64, on *Host) *Member {
	for int(slot) > len(w.Members) {
		id := protocol.NodeID(len(w.Members) + 1)
		w.Members = append(w.Members, &Member{ID: id, Host: id, world: w, servers: w.cfg.slots(), lost: true})
		w.watch.view = append(w.watch.view, protocol.New(id, w.cfg.slots(), w.nothing()))
		w.watch.away = w.watch.away.With(id)
	}
	m := w.Members[slot-1]
	if m.disk != nil {
		return m
	}
	*m = Member{ID: slot, Host: on.ID, world: w, servers: m.servers, rate: 1, tickRate: 1, skew: int64(w.between(Span{0, w.cfg.WallSkew})), joined: true}
	if on.Like != nil {
		m.skew, m.rate, m.tickRate, m.slow, m.slowPieces, m.lostPieces = on.Like.skew, on.Like.rate, on.Like.tickRate, on.Like.slow, on.Like.slowPieces, on.Like.lostPieces
	}
	m.disk, m.snapshots = w.newDisk(slot, incarnation), newSnapshots(w.cfg.Seed+uint64(slot))
	w.watch.away = w.watch.away.Without(slot)
	return m
}

// Host is what members stand on: its links may be cut, and its disk and its clocks be bad.
type Host struct {
	ID   protocol.NodeID
	Like *Member // the member that stood on it before; nil: none did
}

// nothing is what a folder holds in which nothing was written yet.
func (w *World) nothing() protocol.HardState {
	if w.folders.first == nil {
		return protocol.HardState{}
	}
	return protocol.HardState{Log: protocol.LogBehind(0, 0, &protocol.Entries{}).Under(w.folders.first.Configuration)}
}

// DieMaking has the process of a member that is down end while it makes its log, within one of the calls that this takes.
func (m *Member) DieMaking() error {
	d, ok := m.disk.(*walDisk)
	if !ok {
		return errors.New("a list is made at once")
	}
	d.folder.DieAt(d.folder.Calls() + 1 + d.random.IntN(makingCalls))
	log, _, err := wal.Open(d.cfg)
	if err == nil {
		_ = log.Close()
	}
	d.folder.Kill()
	return nil
}

// makingCalls is about how many calls making a log takes.
const makingCalls = 12

// Lose ends the process, and loses the folder: it is never started again. What its disk held last is looked at as that of one that is down.
func (m *Member) Lose() {
	if m.replica != nil {
		m.end()
	}
	if m.lost = !m.does(ComesBackEmpty) || m.world.folders.gone.Has(m.ID); !m.lost {
		m.disk, m.snapshots = m.world.newDisk(m.ID, uint64(m.ID)), newSnapshots(m.world.cfg.Seed)
		return
	}
	m.world.watch.away = m.world.watch.away.With(m.ID)
}

// Life counts the starts of the member.
func (m *Member) Life() int { return m.life }

// IsGone reports whether a slot is no member's any more, by what was committed.
func (w *World) IsGone(slot protocol.NodeID) bool { return w.folders.gone.Has(slot) }

// Lost reports whether the member has no folder any more, or none yet.
func (m *Member) Lost() bool { return m.lost }

// Change has the member asked to change who the members are.
func (m *Member) Change(c node.Changing, done func(error)) {
	m.put(node.Change(&c, func(_ []byte, err error) { done(err) }))
}

// stopped looks at why a replica has stopped by itself: who is removed is a member by nothing that was committed.
func (m *Member) stopped() {
	if m.err == nil || !errors.Is(m.err, node.ErrRemoved) {
		return
	}
	f := &m.world.folders
	f.counts.Stopped++
	if !f.gone.Has(m.ID) {
		m.breaks("OnlyTheRemoved", fmt.Errorf("node %d has stopped as one that is no member, and entry %d says that it is one", m.ID, f.at))
	}
}

// Members is node.Host's.
func (h *host) Members(k protocol.Index) ([]byte, error) {
	m, err := h.disk.membersAt(k)
	return m.Members, err
}

// Follow is node.Host's.
func (h *host) Follow(_ protocol.Configuration, at protocol.Index, list *node.Members) {
	if at < h.inForce && at >= h.base && h.inForce > h.base {
		h.world.folders.counts.RolledBack++
	}
	h.inForce = at
	said, err := json.Marshal(list)
	if err == nil {
		h.kept = 2*wal.BaseBytes(len(said)) + int64(len(said))
	}
}

// AddressOf is node.Host's: members are found by their slots.
func (h *host) AddressOf(protocol.NodeID) string { return "" }

// Said is node.Host's: what a member says all hear at once.
func (h *host) Said(slot protocol.NodeID) node.Addresses {
	if int(slot) > len(h.world.Members) {
		return node.Addresses{}
	}
	return h.world.Members[slot-1].found
}

// Says has the member say from now on where it is found.
func (m *Member) Says(a node.Addresses) { m.found = a }
