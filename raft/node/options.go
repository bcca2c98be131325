package node

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Options is what a node is told once: a replica's Config and the real world around it. Fields left 0
// take their default.
type Options struct {
	Config

	// Cluster is the name of the cluster; its id is ClusterID(Cluster, Raft.Servers). Required.
	Cluster string
	// ID is this node's id, for operators: where the folder holds a log it is held to what that says of its slot. 0: to nothing.
	ID uint8
	// Dir is the folder of the log; one node at a time has it. Required, but for FS, which takes its place.
	Dir string
	FS  wal.FS
	// Snapshots is the folder of the snapshots, which holds nothing else. Default: the folder "snapshots" in Dir. Required where
	// there is no Dir.
	Snapshots disk.FS
	// SnapshotRate is how many bytes of snapshots are sent in a second, to all other nodes together. Default 128 MiB; from
	// SnapshotBlockBytes.
	SnapshotRate int64
	// SnapshotBlockBytes is the length of a block of a snapshot's file, which has to be the same on all nodes. Default 64 KiB; see
	// snapshot.Config.
	SnapshotBlockBytes int
	// SegmentBytes is the size of the log's files, a multiple of 512. Default 16 MiB; from twice what one append may
	// bring, MaxEntriesPerMessage of the largest entries, which must be the same on all nodes: 16 MiB, unless those
	// limits are set lower; never below 64 KiB.
	SegmentBytes int64

	// Secret is what all nodes of the cluster have and nobody else; they prove to one another that they have it.
	// Required where there are Peers; the same on each node.
	Secret Secret

	// Listen is the address for the other nodes. Required, but for Listener, which takes its place.
	Listen   string
	Listener net.Listener
	// Advertise is the address under which the others find this node, which it tells them. Optional. With Moved it goes before what they have in Peers, where it names
	// a place.
	Advertise string
	Moved     bool
	// HTTP and Redis are where clients find this node, which it tells the others. Optional.
	HTTP, Redis string
	// Peers are the addresses of other nodes, by slot; they go before what the log and the nodes themselves say, but for those that have Moved. Where the folder holds no log, this is one of
	// the first nodes of a cluster: then required for all of Raft.Servers but this one. Where it holds one Raft.Servers may be empty, and is not looked at.
	Peers map[protocol.NodeID]string

	// Machine is an empty state machine. The node's loop alone calls it, but for Count. Required.
	Machine StateMachine
	// Applied, where not nil, is called by the loop after each round that applied entries, with the index
	// of the last one. It may read the machine, must return soon, and may call no method of the node.
	Applied func(applied protocol.Index)

	// Describe, where not nil, is what this node says of itself to another one that asks (Node.Ask). It may be called by several
	// goroutines at once, and while Start has not returned.
	Describe func() []byte

	// Clock stamps entries and counts deadlines. Default: the system's.
	Clock Clock
	// TickInterval is the time between ticks. Default 20 ms, and then 20 to 25 ticks for an
	// election, more where something was slow of late, and 3 between heartbeats, where Raft leaves them 0.
	TickInterval time.Duration
	// Logger is told of changes. Default: slog's.
	Logger *slog.Logger
}

// Secret is what all nodes of a cluster have and nobody else. It does not show itself, however it is printed.
type Secret = transport.Secret

// ErrSecret is wrapped by ParseSecret where a text is no secret.
var ErrSecret = transport.ErrSecret

// NewSecret draws a secret; its method Text returns what ParseSecret reads.
func NewSecret() Secret { return transport.NewSecret() }

// ParseSecret reads a secret: 64 hexadecimal digits. The error does not repeat the text.
func ParseSecret(text []byte) (Secret, error) { return transport.ParseSecret(text) }

// Clock is the time as a node sees it. It may be asked by several goroutines at once.
type Clock interface {
	// Now is a monotonic time in ns, from any start.
	Now() int64
	// Wall is the wall clock in ns since 1970.
	Wall() uint64
}

// systemClock is the system's, with its zero where it was made.
type systemClock struct{ start time.Time }

func (c systemClock) Now() int64 { return int64(time.Since(c.start)) }

func (systemClock) Wall() uint64 { return uint64(time.Now().UnixNano()) }

const (
	defaultTick           = 20 * time.Millisecond
	defaultElectionTicks  = 20
	defaultHeartbeatTicks = 3
	segmentBytes          = 16 << 20
	leastSegmentBytes     = 64 << 10
	snapshotRate          = 128 << 20
)

func (o Options) withDefaults() Options {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = segmentBytes
	}
	if o.SnapshotRate == 0 {
		o.SnapshotRate = snapshotRate
	}
	if o.SnapshotBlockBytes == 0 {
		o.SnapshotBlockBytes = snapshot.DefaultBlockBytes
	}
	if o.RoomReserve == 0 {
		o.RoomReserve = int(min(o.SegmentBytes/8, mostCacheBytes))
	}
	o.Config = o.Config.withDefaults()
	if o.TickInterval == 0 {
		o.TickInterval = defaultTick
	}
	if o.Raft.ElectionTicks == 0 && o.Raft.HeartbeatTicks == 0 {
		o.Raft.ElectionTicks, o.Raft.HeartbeatTicks = defaultElectionTicks, defaultHeartbeatTicks
	}
	if o.Clock == nil {
		o.Clock = systemClock{time.Now()}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func (o *Options) validate() error {
	switch {
	case o.Cluster == "":
		return &ConfigError{"Cluster", `""`, "the cluster's name"}
	case o.Machine == nil:
		return &ConfigError{"Machine", nil, "a state machine"}
	case o.Secret.IsZero() && len(o.Peers) > 0:
		return &ConfigError{"Secret", o.Secret, "the secret that all nodes of the cluster have"}
	case o.Snapshots == nil && o.Dir == "":
		return &ConfigError{"Snapshots", nil, "a folder of files, as FS is one"}
	case o.SnapshotRate < int64(o.SnapshotBlockBytes):
		return &ConfigError{"SnapshotRate", o.SnapshotRate, fmt.Sprintf("at least %d, a block", o.SnapshotBlockBytes)}
	case o.TickInterval < time.Millisecond:
		return &ConfigError{"TickInterval", o.TickInterval, "at least 1ms"}
	}
	for id := o.Raft.Servers.Next(protocol.Nil); id != protocol.Nil; id = o.Raft.Servers.Next(id) {
		if _, ok := o.Peers[id]; !ok && id != o.Raft.ID {
			return &ConfigError{"Peers", o.Peers, fmt.Sprintf("the address of each other server, of node %d too", id)}
		}
	}
	if err := o.Config.validate(); err != nil {
		return err
	}
	if least := o.leastSegment(); o.SegmentBytes < least {
		return &ConfigError{"SegmentBytes", o.SegmentBytes, fmt.Sprintf("at least %d", least)}
	}
	if most := int(o.SegmentBytes / 4); o.RoomReserve > most {
		return &ConfigError{"RoomReserve", o.RoomReserve, fmt.Sprintf("at most %d, a quarter of SegmentBytes", most)}
	}
	return nil
}

// leastSegment has room for the largest record twice: whatever one append brings is one write.
func (o *Options) leastSegment() int64 {
	return max(leastSegmentBytes, 2*int64(o.Raft.MaxEntriesPerMessage)*int64(o.MaxEntryBytes))
}
