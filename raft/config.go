package raft

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Config is what a replica is told once. Fields left 0 take their default.
type Config struct {
	// ID is this replica, one of Servers. Required.
	ID protocol.NodeID
	// Servers are all replicas that the cluster may ever have, ids 1 to 63, on each the same. Who decides, and who is sent what is appended, stands
	// in the log; where the disk's says nothing of it, all of these decide. Required.
	Servers protocol.NodeSet
	// Joined is where the configuration stands by which this replica became a member, 0 for one of the first. That an earlier one leaves it out
	// does not mean that it was removed.
	Joined protocol.Index
	// Configurations: the caller's log, snapshots and messages carry configurations. Where they don't, no disk that has one, and no message, is
	// taken, and no Change.
	Configurations bool
	// Seed starts the generator of election timeouts, together with ID, so that a seed
	// may be shared. Any value.
	Seed uint64

	// ElectionTicks is the shortest time without a leader after which a replica
	// campaigns: as long as a process in health may stand still. The time is that and up to a
	// quarter more, as drawn, where nothing was slow of late; else up to three times as
	// long, see sizing.go. Default 10; 2 to 2^29, above HeartbeatTicks.
	ElectionTicks int
	// HeartbeatTicks is the time between a leader's heartbeats. Default 1; 1 to 2^29-1.
	HeartbeatTicks int

	// MaxEntriesPerMessage bounds the entries of one AppendEntries. Default 256; 1 to 65,536.
	MaxEntriesPerMessage int
	// MaxInflightEntries bounds the entries sent to a peer and not yet acknowledged.
	// Default 4,096, or MaxEntriesPerMessage where that is more; MaxEntriesPerMessage to 2^29.
	MaxInflightEntries int
	// MaxInflightMessages bounds the messages with entries that are on their way to a
	// peer. Default 64; 1 to 65,536.
	MaxInflightMessages int
	// MaxBytesPerMessage bounds the bytes of one AppendEntries, as Fit counts them; an entry
	// that has more by itself goes alone. Default 512 KiB; 1 to 2^29.
	MaxBytesPerMessage int
	// MaxInflightBytes bounds the bytes sent to a peer and not yet acknowledged; an entry that
	// has more by itself goes where nothing else is on its way. Keep it below what queues
	// between two nodes have room for, or they drop what the window lets through. Default
	// 4 MiB, or MaxBytesPerMessage where that is more; MaxBytesPerMessage to 2^29.
	MaxInflightBytes int

	// Fit, where not nil, tells what the core does not hold: how many bytes entries have.
	Fit Fit

	// Record, where not nil, is called after each action taken, and by New.
	Record Recorder
}

// Fit tells how many of the n entries after prev, n > 0, may now go to a peer in one message,
// from the first on, and how many bytes these have: as many as have at most `most` bytes
// together, and the first one in any case. Where the payload of the first is not at hand that
// is none; the caller comes with Supplied once it is. Fit is called within Step, after a
// Proposed event with the entries that it appended, too, and calls nothing but At. Without a
// Fit entries have no bytes.
type Fit func(to protocol.NodeID, prev protocol.Index, n uint64, most int) (count uint64, bytes int)

const (
	defaultElectionTicks        = 10
	defaultHeartbeatTicks       = 1
	defaultMaxEntriesPerMessage = 256
	defaultMaxInflightEntries   = 4096
	defaultMaxInflightMessages  = 64
	defaultMaxBytesPerMessage   = 512 << 10
	defaultMaxInflightBytes     = 4 << 20

	mostInOneMessage = 1 << 16
	mostMessages     = 1 << 16
	most             = 1 << 29 // twice as much is still an int on every machine
)

// ConfigError is returned by New for a configuration that can't work.
type ConfigError struct {
	Field    string // the field of Config
	Value    any    // what it was, after defaults
	Expected string // what it may be
}

// Error says which field has which value, and which it may have.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("raft configuration: %s is %v, expected %s", e.Field, e.Value, e.Expected)
}

func (c Config) withDefaults() Config {
	orDefault(&c.ElectionTicks, defaultElectionTicks)
	orDefault(&c.HeartbeatTicks, defaultHeartbeatTicks)
	orDefault(&c.MaxEntriesPerMessage, defaultMaxEntriesPerMessage)
	orDefault(&c.MaxInflightEntries, max(defaultMaxInflightEntries, c.MaxEntriesPerMessage))
	orDefault(&c.MaxInflightMessages, defaultMaxInflightMessages)
	orDefault(&c.MaxBytesPerMessage, defaultMaxBytesPerMessage)
	orDefault(&c.MaxInflightBytes, max(defaultMaxInflightBytes, c.MaxBytesPerMessage))
	return c
}

func orDefault(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// validate returns a *ConfigError for the first field that is out of its range.
func (c Config) validate() error {
	if c.Servers.Len() == 0 || c.Servers.Has(protocol.Nil) {
		return &ConfigError{"Servers", c.Servers, "at least one id, each of 1 to 63"}
	}
	if c.ID > protocol.MaxNodeID || !c.Servers.Has(c.ID) {
		return &ConfigError{"ID", c.ID, fmt.Sprintf("one of Servers, %v", c.Servers)}
	}
	ranges := []struct {
		field              string
		value, least, most int
	}{
		{"HeartbeatTicks", c.HeartbeatTicks, 1, most - 1},
		{"ElectionTicks", c.ElectionTicks, max(2, c.HeartbeatTicks+1), most},
		{"MaxEntriesPerMessage", c.MaxEntriesPerMessage, 1, mostInOneMessage},
		{"MaxInflightEntries", c.MaxInflightEntries, c.MaxEntriesPerMessage, most},
		{"MaxInflightMessages", c.MaxInflightMessages, 1, mostMessages},
		{"MaxBytesPerMessage", c.MaxBytesPerMessage, 1, most},
		{"MaxInflightBytes", c.MaxInflightBytes, c.MaxBytesPerMessage, most},
	}
	for _, r := range ranges {
		if r.value < r.least || r.value > r.most {
			return &ConfigError{r.field, r.value, fmt.Sprintf("%d to %d", r.least, r.most)}
		}
	}
	return nil
}
