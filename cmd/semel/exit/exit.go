// Package exit holds the exit codes of the program and the errors that stand for them.
//
// An error without a code is one of usage: the call was wrong and would be again. What a command does not name in
// its help it does not use. `semel run` has codes of its own, above those that its command may end with.
package exit

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes. Those of claim are 0 to 5; every command uses Usage and Unavailable.
const (
	Duplicate   = iota + 1
	Usage       // the call is wrong, and would be again
	InProgress  //
	Unavailable // nobody answered, or the outcome is unknown; it may work later
	Mismatch    //
	Disk        // of serve: the disk failed, the log is damaged or an invariant broke; nobody restarts it

	No       = 1 // of other commands: an answer that is not the one hoped for, as their help says
	NoQuorum = 3 // of status: nothing is decided
	Removed  = 3 // of serve: the node is a member no more, and its folder of no use
	Upgrade  = 7 // of serve: the program does not speak the version that the cluster's log has; one that does comes up with the folder
)

// Error is an error with the exit code it stands for; a nil Err says nothing more.
type Error struct {
	Code int
	Err  error
}

// ErrFull is why a claim that found no room was not made, and what makes room.
var ErrFull = errors.New("the cluster is full: give it more room (semel capacity), forget keys (semel forget), or wait until keys that have a ttl expire")

// With is err with the exit code it stands for; with a nil err the code says all.
func With(code int, err error) error { return &Error{code, err} }

func (e *Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Code returns the exit code of a command that ended with err.
func Code(err error) int {
	var known *Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &known):
		return known.Code
	}
	return Usage
}

// Report says what went wrong in a command and returns the exit code for it.
func Report(w io.Writer, command *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Usage, fmt.Errorf("%w\nsee `%s --help`", err, command.CommandPath())}
	}
	if known.Error() != "" {
		fmt.Fprintln(w, "semel:", known)
	}
	return known.Code
}
