package cluster

import (
	"bytes"
	"fmt"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
)

// snapshotHead is how long the digest is that stands in front of a machine's state: see node.Taking.
const snapshotHead = 8

// replaying is the whole log applied to an empty machine once more, with what is to be compared on the way.
type replaying struct {
	ending    *Ending
	states    linearizability.CheckResult
	snapshots linearizability.CheckResult
	right     map[uint64]fingerprint // files of snapshots that are what the log makes
}

// checkStates: SameLogSameState. What each replica had made of the log is what the log makes of an empty machine, byte for byte.
// And SnapshotsAreLog: so is each snapshot that a replica ever had under its name, and those that are on the disks can be read
// and are the same. It returns the files of right ones, by index.
func (e *Ending) checkStates(all []remains, log [][]byte, ever []kept) (right map[uint64]fingerprint) {
	p := &replaying{
		ending: e, right: map[uint64]fingerprint{},
		states: linearizability.CheckResult{
			Name: CheckSameState, Promise: "All replicas have the same state, byte for byte: that of their log from its first entry on.", OK: true,
		},
		snapshots: linearizability.CheckResult{
			Name: CheckSnapshots, Promise: "A snapshot is what its log made, whole, and the same file on all replicas.", OK: true,
		},
	}
	byIndex := map[uint64][]kept{}
	for _, s := range ever {
		byIndex[uint64(s.Index)] = append(byIndex[uint64(s.Index)], s)
	}
	for _, r := range all {
		for _, s := range r.snapshots {
			byIndex[uint64(s.Index)] = append(byIndex[uint64(s.Index)], s)
		}
	}
	machine := dedup.New()
	p.compare(0, machine, all, byIndex[0])
	var results dedup.Results
	for k, payload := range log {
		index := uint64(k + 1)
		if err := machine.Apply(index, payload, &results); err != nil {
			e.fail(&p.states, fmt.Sprintf("entry %d can't be applied again: %v", index, err))
			break
		}
		p.compare(index, machine, all, byIndex[index])
		delete(byIndex, index)
	}
	for index := range byIndex {
		e.fail(&p.snapshots, fmt.Sprintf("there is a snapshot of entry %d, and nobody has applied that", index))
	}
	e.Checks = append(e.Checks, p.states, p.snapshots)
	return p.right
}

// compare looks at what is of the index that the machine has applied last.
func (p *replaying) compare(index uint64, machine *dedup.Machine, all []remains, files []kept) {
	for _, r := range all {
		if r.applied != index {
			continue
		}
		p.states.Examined++
		if want := machine.AppendState(nil); !bytes.Equal(r.state, want) {
			p.ending.fail(&p.states, fmt.Sprintf("node %d had applied %d entries, and its state differs from that of the log: "+
				"%d bytes, want %d, the first that differs is byte %d", r.id, r.applied, len(r.state), len(want), firstDifference(r.state, want)))
		}
	}
	if len(files) == 0 {
		return
	}
	want := fingerprintOf(machine.AppendState(nil))
	for _, s := range files {
		p.snapshots.Examined++
		if wrong := p.wrong(&s, want); wrong != "" {
			p.ending.fail(&p.snapshots, fmt.Sprintf("the snapshot of entry %d %s", index, wrong))
		}
	}
}

// wrong says what is wrong with a snapshot, where the machine is what is wanted; "" if nothing is.
func (p *replaying) wrong(s *kept, want fingerprint) string {
	if s.err != nil {
		return "can't be read: " + s.err.Error()
	}
	if s.state != want {
		return fmt.Sprintf("differs from what the log makes of an empty machine: %v, want %v", s.state, want)
	}
	if right, ok := p.right[uint64(s.Index)]; ok && right != s.file {
		return fmt.Sprintf("is not the same file everywhere: %v and %v", s.file, right)
	}
	p.right[uint64(s.Index)] = s.file
	return ""
}
