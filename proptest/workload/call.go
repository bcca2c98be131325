package workload

import (
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
)

// Namespace is where all keys of a plan stand: the one that all doors share.
const Namespace = "default"

// Stream is the stream of all checkpoints.
const Stream = "stream"

// Call is a step made concrete: one request to one node. Its commands go into one entry.
type Call struct {
	Client   int // the index of its steps in the plan
	Step     int // its place in the plan
	Attempt  int // 0: the first; repeats have the same owner, and call numbers of their own
	Kind     Kind
	Node     int
	Door     Door
	Patience time.Duration
	Commands []Command // one; the claims of a batch; a checkpoint and, behind it, its claims
}

// Command is one command, with its names as a door is told them.
type Command struct {
	Kind        dedup.Kind
	Call        uint64 // unique in the run, never 0
	Key         string // of a checkpoint: the partition of Stream
	Owner       string
	Token       uint64
	Offset      uint64
	LeaseMillis uint64
	TTLMillis   uint64
	Fingerprint []byte
	Value       []byte // or response; nil: none
	IfExists    bool

	CapacityKeys, CapacityBytes uint64 // of a Resize
}

// String is the call in a line.
func (c *Call) String() string {
	return fmt.Sprintf("client %d step %d attempt %d: %s at node %d: %+v", c.Client, c.Step, c.Attempt, c.Kind, c.Node, c.Commands)
}

// Stale reports whether the node asked answers from what it has, without the log.
func (c *Call) Stale() bool { return c.Kind == QueryStale }

// RedisCan reports whether the Redis door has a command for the call. It needs a value to tell calls apart: a
// stock client knows neither owner nor call number.
func (c *Call) RedisCan() bool {
	first := &c.Commands[0]
	switch c.Kind {
	case Seen:
		return len(first.Value) > 0 && len(first.Fingerprint) == 0
	case Put:
		return len(first.Value) > 0
	case Forget, Query:
		return true
	}
	return false
}

// Digest returns the command's key as the log has it.
func (c *Command) Digest(secret *dedup.Secret) dedup.Key {
	switch {
	case c.inStream():
		return dedup.Digest(secret, Stream, []byte(c.Key))
	case c.Kind == dedup.KindResize:
		return dedup.Key{}
	}
	return dedup.Digest(secret, Namespace, []byte(c.Key))
}

func (c *Command) inStream() bool {
	return c.Kind == dedup.KindCheckpoint || c.Kind == dedup.KindCheckpointQuery || c.Kind == dedup.KindSetCheckpoint
}

// OwnerDigest returns the command's owner as the log has it; 0 where it has none.
func (c *Command) OwnerDigest(secret *dedup.Secret) dedup.Owner {
	if c.Owner == "" {
		return 0
	}
	return dedup.OwnerDigest(secret, []byte(c.Owner))
}

// Encode returns the call's commands as the log has them.
func (c *Call) Encode(secret *dedup.Secret) []byte {
	if c.Kind == Checkpoint {
		return dedup.AppendCheckpoint(nil, c.checkpoint(secret))
	}
	var b []byte
	for k := range c.Commands {
		b = c.Commands[k].append(b, secret)
	}
	return b
}

func (c *Call) checkpoint(secret *dedup.Secret) dedup.Checkpoint {
	first := &c.Commands[0]
	checkpoint := dedup.Checkpoint{Call: first.Call, Key: first.Digest(secret), Owner: first.OwnerDigest(secret), Offset: first.Offset}
	for k := range c.Commands[1:] {
		checkpoint.Claims = append(checkpoint.Claims, c.Commands[1+k].claim(secret))
	}
	return checkpoint
}

func (c *Command) claim(secret *dedup.Secret) dedup.Claim {
	return dedup.Claim{
		Call: c.Call, Key: c.Digest(secret), Owner: c.OwnerDigest(secret), LeaseMillis: c.LeaseMillis,
		TTLMillis: c.TTLMillis, Fingerprint: c.Fingerprint, Value: c.Value,
	}
}

func (c *Command) append(b []byte, secret *dedup.Secret) []byte {
	key := c.Digest(secret)
	switch c.Kind {
	case dedup.KindClaim:
		return dedup.AppendClaim(b, c.claim(secret))
	case dedup.KindComplete:
		return dedup.AppendComplete(b, dedup.Complete{Call: c.Call, Key: key, Token: c.Token, TTLMillis: c.TTLMillis, Response: c.Value})
	case dedup.KindRelease:
		return dedup.AppendRelease(b, dedup.Release{Call: c.Call, Key: key, Token: c.Token})
	case dedup.KindExtend:
		return dedup.AppendExtend(b, dedup.Extend{Call: c.Call, Key: key, Token: c.Token, LeaseMillis: c.LeaseMillis})
	case dedup.KindPut:
		return dedup.AppendPut(b, dedup.Put{Call: c.Call, Key: key, TTLMillis: c.TTLMillis, IfExists: c.IfExists, Value: c.Value})
	case dedup.KindForget:
		return dedup.AppendForget(b, dedup.Forget{Call: c.Call, Key: key})
	case dedup.KindSetCheckpoint:
		return dedup.AppendSetCheckpoint(b, dedup.SetCheckpoint{Call: c.Call, Key: key, Owner: c.OwnerDigest(secret), Offset: c.Offset})
	case dedup.KindResize:
		return dedup.AppendResize(b, dedup.Resize{Call: c.Call, CapacityKeys: c.CapacityKeys, CapacityBytes: c.CapacityBytes})
	case dedup.KindCheckpointQuery:
		return dedup.AppendCheckpointQuery(b, dedup.CheckpointQuery{Call: c.Call, Key: key})
	default:
		return dedup.AppendQuery(b, dedup.Query{Call: c.Call, Key: key, Spans: c.Call%2 == 0})
	}
}
