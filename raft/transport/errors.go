package transport

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var (
	// ErrNotSent is returned by Call, wrapped with why, when no byte of the request left this
	// node: it was not handled and may be repeated freely.
	ErrNotSent = errors.New("the request was not sent")

	// ErrUnknown is returned by Call, wrapped with why, when the request may have left and no
	// response came: it may have been handled, or may yet be.
	ErrUnknown = errors.New("whether the request was handled is unknown")

	// ErrFull is wrapped, beneath ErrNotSent, by what found no room among what waits or is open.
	ErrFull = errors.New("the queue is full")

	// ErrFrame is wrapped by the reason that ends a connection on which a peer sent something
	// that this package would not have sent. The error is a *FrameError.
	ErrFrame = errors.New("not a frame of this protocol")

	// ErrRefused is wrapped by the reason that keeps a connection from coming up. The error is
	// a *RefusedError.
	ErrRefused = errors.New("refused")

	// ErrImpossible is wrapped by what the host gives to Reject: a message that no correct peer sends.
	ErrImpossible = errors.New("no correct peer sends this")

	// ErrClosed is returned by Call, beneath ErrNotSent or ErrUnknown, once Close was called.
	ErrClosed = errors.New("the transport is closed")

	// ErrNotPeer is wrapped, beneath ErrNotSent or ErrUnknown, by what Call returns where there is no such peer (any more).
	ErrNotPeer = errors.New("it is not a peer")

	errSilent     = errors.New("nothing was heard for too long")
	errSuperseded = errors.New("the peer opened a newer connection")
	errDisplaced  = errors.New("it proved nothing while others came, and had to make room")
	errBroken     = errors.New("the connection is broken")
	errCondemned  = errors.New("the peer was condemned")
	errIdle       = errors.New("it was not used")
	errTooLarge   = errors.New("the frame is too large")
	errRemoved    = fmt.Errorf("%w any more", ErrNotPeer)
	errMoved      = errors.New("the peer has another address now")
	errOlder      = errors.New("the peer has opened a newer connection already")
)

// FrameError says what was read that is no frame, or is none that belongs there. It wraps ErrFrame.
type FrameError struct {
	Reason string
}

// Error says what was found and what was expected.
func (e *FrameError) Error() string { return fmt.Sprintf("%v: %s", ErrFrame, e.Reason) }

// Unwrap returns ErrFrame.
func (e *FrameError) Unwrap() error { return ErrFrame }

func badFrame(format string, args ...any) error {
	return &FrameError{Reason: fmt.Sprintf(format, args...)}
}

// Refusal is why a hello was refused; the numbers are those on the wire.
type Refusal uint8

// The refusals.
const (
	OtherCluster     Refusal = 1 // the two are of different clusters
	OtherVersion     Refusal = 2 // the version ranges do not meet
	OtherNode        Refusal = 3 // another node answers at this address than the one dialled
	UnknownNode      Refusal = 4 // the dialler is none of the acceptor's peers
	OtherIncarnation Refusal = 5 // the host has met the node with another folder
	OtherKind        Refusal = 6 // the kind of connection is not known
	RolledBack       Refusal = 7 // the folder does not know what the host has seen it have
	NotNow           Refusal = 8 // the host can't store the folder now
	Diverged         Refusal = 9 // the folder's state is not that of a majority

	Removed   Refusal = 10 // the folder was a member, and is none any more
	NotSpoken Refusal = 11 // the node's program does not speak the version that the cluster's log has
)

// String says what does not fit.
func (r Refusal) String() string {
	switch r {
	case OtherCluster:
		return "cluster ids differ"
	case OtherVersion:
		return "version ranges do not meet"
	case OtherNode:
		return "another node answers at this address"
	case UnknownNode:
		return "not a peer"
	case OtherIncarnation:
		return "met with another folder before"
	case RolledBack:
		return "the folder was rolled back"
	case Diverged:
		return "the state differs from that of a majority"
	case Removed:
		return "no member any more"
	case NotSpoken:
		return "the cluster's version is not spoken"
	case NotNow:
		return "not now"
	case OtherKind:
		return "unknown kind of connection"
	}
	return fmt.Sprintf("refusal %d", uint8(r))
}

// RefusedError says why two nodes do not talk. It wraps ErrRefused.
type RefusedError struct {
	Refusal Refusal
	// Peer is the node on the other side, as it calls itself.
	Peer protocol.NodeID
	// ByPeer: the other side refused; otherwise this one did.
	ByPeer bool
	// Detail is what was found and what was expected, and what to do.
	Detail string
}

// Error says who refused, why, and what to do.
func (e *RefusedError) Error() string {
	by := "by us"
	if e.ByPeer {
		by = "by the peer"
	}
	return fmt.Sprintf("%v %s: %v: %s", ErrRefused, by, e.Refusal, e.Detail)
}

// Unwrap returns ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

// reason is err without the ports of this one connection, so that the same fault of the next
// connection reads the same.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return strings.Replace(err.Error(), op.Error(), fmt.Sprintf("%s: %v", op.Op, op.Err), 1)
	}
	return err.Error()
}
