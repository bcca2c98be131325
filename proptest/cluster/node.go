package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrDown is what a call of a node ends in whose process does not run: nothing was applied.
var ErrDown = errors.New("the process does not run")

// ErrDied is what a call ends in whose process ended before it answered: its outcome is unknown.
var ErrDied = errors.New("the process ended before it answered")

// ErrReplyLost is what a call ends in whose answer was lost on its way: its outcome is unknown.
var ErrReplyLost = errors.New("the answer was lost")

// Node is one node of a cluster: what stays of it while it is down, and its process while it runs. Where members come and go it is a
// place, where one folder may stand after another. Its methods may be called by several goroutines at once.
type Node struct {
	ID    uint8 // what its operator calls it
	Disk  *Disk
	Clock *Clock
	HTTP  *Door
	Redis *Door

	lacked atomic.Int64 // see Lacked; of earlier processes
	muted  atomic.Bool  // also for calls without a door
	losses atomic.Int64
	broke  atomic.Bool  // accepting fails
	fails  atomic.Int64 // how often it did
	copied atomic.Bool  // see PutBack

	lentBefore [protocol.MaxNodeID + 1]int // see Gives; guarded by the cluster's mu

	cluster *Cluster
	peers   map[uint8]string // where this node dials the others, by slot

	mu      sync.Mutex // held while it starts or ends
	state   sync.Mutex // held to look at process
	process *process   // nil while it is down
	last    *process   // that ran last
	lives   int
	slot    uint8 // see Slot
}

// process is one life of a node.
type process struct {
	replica *server.Replica
	machine *server.Machine
	web     *http.Server
	redis   *redis.Door
	ports   Ports
	closing atomic.Bool   // doors may end
	ended   chan struct{} // closed when it is killed or stopped: from then on it answers nobody
}

func (c *Cluster) newNode(id uint8, dir string, seed uint64) (n *Node, err error) {
	n = &Node{ID: id, Clock: NewClock(), cluster: c, peers: map[uint8]string{}}
	if n.Disk, err = newDisk(dir, seed, c.config.Sync); err != nil {
		return nil, err
	}
	n.Disk.Shelf.begun = n.noteReceiving
	n.Disk.Shelf.named = func(_, name string, content []byte) { c.archive.keep(id, name, content) }
	if n.HTTP, err = newDoor(); err != nil {
		return nil, err
	}
	n.Redis, err = newDoor()
	return n, err
}

// Slot is the number that the node's folder has in the log; 0: there is no folder with a log.
func (n *Node) Slot() uint8 {
	n.state.Lock()
	defer n.state.Unlock()
	return n.slot
}

// Start starts a node that is down with what its disk holds, if there is a log. It may have stopped by itself: then the process that
// is left of it ends first.
func (n *Node) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.Slot() == 0 {
		return nil
	}
	if p := n.running(); p != nil {
		if p.replica.Err() == nil {
			return nil
		}
		n.end(p, n.Disk.Kill)
	}
	p, err := n.launch()
	if err != nil {
		return fmt.Errorf("start node %d: %w", n.ID, err)
	}
	n.set(p)
	return nil
}

func (n *Node) launch() (*process, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n.Clock.boot()
	p := &process{ended: make(chan struct{})}
	slot := n.Slot()
	config := server.Config{
		Cluster: n.cluster.name, Node: n.ID, Listen: l.Addr().String(), Peers: map[uint8]string{}, Doors: n.cluster.doors(),
		PeerSecret:   n.cluster.Network.secret,
		CapacityKeys: n.cluster.config.CapacityKeys, CapacityBytes: n.cluster.config.CapacityBytes, Logger: n.cluster.config.Logger,
		Tune: func(o *node.Options) {
			o.FS, o.Clock, o.Listener, o.TickInterval = n.Disk.Log(), n.Clock, l, n.cluster.config.Tick
			o.Snapshots, o.SnapshotBlockBytes = n.Disk.Snapshots(), n.cluster.config.SnapshotBlockBytes
			o.SnapshotBytes, o.SnapshotRate = n.cluster.config.SnapshotBytes, n.cluster.config.SnapshotRate
			o.Raft.Record = n.cluster.ledger.record
			n.findOthers(o)
			if n.cluster.config.Small {
				o.Raft.MaxBytesPerMessage, o.Raft.MaxInflightBytes = 4<<10, 8<<10
				o.SegmentBytes, o.MaxEntryBytes, o.Raft.MaxEntriesPerMessage, o.CacheBytes = smallSegment, 8<<10, 4, 2<<10
				o.RoomReserve = 16 << 10
			}
			if n.cluster.config.CacheBytes != 0 {
				o.CacheBytes = n.cluster.config.CacheBytes
			}
			p.machine = o.Machine.(*server.Machine)
			o.Machine = &loop{p.machine, &n.cluster.built, n.ID, n.cluster.archive}
		},
	}
	if first := n.cluster.servers(); first.Has(protocol.NodeID(slot)) {
		for one := first.Next(protocol.Nil); one != protocol.Nil; one = first.Next(one) {
			config.Peers[uint8(one)] = n.peers[uint8(one)]
		}
		config.Peers[slot] = config.Listen
	}
	if p.replica, err = server.Open(config); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	p.ports.Peer = l.Addr().String()
	n.cluster.Network.aim(slot, p.ports.Peer)
	return p, n.open(p)
}

// smallSegment is the length of the log's files where they are small.
const smallSegment = 64 << 10

// findOthers has a process find all others by the network's proxies, and say of itself an address at which it is not.
func (n *Node) findOthers(o *node.Options) {
	if n.cluster.hearsay == nil {
		return // all peers are those of the first start
	}
	o.Advertise, o.Moved = n.cluster.hearsay.address(), false
	for slot, address := range n.peers {
		if slot != n.Slot() {
			o.Peers[protocol.NodeID(slot)] = address
		}
	}
}

// Stop ends a node as its owner would: it finishes what it was asked, then ends.
func (n *Node) Stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.running()
	if p == nil {
		return
	}
	p.closing.Store(true)
	n.HTTP.proxy.aim("")
	n.Redis.proxy.aim("")
	patience, cancel := context.WithTimeout(context.Background(), n.cluster.config.Timeout)
	defer cancel()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.redis.Close()
	}()
	_ = p.web.Shutdown(patience)
	select { // a clock that stands still would let calls wait for good
	case <-answered:
	case <-patience.Done():
	}
	n.end(p, func() {})
}

// Kill ends a node as kill -9 does: the page cache stays.
func (n *Node) Kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.running(); p != nil {
		n.end(p, n.Disk.Kill)
	}
}

// LosePower ends a node as a power loss does: of what was not synced the seed picks what stays, as Disk.LosePower
// says. A node that is down loses its page cache.
func (n *Node) LosePower(seed uint64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var err error
	lose := func() { err = n.Disk.LosePower(seed) }
	if p := n.running(); p != nil {
		n.end(p, lose)
	} else {
		lose()
	}
	return err
}

// PutBack puts what was on a disk, as Disk.Image returned it, in the place of what a node has on it which is down; it returns
// that. From then on it is no fault if the node ends by itself for having been rolled back.
func (n *Node) PutBack(image DiskImage) (before DiskImage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before = n.Disk.Image()
	n.Disk.putBack(image, uint64(n.ID))
	n.copied.Store(true)
	return before
}

// end ends a process: first nothing of it reaches anybody any more, then halt takes its disk away, then what is left
// of it is cleared up.
func (n *Node) end(p *process, halt func()) {
	n.lacked.Store(int64(n.Lacked()))
	n.noteEnd()
	n.set(nil)
	n.cluster.note(n.ID, p.replica.Err())
	p.closing.Store(true)
	close(p.ended)
	n.cluster.Network.unplug(n.ID)
	for _, d := range []*Door{n.HTTP, n.Redis} {
		d.proxy.aim("")
		d.proxy.dropAll()
	}
	halt()
	p.replica.Close()
	_ = p.web.Close()
	p.redis.Close()
}

func (n *Node) set(p *process) {
	n.state.Lock()
	defer n.state.Unlock()
	if n.process = p; p != nil {
		n.last = p
		n.lives++
	}
}

func (n *Node) running() *process {
	n.state.Lock()
	defer n.state.Unlock()
	return n.process
}

// Wipe ends a node as Kill does, and loses its folder: it has no slot from then on.
func (n *Node) Wipe() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.running(); p != nil {
		n.end(p, n.Disk.Kill)
	}
	n.take(0)
	return n.Disk.Wipe()
}

// take notes the slot of the node's folder.
func (n *Node) take(slot uint8) {
	if slot != 0 {
		n.cluster.Network.give(slot, n.ID)
	}
	n.state.Lock()
	defer n.state.Unlock()
	n.slot = slot
}

// Mute lets the node's answers be lost from now on, after it has given them, or ends that.
func (n *Node) Mute(muted bool) {
	n.muted.Store(muted)
	n.HTTP.Mute(muted)
	n.Redis.Mute(muted)
}

// LostAnswers returns how many answers the node has given that were lost.
func (n *Node) LostAnswers() int {
	return int(n.losses.Load()) + n.HTTP.Swallowed() + n.Redis.Swallowed()
}

// Lacked returns how much the node has refused and dropped for want of room on its disk.
func (n *Node) Lacked() int {
	lacked := int(n.lacked.Load())
	if p := n.running(); p != nil {
		lacked += int(p.replica.Status().Room.Refused)
	}
	return lacked
}

// Running reports whether the process runs; its replica may have stopped, see Err.
func (n *Node) Running() bool { return n.running() != nil }

// Lives returns how often the node was started.
func (n *Node) Lives() int {
	n.state.Lock()
	defer n.state.Unlock()
	return n.lives
}

// Err returns why the replica of a process that runs has stopped; nil while it has not.
func (n *Node) Err() error {
	if p := n.running(); p != nil {
		return p.replica.Err()
	}
	return nil
}

// Status returns how the node is; false while it is down or its replica has stopped.
func (n *Node) Status() (server.Status, bool) {
	p := n.running()
	if p == nil || p.replica.Err() != nil {
		return server.Status{}, false
	}
	return p.replica.Status(), true
}

// Transfer has another node lead in this one's place, whichever is fit for it.
func (n *Node) Transfer(ctx context.Context) error {
	p := n.running()
	if p == nil {
		return ErrDown
	}
	return p.replica.Transfer(ctx, 0)
}

// TakeSnapshot has the node take a snapshot of what it has applied, and waits until it is durable.
func (n *Node) TakeSnapshot(ctx context.Context) (index uint64, err error) {
	p := n.running()
	if p == nil {
		return 0, ErrDown
	}
	if index, err = p.replica.TakeSnapshot(ctx); err == nil {
		n.cluster.asked.Add(1)
	}
	return index, err
}

// Peek reads a record as the node has it, without the log, and says how old that is at most.
func (n *Node) Peek(key dedup.Key) (server.Answer, time.Duration, error) {
	p := n.running()
	if p == nil {
		return server.Answer{}, server.UnknownAge, ErrDown
	}
	a, age, err := p.replica.Peek(key)
	if n.muted.Load() {
		n.losses.Add(1)
		return server.Answer{}, server.UnknownAge, ErrReplyLost
	}
	return a, age, err
}

// Secret returns the key of digests; false while the node is down or loads.
func (n *Node) Secret() (dedup.Secret, bool) {
	if p := n.running(); p != nil {
		return p.replica.Secret()
	}
	return dedup.Secret{}, false
}

// Do has commands done by the node's service without a door, and waits for the end. The answers are the caller's own.
// The error is one of package server's, ErrDown, ErrDied, ErrReplyLost, or ctx's, whose outcome is unknown.
func (n *Node) Do(ctx context.Context, commands []byte, answers int) ([]server.Answer, error) {
	p := n.running()
	if p == nil {
		return nil, ErrDown
	}
	type outcome struct {
		answers []server.Answer
		err     error
	}
	ended := make(chan outcome, 1)
	p.replica.Do(commands, answers, server.Within(n.cluster.config.Timeout), func(given []server.Answer, err error) {
		ended <- outcome{own(given), err}
	})
	select {
	case o := <-ended:
		if n.muted.Load() {
			n.losses.Add(1)
			return nil, ErrReplyLost
		}
		return o.answers, o.err
	case <-p.ended:
		return nil, ErrDied
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// own copies answers, which are good for a moment only.
func own(answers []server.Answer) []server.Answer {
	var all []server.Answer
	for _, a := range answers {
		a.Value, a.Fingerprint = clone(a.Value), clone(a.Fingerprint)
		all = append(all, a)
	}
	return all
}

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
