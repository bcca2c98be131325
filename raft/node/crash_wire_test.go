package node_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// wire is what a node of the world sends by.
type wire struct{ m *member }

func (n *wire) to(id protocol.NodeID) *member {
	to := n.m.world.at(id)
	if to.Stepped == nil || to.deaf || n.m.deaf || n.m.power.gone {
		return nil
	}
	return to
}

func (n *wire) Send(p *transport.Packet) bool {
	to := n.to(p.Message.To)
	if to == nil {
		return false
	}
	m, _, err := protocol.LoadMessage(protocol.AppendMessage(nil, &p.Message))
	if err != nil {
		n.m.world.broken = err
	}
	to.Deliver(m, p.Number, p.Payload)
	return true
}

func (n *wire) SendDigest(id protocol.NodeID, d transport.Digest) bool {
	if to := n.to(id); to != nil {
		to.Tell(n.m.id, d)
		return true
	}
	return false
}

func (n *wire) Accuse(_ protocol.NodeID, a transport.Accusation) bool {
	w := n.m.world
	if w.guilty == 0 || a.Node != w.guilty {
		w.broken = fmt.Errorf("node %d accuses node %d", n.m.id, a.Node)
	}
	return true
}

func (n *wire) Call(context.Context, protocol.NodeID, []byte, time.Time) ([]byte, error) {
	return nil, transport.ErrNotSent
}

func (n *wire) CallBulk(ctx context.Context, id protocol.NodeID, request []byte, _ time.Time) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	to := n.to(id)
	if to == nil {
		return nil, transport.ErrNotSent
	}
	if hook := n.m.world.bulk; hook != nil {
		return hook(to, request, func() []byte { return to.Ask(n.m.id, request) })
	}
	return to.Ask(n.m.id, request), nil
}

// bulkHook is what becomes of a request for a piece.
type bulkHook func(to *member, request []byte, answer func() []byte) ([]byte, error)

func (n *wire) Condemn(protocol.NodeID, transport.Refusal) {}

func (n *wire) Reject(peer protocol.NodeID, why error) {
	n.m.world.broken = fmt.Errorf("node %d rejects node %d: %w", n.m.id, peer, why)
}
func (*wire) Peers() []transport.PeerStatus { return nil }
func (*wire) Port() transport.PortStatus    { return transport.PortStatus{} }
func (*wire) Addr() net.Addr                { return nil }
func (*wire) Close()                        {}

func (w *wire) SetPeer(protocol.NodeID, string) {}

func (w *wire) RemovePeer(protocol.NodeID) {}
