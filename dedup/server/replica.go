package server

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	draw "math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Config says which replica Open starts. Fields left 0 take their default.
type Config struct {
	Cluster string // the cluster's name, the same on all nodes; required
	Node    uint8  // this node's id, from 1; required, but where its folder holds a log and Peers is empty
	Dir     string // the folder of the log; required

	// PeerSecret is what all nodes of the cluster have and nobody else: a connection between nodes begins with the
	// proof that both have it. Required where there is more than one node. See node.NewSecret and node.ParseSecret.
	PeerSecret node.Secret

	// Peers are the addresses at which the first nodes of a cluster reach one another, by id, this
	// node's among them: it listens there, where Listen is empty. Required for the first start of a cluster; afterwards the log says who the members are, and
	// what is here goes before the addresses that it says, and behind what a node says that has an Advertise of its own. A node that joins (Join) has none.
	Peers map[uint8]string
	// Listen is the address for the other nodes, where Peers does not say it. They are told Advertise, by default what Peers says, or else Listen.
	Listen, Advertise string
	// HTTP and Redis are where clients find this node; optional. The other nodes are told, and it is logged who is found where: see Members.
	HTTP, Redis string
	// Doors are the addresses of the nodes' doors, to tell clients who leads; optional.
	Doors map[uint8]string

	CapacityKeys  uint64 // records at once, set by the first start of a cluster; default 10,000,000
	CapacityBytes uint64 // of values and fingerprints, likewise; default 1 GiB

	Logger *slog.Logger // default: slog's

	// Applied, where not nil, is called whenever entries were applied, with the index of the last one, by one goroutine. It returns at
	// once: the node waits for it, and it calls no method of the replica. The calls of these entries were answered just before; Status waits
	// until it has returned. See the program in dedup/server/embedded, which keeps a state of its own in step with the log.
	Applied func(index uint64)

	// Tune, where not nil, may change what the node is started with: its file system, clock and
	// listener for tests, its limits and ticks. Members and machine are Open's.
	Tune func(*node.Options)
}

// Replica is one node of a cluster inside this program: a Service. Doors are made
// of it with http.New and redis.New, or it is called as it is. It is safe for
// concurrent use.
type Replica struct {
	node    *node.Node
	id      uint8
	machine *Machine
	secret  atomic.Pointer[dedup.Secret] // once it is known
	others  inquiry
	word    describer
	backups places // that are open
}

// Open starts a replica and returns at once: it answers ErrLoading until the cluster has a
// leader and what was committed is applied here again. Errors are of the Config, or of node.Start.
func Open(config Config) (*Replica, error) {
	if len(config.Peers) > 0 && config.Peers[config.Node] == "" {
		return nil, fmt.Errorf("open node %d: Peers lacks its own address: list all nodes, this one among them", config.Node)
	}
	options, m, err := config.options()
	if err != nil {
		return nil, fmt.Errorf("open node %d: %w", config.Node, err)
	}
	r := &Replica{id: config.Node, machine: m, backups: make(places, MostBackups)}
	r.word.opened, r.word.own = make(chan struct{}), r.Status
	options.Describe = r.word.describe
	if config.Applied != nil {
		options.Applied = func(applied protocol.Index) { config.Applied(uint64(applied)) }
	}
	if config.Tune != nil {
		config.Tune(&options)
	}
	r.node, err = node.Start(options)
	if err != nil {
		return nil, fmt.Errorf("open node %d: %w", config.Node, err)
	}
	r.id = uint8(r.node.ID())
	r.others = inquiry{ask: r.askPeer, own: r.Status, peers: r.peerIDs}
	close(r.word.opened)
	return r, nil
}

func (c *Config) options() (node.Options, *Machine, error) {
	var servers protocol.NodeSet
	peers, doors := map[protocol.NodeID]string{}, map[protocol.NodeID]string{}
	for id, address := range c.Peers {
		if id == 0 || id > 63 {
			return node.Options{}, nil, fmt.Errorf("node id %d: want 1 to 63", id)
		}
		servers = servers.With(protocol.NodeID(id))
		if id != c.Node {
			peers[protocol.NodeID(id)] = address
		}
	}
	for id, address := range c.Doors {
		doors[protocol.NodeID(id)] = address
	}
	b := c.bootstrap(servers)
	if err := b.Validate(); err != nil {
		return node.Options{}, nil, err
	}
	m, own := NewMachine(b), protocol.NodeID(c.Node)
	if servers == 0 {
		own = protocol.Nil // as its folder says
	}
	return node.Options{
		Config:  node.Config{Raft: raft.Config{ID: own, Servers: servers, Seed: draw.Uint64()}, Addresses: doors},
		Cluster: c.Cluster, ID: c.Node, Secret: c.PeerSecret, Dir: c.Dir, Peers: peers, Machine: m, Logger: c.Logger,
		Listen: cmp.Or(c.Listen, c.Peers[c.Node]), Advertise: c.advertise(), Moved: c.Advertise != "", HTTP: c.HTTP, Redis: c.Redis,
	}, m, nil
}

func (c *Config) advertise() string { return cmp.Or(c.Advertise, c.Peers[c.Node], c.Listen) }

func (c *Config) bootstrap(servers protocol.NodeSet) dedup.Bootstrap {
	b := dedup.Bootstrap{Cluster: node.ClusterID(c.Cluster, servers), CapacityKeys: c.CapacityKeys, CapacityBytes: c.CapacityBytes}
	if b.CapacityKeys == 0 {
		b.CapacityKeys = 10_000_000
	}
	if b.CapacityBytes == 0 {
		b.CapacityBytes = 1 << 30
	}
	_, _ = rand.Read(b.Secret[:]) // crypto/rand ends the program where there is no randomness
	return b
}

// Do is of Service.
func (r *Replica) Do(commands []byte, answers int, when When, done func([]Answer, error)) {
	r.node.ProposeAged(commands, max(0, time.Since(when.Arrived)), time.Until(when.Deadline), func(encoded []byte, err error) {
		if err != nil {
			done(nil, verdict(err))
			return
		}
		decoded, err := DecodeAnswers(encoded, answers)
		if err != nil {
			done(nil, fmt.Errorf("%w: %w", ErrUnknown, err))
			return
		}
		done(decoded, nil)
	})
}

// verdict puts an error of the replica into the words of this package.
func verdict(err error) error {
	var elsewhere *node.NotLeaderError
	switch {
	case errors.As(err, &elsewhere):
		return &NotAppliedError{Leader: elsewhere.Address}
	case errors.Is(err, node.ErrLoading):
		return ErrLoading
	case errors.Is(err, node.ErrOverloaded):
		return ErrOverloaded
	case errors.Is(err, node.ErrNoRoom):
		return ErrNoRoom
	case errors.Is(err, node.ErrUnread):
		return ErrUnanswered
	case errors.Is(err, node.ErrNotApplied) && errors.Is(err, node.ErrStopped):
		return ErrStopped
	case errors.Is(err, node.ErrNotApplied):
		return because(ErrNotApplied, err, node.ErrNotApplied)
	default:
		return because(ErrUnknown, err, node.ErrUnknown)
	}
}

// because is a verdict with the replica's reason, without the replica's own word for the same verdict.
func because(verdict, err, word error) error {
	return fmt.Errorf("%w: %s", verdict, strings.TrimPrefix(err.Error(), word.Error()+": "))
}

// Secret is of Service.
func (r *Replica) Secret() (secret dedup.Secret, loaded bool) {
	if known := r.secret.Load(); known != nil {
		return *known, true
	}
	r.machine.View(func(m *dedup.Machine) {
		var b dedup.Bootstrap
		if b, loaded = m.Configuration(); loaded {
			secret = b.Secret
			r.secret.Store(&b.Secret)
		}
	})
	return secret, loaded
}

// Peek is of Service.
func (r *Replica) Peek(key dedup.Key) (a Answer, age time.Duration, err error) {
	age, known := r.node.Aged(func() {
		r.machine.View(func(m *dedup.Machine) {
			if m.AppliedIndex() < uint64(r.node.Recovered()) {
				err = ErrLoading
				return
			}
			a, err = Peek(m, key)
		})
	})
	if !known {
		age = UnknownAge
	}
	return a, age, err
}

// Status is of Service.
func (r *Replica) Status() Status {
	now := r.node.Status()
	status := Status{
		Ready: now.Healthy && !now.Loading && now.Err == nil, Node: r.id, Role: strings.ToLower(now.Role.String()), Term: uint64(now.Term),
		Loading: now.Loading, Replay: uint64(now.ReplayTo), Leader: uint8(now.Leader), Commit: uint64(now.CommitIndex), Applied: uint64(now.Applied), Peers: []Peer{},
	}
	status.PeerPort = PeerPort(r.node.Port())
	match := map[protocol.NodeID]uint64{}
	for _, p := range now.Status.Peers {
		match[p.ID] = uint64(p.MatchIndex)
	}
	keptOut := map[protocol.NodeID]string{}
	for _, a := range now.KeptOut {
		keptOut[a.Node] = a.Reason.String()
	}
	for _, p := range r.node.Peers() {
		if isDialledToBeTold(&now, p.Peer) {
			continue
		}
		peer := peerOf(&p)
		peer.Match, peer.KeptOut, peer.Differs = match[p.Peer], keptOut[p.Peer], now.Doubted.Has(p.Peer)
		status.Peers = append(status.Peers, peer)
	}
	status.Voters, status.NextVoters = members(now.Configuration.Voters), members(now.Configuration.Next)
	standing := r.node.Standing()
	status.Unmet, status.RefusedBy = numbers(standing.Unmet), numbers(standing.RefusedBy)
	r.machine.View(func(m *dedup.Machine) {
		usage := m.Usage()
		status.Number, status.Keys, status.Bytes = m.Number(), usage.Keys, usage.Bytes
		status.CapacityKeys, status.CapacityBytes = usage.CapacityKeys, usage.CapacityBytes
	})
	status.Snapshots = r.snapshots(&now)
	folder := r.node.Footprint(tableBytes(status.Keys, status.Bytes))
	status.Room = roomOf(r.node.Room(), folder, now.Refused+now.Dropped, r.machine.commandBytes())
	status.Disk, status.Version = diskOf(r.node.Disk()), version()
	status.LogVersion, status.Speaks = uint8(now.Version), uint8(now.Speaks.Newest)
	return status
}

// isDialledToBeTold reports whether a peer is a member no more, and dialled for a while so that it learns of that.
func isDialledToBeTold(now *node.Status, peer protocol.NodeID) bool {
	return now.ConfigurationCommitted && now.Folders != nil && now.Folders.Find(peer) == nil
}

// Done is closed when the replica has ended, by Close or by a fault that Err tells.
func (r *Replica) Done() <-chan struct{} { return r.node.Done() }

// Err returns why the replica has ended; nil while it runs.
func (r *Replica) Err() error { return r.node.Err() }

// Close ends the replica. Close the doors first: what has no verdict ends in an error.
func (r *Replica) Close() { r.node.Stop() }

func members(of protocol.NodeSet) (ids []int) {
	for id := of.Next(protocol.Nil); id != protocol.Nil; id = of.Next(id) {
		ids = append(ids, int(id))
	}
	return ids
}

func numbers(nodes []protocol.NodeID) (ids []int) {
	for _, id := range nodes {
		ids = append(ids, int(id))
	}
	return ids
}
