package server

import (
	"context"
	"errors"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Transfer is of Service.
func (r *Replica) Transfer(ctx context.Context, to uint8) error {
	err := r.node.Transfer(ctx, protocol.NodeID(to))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, node.ErrNoSuchNode):
		return ErrNoSuchNode
	case errors.Is(err, node.ErrTransferring):
		return &TransferError{"busy", "this node hands over already: try again in a second"}
	case errors.Is(err, node.ErrUnanswered):
		return &TransferError{"unreachable", "whoever is to lead has not answered this node of late: look at it first (semel status)"}
	case errors.Is(err, node.ErrLeadsOn):
		return &TransferError{"behind", "whoever is to lead had not the whole log on its disk in time, or was not elected; " +
			"this node leads on: try again when it has caught up (LAG in semel status)"}
	}
	return verdict(err)
}

// HandOver has another node lead, if this one does, before it is closed: nobody then waits for an election. It returns at once
// where there is nobody to hand over to, and after two election timeouts at the latest.
func (r *Replica) HandOver() error {
	if r.Status().Role != "leader" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*r.node.ElectionTimeout())
	defer cancel()
	return r.Transfer(ctx, 0)
}
