package virtualcluster

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// forgotten is longer than any call is open in a replica, or a sync under way.
const forgotten = 2 * time.Second

// headBytes are in front of the machine's state in a snapshot: see node.Taking.
const headBytes = 8

// settle is the end of a run: all is healed, the replicas get level, and hold the same log and the same state.
func (r *run) settle() error {
	r.nemesis.Heal()
	if err := r.world.Run(forgotten); err != nil {
		return err
	}
	r.nemesis.Heal() // a slow sync may have been told only now that it failed
	if r.cluster.stopped != nil {
		return r.cluster.stopped
	}
	if err := r.until(settleTime, "a level cluster", r.level); err != nil {
		return err
	}
	log, err := r.commonLog()
	if err != nil {
		return err
	}
	r.recorder.Log(log)
	return r.sameState()
}

// level: one leader, whose whole log everybody has applied.
func (r *run) level() bool {
	leader := r.world.Leader()
	if leader == nil || !r.cluster.operator.isDone() {
		return false
	}
	want, _ := leader.Status()
	for _, m := range r.cluster.operator.members() {
		s, up := m.Status()
		if !up || m.Err() != nil || s.Loading || s.Term != want.Term || s.Applied != want.LastIndex || s.LastIndex != want.LastIndex {
			return false
		}
	}
	return true
}

// commonLog is all that was ever committed, from the first entry on, also what no log holds any more. What a disk still holds is read
// back: it must be the same, byte for byte.
func (r *run) commonLog() (log []linearizability.LogEntry, err error) {
	archive, next := r.world.Archive(), uint64(1)
	for _, m := range r.cluster.operator.members() {
		status, _ := m.Status()
		if last := protocol.Index(len(archive)); status.LastIndex != last {
			return nil, fmt.Errorf("%w: the log of node %d ends at %d, and %d entries were committed", errDifferent, m.ID, status.LastIndex, last)
		}
	}
	for k := range archive {
		index, entry := protocol.Index(k+1), &archive[k]
		for _, m := range r.cluster.operator.members() {
			other, err := m.Entry(index)
			if errors.Is(err, wal.ErrCompacted) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if other.Term != entry.Term || other.Value != entry.Value || !bytes.Equal(other.Payload, entry.Payload) {
				return nil, fmt.Errorf("%w: entry %d of node %d and the one that was committed", errDifferent, index, m.ID)
			}
		}
		decoded, err := linearizability.EntryOf(uint64(index), entry.Payload, &next)
		if err != nil {
			return nil, err
		}
		log = append(log, decoded)
	}
	return log, nil
}

// sameState: what the replicas made of one log, or loaded of snapshots of it, is one state, that of a machine that applies all of it anew.
func (r *run) sameState() error {
	anew, err := r.replay()
	if err != nil {
		return err
	}
	for _, m := range r.cluster.operator.members() {
		r.compared++
		if state := stateOf(m); !bytes.Equal(state, anew) {
			return fmt.Errorf("%w: the state of node %d and that of its log, from byte %d of %d and %d on",
				errDifferent, m.ID, firstDifference(state, anew), len(state), len(anew))
		}
	}
	return nil
}

// replay is the state of a machine that applies all that was ever committed. On its way it comes by each snapshot: that is what it is of.
func (r *run) replay() ([]byte, error) {
	machine := dedup.New()
	var results dedup.Results
	for k, entry := range r.world.Archive() {
		index := protocol.Index(k + 1)
		if err := machine.Apply(uint64(index), entry.Payload, &results); err != nil {
			return nil, err
		}
		body, taken := r.world.Snapshot(index)
		if !taken {
			continue
		}
		if state := machine.AppendState(nil); !bytes.Equal(body[min(len(body), headBytes):], state) {
			return nil, fmt.Errorf("%w: the snapshot of entry %d and the state after it", errDifferent, index)
		}
	}
	return machine.AppendState(nil), nil
}

func stateOf(m *simulator.Member) (state []byte) {
	m.Machine().(*server.Machine).View(func(d *dedup.Machine) { state = d.AppendState(nil) })
	return state
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
