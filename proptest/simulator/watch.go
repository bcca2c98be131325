package simulator

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// InvariantError is wrapped by World.Err where an invariant or a property of steps of the specification broke, by
// its name there, or CommittedStays, DurableStays (what a disk acknowledged, and a snapshot that was said to be durable, is found by whoever
// starts later, and is not forgotten before what takes its place is durable), SnapshotStands (where a log begins, a durable snapshot stands for what
// was before, and whoever starts has one to come back with), SameSnapshot (all snapshots of one entry are one), OneSnapshot (one is taken at a time),
// OnlyTheGuilty (nobody is accused, or differs from the others), SlotsOnce (a slot of the log is of one folder for ever),
// OnlyTheRemoved (who stops as one that was removed was) or
// BoundedWork (what one event does and what is on its way to a peer is bounded in bytes and entries).
type InvariantError struct {
	Invariant string
	Cause     error // who broke it, and how
}

// Error is the invariant's name and what broke it.
func (e *InvariantError) Error() string { return e.Invariant + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *InvariantError) Unwrap() error { return e.Cause }

var (
	invariants = protocol.Invariants()

	// stepProperties are those that hold for several actions in a row, too.
	stepProperties = []protocol.StepProperty{
		{Name: "MonotonicDiskTerm", Holds: protocol.Step.MonotonicDiskTerm},
		{Name: "MonotonicTerm", Holds: protocol.Step.MonotonicTerm},
		{Name: "MonotonicCommit", Holds: protocol.Step.MonotonicCommit},
		{Name: "MonotonicSnapshot", Holds: protocol.Step.MonotonicSnapshot},
		{Name: "MonotonicMatch", Holds: protocol.Step.MonotonicMatch},
		{Name: "LeaderAppendOnly", Holds: protocol.Step.LeaderAppendOnly},
	}
)

// watch is who looks at the specification's variables of all members.
type watch struct {
	view    protocol.Cluster // by id-1
	away    protocol.NodeSet // who has no folder, or has it no more: nothing becomes of those
	history history
	leaders map[protocol.Term]protocol.NodeID
	living  protocol.Cluster // reused
	scratch []byte
}

// look looks at the members after something happened at one. Where its state is what it was everything holds as it did.
func (w *World) look(m *Member) {
	n, changed, err := m.changed()
	var foreign error // what is not as it was committed
	var other *InvariantError
	if err == nil && changed && m.replica != nil && (m.err == nil || errors.Is(m.err, node.ErrRemoved)) {
		foreign = w.archive.note(m, n)
	}
	switch {
	case err != nil:
		w.broken(m.ID, err)
	case w.cfg.Unwatched:
	case m.disk.broken() != nil:
		w.broken(m.ID, &InvariantError{"DurableStays", m.disk.broken()})
	case m.snapshots.gone != nil:
		w.broken(m.ID, &InvariantError{"DurableStays", m.snapshots.gone})
	case errors.As(foreign, &other):
		w.broken(m.ID, other)
	case foreign != nil:
		w.broken(m.ID, &InvariantError{"CommittedStays", foreign})
	case changed:
		if err := w.watch.note(n, m.replica == nil, m.cut); err != nil {
			w.broken(m.ID, err)
		}
	}
	if changed {
		m.cut = uncut
	}
}

// changed returns what counts of the member, if it has changed: while it is down, what it will come back with.
func (m *Member) changed() (n *protocol.Node, changed bool, err error) {
	if m.replica == nil {
		return protocol.New(m.ID, m.servers, m.disk.certain()), true, nil
	}
	w := &m.world.watch
	w.scratch = m.replica.AppendState(w.scratch[:0])
	if bytes.Equal(w.scratch, m.state) {
		return nil, false, nil
	}
	m.state = append(m.state[:0], w.scratch...)
	n, _, err = protocol.LoadState(w.scratch)
	return n, true, err
}

// note takes in the new state of a member, whose log was replaced from behind cut on, and returns an *InvariantError if it
// may not be.
func (w *watch) note(n *protocol.Node, down bool, cut protocol.Index) error {
	step := protocol.Step{Before: w.view[n.ID()-1], After: n}
	if down {
		step.Action, cut = "Restart", 0
	}
	w.view[n.ID()-1] = n
	there := w.there()
	for _, inv := range invariants {
		looked := there
		if inv.Name == "CommittedIsDurable" { // on their disks, too
			looked = w.view
		}
		if err := inv.Holds(looked); err != nil {
			return &InvariantError{inv.Name, err}
		}
	}
	for _, property := range stepProperties {
		if err := property.Holds(step); err != nil {
			return &InvariantError{property.Name, err}
		}
	}
	if err := w.oneLeader(n); err != nil {
		return &InvariantError{"ElectionSafety", err}
	}
	if err := w.history.committedStays(n, cut); err != nil {
		return &InvariantError{"CommittedStays", err}
	}
	return nil
}

// there are those of whom something may become.
func (w *watch) there() protocol.Cluster {
	if w.away == 0 {
		return w.view
	}
	w.living = w.living[:0]
	for _, n := range w.view {
		if !w.away.Has(n.ID()) {
			w.living = append(w.living, n)
		}
	}
	return w.living
}

// oneLeader is ElectionSafety with a memory: a term has had at most one leader.
func (w *watch) oneLeader(n *protocol.Node) error {
	if n.Role() != protocol.Leader {
		return nil
	}
	first, led := w.leaders[n.CurrentTerm()]
	if led && first != n.ID() {
		return fmt.Errorf("node %d leads term %d, which node %d has led", n.ID(), n.CurrentTerm(), first)
	}
	w.leaders[n.CurrentTerm()] = n.ID()
	return nil
}
