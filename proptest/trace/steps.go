package trace

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Step is one step that the specification is to take: that of a record, or a Persist before a Restart, of which no process
// knew. That one has nothing to be compared with.
type Step struct {
	*Record      // whose step it is
	Found   bool // a Persist before the record's Restart
}

// Action is what the step takes.
func (s Step) Action() string {
	if s.Found {
		return "Persist"
	}
	return s.Name
}

// MarkError says that a node came back with another number of writes than it can have on its disk. It wraps ErrRejected.
type MarkError struct {
	Record       *Record
	Acknowledged raft.Mark // the disk had said that all up to this is durable
	Written      raft.Mark // the last write that the process before had given out
}

// Unwrap returns ErrRejected.
func (e *MarkError) Unwrap() error { return ErrRejected }

// Error says what was found, and what could be.
func (e *MarkError) Error() string {
	return fmt.Sprintf("%v is %v: the disk had acknowledged mark %d, and no more than mark %d was written", e.Record, ErrRejected, e.Acknowledged, e.Written)
}

// Steps are the steps of all records, in their order, up to the first Restart that no disk explains: then the error is a *MarkError.
func (run *Run) Steps() ([]Step, error) {
	type marks struct {
		last    raft.Mark // of the last write that was given out
		pending int
	}
	of := map[protocol.NodeID]*marks{}
	for id := run.Servers.Next(protocol.Nil); id != protocol.Nil; id = run.Servers.Next(id) {
		of[id] = &marks{}
	}
	steps := make([]Step, 0, len(run.Records))
	for k := range run.Records {
		r := &run.Records[k]
		m := of[r.Node]
		if m == nil {
			return steps, fmt.Errorf("%w: %v: it is none of %v", ErrFormat, r, run.Servers)
		}
		if r.Name == "Restart" {
			acknowledged := m.last - min(m.last, raft.Mark(max(0, m.pending)))
			if r.Mark < acknowledged || r.Mark > m.last {
				return steps, &MarkError{r, acknowledged, m.last}
			}
			for range r.Mark - acknowledged {
				steps = append(steps, Step{r, true})
			}
			m.last = r.Mark
		} else {
			m.last += raft.Mark(min(1, max(0, r.After.Pending-m.pending))) // an action has at most one write
		}
		m.pending = r.After.Pending
		steps = append(steps, Step{r, false})
	}
	return steps, nil
}
