//go:build !mutants

package transport

import (
	"crypto/ed25519"
	"time"
)

// The decisions on which it rests who gets in and what strangers can do. guards_mutants.go holds a wrong one for each
// fault; the tests show that each is caught.

// isAccepted reports whether a key that was shown is one that is believed.
func isAccepted(accepted []ed25519.PublicKey, shown ed25519.PublicKey) bool {
	for _, key := range accepted {
		if sameKey(shown, key) {
			return true
		}
	}
	return false
}

// provesFirst reports whether the hello waits for the proof of both sides.
func provesFirst() bool { return true }

// isMeant reports whether a hello is one between the two nodes that own names: it comes from whom we mean, to us.
func isMeant(own, theirs *hello) bool { return theirs.to == own.from && theirs.from == own.to }

// bindsBeforeAccepted reports whether a peer's incarnation is stored before both sides have accepted each other.
func bindsBeforeAccepted() bool { return false }

// displacedGuest is who goes when one more comes than there are places.
func displacedGuest(guests []guest) int { return oldestOfMost(guests) }

// forgetsEnded reports whether a peer whose connection has ended counts as one that is not heard.
func forgetsEnded() bool { return true }

// acceptsAgain reports whether connections are still accepted after an error of the listener.
func acceptsAgain(error) bool { return true }

// logsAll reports whether what is logged of strangers has no bound.
func logsAll() bool { return false }

// provesDeath reports whether an attempt to dial a peer says that its process has ended.
func provesDeath(err error) bool { return isDeath(err) }

// looksTooOften reports whether it is too soon for an attempt without a pause, so long after the last.
func looksTooOften(since, most time.Duration) bool { return since < most }

// spoken is the version that two ends speak once their hellos fit.
func spoken(own, theirs *hello) uint8 {
	version, _ := common(own.versions(), theirs.versions())
	return version
}

// mostBody bounds the body of a frame on a connection.
func mostBody(k kind) int {
	if k == kindBulk {
		return callNumberBytes + MaxBulkBytes
	}
	return MaxFrameBytes
}

// waitsForDemand reports whether a connection for bulk calls is dialled only when somebody wants it.
func waitsForDemand() bool { return true }

// isUnused reports whether a connection that is dialled on demand has no users.
func isUnused(users int) bool { return users == 0 }

// holdsUntilWritten reports whether a request counts as open until its response was written.
func holdsUntilWritten() bool { return true }

// shareOf returns what a connection for bulk calls may have open, of what its peer may have.
func shareOf(peer chan struct{}) chan struct{} { return peer }

// mostAtOnce is how many of so many bytes have to be taken within the silence.
func mostAtOnce(int) int { return writeAtOnce }

// staysAt reports whether a peer at an address is to be dialled there still.
func staysAt(address, wanted string) bool { return address == wanted }

// forgetsRemoved reports whether nothing is sent any more to a peer that was removed.
func forgetsRemoved() bool { return true }

// endsRemoved reports whether its connections end, and it is dialled no more.
func endsRemoved() bool { return true }

// isBefore reports whether an accepted connection came before its peer was removed.
func isBefore(number, removed uint64) bool { return number < removed }

// isOlder reports whether an accepted connection came before the one that is there.
func isOlder(number, there uint64) bool { return number < there }

// mournsFor reports whether what a link finds at its address says something of a process.
func mournsFor(l *link) bool { return !l.isOver() }

// isOfFolder reports whether a refusal is for good, unless the node comes with another folder.
func isOfFolder(r Refusal) bool {
	return r == OtherIncarnation || r == RolledBack || r == Diverged || r == Removed || r == NotSpoken
}

// mostAsks is how many may ask at once.
func mostAsks() int { return OpenAsks }

// mostAsk bounds what one that asks may say.
func mostAsk() int { return MaxAskBytes }

// timeToAsk is how long one that asks has.
func timeToAsk(t time.Duration) time.Duration { return t }

// timeToReach is how long it may take until one that asks has reached whom it asks.
func timeToReach(t time.Duration) time.Duration { return t }

// endsAsk reports whether it is over when there is nothing to be read, or something, from one that has asked.
func endsAsk(error) bool { return true }

// isAskedAbout reports whether the host is asked about a node that has the secret; p is nil where it is none that is dialled.
func isAskedAbout(*peer) bool { return true }

// looksAgain reports whether an attempt that was cut off right after a break is repeated soon, so many times more.
func looksAgain(left int) bool { return left > 0 }

// noteHeard notes when something came by a connection, be it a pulse.
func noteHeard(c *conn, now time.Time) { c.heard.Store(now.UnixNano()) }

// causeOfBreak is why a peer is not connected, in a word.
func causeOfBreak(err error) Cause { return causeOf(err) }
