//go:build !mutants

package redis

import "time"

// The decision that a door's word on overload rests on. guards_mutants.go holds a wrong one; tests show that it is caught.

// since is from when a call's time counts: from its arrival.
func since(arrived time.Time) time.Time { return arrived }
