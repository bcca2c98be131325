package simulator

import (
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Deaths is who hears that a process has ended. A power loss tells nobody.
type Deaths struct {
	// Told is the chance that a member hears so of one that was killed and that it can reach. It hears within 20 ms,
	// also where the process is up again by then.
	Told float64
	// Falsely is the chance, with each tick of a member, that it hears so of another one that may be well.
	Falsely float64
}

var news = Span{0, 20 * time.Millisecond}

// tellDeath has the others hear of a process that ends.
func (w *World) tellDeath(gone *Member) {
	if w.cfg.Deaths.Told == 0 || gone.replica == nil {
		return
	}
	for _, m := range w.Members {
		told, after := w.deaths.Float64() < w.cfg.Deaths.Told, news.draw(w.deaths)
		if m != gone && m.replica != nil && told && w.cut[[2]protocol.NodeID{m.Host, gone.Host}] == nil {
			m.during(after, func() { m.put(node.Gone(gone.ID)) })
		}
	}
}

// hearFalsely has the member hear, now and then, that another one has ended.
func (m *Member) hearFalsely() {
	w := m.world
	if w.cfg.Deaths.Falsely == 0 || m.replica == nil || w.deaths.Float64() >= w.cfg.Deaths.Falsely {
		return
	}
	if other := w.Members[w.deaths.IntN(len(w.Members))]; other != m {
		m.put(node.Gone(other.ID))
	}
}
