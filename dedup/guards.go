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

// The guards of a snapshot that is taken while entries are applied.

// changes: a record is kept before it is written anew or its lease extended.
func changes(n uint32) uint32 { return n }

// leaves: a record is kept before it is removed.
func leaves(n uint32) uint32 { return n }

// moves: the last record is kept before it leaves its place for that of the one removed.
func moves(n uint32) uint32 { return n }

// keptBefore: what is kept is the record as it was at first, not as it was before each change.
func keptBefore(marked bool) bool { return marked }

// holdMark: the block of a record that was kept is needed, wherever the record goes; and the last one does go.
func holdMark(_ bool) uint64 { return heldBit }

// copiedMark: the block of a record that was copied is needed until it is told.
func copiedMark() uint64 { return heldBit }

// mayLeave: a snapshot that has given itself up holds what was copied of it until it is told.
func mayLeave(out bool) bool { return !out }

// toldMark: what an earlier snapshot has needed of a record that this one tells as it stands is needed no more.
func toldMark() uint64 { return heldBit }

// staysHeld: the cells of such a block are not used again before the snapshot has ended.
func staysHeld() bool { return true }

// letGoAtOnce: a snapshot that gives itself up in the midst of an entry leaves the answers to it what they point at.
func letGoAtOnce(*arena) {}

// giveOut: what was held and is pinned now waits for Unpin.
func giveOut(a *arena, n uint32) { a.retire(n) }

// mayGiveBack: an arena without a record may hold what a snapshot needs.
func mayGiveBack(holding bool) bool { return !holding }

// outgrows: a snapshot holds no more than it may.
func outgrows(bytes, limit uint64) bool { return bytes > limit }

// headAsOf: log time, numbers, the hand and the configuration are told as they were, not as they are.
func headAsOf(head []byte, _ *Machine) []byte { return head }

// stateOf: what a snapshot notes at a record is no part of the state.
func stateOf(tag uint64) uint64 { return tag &^ heldBit }

// allCame: a state that ends early is not loaded.
func allCame(left uint32) bool { return left == 0 }

// standsTwice: of two records with one key only one would be found.
func standsTwice(again uint32) bool { return again != 0 }

// lengthsHold: a length is looked at before bytes are waited for.
func lengthsHold(fingerprint, value uint32) bool {
	return fingerprint <= MaxFingerprintBytes && value <= MaxValueBytes
}

// raisedNumber: no token is given twice, by a cluster and by the one that its state is restored to.
func raisedNumber(number uint64) uint64 { return number + RestoredAbove }

// mayRaise: a replica stops in front of a version that its program does not speak.
func mayRaise(to Version) bool { return speaks(to) }

// isOfVersion: nothing of a later version stands in the log before the entry that raises the cluster's to it.
func isOfVersion(entry, cluster Version) bool { return entry <= cluster }

// raised: the version only rises.
func raised(from, to Version) Version { return max(from, to) }
