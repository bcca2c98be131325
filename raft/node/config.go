package node

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Config is what a replica is told once. Fields left 0 take their default.
type Config struct {
	// Raft is the policy's configuration. ID and Servers are required; MaxEntriesPerMessage
	// defaults to 32 here and is at most that: an append of so many of the largest entries
	// fits into a segment of the log and a frame of the network. MaxBytesPerMessage defaults to 512 KiB, and MaxInflightBytes
	// to 4 MiB, or MaxBytesPerMessage where that is more; it is at most 16 MiB: the queues between two nodes have room
	// for four such windows.
	Raft raft.Config

	// Addresses are where clients find each node, for NotLeaderError; optional.
	Addresses map[protocol.NodeID]string

	// MaxEntryAnswers bounds the answers of one entry. Default 4,096; 1 to 4,096. Proposals are joined up to 1,024: while an entry is applied,
	// all others wait.
	MaxEntryAnswers int
	// MaxEntryBytes bounds the payload of one entry. Default 256 KiB; 64 to 256 KiB.
	MaxEntryBytes int

	// MaxPending bounds the proposals without a verdict: waiting, in the log, forwarded. Those that only read may be half of them.
	// Default 65,536; 1 to 2^24.
	MaxPending int
	// MaxWait bounds how long a proposal waits, from its arrival or from when there was a leader again, to be in the leader's
	// log; beyond it is refused with ErrOverloaded. Two fifths of it where proposals have been waiting for that long without a pause. Default 250 ms;
	// 10 ms to 1 h.
	MaxWait time.Duration
	// MaxPendingBytes bounds the bytes of proposals that wait to be in the log, and half of it those of reads that wait for an answer.
	// Default 64 MiB; from twice MaxEntryBytes.
	MaxPendingBytes int
	// MaxUncommitted bounds the entries of the log that are not committed, beyond which a leader
	// proposes no more. Default 1,024; 1 to 2^20.
	MaxUncommitted int
	// MaxUncommittedBytes bounds the payloads of these entries likewise; the one that reaches it may exceed it. Default 16 MiB;
	// 1 to 2^30.
	MaxUncommittedBytes int

	// RoomReserve is how many bytes of the log's room are kept back from new work: reads may take half of them, what ends
	// work three quarters, votes and terms all. Default 2 MiB; from 8 KiB to a quarter of a segment of the log.
	RoomReserve int

	// SnapshotBytes is how many bytes of entries are applied between two snapshots, or as many as the last one's file has, if that is more:
	// the log has at most two such stretches, but while one can't be taken. Default 64 MiB; 1 to 2^40.
	SnapshotBytes int

	// CacheBytes bounds the payloads kept in memory for sending and applying; beside them are, for each peer that is
	// behind at most 128 KiB and an entry, and for the state machine 2 MiB, that were read of the log. Default 32 MiB; 1 to 2^30.
	CacheBytes int
}

const (
	entriesPerMessage = 32
	messageBytes      = 512 << 10
	windowBytes       = 4 << 20
	mostWindowBytes   = 16 << 20
	entryAnswers      = 4096
	joinedAnswers     = 1024
	entryBytes        = 256 << 10
	leastEntryBytes   = 64

	defaultMaxWait      = 250 * time.Millisecond
	leastMaxWait        = 10 * time.Millisecond
	mostMaxWait         = time.Hour
	defaultPending      = 1 << 16
	mostPending         = 1 << 24
	defaultPendingBytes = 64 << 20
	defaultUncommitted  = 1 << 10
	mostUncommitted     = 1 << 20
	uncommittedBytes    = 16 << 20
	defaultCacheBytes   = 32 << 20
	mostCacheBytes      = 1 << 30
	defaultRoomReserve  = 2 << 20
	leastRoomReserve    = 8 << 10
	mostBytes           = 1 << 40

	defaultSnapshotBytes = 64 << 20
)

// ConfigError says which field of a Config can't be what it is.
type ConfigError struct {
	Field    string // the field of Config
	Value    any    // what it was, after defaults
	Expected string // what it may be
}

// Error says which field has which value, and which it may have.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("node config: %s is %v, it must be %s", e.Field, e.Value, e.Expected)
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&c.Raft.MaxEntriesPerMessage, entriesPerMessage},
		{&c.Raft.MaxBytesPerMessage, messageBytes}, {&c.Raft.MaxInflightBytes, max(windowBytes, c.Raft.MaxBytesPerMessage)},
		{&c.MaxEntryAnswers, entryAnswers}, {&c.MaxEntryBytes, entryBytes},
		{&c.MaxPending, defaultPending}, {&c.MaxPendingBytes, defaultPendingBytes},
		{&c.MaxUncommitted, defaultUncommitted}, {&c.MaxUncommittedBytes, uncommittedBytes}, {&c.CacheBytes, defaultCacheBytes},
		{&c.RoomReserve, defaultRoomReserve}, {&c.SnapshotBytes, defaultSnapshotBytes},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxWait == 0 {
		c.MaxWait = defaultMaxWait
	}
	return c
}

func (c *Config) validate() error {
	if c.MaxWait < leastMaxWait || c.MaxWait > mostMaxWait {
		return &ConfigError{"MaxWait", c.MaxWait, fmt.Sprintf("%v to %v", leastMaxWait, mostMaxWait)}
	}
	for _, b := range []struct {
		name               string
		value, least, most int
	}{
		{"Raft.MaxEntriesPerMessage", c.Raft.MaxEntriesPerMessage, 1, entriesPerMessage},
		{"Raft.MaxInflightBytes", c.Raft.MaxInflightBytes, 1, mostWindowBytes},
		{"MaxEntryAnswers", c.MaxEntryAnswers, 1, entryAnswers},
		{"MaxEntryBytes", c.MaxEntryBytes, leastEntryBytes, entryBytes},
		{"MaxPending", c.MaxPending, 1, mostPending},
		{"MaxPendingBytes", c.MaxPendingBytes, 2 * c.MaxEntryBytes, mostBytes},
		{"MaxUncommitted", c.MaxUncommitted, 1, mostUncommitted},
		{"MaxUncommittedBytes", c.MaxUncommittedBytes, 1, mostCacheBytes},
		{"RoomReserve", c.RoomReserve, leastRoomReserve, mostCacheBytes},
		{"SnapshotBytes", c.SnapshotBytes, 1, mostBytes},
		{"CacheBytes", c.CacheBytes, 1, mostCacheBytes},
	} {
		if b.value < b.least || b.value > b.most {
			return &ConfigError{b.name, b.value, fmt.Sprintf("%d to %d", b.least, b.most)}
		}
	}
	return nil
}

// ClusterID names a cluster: a hash of its name and of its sorted node ids, never of addresses.
func ClusterID(name string, servers protocol.NodeSet) [16]byte {
	b := append([]byte("semel cluster 1\n"), name...)
	b = binary.LittleEndian.AppendUint64(b, uint64(servers))
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
