package simulator

import "github.com/eventstreamcore/semel/raft/node"

// inbox is what waits for a replica that is busy, as the loop of a real node has it: rounds follow one another, and each
// takes all that has come.
type inbox struct {
	events []node.Event
	busy   bool // a round lasts
	hung   bool // none begins
}

func (b *inbox) begin() { *b = inbox{} }

// put has the replica handle an event: now, or with what else waits in its next round.
func (m *Member) put(e node.Event) {
	if m.replica != nil {
		m.inbox.events = append(m.inbox.events, e)
		m.wake()
	}
}

// wake begins a round, unless one lasts.
func (m *Member) wake() {
	switch b := &m.inbox; {
	case b.busy || b.hung:
	case m.world.cfg.Round == (Span{}):
		m.handleWaiting()
	default:
		b.busy = true
		m.during(0, m.round)
	}
}

func (m *Member) handleWaiting() {
	events := m.inbox.events
	m.inbox.events = nil
	m.Handle(events...)
}

// round handles what waits, and is busy with it for a while.
func (m *Member) round() {
	if m.inbox.hung || len(m.inbox.events) == 0 {
		m.inbox.busy = false
		return
	}
	m.handleWaiting()
	m.during(m.world.between(m.world.cfg.Round), m.round)
}
