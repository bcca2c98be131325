package node_test

// A host whose disk is slices: a log with a base, and snapshots. What its replica asks for is done when the test says so.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// kept is a snapshot on the disk.
type kept struct {
	node.SnapshotID
	bytes []byte
}

// wanted is what a replica asked to be fetched.
type wanted struct {
	from  protocol.NodeID
	index protocol.Index
	term  protocol.Term
}

// keeper is a replica and its host. A record is on the disk at once, and durable when the test ends a sync: a crash loses the others.
type keeper struct {
	idleHost
	id      protocol.NodeID
	servers protocol.NodeSet
	cfg     node.Config
	replica *node.Replica
	machine *list

	records   []node.Record // all that were appended
	durable   int           // of them
	kept      []kept
	damaged   protocol.Index // of the snapshot that is known to be
	room      node.Room
	slow      bool // readings wait
	lazy      bool // syncs wait
	readings  []node.Reading
	taking    []node.Taking // asked for, and not over
	begun     int           // ever
	wanted    []wanted
	forgotten []protocol.Index
	replies   []reply
	sent      []protocol.Message
	digests   []node.Digest
	condemned []node.Accusation
	rejected  int
	refused   []error // snapshots
	dropped   []protocol.Index
	time      int64
	responses [][]byte
}

type reply struct {
	to  node.Waiter
	at  uint64 // of the answer; its first 8 bytes
	err error
}

func newKeeper(id protocol.NodeID, servers protocol.NodeSet, cfg node.Config) *keeper {
	cfg.Raft.ID, cfg.Raft.Servers = id, servers
	return &keeper{id: id, servers: servers, cfg: cfg, room: node.Room{Sure: 1 << 30, Coming: true}}
}

// start has the replica come up with what is durable: the newest snapshot that fits, and the log.
func (k *keeper) start() error {
	k.records = k.records[:k.durable]
	k.syncing, k.taking, k.readings, k.wanted, k.machine = false, nil, nil, nil, listOf(k.servers)
	disk := node.Recovered{State: k.state()}
	if n := len(k.records); n > 0 {
		disk.Mark = k.records[n-1].Mark
	}
	slices.SortFunc(k.kept, func(a, b kept) int { return int(b.Index) - int(a.Index) })
	for _, s := range k.kept {
		if s.Fits(&disk.State.Log) && disk.Snapshot == nil {
			loaded, err := node.LoadSnapshot(k.machine, s.SnapshotID, int64(len(s.bytes)), bytes.NewReader(s.bytes))
			if err != nil {
				return err
			}
			disk.Snapshot = loaded
		}
		if base, _ := disk.State.Log.Base(); s.Index == base {
			var err error
			if disk.Base, err = node.SnapshotDigest(base, bytes.NewReader(s.bytes)); err != nil {
				return err
			}
		}
	}
	r, err := node.New(k.cfg, k, k.machine, disk)
	k.replica = r
	return err
}

// state is what the records make of an empty disk.
func (k *keeper) state() (state protocol.HardState) {
	for _, r := range k.records {
		w := protocol.Write{Term: r.Term, Vote: r.Vote, Base: r.Base, BaseTerm: r.BaseTerm, Prev: r.Prev, Commit: r.Commit}
		for _, e := range r.Entries {
			w.Entries.Add(protocol.Run{Term: e.Term, Value: e.Value, Count: 1})
		}
		state.Apply(&w)
	}
	return state
}

// entry reads the log: what was written at an index last.
func (k *keeper) entry(at protocol.Index) (node.Entry, bool) {
	for n := len(k.records) - 1; n >= 0; n-- {
		r := &k.records[n]
		if at <= r.Base {
			return node.Entry{}, false
		}
		if at <= r.Prev {
			continue
		}
		if at <= r.Prev+protocol.Index(len(r.Entries)) {
			return r.Entries[at-r.Prev-1], true
		}
		return node.Entry{}, false
	}
	return node.Entry{}, false
}

func (k *keeper) Append(r *node.Record) error {
	if len(k.records) > 0 && r.Base < k.records[len(k.records)-1].Base {
		return errors.New("a log begins where it did, or later")
	}
	if r.Base > 0 && !slices.ContainsFunc(k.kept, func(s kept) bool { return s.Index >= r.Base }) {
		return fmt.Errorf("a log begins behind entry %d, and no snapshot stands for that", r.Base)
	}
	copied := *r
	copied.Entries = nil
	for _, e := range r.Entries {
		e.Payload = bytes.Clone(e.Payload)
		copied.Entries = append(copied.Entries, e)
	}
	k.records, k.last = append(k.records, copied), r.Mark
	return nil
}

func (k *keeper) Room() node.Room { return k.room }

func (k *keeper) ReadEntry(at protocol.Index) (node.Entry, error) {
	e, ok := k.entry(at)
	if !ok {
		return e, fmt.Errorf("there is no entry %d", at)
	}
	return e, nil
}

func (k *keeper) ReadAhead(r node.Reading) { k.readings = append(k.readings, r) }

// read answers a reading with the log as it is.
func (k *keeper) read(r node.Reading) node.Event {
	var entries []node.Entry
	for at := r.First; at <= r.Last; at++ {
		e, ok := k.entry(at)
		if !ok {
			break
		}
		entries = append(entries, e)
	}
	return node.WasRead(r.For, r.First, entries)
}

func (k *keeper) TakeSnapshot(t node.Taking) { k.taking, k.begun = append(k.taking, t), k.begun+1 }

func (k *keeper) FetchSnapshot(from protocol.NodeID, index protocol.Index, term protocol.Term) {
	k.wanted = append(k.wanted, wanted{from, index, term})
}

func (k *keeper) RefuseSnapshot(id node.SnapshotID, why error) {
	k.refused = append(k.refused, why)
	k.kept = slices.DeleteFunc(k.kept, func(s kept) bool { return s.Index == id.Index })
}

func (k *keeper) IsDamaged(index protocol.Index) bool { return index == k.damaged }

func (k *keeper) DropSnapshot(index protocol.Index) {
	k.dropped = append(k.dropped, index)
	k.kept = slices.DeleteFunc(k.kept, func(s kept) bool { return s.Index == index })
}

func (k *keeper) Forget(base protocol.Index) {
	k.forgotten = append(k.forgotten, base)
	k.kept = slices.DeleteFunc(k.kept, func(s kept) bool { return s.Index < base })
}

func (k *keeper) Reply(w node.Waiter, a node.Answers, err error) {
	told := reply{to: w, err: err}
	if len(a.Bytes) >= 8 {
		told.at = binary.LittleEndian.Uint64(a.Bytes)
	}
	k.replies = append(k.replies, told)
}

func (k *keeper) Send(m *protocol.Message, _ uint64, _ []byte) { k.sent = append(k.sent, *m) }

func (k *keeper) SendDigest(_ protocol.NodeID, d node.Digest) { k.digests = append(k.digests, d) }

func (k *keeper) Now() int64 { return 1 + k.time }

func (k *keeper) Respond(_ node.Caller, response []byte) {
	k.responses = append(k.responses, bytes.Clone(response))
}

func (k *keeper) Reject(protocol.NodeID, error) { k.rejected++ }

func (k *keeper) Condemn(a node.Accusation) { k.condemned = append(k.condemned, a) }

// handle gives the replica events, and then ends what it asked of the disk but for snapshots.
func (k *keeper) handle(events ...node.Event) error {
	err := k.replica.Handle(events...)
	for n := 0; err == nil && (k.syncing && !k.lazy || len(k.readings) > 0 && !k.slow); n++ {
		if k.syncing && !k.lazy {
			err = k.synced()
			continue
		}
		r := k.readings[0]
		k.readings = k.readings[1:]
		err = k.replica.Handle(k.read(r))
		if n > 10_000 {
			return errors.New("it reads for ever")
		}
	}
	return err
}

// synced ends a sync: what was appended is durable.
func (k *keeper) synced() error {
	k.syncing, k.durable = false, len(k.records)
	return k.replica.Handle(node.Synced(k.last))
}

// file is what the file of a snapshot that is being taken has in the end.
func file(t node.Taking) ([]byte, error) {
	defer t.Body.Close()
	all := bytes.Clone(t.Head)
	for {
		var err error
		if all, err = t.Body.Next(all); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// keep ends the snapshot that is being taken: it is durable.
func (k *keeper) keep() error {
	t := k.taking[0]
	k.taking = k.taking[1:]
	all, err := file(t)
	if err != nil {
		return err
	}
	k.kept = append(k.kept, kept{t.SnapshotID, all})
	return k.handle(node.SnapshotTaken(t.Index, int64(len(all))))
}

// fetch ends what was asked for last, with another host's snapshot.
func (k *keeper) fetch(s kept) error {
	k.kept = append(k.kept, s)
	loaded, err := node.LoadSnapshot(k.machine, s.SnapshotID, int64(len(s.bytes)), bytes.NewReader(s.bytes))
	if err != nil {
		return err
	}
	return k.handle(node.SnapshotFetched(loaded))
}

// alone returns a replica that is a cluster, and leads it.
func aloneWith(cfg node.Config) (*keeper, error) {
	k := newKeeper(1, protocol.Nodes(1), cfg)
	if err := k.start(); err != nil {
		return nil, err
	}
	return k, k.lead()
}

func (k *keeper) lead() error {
	for range 100 {
		if err := k.handle(node.Tick()); err != nil {
			return err
		}
		if s := k.replica.Status(); s.Role == protocol.Leader && !s.Loading {
			return nil
		}
	}
	return errors.New("it does not lead")
}

// grow has a leader apply n entries with commands of so many bytes.
func (k *keeper) grow(n, bytes int) error {
	for range n {
		if err := k.handle(node.Proposed(command(strings.Repeat("x", bytes)), 1, 1<<60, "grow")); err != nil {
			return err
		}
	}
	return nil
}

func interval(bytes int) node.Config {
	return node.Config{SnapshotBytes: bytes, Raft: raft.Config{ElectionTicks: 10, HeartbeatTicks: 3}}
}
