package server

import (
	"errors"
	"fmt"
)

// How a call ends that was not answered. Only ErrUnknown may have been applied.
var (
	// ErrLoading: the node, or the leader, has not applied yet what was committed when it started.
	ErrLoading = errors.New("not applied: the node is loading: try again soon")
	// ErrOverloaded: too many calls are open on the node.
	ErrOverloaded = errors.New("not applied: the node is overloaded: try again later")
	// ErrNoRoom: the leader's disk, or those of a majority, have no room for new work; reads, and
	// then what ends work, are refused later. It goes on by itself when there is room again.
	ErrNoRoom = errors.New("not applied: there is no room on the leader's disk, or on those of a majority: try again when somebody has made some")
	// ErrNotApplied: there was no leader to take the call, for as long as there was hope, or another term's entry
	// took its place. A *NotAppliedError says where the leader is.
	ErrNotApplied = errors.New("not applied: try again")
	// ErrUnanswered: a read got no answer in time. Whatever became of it, it changed nothing.
	ErrUnanswered = fmt.Errorf("%w: a read got no answer in time", ErrNotApplied)
	// ErrStopped: the node stops, and had not proposed the call.
	ErrStopped = errors.New("not applied: the node is stopping: try another one")
	// ErrNoSuchNode: the cluster has no node of that id.
	ErrNoSuchNode = errors.New("not applied: the cluster has no such node")
	// ErrUnknown: the deadline passed or the way back broke after the call was
	// proposed.
	ErrUnknown = errors.New("outcome unknown: repeat the call with the same owner only")
)

// NotAppliedError is an ErrNotApplied that knows who leads.
type NotAppliedError struct {
	Leader string // the address of the leader's doors; empty: none known
}

// Error says who leads.
func (e *NotAppliedError) Error() string {
	if e.Leader == "" {
		return ErrNotApplied.Error() + ": no leader known"
	}
	return ErrNotApplied.Error() + ": the leader is " + e.Leader
}

// Unwrap returns ErrNotApplied.
func (e *NotAppliedError) Unwrap() error { return ErrNotApplied }

// TransferError says why a node leads on that was to hand over.
type TransferError struct {
	Kind   string // busy: it hands over already; unreachable: the other one does not answer it; behind: the other one was not ready in time
	Detail string
}

// Error says why, and what to do.
func (e *TransferError) Error() string { return "not handed over: " + e.Detail }

// NotApplied reports whether err says that the call was not applied and never
// will be. Of any other error, of one that this package does not know too, the
// outcome is unknown.
func NotApplied(err error) bool {
	var leadsOn *TransferError
	var notTaken *SnapshotError
	return errors.As(err, &leadsOn) || errors.As(err, &notTaken) || errors.Is(err, ErrNoSuchNode) || errors.Is(err, ErrLoading) || errors.Is(err, ErrOverloaded) || errors.Is(err, ErrNoRoom) ||
		errors.Is(err, ErrNotApplied) || errors.Is(err, ErrStopped) || errors.Is(err, ErrBackupBusy) || errors.Is(err, ErrBackupGone)
}
