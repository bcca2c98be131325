//go:build mutants

// The guards of guards.go, each with a fault in front. Without its `if Mutant == …` statements this file equals
// guards.go; mutants_test.go says what catches each fault.

package transport

import (
	"crypto/ed25519"
	"errors"
	"time"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
var MutantIDs = []string{
	"any-key-is-accepted",
	"hello-tells-secrets",
	"reflection-is-a-peer",
	"refused-contact-binds",
	"newest-greeting-goes",
	"who-was-heard-is-heard",
	"accept-error-ends-node",
	"strangers-fill-the-log",
	"any-failure-is-death",
	"breaks-are-looked-at-without-end",
	"break-is-not-looked-at",
	"cut-off-is-an-answer",
	"cut-off-is-looked-at-without-end",
	"own-highest-is-spoken",
	"bulk-frames-have-no-bound",
	"bulk-is-always-dialled",
	"used-is-idle",
	"answered-is-written",
	"each-connection-has-a-share",
	"slow-is-silent",
	"heard-once",
	"silence-is-another-secret",
	"moved-is-where-it-was",
	"removed-is-sent-to",
	"removed-is-dialled",
	"removed-in-greeting-is-let-in",
	"older-connection-replaces",
	"removed-is-mourned",
	"only-who-is-dialled-is-judged",
	"who-is-removed-is-not-told",
	"any-number-asks",
	"asks-have-no-bound",
	"who-asks-has-all-time",
	"who-is-asked-has-all-time",
	"who-left-is-waited-for",
}

func isAccepted(accepted []ed25519.PublicKey, shown ed25519.PublicKey) bool {
	if Mutant == "any-key-is-accepted" {
		return true
	}
	for _, key := range accepted {
		if sameKey(shown, key) {
			return true
		}
	}
	return false
}

func provesFirst() bool {
	return Mutant != "hello-tells-secrets"
}

func isMeant(own, theirs *hello) bool {
	if Mutant == "reflection-is-a-peer" {
		return true
	}
	return theirs.to == own.from && theirs.from == own.to
}

func bindsBeforeAccepted() bool {
	return Mutant == "refused-contact-binds"
}

func displacedGuest(guests []guest) int {
	if Mutant == "newest-greeting-goes" {
		return len(guests) - 1
	}
	return oldestOfMost(guests)
}

func forgetsEnded() bool {
	return Mutant != "who-was-heard-is-heard"
}

func acceptsAgain(error) bool {
	return Mutant != "accept-error-ends-node"
}

func logsAll() bool {
	return Mutant == "strangers-fill-the-log"
}

func provesDeath(err error) bool {
	if Mutant == "any-failure-is-death" {
		return true
	}
	return isDeath(err)
}

func looksTooOften(since, most time.Duration) bool {
	switch Mutant {
	case "breaks-are-looked-at-without-end":
		return false
	case "break-is-not-looked-at":
		return true
	}
	return since < most
}

func spoken(own, theirs *hello) uint8 {
	if Mutant == "own-highest-is-spoken" {
		return own.max
	}
	version, _ := common(own.versions(), theirs.versions())
	return version
}

func mostBody(k kind) int {
	if k == kindBulk && Mutant != "bulk-frames-have-no-bound" {
		return callNumberBytes + MaxBulkBytes
	}
	return MaxFrameBytes
}

func waitsForDemand() bool {
	return Mutant != "bulk-is-always-dialled"
}

func isUnused(users int) bool {
	return users == 0 || Mutant == "used-is-idle"
}

func holdsUntilWritten() bool {
	return Mutant != "answered-is-written"
}

func shareOf(peer chan struct{}) chan struct{} {
	if Mutant == "each-connection-has-a-share" {
		return make(chan struct{}, cap(peer))
	}
	return peer
}

func mostAtOnce(all int) int {
	if Mutant == "slow-is-silent" {
		return all
	}
	return writeAtOnce
}

func staysAt(address, wanted string) bool {
	return address == wanted || Mutant == "moved-is-where-it-was"
}

func forgetsRemoved() bool {
	return Mutant != "removed-is-sent-to"
}

func endsRemoved() bool {
	return Mutant != "removed-is-dialled" && Mutant != "removed-is-sent-to"
}

func isBefore(number, removed uint64) bool {
	return number < removed && Mutant != "removed-in-greeting-is-let-in"
}

func isOlder(number, there uint64) bool {
	return number < there && Mutant != "older-connection-replaces"
}

func mournsFor(l *link) bool {
	return !l.isOver() || Mutant == "removed-is-mourned"
}

func isOfFolder(r Refusal) bool {
	if r == Removed && Mutant == "who-is-removed-is-not-told" {
		return false
	}
	return r == OtherIncarnation || r == RolledBack || r == Diverged || r == Removed || r == NotSpoken
}

func mostAsks() int {
	if Mutant == "any-number-asks" {
		return 1000
	}
	return OpenAsks
}

func mostAsk() int {
	if Mutant == "asks-have-no-bound" {
		return MaxFrameBytes
	}
	return MaxAskBytes
}

func timeToAsk(t time.Duration) time.Duration {
	if Mutant == "who-asks-has-all-time" {
		return time.Hour
	}
	return t
}

func timeToReach(t time.Duration) time.Duration {
	if Mutant == "who-is-asked-has-all-time" {
		return time.Hour
	}
	return t
}

func endsAsk(error) bool {
	return Mutant != "who-left-is-waited-for"
}

func isAskedAbout(p *peer) bool {
	return p != nil || Mutant != "only-who-is-dialled-is-judged"
}

func looksAgain(left int) bool {
	switch Mutant {
	case "cut-off-is-an-answer":
		return false
	case "cut-off-is-looked-at-without-end":
		return true
	}
	return left > 0
}

func noteHeard(c *conn, now time.Time) {
	if Mutant != "heard-once" {
		c.heard.Store(now.UnixNano())
	}
}

func causeOfBreak(err error) Cause {
	if Mutant == "silence-is-another-secret" && errors.Is(err, ErrStranger) {
		return CauseSecret
	}
	return causeOf(err)
}
