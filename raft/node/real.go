package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/internal/priority"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Node is a replica that runs: a loop that handles events one round after another, a goroutine that syncs,
// one that prepares the log's next file, one that removes what is older than the newest snapshots, one that closes those that nobody gets any more,
// one that reads older entries, the
// transport's, one for each forwarded proposal, for a snapshot that is taken and one that is got, and for two pieces that others get. Its methods
// may be called by any goroutines at the same time.
type Node struct {
	options   Options
	cluster   [16]byte       // its id
	restored  protocol.Index // that a restore made the log begin behind; 0: none did
	log       *wal.Log
	transport network
	inbox     *inbox

	mu      sync.Mutex // held by the loop for a round, and by Status
	replica *Replica

	syncs, files chan struct{}
	syncTimes    syncTimes
	reads        chan Reading
	lulls        lulls
	warned       warning // the file loop's
	stopping     chan struct{}
	ending       context.Context // done when stopping is closed
	end          context.CancelFunc
	stopOnce     sync.Once
	workers      sync.WaitGroup
	begin        func(func()) // in a goroutine of workers
	done         chan struct{}
	err          error // valid when done is closed

	records   wal.Record // reused
	recovered protocol.Index
	progress  progress
	meetings  meetings
	members   members
	tenure    tenure
	level     atomic.Pointer[int64] // since when, of its clock, it has all; nil: not known
	answering
	snapshotFiles
}

// Start recovers the log, makes durable what it read, loads the newest snapshot, and begins to talk to the others. Errors are a
// *ConfigError, a *raft.ConfigError, a *LostSnapshotError, or those of wal.Open, snapshot.Open, transport.Start and New.
func Start(options Options) (*Node, error) {
	n, err := open(options)
	if err != nil {
		return nil, err
	}
	if err := n.connect(); err != nil {
		return nil, errors.Join(err, n.closeFolders())
	}
	n.files <- struct{}{}
	for _, loop := range []func(){n.syncLoop, n.fileLoop, n.readLoop, n.forgetLoop, n.tendLoop} {
		n.work(loop)
	}
	go n.run()
	return n, nil
}

// open returns a node that does nothing yet, with what its disk holds.
func open(options Options) (*Node, error) {
	n := &Node{
		options: options.withDefaults(), inbox: newInbox(),
		syncs: make(chan struct{}, 1), files: make(chan struct{}, 1),
		reads:    make(chan Reading, protocol.MaxNodeID+1),
		stopping: make(chan struct{}), done: make(chan struct{}),
		answering: newAnswering(),
		members:   members{said: map[protocol.NodeID]Addresses{}, speaks: map[protocol.NodeID]Versions{}, dialled: map[protocol.NodeID]int64{}},
	}
	n.begin = n.workers.Go
	n.ending, n.end = context.WithCancel(context.Background())
	if err := n.options.validate(); err != nil {
		return nil, err
	}
	if err := n.recover(); err != nil {
		return nil, errors.Join(err, n.closeFolders())
	}
	n.beginMeetings()
	return n, nil
}

// recover opens the log and makes the replica of it.
func (n *Node) recover() error {
	o := &n.options
	found, err := n.openLog()
	if err != nil {
		return err
	}
	n.recovered = found.State.Commit
	if err := n.log.CondemnedError(o.Raft.ID); err != nil {
		return err
	}
	if err := n.openSnapshots(); err != nil {
		return err
	}
	began := time.Now()
	newest, err := n.loadNewest(&found.State.Log)
	if err != nil {
		return err
	}
	if newest != nil {
		n.recovered = max(n.recovered, newest.Index)
	}
	told, err := n.recoverTold()
	if err != nil {
		return err
	}
	n.replica, err = New(o.Config, (*realHost)(n), o.Machine, Recovered{
		State: found.State, Mark: raft.Mark(found.Mark), Snapshot: newest, Base: n.digestOfBase(newest, &found.State.Log), KeptOut: n.keptOut(), Told: told,
	})
	if err != nil {
		return err
	}
	n.members.version.Store(uint32(n.replica.version.now))
	if name := n.members.list.Cluster; name != o.Cluster {
		return fmt.Errorf("%w: the folder is of the cluster %q, this is cluster %q; give this replica a folder of its own, or start it as the cluster is called", wal.ErrForeign, name, o.Cluster)
	}
	if err := n.checkID(); err != nil {
		return err
	}
	n.tellRecovered(newest, &found.State, time.Since(began))
	return nil
}

// closeFolders frees the folders, when nobody uses them any more.
func (n *Node) closeFolders() error {
	if n.log == nil {
		return nil
	}
	return errors.Join(n.closeSnapshots(), n.log.Close())
}

// Propose has commands applied in one entry, here or by way of the leader. done is called once: by the
// loop, so that it must return soon and call no method of the node but Propose, or before Propose returns, or, with
// answers that are long, by a goroutine of its own. answers are valid until it returns. An error wraps ErrNotApplied or
// ErrUnknown. The commands may not change before. The timeout counts from now, and is looked at every tick.
func (n *Node) Propose(commands []byte, timeout time.Duration, done func(answers []byte, err error)) {
	n.ProposeAged(commands, 0, timeout, done)
}

// ProposeAged is Propose for commands that came that long ago: Config.MaxWait counts from then.
func (n *Node) ProposeAged(commands []byte, age, timeout time.Duration, done func(answers []byte, err error)) {
	answers, err := n.options.Machine.Count(commands)
	if err != nil {
		done(nil, fmt.Errorf("%w: %w", ErrInvalid, err))
		return
	}
	deadline := (*realHost)(n).Now() + int64(min(timeout, longest))
	put, closed := n.inbox.putProposal(Proposed(commands, answers, deadline, done).Aged(int64(age)), n.options.MaxPending, n.options.MaxPendingBytes)
	switch {
	case closed:
		done(nil, errStoppedBefore)
	case !put:
		done(nil, ErrOverloaded)
	}
}

// longest is the longest timeout: some 146 years, and a deadline is still a number.
const longest = time.Duration(1) << 62

// Status returns the node's present status.
func (n *Node) Status() Status {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.replica.Status()
}

// ID is this node's slot.
func (n *Node) ID() protocol.NodeID { return n.options.Raft.ID }

// Cluster is the id of the cluster.
func (n *Node) Cluster() [16]byte { return n.cluster }

// Recovered returns up to where the node's own disk said at the start that the log is committed.
func (n *Node) Recovered() protocol.Index { return n.recovered }

// Peers returns how this node stands with each of the others.
func (n *Node) Peers() []transport.PeerStatus { return n.transport.Peers() }

// Port returns what happened at the port for the other nodes.
func (n *Node) Port() transport.PortStatus { return n.transport.Port() }

// Addr returns the address for the other nodes.
func (n *Node) Addr() net.Addr { return n.transport.Addr() }

// Stop ends the node and returns when all of it has ended. What is proposed and has no verdict ends in
// ErrStopped. Stop again waits likewise.
func (n *Node) Stop() {
	n.beginStop()
	<-n.done
}

// beginStop tells all of the node's goroutines to end.
func (n *Node) beginStop() {
	n.stopOnce.Do(func() {
		close(n.stopping)
		n.end()
	})
}

// Done is closed when the node has ended, by Stop or by a fault.
func (n *Node) Done() <-chan struct{} { return n.done }

// Err returns why the node has ended: ErrStopped after Stop, otherwise the fault. Nil while it runs.
func (n *Node) Err() error {
	select {
	case <-n.done:
		return n.err
	default:
		return nil
	}
}

// run is the life of the node.
func (n *Node) run() {
	n.err = n.loop()
	if !errors.Is(n.err, ErrStopped) {
		n.options.Logger.Error("the replica has stopped; look at its disk before you start it again", "reason", n.err)
	}
	n.beginStop()
	n.endReplica()
	n.transport.Close()
	n.shelf.expire(never)
	n.workers.Wait()
	if err := n.closeFolders(); err != nil {
		n.options.Logger.Warn("close the folders of the log and of snapshots", "reason", err)
	}
	close(n.done)
}

// loop handles events in rounds until the node stops. A node that is not ready for calls, and leads nobody, takes no processor
// from those that are, with which it may share a machine; but not for ever: where others want all of it, it would never be ready.
func (n *Node) loop() (err error) {
	rounds := rounds{n: n, ticker: time.NewTicker(n.options.TickInterval)}
	defer rounds.ticker.Stop()
	began := n.options.Clock.Now()
	priority.Low(func() {
		err = rounds.until(func() bool {
			return isWaitedFor(n.replica.loading(), n.replica.core.Role()) || isLateEnough(n.options.Clock.Now()-began)
		})
	})
	if err != nil {
		return err
	}
	return rounds.until(func() bool { return false })
}

// rounds is what the loop has from one round to the next.
type rounds struct {
	n      *Node
	ticker *time.Ticker
	events []Event // reused
}

// until handles events in rounds, each all that waits, but for more than a megabyte of messages, until the node stops: ErrStopped, or a
// fault; or until it is enough: nil.
func (r *rounds) until(enough func() bool) error {
	n := r.n
	for !enough() {
		select {
		case <-n.stopping:
			return ErrStopped
		case <-r.ticker.C:
			n.inbox.put((*realHost)(n).tick())
			n.shelf.expire((*realHost)(n).Now())
			n.forgetLeft()
		case <-n.inbox.wake:
		}
		// Those that are ready to put something in go first: clients that were answered together
		// ask together, and what they ask becomes one entry instead of two that take turns.
		runtime.Gosched()
		r.events = n.inbox.take(r.events, roundBytes)
		if err := n.handle(r.events); err != nil {
			return err
		}
		clear(r.events)
	}
	return nil
}

// handle is one round. A broken invariant stops the replica, not the process.
func (n *Node) handle(round []Event) (err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer func() {
		if broken := recover(); broken != nil {
			err = invariantError(broken)
		}
	}()
	before := n.replica.applied
	if err := n.replica.Handle(round...); err != nil {
		return err
	}
	n.noteHeard(round)
	if n.options.Applied != nil && n.replica.applied > before {
		n.options.Applied(n.replica.applied)
	}
	n.tenure.note(n.replica.core.Leader())
	n.committed.Store(uint64(n.replica.committed))
	n.tellLevel()
	n.tellProgress()
	return nil
}

// work runs something beside the loop. A panic in it ends the node, as one in the loop does.
func (n *Node) work(do func()) {
	n.begin(func() {
		defer func() {
			if broken := recover(); broken != nil {
				n.inbox.put(Failed(invariantError(broken)))
			}
		}()
		do()
	})
}

func invariantError(broken any) error {
	return fmt.Errorf("%w: %v\n%s", ErrInvariant, broken, debug.Stack())
}

// endReplica gives all that wait a verdict, in the replica and in front of it.
func (n *Node) endReplica() {
	left := n.inbox.close()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopReplica()
	for k := range left {
		switch left[k].kind {
		case proposed, transfer, snapshotWanted, changing:
			left[k].waiter.(func([]byte, error))(nil, errStoppedBefore)
		}
	}
}

// stopReplica: a replica that broke an invariant may break another one.
func (n *Node) stopReplica() {
	defer func() {
		if broken := recover(); broken != nil {
			n.options.Logger.Error("the replica could not tell all who wait", "reason", invariantError(broken))
		}
	}()
	n.replica.Stop()
}

// realHost is a node as its replica and its transport see it.
type realHost Node

// Send is Host's.
func (h *realHost) Send(m *protocol.Message, number uint64, payload []byte) {
	h.transport.Send(&transport.Packet{Message: *m, Number: number, Payload: payload})
}

// Respond is Host's.
func (h *realHost) Respond(c Caller, response []byte) { c.(func([]byte))(response) }

// Reject is Host's.
func (h *realHost) Reject(peer protocol.NodeID, why error) { h.transport.Reject(peer, why) }

// Resume is Host's.
func (h *realHost) Resume() { h.inbox.put(Resumed()) }

// Now is Host's.
func (h *realHost) Now() int64 { return h.options.Clock.Now() }

// Wall is Host's.
func (h *realHost) Wall() uint64 { return h.options.Clock.Wall() }

// Room is Host's.
func (h *realHost) Room() Room {
	room := h.log.Room()
	return Room{Sure: max(0, room.Sure-h.members.kept.Load()), Coming: room.Lacking == nil}
}

// inboxWindows bounds the payloads of messages that wait for the loop, in windows to a peer: that of the leader, and those of
// leaders before it whose messages are late.
const inboxWindows = 4

// Receive is transport.Handler's. A message that finds no room is lost, as on any network.
func (h *realHost) Receive(p *transport.Packet) {
	m := p.Message
	if h.isLost(&m) {
		return
	}
	h.inbox.putMessage(Arrived(&m, p.Number, bytes.Clone(p.Payload)), inboxWindows*h.options.Raft.MaxInflightBytes)
}

// Forwarded is transport.Handler's.
func (h *realHost) Forwarded(_ protocol.NodeID, request []byte, reply func([]byte)) {
	switch {
	case isFetch(request):
		reply(h.fetched(request))
		return
	case isAsk(request):
		h.describe(reply)
		return
	}
	put, closed := h.inbox.putProposal(Called(slices.Clone(request), reply), h.options.MaxPending, h.options.MaxPendingBytes)
	switch {
	case closed:
		reply(appendVerdict(nil, errStoppedBefore))
	case !put:
		reply(appendVerdict(nil, ErrOverloaded))
	}
}
