package node

import (
	"context"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

func (n *Node) connect() error {
	o := &n.options
	started, err := transport.Start(transport.Config{
		Identity: transport.Identity{Cluster: n.cluster, Node: o.Raft.ID, Folder: transport.Folder(n.log.Lineage())},
		Secret:   o.Secret,
		Listen:   o.Listen, Listener: o.Listener, Peers: o.Peers, Handler: (*realHost)(n), Logger: o.Logger, Seed: o.Raft.Seed,
	})
	if err == nil {
		n.transport = started
	}
	return err
}

// PeerStatus is how a node stands with one of the others.
type PeerStatus = transport.PeerStatus

// network is what a node has of a transport.Transport.
type network interface {
	Send(p *transport.Packet) bool
	SendDigest(to protocol.NodeID, d transport.Digest) bool
	Accuse(to protocol.NodeID, a transport.Accusation) bool
	Call(ctx context.Context, to protocol.NodeID, request []byte, deadline time.Time) ([]byte, error)
	CallBulk(ctx context.Context, to protocol.NodeID, request []byte, deadline time.Time) ([]byte, error)
	Condemn(peer protocol.NodeID, why transport.Refusal)
	Reject(peer protocol.NodeID, why error)
	Peers() []transport.PeerStatus
	Port() transport.PortStatus
	Addr() net.Addr
	Close()
}
