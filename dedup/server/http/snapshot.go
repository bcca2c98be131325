package http

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// snapshotRequest has the node that is asked take a snapshot.
type snapshotRequest struct{}

func (*snapshotRequest) prepare(*dedup.Secret) (call, error) { return call{snapshot: true}, nil }

// snapshot answers once there is one of all that was applied when it was asked for, or that it goes on.
func (d *Door) snapshot() ([]byte, error) {
	applied := d.service.Status().Applied
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	_, err := d.service.TakeSnapshot(ctx)
	switch {
	case errors.Is(err, server.ErrUnknown):
		return fmt.Appendf(nil, "{\"done\":false,\"index\":%d}\n", applied), nil
	case err != nil:
		return nil, err
	}
	now := d.service.Status().Snapshots
	return fmt.Appendf(nil, "{\"done\":true,\"index\":%d,\"bytes\":%d,\"log_begins_behind\":%d}\n", now.Index, now.Bytes, now.Base), nil
}

// problemOfSnapshot is what is said where a node could take none; nil for other errors. Asking again does not help by itself.
func problemOfSnapshot(err error) *problem {
	var notTaken *server.SnapshotError
	if errors.As(err, &notTaken) {
		return newProblem(http.StatusConflict, "snapshot-failed", "The node has taken no snapshot.", err.Error())
	}
	return nil
}
