package cluster

import (
	"bytes"
	"cmp"
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
	Committed uint64                     // the highest index that any node had applied
	Log       []linearizability.LogEntry // the committed log, as read back from disks
	Checks    []linearizability.CheckResult
	Found     []linearizability.Violation
}

// remains is what is left of one node: what its process had applied, and what its disk holds after a power loss.
type remains struct {
	id      uint8
	applied uint64
	state   []byte
	log     []wal.Entry
}

// Finish cuts the power of all nodes, so that nothing is left of what was not synced, and reads back from their disks
// what they had committed. No node runs then. The error says that a log could not be read; what was found to
// be wrong is in the Ending.
func (c *Cluster) Finish() (*Ending, error) {
	for _, n := range c.Nodes {
		if err := n.LosePower(0); err != nil {
			return nil, err
		}
	}
	var all []remains
	for _, n := range c.Nodes {
		r, err := c.remainsOf(n)
		if err != nil {
			return nil, fmt.Errorf("read the log of node %d: %w", n.ID, err)
		}
		all = append(all, r)
	}
	e := &Ending{}
	for _, r := range all {
		e.Committed = max(e.Committed, r.applied)
	}
	log := e.readBack(all)
	e.checkStates(all, log)
	return e, e.decode(log)
}

func (c *Cluster) remainsOf(n *Node) (r remains, err error) {
	r.id = n.ID
	n.last.machine.View(func(m *dedup.Machine) { r.applied, r.state = m.AppliedIndex(), m.AppendState(nil) })
	log, found, err := wal.Open(wal.Config{FS: n.Disk, Cluster: node.ClusterID(c.name, c.servers()), Node: protocol.NodeID(n.ID)})
	if err != nil {
		return r, err
	}
	defer func() { _ = log.Close() }()
	for k := protocol.Index(1); k <= found.State.Log.LastIndex(); k++ {
		entry, err := log.Read(k, nil)
		if err != nil {
			return r, err
		}
		r.log = append(r.log, entry)
	}
	return r, nil
}

// readBack is the committed log as most disks hold it. CommittedIsDurable: what any node had applied stands on the
// disks of a majority.
func (e *Ending) readBack(all []remains) (log []wal.Entry) {
	check := linearizability.CheckResult{
		Name: CheckDurable, Promise: "What was answered is on the disks of a majority, whatever loses its power.", OK: true,
	}
	for index := uint64(1); index <= e.Committed; index++ {
		check.Examined++
		holder, disks := agreed(all, index)
		if disks <= len(all)/2 {
			e.fail(&check, fmt.Sprintf("entry %d was applied, and at most %d of %d disks hold the same", index, disks, len(all)))
		}
		if holder == nil {
			break
		}
		log = append(log, holder.log[index-1])
	}
	e.Checks = append(e.Checks, check)
	return log
}

// agreed returns how many disks hold the same entry at an index, and one of them; nil if none holds any.
func agreed(all []remains, index uint64) (holder *remains, disks int) {
	for k := range all {
		same := 0
		for j := range all {
			if all[k].holds(index) && all[j].holds(index) && sameEntry(all[k].log[index-1], all[j].log[index-1]) {
				same++
			}
		}
		if same > disks {
			holder, disks = &all[k], same
		}
	}
	return holder, disks
}

func (r *remains) holds(index uint64) bool { return index <= uint64(len(r.log)) }

func sameEntry(a, b wal.Entry) bool {
	return a.Term == b.Term && a.Value == b.Value && bytes.Equal(a.Payload, b.Payload)
}

// checkStates: SameLogSameState. What each replica had made of the log is what the log read back makes of an empty
// machine, byte for byte.
func (e *Ending) checkStates(all []remains, log []wal.Entry) {
	check := linearizability.CheckResult{
		Name: CheckSameState, Promise: "All replicas have the same state, byte for byte: that of the log on their disks.", OK: true,
	}
	machine := dedup.New()
	var results dedup.Results
	index := uint64(0)
	for _, r := range sortedByApplied(all) {
		for ; index < min(r.applied, uint64(len(log))); index++ {
			if err := machine.Apply(index+1, log[index].Payload, &results); err != nil {
				e.fail(&check, fmt.Sprintf("entry %d on disk can't be applied: %v", index+1, err))
				e.Checks = append(e.Checks, check)
				return
			}
		}
		check.Examined++
		if want := machine.AppendState(nil); !bytes.Equal(r.state, want) {
			e.fail(&check, fmt.Sprintf("node %d had applied %d entries, and its state differs from that of the log on disk: "+
				"%d bytes, want %d, the first that differs is byte %d", r.id, r.applied, len(r.state), len(want), firstDifference(r.state, want)))
		}
	}
	e.Checks = append(e.Checks, check)
}

func sortedByApplied(all []remains) []remains {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b remains) int { return cmp.Compare(a.applied, b.applied) })
	return sorted
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

// decode reads the commands of the log.
func (e *Ending) decode(log []wal.Entry) error {
	next := uint64(1)
	for k := range log {
		entry, err := linearizability.EntryOf(uint64(k+1), log[k].Payload, &next)
		if err != nil {
			return err
		}
		e.Log = append(e.Log, entry)
	}
	return nil
}
