package simulator

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// SendDigest is node.Host's.
func (h *host) SendDigest(to protocol.NodeID, d node.Digest) {
	h.whisper(to, func(m *Member) { m.put(node.Digested(h.ID, d)) })
}

// Accuse is node.Host's.
func (h *host) Accuse(to protocol.NodeID, a node.Accusation) {
	h.whisper(to, func(m *Member) { m.put(node.Accused(h.ID, a)) })
}

// whisper has something heard by a member, as messages are: it may be lost, or come twice.
func (h *host) whisper(to protocol.NodeID, heard func(*Member)) {
	w := h.world
	copies := 1
	if w.aside.Float64() < w.cfg.Duplicate {
		copies = 2
	}
	for range copies {
		if w.isCut(h.ID, to) || w.aside.Float64() < w.cfg.Loss {
			continue
		}
		w.after(w.cfg.Delay.draw(w.aside), func() {
			if m := w.find(to); m != nil && !w.isCut(h.ID, to) {
				heard(m)
			}
		})
	}
}

// Condemn is node.Host's: on disk at once, said later. No folder of a world that is watched was put back, and all machines are right:
// nobody is guilty there.
func (h *host) Condemn(a node.Accusation) {
	m := h.member()
	if !m.world.cfg.Unwatched && a.Why != "" { // of its own finding
		m.world.broken(m.ID, &InvariantError{"OnlyTheGuilty", fmt.Errorf("node %d is accused: %v: %s", a.Node, a.Reason, a.Why)})
	}
	m.keptOut[a.Node] = a.Reason
	m.during(h.world.cfg.Sync.Least, func() { m.put(node.Condemned(a)) })
}

// Doubt is node.Host's.
func (h *host) Doubt(peer protocol.NodeID, after protocol.Index) {
	h.doubts++
	if !h.world.cfg.Unwatched {
		h.world.broken(h.ID, &InvariantError{"OnlyTheGuilty", fmt.Errorf("the state of node %d differs after entry %d", peer, after)})
	}
}

func (m *Member) outcasts() (all []node.Accusation) {
	for id, reason := range m.keptOut {
		if reason != 0 {
			all = append(all, node.Accusation{Node: protocol.NodeID(id), Reason: reason})
		}
	}
	return all
}

// Doubts returns how often the member's replicas doubted a peer whose state differs from theirs.
func (m *Member) Doubts() int { return m.doubts }

// Copy copies the folder of a member, as a backup does while it runs or when it is down. What the copy is called puts it in the
// folder's place: the member has to be down. It is not in the copy who is condemned; where that is all that keeps the
// member out, it is back. The world is to be Unwatched then: a disk that forgets breaks what is promised of disks.
func (m *Member) Copy() (putBack func()) {
	restore, restoreSnapshots := m.disk.copy(), m.snapshots.copy()
	keptOut := m.keptOut
	return func() {
		restore()
		restoreSnapshots()
		m.keptOut = keptOut
		m.world.look(m)
	}
}
