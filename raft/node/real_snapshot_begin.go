package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// begin takes in the header that a node sent: all have to have the same one, and that is who leads's, whoever was asked first.
func (d *download) begin(peer protocol.NodeID, encoded []byte) error {
	h, err := snapshot.ParseHeader(encoded)
	switch {
	case err != nil:
		return err
	case !d.wish.isOf(h):
		return fmt.Errorf("%w: the snapshot of entry %d, term %d, for that of entry %d, term %d", errRubbish, h.Index, h.Term, d.wish.index, d.wish.term)
	case d.n.receiving.useless(peer, h):
		return errUseless
	}
	d.n.receiving.says(peer, d.wish, h)
	if err := d.n.isLeaders(h); err != nil {
		return err
	}
	if d.in != nil {
		if err := d.goesOn(h); err != nil {
			return err
		}
	}
	if d.n.fetched.header(peer, h); d.in != nil {
		return nil
	}
	d.n.fetched.phase(PhaseChecking)
	return d.receive(h, encoded)
}

var (
	// errUseless: this process had all of that before.
	errUseless = errors.New("no state could be made of what begins with this header")
	// errClaim: it says nothing of this node's disk.
	errClaim = errors.New("there is no room for a file as long as it says, and who leads has not said so")
)

// goesOn looks whether another node's header is that of what is here in part. Where who leads says that this is not to be had, all of it is thrown away.
func (d *download) goesOn(h snapshot.Header) error {
	begun := d.in.Header()
	if d.isDenied(begun) {
		d.n.sayDiffers(h.Index, fmt.Errorf("%w: who leads has digest %x, what had come was of digest %x, and is thrown away", snapshot.ErrDiffers, h.Digest, begun.Digest))
		d.drop()
		return nil
	}
	if isOneFile(begun, h) {
		return nil
	}
	err := fmt.Errorf("%w: that of another node has %d bytes in blocks of %d and digest %x, this one %d bytes in blocks of %d and digest %x",
		snapshot.ErrDiffers, begun.BodyBytes, begun.BlockBytes, begun.Digest, h.BodyBytes, h.BlockBytes, h.Digest)
	if !isSameSnapshot(begun, h) {
		d.n.sayDiffers(h.Index, err)
	}
	return err
}

func (d *download) isDenied(h snapshot.Header) bool { return d.n.receiving.denied(h) != nil }

// drop throws away what is here in part.
func (d *download) drop() {
	d.in.Abort()
	d.in, d.givers, d.early = nil, 0, false
}

// receive begins to receive, or goes on with what an earlier attempt has left.
func (d *download) receive(h snapshot.Header, encoded []byte) (err error) {
	d.givers, d.early = 0, false
	switch d.in, err = d.n.store.Receive(d.ctx, encoded); {
	case err == nil:
		d.early = d.in.Offset() > snapshot.HeaderBytes
		d.n.fetchBegins(d.in.Offset())
		if err = d.n.leavesRoom(h.FileBytes() - d.in.Offset()); err == nil {
			return nil
		}
		if !d.isOwnWant(h) {
			d.drop()
			return fmt.Errorf("%w: %s", errClaim, err.Error())
		}
	case errors.Is(err, snapshot.ErrDiffers):
		d.n.sayDiffers(h.Index, err)
		return err
	case errors.Is(err, snapshot.ErrForeign), errors.Is(err, snapshot.ErrVersion):
		return err
	case errors.Is(err, snapshot.ErrFull) && !d.isOwnWant(h):
		return fmt.Errorf("%w: %s", errClaim, err.Error())
	}
	return &ownError{err}
}

// isOwnWant reports whether it is this node's own want of room that a file has none: who leads says that it is as long.
func (d *download) isOwnWant(h snapshot.Header) bool { return isOwnWant(d.n.receiving.isSaid(h)) }

// room returns an error where so many bytes more would take the log's room.
func (d *download) room(bytes int64) error {
	if err := d.n.leavesRoom(bytes); err != nil {
		return &ownError{err}
	}
	return nil
}
