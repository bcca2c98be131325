//go:build !mutants

package dedup

// The guards that carry the service's promises, each a function of its own. The
// build tag mutants replaces this file by one in which a seeded bug can be
// chosen; the tests under that tag show that each is caught.

// expired: a record is gone from its expiry on, in whole ms of log time. The
// expiry was rounded up: late, never early.
func expired(expires, nowMillis uint64) bool { return expires <= nowMillis }

// nowIn: what has ended is decided by log time alone, never by a replica's clock.
func nowIn(logMillis uint64) uint64 { return logMillis }

// mayEvict: before FULL is said only what has expired may be swept away.
func mayEvict(expires, nowMillis uint64) bool { return expired(expires, nowMillis) }

// leaseOver: a record can be taken over from the end of its lease on.
func leaseOver(lease, nowMillis uint64) bool { return lease <= nowMillis }

// sameOwner: only who won may be told WON again.
func sameOwner(standing, given Owner) bool { return standing == given }

// repeatWins: the winner's own repeat is told WON while its claim stands and is
// not completed: PENDING with its lease not over, or DONE straight.
func repeatWins(done, straight, over bool) bool { return done && straight || !done && !over }

// leaseOfRepeat: a repeat never extends the lease.
func leaseOfRepeat(standing, _ uint64) uint64 { return standing }

// tokenHolds: only the current token completes, releases or extends.
func tokenHolds(current, given uint64) bool { return current == given }

// mayRelease: DONE is never deleted by its claimant.
func mayRelease(done bool) bool { return !done }

// outcomeWhenFull: what was not stored is never called a duplicate.
func outcomeWhenFull() Outcome { return Full }

// tokenOfTakeover: whoever takes a record over gets a token of their own.
func tokenOfTakeover(_, number uint64) uint64 { return number }

// capacityHolds: nothing that stands is ever dropped for a smaller capacity. The capacity counts in whole cells.
func capacityHolds(keys, bytes, heldKeys, heldBytes uint64) bool {
	return heldKeys <= keys && heldBytes <= bytes/CellBytes*CellBytes
}

// checkpointFits: a checkpoint needs room for all of its claims before any is applied.
func checkpointFits(fits bool) bool { return fits }

// readingTime: what no entry carries is read at log time, which every later leader has, and never at a clock's.
func readingTime(logNanos, _ uint64) uint64 { return logNanos }

// staysSo: a read that would be answered otherwise by now takes an entry.
func staysSo(same bool) bool { return same }
