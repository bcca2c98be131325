package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// changing is a cluster of real replicas whose members change: none of the first is left in the end.
type changing struct {
	dir    string
	record raft.Recorder
	secret node.Secret
	at     map[uint8]string // where each is found, by its slot, which is its id
	up     map[uint8]*server.Replica
	calls  uint64
}

// folders are all that a run of such a cluster has, and firstFolders those that begin it.
var (
	folders      = protocol.Nodes(1, 2, 3, 4, 5, 6)
	firstFolders = protocol.Nodes(1, 2)
)

// patience bounds a run of them, which takes some seconds.
const patience = 2 * time.Minute

// members records one.
func (s *suite) members(ctx context.Context) *recorded {
	r := &recorded{kind: real, profile: "members", seed: s.options.seed}
	recorder := trace.NewRecorder(&r.file, r.name(), folders)
	recorder.Every(s.options.whole)
	dir, err := os.MkdirTemp("", "members-")
	if err != nil {
		r.err = err
		return r
	}
	defer os.RemoveAll(dir)
	c := &changing{dir: dir, record: recorder.Record, secret: node.NewSecret(), at: map[uint8]string{}, up: map[uint8]*server.Replica{}}
	for slot := folders.Next(protocol.Nil); slot != protocol.Nil; slot = folders.Next(slot) {
		c.at[uint8(slot)] = ports.Free()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = c.run(ctx)
	for slot := range c.up {
		c.end(slot)
	}
	r.err = errors.Join(err, recorder.Close())
	return r
}

func (c *changing) run(ctx context.Context) error {
	for _, step := range []struct {
		what   string
		take   func(context.Context) error
		decide protocol.NodeSet
	}{
		{"two begin", c.begin, firstFolders},
		{"the first is replaced", c.replaced(3, 1), protocol.Nodes(2, 3)},
		{"the second is replaced", c.replaced(4, 2), protocol.Nodes(3, 4)},
		{"one joins that gets all of the log", c.replaced(5, 0), protocol.Nodes(3, 4, 5)},
		{"the logs end", c.snapshots, protocol.Nodes(3, 4, 5)},
		{"one joins that gets a snapshot", c.replaced(6, 0), protocol.Nodes(3, 4, 5, 6)},
		{"one is removed", c.removed(5), protocol.Nodes(3, 4, 6)},
	} {
		err := step.take(ctx)
		if err == nil {
			err = cluster.Wait(ctx, fmt.Sprintf("%v decide", step.decide), func() bool { return c.settled(step.decide) })
		}
		if err == nil {
			err = c.write(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func (c *changing) config(slot uint8) server.Config {
	return server.Config{
		Cluster: "members", Node: slot, Dir: filepath.Join(c.dir, fmt.Sprint(slot)), PeerSecret: c.secret, Listen: c.at[slot],
		CapacityKeys: 1000, CapacityBytes: 1 << 20, Logger: slog.New(slog.DiscardHandler),
		Tune: func(o *node.Options) { o.Raft.Record, o.TickInterval = c.record, 10*time.Millisecond },
	}
}

func (c *changing) open(slot uint8, config server.Config) (err error) {
	c.up[slot], err = server.Open(config)
	if err != nil {
		delete(c.up, slot)
	}
	return err
}

func (c *changing) end(slot uint8) {
	c.up[slot].Close()
	delete(c.up, slot)
}

func (c *changing) begin(context.Context) (err error) {
	for slot := firstFolders.Next(protocol.Nil); slot != protocol.Nil; slot = firstFolders.Next(slot) {
		config := c.config(uint8(slot))
		config.Peers = map[uint8]string{1: c.at[1], 2: c.at[2]}
		err = errors.Join(err, c.open(uint8(slot), config))
	}
	return err
}

// replaced has a folder join, in the place of a member or beside all, and starts it, and once more before it has much.
func (c *changing) replaced(slot, whom uint8) func(context.Context) error {
	return func(ctx context.Context) error {
		config := c.config(slot)
		j := &server.Joining{Config: config, Replaces: whom}
		for known := range c.up {
			j.Ask = append(j.Ask, c.at[known])
		}
		if err := server.Join(ctx, j); err != nil {
			return err
		}
		for range 2 {
			if c.up[slot] != nil {
				c.end(slot)
			}
			if err := c.open(slot, config); err != nil {
				return err
			}
		}
		if whom == 0 {
			return nil
		}
		return c.left(ctx, whom)
	}
}

// removed has a member be none any more.
func (c *changing) removed(slot uint8) func(context.Context) error {
	return func(ctx context.Context) error {
		err := cluster.Wait(ctx, "who leads begins to remove it", func() bool {
			for _, r := range c.up {
				if r.ChangeMembers(server.MemberChange{Remove: slot}) == nil {
					return true
				}
			}
			return false
		})
		return errors.Join(err, c.left(ctx, slot))
	}
}

// left waits until a replica has stopped that is no member any more.
func (c *changing) left(ctx context.Context, slot uint8) error {
	err := cluster.Wait(ctx, fmt.Sprintf("%d is told that it is removed", slot), func() bool { return c.up[slot].Err() != nil })
	if err == nil && !errors.Is(c.up[slot].Err(), node.ErrRemoved) {
		err = c.up[slot].Err()
	}
	c.end(slot)
	return err
}

// settled reports whether these decide and all know.
func (c *changing) settled(decide protocol.NodeSet) bool {
	for _, r := range c.up {
		m, voters := r.Members(), protocol.NodeSet(0)
		for k := range m.All {
			if m.All[k].Role == server.Voter {
				voters = voters.With(protocol.NodeID(m.All[k].Slot))
			}
		}
		if r.Err() != nil || !m.Settled || voters != decide {
			return false
		}
	}
	return true
}

// snapshots has all replicas keep snapshots, so that their logs begin behind one.
func (c *changing) snapshots(ctx context.Context) (err error) {
	for range 3 {
		for _, r := range c.up {
			_, failed := r.TakeSnapshot(ctx)
			err = errors.Join(err, failed)
		}
		err = errors.Join(err, c.write(ctx))
	}
	return err
}

// write has some records put, by whoever takes them.
func (c *changing) write(ctx context.Context) error {
	for range 5 {
		err := cluster.Wait(ctx, "a record is put", func() bool {
			for _, r := range c.up {
				c.calls++
				ended := make(chan error, 1)
				put := dedup.AppendPut(nil, dedup.Put{Call: c.calls, Value: []byte("value")})
				r.Do(put, 1, server.Within(time.Second), func(_ []server.Answer, err error) { ended <- err })
				if <-ended == nil {
					return true
				}
			}
			return false
		})
		if err != nil {
			return err
		}
	}
	return nil
}
