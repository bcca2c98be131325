//go:build !mutants

package server

import "github.com/eventstreamcore/semel/dedup"

// The decision that the adapter between a replica and the machine rests on. guards_mutants.go holds a wrong
// one; the tests show that it is caught.

// notePropose is where commands are about to be proposed: nothing is kept of them.
func (m *Machine) notePropose([]byte) {}

// decide is where answers to applied commands are ready: they were decided when the commands were applied.
func (m *Machine) decide([]byte) {}

// goesApart: a large value is copied outside of the replica's loop.
func goesApart(large bool) bool { return large }

// holder is the state in which values are pinned: the machine has another one since, where a snapshot has taken its place.
func (v *values) holder() *dedup.Machine { return v.state }

// fades reports whether so many commands were counted that those of before count for less.
func fades(counted int64) bool { return counted >= lateCommands }

// isLow reports whether there is too little room where so many bytes are lacking for the next snapshot.
func isLow(lacking int64) bool { return lacking > 0 }
