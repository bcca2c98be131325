package node

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// members is who the members in force are, for all goroutines of a node, and where they are found.
type members struct {
	mu       sync.Mutex
	now      protocol.Configuration
	list     *Members
	at       protocol.Index                // the entry that says so
	kept     atomic.Int64                  // of the log's room, for what it says of them
	said     map[protocol.NodeID]Addresses // where nodes said that they are found
	moved    protocol.NodeSet              // those of them that go before what this process was told
	speaks   map[protocol.NodeID]Versions  // what the programs of nodes that were met speak, as they said last
	version  atomic.Uint32                 // the cluster's, by what is applied here
	founders []Founder                     // that this folder was founded with; nil where they were listed, or it has joined
	dialled  map[protocol.NodeID]int64     // since when, of Clock.Now, somebody is dialled who is no member; 0 for members
}

// leavesFor is for how long a node that is no member any more is dialled, so that it learns of that: as long as a leader tells it, and more.
const leavesFor = int64(10e9)

// everybody are the members, old and new voters and learners.
func (m *members) everybody() protocol.NodeSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now.AllVoters().Union(m.now.Learners)
}

// Members is Host's.
func (h *realHost) Members(k protocol.Index) ([]byte, error) {
	under, _, err := h.log.InForce(k)
	return under.Members, err
}

// Follow is Host's.
func (h *realHost) Follow(c protocol.Configuration, at protocol.Index, list *Members) {
	n := (*Node)(h)
	n.meetings.follow(c)
	m := &n.members
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now, m.at, m.list = c, at, list
	m.kept.Store(keptFor(len(list.encode())))
	if n.transport != nil {
		n.dial()
	}
}

// keptFor is what is kept back of the log's room where so many bytes are said of members: a replica does not count what a record has of them. That is
// about as much as the newest ones are.
func keptFor(bytes int) int64 { return 2*wal.BaseBytes(bytes+headBytes) + 4096 }

// AddressOf is Host's.
func (h *realHost) AddressOf(slot protocol.NodeID) string {
	if slot == h.options.Raft.ID {
		return h.options.Advertise
	}
	h.members.mu.Lock()
	defer h.members.mu.Unlock()
	return (*Node)(h).addresses()[slot]
}

// Said is Host's.
func (h *realHost) Said(slot protocol.NodeID) Addresses {
	if o := &h.options; slot == o.Raft.ID {
		return Addresses{o.Advertise, o.HTTP, o.Redis}
	}
	h.members.mu.Lock()
	defer h.members.mu.Unlock()
	return h.members.said[slot]
}

// dial has the transport dial the members, and for a while those that were. Holds members.mu.
func (n *Node) dial() {
	m, now, all := &n.members, n.options.Clock.Now(), n.addresses()
	for id, address := range all {
		m.dialled[id] = 0
		n.transport.SetPeer(id, address)
	}
	for id, since := range m.dialled {
		if m.list.Find(id) == nil && all[id] == "" && since == 0 {
			m.dialled[id] = now
		}
	}
}

// forgetLeft no longer dials those that were members long enough ago. The loop's.
func (n *Node) forgetLeft() {
	m, now := &n.members, n.options.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, since := range m.dialled {
		if since > 0 && now-since > leavesFor {
			delete(m.dialled, id)
			n.transport.RemovePeer(id)
		}
	}
}

// addresses are where others are found: the other members, and whoever was heard of a slot that was given later than this node knows. That one may lead, and nobody
// else tells this node of it: what it sends is to be answered. Holds members.mu.
func (n *Node) addresses() map[protocol.NodeID]string {
	m, own, all := &n.members, n.options.Raft.ID, map[protocol.NodeID]string{}
	add := func(slot protocol.NodeID, logged string) {
		if address := n.found(slot, logged); slot != own && address != "" {
			all[slot] = address
		}
	}
	for _, one := range m.list.All {
		if f := m.founder(one.Slot); one.Peer == "" && f != nil {
			one.Peer = f.Peer
		}
		add(one.Slot, one.Peer)
	}
	for slot := range m.said {
		if isGivenLater(slot, m.list.Highest) {
			add(slot, "")
		}
	}
	return all
}

// found is where a slot's node is found: where that says that it has moved, or this process was told, or it said itself, or else as the log says. Holds members.mu.
func (n *Node) found(slot protocol.NodeID, logged string) string {
	said := n.members.said[slot].Peer
	if told := n.options.Peers[slot]; told != "" && !goesBeforeTold(said, n.members.moved.Has(slot)) {
		return told
	}
	return cmp.Or(said, logged)
}

// isLater reports whether a slot was given later than this node knows.
func (m *members) isLater(slot protocol.NodeID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return isGivenLater(slot, m.list.Highest)
}

// isDialled reports whether a node is, or was until a moment ago, one that this one dials.
func (m *members) isDialled(slot protocol.NodeID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, is := m.dialled[slot]
	return is
}

// advertised is what a node says of where it is found.
type advertised struct {
	Peer   string    `json:"peer"`
	HTTP   string    `json:"http,omitempty"`
	Redis  string    `json:"redis,omitempty"`
	Moved  bool      `json:"moved,omitempty"` // it goes before what stands in the other's command line
	Speaks *Versions `json:"speaks,omitempty"`
}

// parseAdvertised reads what a node says of itself.
func parseAdvertised(said []byte) (a advertised, speaks Versions) {
	if json.Unmarshal(said, &a) != nil || a.Speaks == nil {
		return a, firstVersions
	}
	return a, *a.Speaks
}

// heardFrom notes what a node says of its program, and where it is found.
func (n *Node) heardFrom(peer protocol.NodeID, said []byte) {
	a, speaks := parseAdvertised(said)
	m := &n.members
	m.mu.Lock()
	defer m.mu.Unlock()
	m.speaks[peer] = speaks
	if a.Peer == "" {
		a.Peer = m.said[peer].Peer
	}
	now := Addresses{a.Peer, a.HTTP, a.Redis}
	if m.said[peer] == now && m.moved.Has(peer) == a.Moved {
		return
	}
	m.said[peer] = now
	m.moved = m.moved.Without(peer)
	if a.Moved {
		m.moved = m.moved.With(peer)
	}
	if n.transport != nil {
		n.dial()
	}
}

// verifyMember reports whether a folder may be of this cluster, by what this node knows of its members. One of a slot that was given later than
// this node knows may: it may be its leader. One that was removed by an entry which is not known to be committed may, too: that may be taken back, and
// who is told that it is removed stops for good.
func (n *Node) verifyMember(peer protocol.NodeID, folder transport.Folder) (transport.Refusal, error) {
	m := &n.members
	m.mu.Lock()
	defer m.mu.Unlock()
	switch one := m.list.Find(peer); {
	case one != nil && one.Incarnation != 0 && one.Incarnation != folder.Incarnation:
		return transport.OtherIncarnation, fmt.Errorf("slot %d is of the folder %016x, and this is %016x", peer, one.Incarnation, folder.Incarnation)
	case one != nil && !isWhoFounded(m.founder(peer), folder.Incarnation):
		return transport.OtherIncarnation, fmt.Errorf("slot %d is of the folder %016x that was found first, and this is %016x", peer, m.founder(peer).Incarnation, folder.Incarnation)
	case one == nil && isGone(peer, m.list.Highest, m.at <= protocol.Index(n.committed.Load())) && m.dialled[peer] == 0:
		return transport.Removed, fmt.Errorf("slot %d is no member's any more", peer)
	}
	return 0, nil
}

// openLog opens the log of an old folder, or makes that of one of a cluster's first members.
func (n *Node) openLog() (wal.Recovered, error) {
	o := &n.options
	if err := n.nameCluster(); err != nil {
		return wal.Recovered{}, err
	}
	if err := n.checkVersion(); err != nil {
		return wal.Recovered{}, err
	}
	config := wal.Config{Dir: o.Dir, FS: o.FS, SegmentBytes: o.SegmentBytes}
	switch id, err := wal.ReadIdentity(config); {
	case err == nil:
		config.Cluster, config.Node = id.Cluster, id.Node
		if o.Raft.ID != protocol.Nil && o.Raft.ID != id.Node && o.Raft.Servers.Has(id.Node) { // one that joined has another slot: checkID
			return wal.Recovered{}, fmt.Errorf("%w: the folder is of node %d, this is to be node %d", wal.ErrForeign, id.Node, o.Raft.ID)
		}
		if o.ID == 0 {
			o.ID = uint8(o.Raft.ID)
		}
	case errors.Is(err, wal.ErrNoLog):
		if !o.Raft.Servers.Has(o.Raft.ID) {
			return wal.Recovered{}, ErrNoFolder
		}
		config.Cluster, config.Node = n.cluster, o.Raft.ID
		config.First = beginning(o.Machine, o.Cluster, o.Raft.Servers)
	default:
		return wal.Recovered{}, err
	}
	log, found, err := wal.Open(config)
	if err != nil {
		return found, err
	}
	n.log, n.cluster, o.Raft.ID = log, config.Cluster, config.Node
	o.Raft.Servers, o.Raft.Configurations, o.Raft.Joined = allSlots, true, protocol.MaxIndex // membership.go says who was removed
	return found, nil
}

// checkID returns an error where the folder is of another member than this node is to be. A folder that joined may be started with the flags of the
// first start of the one whose place it took: these say where others were found, and the log says who is what.
func (n *Node) checkID() error {
	o := &n.options
	own := n.members.list.Find(o.Raft.ID)
	if o.ID == 0 || own == nil || isItself(own.ID, o.ID) {
		return nil
	}
	return fmt.Errorf("%w: the folder is of the member with the id %d, in slot %d, this is to be id %d", wal.ErrForeign, own.ID, own.Slot, o.ID)
}

// recoverTold returns what this folder was told when it joined, while its log is not known to have that. Then it goes.
func (n *Node) recoverTold() (*Told, error) {
	folder, err := folderOf(n.options.FS, n.options.Dir, disk.OpenFolder)
	if err != nil {
		return nil, err
	}
	if err := n.recoverFounders(folder); err != nil {
		return nil, err
	}
	told, err := readTold(folder)
	if err != nil || told == nil || !isOutdated(told.At, n.recovered) {
		return told, err
	}
	return nil, forgetTold(folder)
}

// allSlots are those that a cluster can give.
const allSlots = ^protocol.NodeSet(1)

// ErrNoFolder is returned where the folder holds no log, and this node is none of those that begin a cluster. It may join one.
var ErrNoFolder = errors.New("the folder holds no log, and the node is none of the first members of a cluster: have it join one")

// Change begins a change of who the members are, and returns when that is in the leader's log, or there was nothing to do. Members says how far it is.
// Errors are ErrNotChanged, ErrNoSuchNode, a *NotLeaderError and others that wrap ErrNotApplied.
func (n *Node) Change(c Changing) error {
	ended := make(chan error, 1)
	if !n.inbox.put(Change(&c, func(_ []byte, err error) { ended <- err })) {
		return errStoppedBefore
	}
	return <-ended
}

// Asked is transport.Handler's: somebody wants to join.
func (h *realHost) Asked(_ net.Addr, request []byte, reply func([]byte)) {
	n := (*Node)(h)
	if isFoundingRequest(request) {
		reply(n.isFounded().encode())
		return
	}
	var w joining
	if err := json.Unmarshal(request, &w); err != nil {
		reply(joined{Error: "this is no request to join"}.encode())
		return
	}
	if name := n.clusterName(); !isCalled(w.Cluster, name) {
		reply(joined{Error: fmt.Sprintf("this is the cluster %q, and not %q", name, w.Cluster), Never: true, Other: true}.encode())
		return
	}
	speaks := firstVersions
	if w.Speaks != nil {
		speaks = *w.Speaks
	}
	one := Member{ID: w.ID, Incarnation: w.Incarnation, Peer: w.Peer, HTTP: w.HTTP, Redis: w.Redis, Becomes: w.Becomes, Replaces: w.Replaces}
	put := n.inbox.put(Change(&Changing{Add: &one, Speaks: speaks, InPlace: w.ReplacesID}, func(_ []byte, err error) { reply(n.joined(&w, err).encode()) }))
	if !put {
		reply(joined{Error: errStoppedBefore.Error()}.encode())
	}
}

// clusterName is the cluster's, as its log has it.
func (n *Node) clusterName() string {
	n.members.mu.Lock()
	defer n.members.mu.Unlock()
	if n.members.list == nil {
		return n.options.Cluster
	}
	return n.members.list.Cluster
}

// joined is what is said to one that wants to join. The loop's.
func (n *Node) joined(w *joining, err error) joined {
	r := n.replica
	var elsewhere *NotLeaderError
	list := r.membership.list
	switch {
	case errors.As(err, &elsewhere):
		answer := joined{Error: err.Error()}
		if list != nil && elsewhere.Leader != protocol.Nil {
			n.members.mu.Lock()
			answer.Leader = redirect(n.addresses()[elsewhere.Leader])
			n.members.mu.Unlock()
		}
		return answer
	case err != nil:
		never := errors.Is(err, ErrNoSlot) || errors.Is(err, ErrNoSuchNode) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrOtherVersion)
		return joined{Error: err.Error(), Never: never}
	case !r.core.InForceCommitted():
		return joined{Pending: true}
	}
	for _, one := range list.All {
		if one.Incarnation == w.Incarnation {
			c, at := r.core.InForce()
			return joined{Slot: one.Slot, ClusterID: n.cluster, Told: &Told{at, c, list}}
		}
	}
	return joined{Pending: true}
}
