//go:build !mutants

package node

// The decisions that what is promised to waiters rests on. guards_mutants.go holds a wrong one for each
// fault; the tests show that each is caught.

// nextStamp: S + (now − r), never a maximum with another clock.
func nextStamp(c *logClock, h Host) uint64 { return c.stamp + uint64(h.Now()-c.since) }

// isOwn reports whether the entry committed at an open proposal's index is the proposal's own.
func isOwn(open *openEntry, committed Entry) bool { return open.term == committed.Term }

// lostLeadership is the verdict on what is in the log of a leader that leads no more: none.
func lostLeadership() error { return nil }

// undecided is the verdict at the deadline on what is in the log.
func undecided() error { return ErrUndecided }

// answersAtAppend reports whether a proposal is answered before it is committed.
func answersAtAppend() bool { return false }

// unanswered is the verdict on a request without a response.
func unanswered(err error) error { return err }
