package transport

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// Cause is why there is no connection to a peer, in a word.
type Cause string

// The causes.
const (
	CauseNobody  Cause = "nobody"  // nobody listens at its address: the connection was refused
	CauseSecret  Cause = "secret"  // the other side did not prove that it has the cluster's secret
	CauseRefused Cause = "refused" // one of the two refuses the other's hello, and says why
	CauseSilent  Cause = "silent"  // nothing came in time
	CauseAddress Cause = "address" // no way to the address, or no such name
	CauseBroken  Cause = "broken"  // it ended otherwise
)

// CauseOf is why an Ask came to nothing, in a word.
func CauseOf(err error) Cause { return causeOf(err) }

// causeOf says err in a word.
func causeOf(err error) Cause {
	var named *net.DNSError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrRefused):
		return CauseRefused
	case errors.Is(err, syscall.ECONNREFUSED):
		return CauseNobody
	case isTimeout(err): // who is silent has proved nothing either
		return CauseSilent
	case errors.Is(err, ErrStranger):
		return causeOfStranger(err)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.As(err, &named):
		return CauseAddress
	}
	return CauseBroken
}

// causeOfStranger: who went away before it had proved anything may have the secret or not.
func causeOfStranger(err error) Cause {
	if isCutOff(err) {
		return CauseBroken
	}
	return CauseSecret
}

func isTimeout(err error) bool {
	for _, late := range []error{errSilent, errUnproven, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT} {
		if errors.Is(err, late) {
			return true
		}
	}
	return false
}
