package node

import (
	"errors"
	"time"
)

// Request is what a replica forwards.
func Request(left time.Duration, commands []byte) []byte {
	return appendProposal([]byte{requestVersion}, 0, int64(left), commands)
}

// Parsed is the verdict of a response to one proposal as the replica that forwarded it reads it.
func Parsed(response []byte) error {
	_, _, err := (&Replica{}).parsePart(splitResponse(response, 1)[0])
	return err
}

// Travelled is a verdict as it arrives there.
func Travelled(err error) error {
	return Parsed(appendToBundle([]byte{kindAnswers}, appendVerdict(nil, err)))
}

// TakesInRounds is for mutants.
var TakesInRounds = takesInRounds

func isVerdict(err error) bool { return errors.Is(err, ErrNotApplied) != errors.Is(err, ErrUnknown) }

func isUnknown(err error) bool { return errors.Is(err, ErrUnknown) }
