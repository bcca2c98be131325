package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

func (n *Node) connect() error {
	o := &n.options
	speaks := o.Machine.Speaks()
	doors := Addresses{HTTP: o.HTTP, Redis: o.Redis}.over(Member{})
	said, err := json.Marshal(advertised{Peer: o.Advertise, HTTP: doors.HTTP, Redis: doors.Redis, Moved: o.Moved, Speaks: &speaks})
	if err != nil {
		return err
	}
	n.members.mu.Lock() // somebody may dial this node before the transport has a name here
	defer n.members.mu.Unlock()
	peers := n.addresses()
	for id := range peers {
		n.members.dialled[id] = 0
	}
	if o.Secret.IsZero() && len(n.members.list.All) > 1 {
		return ErrNoSecret
	}
	started, err := transport.Start(transport.Config{
		Identity: transport.Identity{Cluster: n.cluster, Node: o.Raft.ID, Folder: transport.Folder(n.log.Lineage()), Advertised: said},
		Secret:   o.Secret,
		Listen:   o.Listen, Listener: o.Listener, Peers: peers, Handler: (*realHost)(n), Logger: o.Logger, Seed: o.Raft.Seed,
	})
	if err == nil {
		n.transport = started
	}
	return err
}

// ErrNoSecret is returned where a node is started without the secret, and its log says that it is not the only member.
var ErrNoSecret = errors.New("the secret of the cluster is missing: there are other members")

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
	SetPeer(id protocol.NodeID, address string)
	RemovePeer(id protocol.NodeID)
	Peers() []transport.PeerStatus
	Port() transport.PortStatus
	Addr() net.Addr
	Close()
}
