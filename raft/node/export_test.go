package node

import (
	"errors"
	"time"
)

// Request is what a replica forwards.
func Request(left time.Duration, commands []byte) []byte {
	return append(requestHead(int64(left), len(commands)), commands...)
}

// Parsed is the verdict of a response as the replica that forwarded the proposal reads it.
func Parsed(response []byte) error {
	_, err := (&Replica{}).parseResponse(response)
	return err
}

// Travelled is a verdict as it arrives there.
func Travelled(err error) error { return Parsed(appendVerdict(nil, err)) }

func isVerdict(err error) bool { return errors.Is(err, ErrNotApplied) != errors.Is(err, ErrUnknown) }

func isUnknown(err error) bool { return errors.Is(err, ErrUnknown) }
