//go:build !mutants

package server

// The decision that the adapter between a replica and the machine rests on. guards_mutants.go holds a wrong
// one; the tests show that it is caught.

// proposals is what a machine keeps of commands that are only proposed: nothing.
type proposals struct{}

// notePropose is where commands are about to be proposed.
func (m *Machine) notePropose([]byte) {}

// decide is where answers to applied commands are ready: they were decided when the commands were applied.
func (m *Machine) decide([]byte) {}
