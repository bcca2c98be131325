package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// Config is what a cluster is made from. Fields left 0 take their default.
type Config struct {
	Nodes int    // the first members, 1 to 5; default 3
	Spare int    // places beside theirs, where folders join; 0: the members stay who they are
	Slots int    // that can be given; default: those of the first members
	Dir   string // for the logs; required, empty
	Seed  uint64 // of what faults leave on disks

	CapacityKeys  uint64 // see server.Config
	CapacityBytes uint64
	Timeout       time.Duration // of a call at a door; default 2 s
	Sync          time.Duration // that each sync takes at least; default 2 ms, as disks do
	Small         bool          // entries, segments and caches are small: logs have several, payloads are read back
	CacheBytes    int           // see node.Config; default: the node's, or little where Small
	Limits        Limits        // of the doors; default: those of the doors
	Tick          time.Duration // see node.Options; default 10 ms, for elections within half a second
	Logger        *slog.Logger  // default: none
	Record        raft.Recorder // of the actions of all nodes, called by their goroutines (package trace); default: none

	SnapshotBytes      int   // see node.Config; default: the node's, with which a run takes none
	SnapshotRate       int64 // see node.Options, as of the next
	SnapshotBlockBytes int
	Absences           bool // nodes are away until no log has what they lack, and are brought level
}

// Limits are what a door lets clients take. Fields left 0 take the door's default.
type Limits struct {
	Connections  int           // at each door
	Greeting     time.Duration // until the first byte of a connection
	Request      time.Duration // until the last byte of a request
	RequestBytes int64         // of requests, at all doors of a node
	UnreadBytes  int64         // of answers that wait for clients to read them
	Writing      time.Duration // until a client that does not read is given up
}

func (c Config) withDefaults() Config {
	if c.Nodes == 0 {
		c.Nodes = 3
	}
	c.Slots = max(c.Slots, c.Nodes)
	if c.Timeout == 0 {
		c.Timeout = 2 * time.Second
	}
	if c.Sync == 0 {
		c.Sync = 2 * time.Millisecond
	}
	if c.Tick == 0 {
		c.Tick = 10 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return c
}

// Cluster is a cluster and its world. Nodes[k] has the id k+1; those beyond Config.Nodes are places of which nobody is a member at first.
type Cluster struct {
	Nodes   []*Node
	Network *Network

	config   Config
	name     string
	barriers atomic.Uint64
	built    atomic.Int64 // see loop
	archive  *archive
	ledger   *ledger
	hearsay  *hearsay  // nil where the members stay who they are
	operator *operator // likewise; from Execute

	endedGiving, asked, fellBelow atomic.Int64 // see Life

	mu      sync.Mutex
	broken  error   // see Err
	removed []uint8 // slots of replicas that stopped as members no more
}

// ErrStopped is wrapped where a replica has stopped that no fault had stopped.
var ErrStopped = errors.New("a replica stopped by itself")

// note keeps why a replica has stopped by itself, unless a disk had failed as it was told to.
func (c *Cluster) note(id uint8, err error) {
	if err == nil || errors.Is(err, crashfs.ErrInjected) || errors.Is(err, crashfs.ErrPowerLost) || errors.Is(err, node.ErrStopped) {
		return
	}
	if errors.Is(err, wal.ErrRolledBack) && c.Node(id).copied.Load() {
		return
	}
	if c.config.Spare > 0 && errors.Is(err, node.ErrRemoved) { // whether it was is for who knows the members
		c.mu.Lock()
		defer c.mu.Unlock()
		c.removed = append(c.removed, c.Node(id).Slot())
		return
	}
	c.blame(fmt.Errorf("%w: node %d: %w", ErrStopped, id, err))
}

// blame keeps what no fault explains, the first of it.
func (c *Cluster) blame(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = err
	}
}

// Err returns what no fault explains: the first replica that has stopped by itself, or has applied or kept what others have not; nil if
// there is none.
func (c *Cluster) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// Start starts a cluster on empty disks. Close it.
func Start(config Config) (*Cluster, error) {
	config = config.withDefaults()
	c := &Cluster{Network: newNetwork(node.NewSecret()), config: config, name: fmt.Sprintf("cluster-%d-%d", os.Getpid(), config.Seed)}
	c.ledger = &ledger{also: config.Record}
	for id := uint8(1); int(id) <= config.Nodes+config.Spare; id++ {
		n, err := c.newNode(id, filepath.Join(config.Dir, fmt.Sprintf("node-%d", id)), config.Seed+uint64(id))
		if err != nil {
			return nil, err
		}
		if int(id) <= config.Nodes {
			n.slot = id
		}
		c.Nodes = append(c.Nodes, n)
	}
	c.archive = newArchive(c.id(), c.blame)
	if err := c.wire(); err != nil {
		c.Close()
		return nil, err
	}
	for _, n := range c.Nodes {
		if err := n.Start(); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// wire puts a proxy between any node and whoever may have a slot, for the one to dial the other; also the slot that the node has at first: once it was replaced, that is another's.
func (c *Cluster) wire() (err error) {
	for _, from := range c.Nodes {
		for slot := uint8(1); int(slot) <= c.config.Slots; slot++ {
			if from.peers[slot], err = c.Network.dial(from.ID, slot); err != nil {
				return err
			}
		}
	}
	for _, n := range c.members() {
		c.Network.give(n.slot, n.ID)
	}
	if c.config.Spare > 0 {
		c.hearsay, err = newHearsay(c.blame)
	}
	return err
}

// Close ends all nodes and proxies, as a kill does.
func (c *Cluster) Close() {
	c.operator.dismiss()
	for _, n := range c.Nodes {
		n.Disk.Mend()
		n.Kill()
	}
	c.Network.close()
	if c.hearsay != nil {
		c.hearsay.close()
	}
	for _, n := range c.Nodes {
		n.HTTP.proxy.close()
		n.Redis.proxy.close()
	}
}

// Node returns the node of an id.
func (c *Cluster) Node(id uint8) *Node { return c.Nodes[id-1] }

// others returns the nodes that are not n.
func (c *Cluster) others(n *Node) (all []*Node) {
	for _, o := range c.Nodes {
		if o != n {
			all = append(all, o)
		}
	}
	return all
}

// members are the nodes whose folders have a slot: those that decide, join, or are yet to hear that they are members no more.
func (c *Cluster) members() (all []*Node) {
	for _, n := range c.Nodes {
		if n.Slot() != 0 {
			all = append(all, n)
		}
	}
	return all
}

// doors are those of the first members.
func (c *Cluster) doors() map[uint8]string {
	doors := map[uint8]string{}
	for _, n := range c.Nodes[:c.config.Nodes] {
		doors[n.ID] = n.HTTP.Address()
	}
	return doors
}

// servers are the slots of the first members.
func (c *Cluster) servers() (set protocol.NodeSet) {
	for _, n := range c.Nodes[:c.config.Nodes] {
		set = set.With(protocol.NodeID(n.ID))
	}
	return set
}

// Leader returns the running node that leads the highest term; nil if none does.
func (c *Cluster) Leader() (leader *Node) {
	var term uint64
	for _, n := range c.Nodes {
		if s, ok := n.Status(); ok && s.Role == "leader" && s.Ready && s.Term > term {
			leader, term = n, s.Term
		}
	}
	return leader
}

// often is the time between two looks at a condition.
const often = 2 * time.Millisecond

// Wait waits until a condition holds that is looked at often. The error says what was waited for.
func Wait(ctx context.Context, what string, holds func() bool) error {
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
	return nil
}

// AwaitLeader waits until a node leads and serves, and returns it.
func (c *Cluster) AwaitLeader(ctx context.Context) (leader *Node, err error) {
	err = Wait(ctx, "a node leads", func() bool {
		leader = c.Leader()
		return leader != nil
	})
	return leader, err
}

// Recover takes all faults back, starts all nodes that are down or have stopped, and waits until all have applied the
// same: the log up to a read that was asked for last.
func (c *Cluster) Recover(ctx context.Context) error {
	c.Network.HealAll()
	for _, n := range c.Nodes {
		n.Clock.SetRate(1)
		n.Disk.Mend()
		n.Mute(false)
	}
	if err := c.startAll(); err != nil {
		return err
	}
	if err := c.barrier(ctx); err != nil {
		return errors.Join(err, c.operator.lacks())
	}
	if err := Wait(ctx, "all nodes have applied the same", c.level); err != nil {
		return errors.Join(err, c.operator.lacks())
	}
	return c.operator.misled()
}

// barrier has a read answered that stands behind all that was asked before.
func (c *Cluster) barrier(ctx context.Context) error {
	var last error
	err := Wait(ctx, "a read is answered", func() bool {
		if last = c.startAll(); last != nil { // also one that has stopped only now
			return false
		}
		if last = c.Err(); last != nil {
			return true // it would stop again and again
		}
		for _, n := range c.members() {
			if last = c.read(ctx, n); last != nil {
				return false
			}
		}
		return true
	})
	return errors.Join(err, last)
}

// read has a node answer a read, behind all that was answered before.
func (c *Cluster) read(ctx context.Context, n *Node) error {
	query := dedup.Query{Call: 1<<63 | c.barriers.Add(1)} // apart from all calls of clients
	_, err := n.Do(ctx, dedup.AppendQuery(nil, query), 1)
	return err
}

func (c *Cluster) startAll() error {
	for _, n := range c.members() {
		if errors.Is(n.Err(), node.ErrRemoved) {
			continue // its folder is of no use any more
		}
		if err := n.Start(); err != nil {
			return err
		}
	}
	return nil
}

// level reports whether the members are those that there are to be, and have applied all that any of them knows to be committed.
func (c *Cluster) level() bool {
	if c.operator != nil && !c.operator.isDone() {
		return false
	}
	var all []server.Status
	for _, n := range c.members() {
		s, ok := n.Status()
		if !ok || !s.Ready {
			return false
		}
		all = append(all, s)
	}
	for _, s := range all {
		if s.Applied != all[0].Commit || s.Commit != all[0].Commit {
			return false
		}
	}
	return true
}
