//go:build !mutants

package redis

import (
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// The decisions that a door's word on overload and on what nobody knows rest on. guards_mutants.go holds a wrong one for each;
// tests show that they are caught.

// since is from when a call's time counts: from its arrival.
func since(arrived time.Time) time.Time { return arrived }

// mayHaveBeenApplied: what nobody knows is told in a word that no client library repeats.
func mayHaveBeenApplied(err error) bool { return !server.NotApplied(err) }
