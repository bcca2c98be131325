//go:build mutants

package dedup

// Mutant is the id of the seeded bug in force; empty: none. Set it before
// anything is applied.
var Mutant string

// Mutants are the ids that Mutant may be set to.
var Mutants = []string{
	"lost-reply-is-duplicate", "duplicate-without-win", "unfenced-complete", "silent-eviction", "expiry-early", "expiry-by-local-clock",
	"release-deletes-done", "replay-extends-lease", "takeover-keeps-token", "checkpoint-in-part", "takeover-of-live-lease",
	"owner-not-compared", "resize-below-held", "read-by-local-clock", "expiry-unread",
}

func expired(expires, nowMillis uint64) bool {
	if Mutant == "expiry-early" { // the last ms is cut off
		return expires <= nowMillis+1
	}
	return expires <= nowMillis
}

// localMillis is a clock of this process: it moves with every look.
var localMillis uint64

func nowIn(logMillis uint64) uint64 {
	if Mutant == "expiry-by-local-clock" {
		localMillis++
		return logMillis + localMillis%2
	}
	return logMillis
}

func mayEvict(expires, nowMillis uint64) bool {
	if Mutant == "silent-eviction" {
		return true
	}
	return expired(expires, nowMillis)
}

func leaseOver(lease, nowMillis uint64) bool {
	if Mutant == "takeover-of-live-lease" {
		return lease <= nowMillis+1
	}
	return lease <= nowMillis
}

func sameOwner(standing, given Owner) bool {
	if Mutant == "owner-not-compared" {
		return true
	}
	return standing == given
}

func repeatWins(done, straight, over bool) bool {
	if Mutant == "lost-reply-is-duplicate" {
		return false
	}
	return done && straight || !done && !over
}

func leaseOfRepeat(standing, anew uint64) uint64 {
	if Mutant == "replay-extends-lease" {
		return max(standing, anew)
	}
	return standing
}

func tokenHolds(current, given uint64) bool {
	if Mutant == "unfenced-complete" {
		return true
	}
	return current == given
}

func mayRelease(done bool) bool {
	if Mutant == "release-deletes-done" {
		return true
	}
	return !done
}

func outcomeWhenFull() Outcome {
	if Mutant == "duplicate-without-win" {
		return Duplicate
	}
	return Full
}

func tokenOfTakeover(standing, number uint64) uint64 {
	if Mutant == "takeover-keeps-token" {
		return standing
	}
	return number
}

func checkpointFits(fits bool) bool {
	if Mutant == "checkpoint-in-part" {
		return true
	}
	return fits
}

func capacityHolds(keys, bytes, heldKeys, heldBytes uint64) bool {
	if Mutant == "resize-below-held" {
		return true
	}
	return heldKeys <= keys && heldBytes <= bytes/CellBytes*CellBytes
}

func readingTime(logNanos, stampNanos uint64) uint64 {
	if Mutant == "read-by-local-clock" {
		return max(logNanos, stampNanos)
	}
	return logNanos
}

func staysSo(same bool) bool { return same || Mutant == "expiry-unread" }

// SnapshotMutants are the ids of the bugs that only a snapshot or the loading of one shows.
var SnapshotMutants = []string{
	"changed-slot-not-kept", "removed-slot-not-kept", "moved-slot-not-kept", "slot-kept-twice", "freed-value-not-kept", "moved-value-not-kept",
	"copied-value-not-held", "given-up-frees-copied", "told-value-stays-held", "given-up-frees-at-once", "arena-given-back-under-snapshot", "idle-value-pinned-is-reused", "snapshot-without-limit",
	"snapshot-sees-later-head", "hold-mark-in-state", "length-waited-for", "cut-state-loads", "key-twice-loads",
}

// unless returns n, or 0, which nothing is kept for, where the mutant is in force.
func unless(mutant string, n uint32) uint32 {
	if Mutant == mutant {
		return 0
	}
	return n
}

func changes(n uint32) uint32 { return unless("changed-slot-not-kept", n) }

func leaves(n uint32) uint32 { return unless("removed-slot-not-kept", n) }

func moves(n uint32) uint32 { return unless("moved-slot-not-kept", n) }

func keptBefore(marked bool) bool { return marked && Mutant != "slot-kept-twice" }

func holdMark(last bool) uint64 {
	if last && Mutant == "moved-value-not-kept" {
		return 0
	}
	return heldBit
}

func copiedMark() uint64 {
	if Mutant == "copied-value-not-held" {
		return 0
	}
	return heldBit
}

func mayLeave(out bool) bool { return !out || Mutant == "given-up-frees-copied" }

func toldMark() uint64 {
	if Mutant == "told-value-stays-held" {
		return 0
	}
	return heldBit
}

func staysHeld() bool { return Mutant != "freed-value-not-kept" }

func letGoAtOnce(a *arena) {
	if Mutant == "given-up-frees-at-once" {
		a.letGo()
	}
}

func giveOut(a *arena, n uint32) {
	if Mutant == "idle-value-pinned-is-reused" {
		a.recycle(n)
		return
	}
	a.retire(n)
}

func mayGiveBack(holding bool) bool { return !holding || Mutant == "arena-given-back-under-snapshot" }

func outgrows(bytes, limit uint64) bool { return bytes > limit && Mutant != "snapshot-without-limit" }

func headAsOf(head []byte, m *Machine) []byte {
	if Mutant == "snapshot-sees-later-head" && head != nil {
		return m.appendHead(nil)
	}
	return head
}

func stateOf(tag uint64) uint64 {
	if Mutant == "hold-mark-in-state" {
		return tag
	}
	return tag &^ heldBit
}

func allCame(left uint32) bool { return left == 0 || Mutant == "cut-state-loads" }

func standsTwice(again uint32) bool { return again != 0 && Mutant != "key-twice-loads" }

func lengthsHold(fingerprint, value uint32) bool {
	return fingerprint <= MaxFingerprintBytes && value <= MaxValueBytes || Mutant == "length-waited-for"
}

// RestoreMutants are the ids of the bugs that only a state which is restored shows.
var RestoreMutants = []string{"number-not-raised"}

func raisedNumber(number uint64) uint64 {
	if Mutant == "number-not-raised" {
		return number
	}
	return number + RestoredAbove
}

// VersionMutants are the ids of the bugs that only a log shows in which the version rises.
var VersionMutants = []string{"raised-beyond-itself", "later-version-early", "version-falls"}

func mayRaise(to Version) bool { return speaks(to) || Mutant == "raised-beyond-itself" }

func isOfVersion(entry, cluster Version) bool {
	return entry <= cluster || Mutant == "later-version-early"
}

func raised(from, to Version) Version {
	if Mutant == "version-falls" {
		return to
	}
	return max(from, to)
}
