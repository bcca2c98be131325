package virtualcluster

import (
	"bytes"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// forgotten is longer than any call is open in a replica, or a sync under way.
const forgotten = 2 * time.Second

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
	if leader == nil {
		return false
	}
	want, _ := leader.Status()
	for _, m := range r.world.Members {
		s, up := m.Status()
		if !up || m.Err() != nil || s.Loading || s.Term != want.Term || s.Applied != want.LastIndex || s.LastIndex != want.LastIndex {
			return false
		}
	}
	return true
}

// commonLog reads the log back from every disk: they must be the same, byte for byte.
func (r *run) commonLog() (log []linearizability.LogEntry, err error) {
	first, next := r.world.Members[0], uint64(1)
	status, _ := first.Status()
	for k := protocol.Index(1); k <= status.LastIndex; k++ {
		entry, err := first.Entry(k)
		if err != nil {
			return nil, err
		}
		for _, m := range r.world.Members[1:] {
			other, err := m.Entry(k)
			if err != nil {
				return nil, err
			}
			if other.Term != entry.Term || other.Value != entry.Value || !bytes.Equal(other.Payload, entry.Payload) {
				return nil, fmt.Errorf("%w: entry %d of nodes %d and %d", errDifferent, k, first.ID, m.ID)
			}
		}
		decoded, err := linearizability.EntryOf(uint64(k), entry.Payload, &next)
		if err != nil {
			return nil, err
		}
		log = append(log, decoded)
	}
	return log, nil
}

// sameState: what the replicas made of one log is one state, that of a machine that applies it anew.
func (r *run) sameState() error {
	anew, err := r.replay()
	if err != nil {
		return err
	}
	for _, m := range r.world.Members {
		r.compared++
		if state := stateOf(m); !bytes.Equal(state, anew) {
			return fmt.Errorf("%w: the state of node %d and that of its log, from byte %d of %d and %d on",
				errDifferent, m.ID, firstDifference(state, anew), len(state), len(anew))
		}
	}
	return nil
}

// replay is the state of a machine that applies the log.
func (r *run) replay() ([]byte, error) {
	first, machine := r.world.Members[0], dedup.New()
	status, _ := first.Status()
	var results dedup.Results
	for k := protocol.Index(1); k <= status.LastIndex; k++ {
		entry, err := first.Entry(k)
		if err != nil {
			return nil, err
		}
		if err := machine.Apply(uint64(k), entry.Payload, &results); err != nil {
			return nil, err
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
