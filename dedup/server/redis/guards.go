//go:build !mutants

package redis

import "time"

// The decisions that a door's word on overload, and its memory, rest on. guards_mutants.go holds a wrong one for each; tests
// show that they are caught.

// since is from when a call's time counts: from its arrival.
func since(arrived time.Time) time.Time { return arrived }

// tooMuchWaits: who does not read is given up sooner where replies of that many bytes wait.
func tooMuchWaits(unread, most int64) bool { return unread > most }
