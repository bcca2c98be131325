//go:build !mutants

package server

// The decision that the adapter between a replica and the machine rests on. guards_mutants.go holds a wrong
// one; the tests show that it is caught.

// notePropose is where commands are about to be proposed: nothing is kept of them.
func (m *Machine) notePropose([]byte) {}

// decide is where answers to applied commands are ready: they were decided when the commands were applied.
func (m *Machine) decide([]byte) {}

// goesApart: a large value is copied outside of the replica's loop.
func goesApart(large bool) bool { return large }
