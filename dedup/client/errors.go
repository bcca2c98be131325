package client

import (
	"errors"
	"fmt"
)

// RefusedError is a call that no node would take differently: mend it. Nothing was
// applied.
type RefusedError struct {
	Status int    // of the HTTP response
	Type   string // of the problem, such as /problems/invalid-request
	Detail string // what was wrong, what was expected, what to do
}

// Error says what to mend.
func (e *RefusedError) Error() string { return "refused: " + e.Detail }

// UnavailableError is a call that got no answer in time.
type UnavailableError struct {
	// Unknown tells that the call may have been applied, or may be yet. Repeat it as it
	// was: a claim with the same owner. Where it is false the call was not applied.
	Unknown bool
	// Last is why the call failed in the end: what a node said last when all were asked for the last time, or where none
	// said anything why the last attempt came to nothing.
	Last error
}

// Error says whether the call may have been applied.
func (e *UnavailableError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("no answer, the call may have been applied: repeat it with the same owner or token: %v", e.Last)
	}
	return fmt.Sprintf("no node took the call, nothing was applied: %v", e.Last)
}

// Unwrap returns Last.
func (e *UnavailableError) Unwrap() error { return e.Last }

// ErrNoDoor is wrapped by an error of a Config's Transport that knows: what it reached is no HTTP door of a node, so
// nothing was applied there. A call that finds no door at any of its nodes ends at once.
var ErrNoDoor = errors.New("no HTTP address of a node")

// noDoorError is what another port of a node says of itself.
type noDoorError struct{ says string }

func (e *noDoorError) Error() string { return e.says }

func (e *noDoorError) Unwrap() error { return ErrNoDoor }

// problem is the application/problem+json that a node answers in place of an answer.
type problem struct {
	Type    string `json:"type"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Applied string `json:"applied"`
	Leader  string `json:"leader"`
}

// attemptError is one attempt at one node that failed.
type attemptError struct {
	node    string
	unknown bool   // it may have been applied
	said    bool   // the node itself said why, which tells more than a connection that came to nothing
	leader  string // who leads, as the node knows; may be empty
	err     error
}

func (e *attemptError) Error() string { return e.node + ": " + e.err.Error() }

func (e *attemptError) Unwrap() error { return e.err }
