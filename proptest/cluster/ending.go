package cluster

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Ending is what is left of a cluster in the end.
type Ending struct {
	Committed uint64                     // the highest index that any node had applied, in any of its lives
	Log       []linearizability.LogEntry // the committed log, whole, as replicas applied it
	Checks    []linearizability.CheckResult
	Found     []linearizability.Violation
}

// remains is what is left of one node: what its process had applied, and what its disk holds after a power loss.
type remains struct {
	id        uint8
	applied   uint64
	state     []byte
	known     protocol.Log // what the disk knows of the log
	log       []wal.Entry  // behind its base
	snapshots []kept
}

// Finish cuts the power of all nodes, so that nothing is left of what was not synced, and reads back from their disks
// what they had committed. No node runs then. The error says that a log or a folder could not be read; what was found to
// be wrong is in the Ending.
func (c *Cluster) Finish() (*Ending, error) {
	members := c.members()
	for _, n := range members {
		if err := n.LosePower(0); err != nil {
			return nil, err
		}
	}
	var all []remains
	for _, n := range members {
		r, err := c.remainsOf(n)
		if err != nil {
			return nil, fmt.Errorf("read the disk of node %d: %w", n.ID, err)
		}
		all = append(all, r)
	}
	log := c.archive.entries()
	e := endingOf(all, log, c.archive.ever())
	return e, e.decode(log)
}

func (c *Cluster) id() [16]byte { return node.ClusterID(c.name, c.servers()) }

func (c *Cluster) remainsOf(n *Node) (r remains, err error) {
	r.id = n.ID
	n.last.machine.View(func(m *dedup.Machine) { r.applied, r.state = m.AppliedIndex(), m.AppendState(nil) })
	if r.snapshots, err = readSnapshots(n.Disk.Snapshots(), c.id()); err != nil {
		return r, err
	}
	r.snapshots = slices.DeleteFunc(r.snapshots, func(s kept) bool { return s.err != nil && n.Disk.Shelf.isRotten(nameOfSnapshot(s.Index)) })
	log, found, err := wal.Open(wal.Config{FS: n.Disk.Log(), Cluster: c.id(), Node: protocol.NodeID(n.Slot())})
	if err != nil {
		return r, err
	}
	defer func() { _ = log.Close() }()
	r.known = found.State.Log
	base, _ := r.known.Base()
	for k := base + 1; k <= r.known.LastIndex(); k++ {
		entry, err := log.Read(k, nil)
		if err != nil {
			return r, err
		}
		r.log = append(r.log, entry)
	}
	return r, nil
}

// endingOf judges what is left by the whole log, as replicas applied it, and by all snapshots that any of them ever had.
func endingOf(all []remains, log [][]byte, ever []kept) *Ending {
	e := &Ending{}
	e.Committed = uint64(len(log))
	for _, r := range all {
		e.Committed = max(e.Committed, r.applied)
	}
	right := e.checkStates(all, log, ever)
	e.checkDurable(all, log, right)
	return e
}

// entry is the entry of an index on a disk; nil where it holds none.
func (r *remains) entry(index uint64) *wal.Entry {
	base, _ := r.known.Base()
	if behind := index - uint64(base); index > uint64(base) && behind <= uint64(len(r.log)) {
		return &r.log[behind-1]
	}
	return nil
}

// covers reports whether the log of a disk begins behind an index, and a right snapshot stands for what is in front of that: one
// with which a replica comes up.
func (r *remains) covers(index uint64, right map[uint64]fingerprint) bool {
	base, _ := r.known.Base()
	return index <= uint64(base) && slices.ContainsFunc(r.snapshots, func(s kept) bool {
		id := node.SnapshotID{Index: s.Index, Term: s.Term, Stamp: s.Stamp}
		return s.err == nil && id.Fits(&r.known) && s.file == right[uint64(s.Index)]
	})
}

// checkDurable: CommittedIsDurable. What any node had applied stands on the disks of a majority, as an entry, or under a snapshot;
// right are the files of those that are what the log makes, by index.
func (e *Ending) checkDurable(all []remains, log [][]byte, right map[uint64]fingerprint) {
	check := linearizability.CheckResult{
		Name: CheckDurable, Promise: "What was answered is on the disks of a majority, whatever loses its power.", OK: true,
	}
	for index := uint64(1); index <= e.Committed; index++ {
		check.Examined++
		if index > uint64(len(log)) {
			e.fail(&check, fmt.Sprintf("entry %d was applied, and nobody saw it", index))
			break
		}
		if entries, snapshots := holders(all, index, log[index-1], right); entries+snapshots <= len(all)/2 {
			e.fail(&check, fmt.Sprintf("entry %d was applied, and at most %d of %d disks hold it, and of %d a snapshot does", index, entries, len(all), snapshots))
		}
	}
	e.Checks = append(e.Checks, check)
}

// holders returns how many disks hold an entry, all of them the same, and of how many a snapshot stands for it.
func holders(all []remains, index uint64, payload []byte, right map[uint64]fingerprint) (entries, snapshots int) {
	for k := range all {
		if all[k].covers(index, right) {
			snapshots++
		}
		one, same := all[k].entry(index), 0
		for j := range all {
			other := all[j].entry(index)
			if one != nil && other != nil && bytes.Equal(one.Payload, payload) && sameEntry(one, other) {
				same++
			}
		}
		entries = max(entries, same)
	}
	return entries, snapshots
}

func sameEntry(a, b *wal.Entry) bool {
	return a.Term == b.Term && a.Value == b.Value && bytes.Equal(a.Payload, b.Payload)
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for k := range n {
		if a[k] != b[k] {
			return k
		}
	}
	return n
}

func (e *Ending) fail(check *linearizability.CheckResult, sentence string) {
	check.OK = false
	check.Found++
	if check.Found <= 3 {
		e.Found = append(e.Found, linearizability.Violation{Check: check.Name, Sentence: sentence, Operations: []int{}})
	}
}

// decode reads the commands of the log, up to what any node had applied.
func (e *Ending) decode(log [][]byte) error {
	next := uint64(1)
	for k := range min(e.Committed, uint64(len(log))) {
		entry, err := linearizability.EntryOf(k+1, log[k], &next)
		if err != nil {
			return err
		}
		e.Log = append(e.Log, entry)
	}
	return nil
}
