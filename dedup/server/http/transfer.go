package http

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// transferRequest has a node hand the lead over.
type transferRequest struct {
	To *whole `json:"to"` // left out: to whichever node is fit for it
}

func (r *transferRequest) prepare(*dedup.Secret) (call, error) {
	to := uint8(0)
	switch {
	case r.To == nil:
	case *r.To == 0 || *r.To > math.MaxUint8:
		return call{}, invalid("\"to\" is %d: want the number of a node, or leave it out for whichever is fit to lead", *r.To)
	default:
		to = uint8(*r.To)
	}
	return call{leader: &to}, nil
}

// transfer answers once another node leads.
func (d *Door) transfer(to uint8) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	if err := d.service.Transfer(ctx, to); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "{\"leader\":%d}\n", d.service.Status().Leader), nil
}

// problemOfTransfer is what is said where a node leads on; nil for other errors. It is for who asks to decide whether to
// ask again: a client does not by itself.
func problemOfTransfer(err error) *problem {
	var leadsOn *server.TransferError
	switch {
	case errors.As(err, &leadsOn):
		return newProblem(http.StatusConflict, "transfer-"+leadsOn.Kind, "The node leads on.", err.Error())
	case errors.Is(err, server.ErrNoSuchNode):
		return newProblem(http.StatusBadRequest, "no-such-node", "The cluster has no such node.", err.Error())
	}
	return nil
}
