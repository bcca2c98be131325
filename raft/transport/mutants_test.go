//go:build mutants

package transport

// Goal: every seeded fault of this package is noticed. Method: a row names a fault and a check that is right without it
// (the tests of strangers_test.go) and wrong with it.

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var caught = map[string]func(t *testing.T) (noticed bool){
	"any-key-is-accepted": func(t *testing.T) bool {
		return len(strangersGetIn(t, start(t, testConfig(1, silentPeer(t))))) > 0
	},
	"hello-tells-secrets":  func(t *testing.T) bool { return strangerIsTold(start(t, testConfig(1, silentPeer(t)))) != "" },
	"reflection-is-a-peer": func(t *testing.T) bool { return relayGetsIn(t) != "" },
	"refused-contact-binds": func(t *testing.T) bool {
		return refusedContactBinds(t, start(t, testConfig(1, silentPeer(t)))) > 0
	},
	"who-was-heard-is-heard": func(t *testing.T) bool { return isHeardAfterItsEnd(t, 2*time.Second) },
	"newest-greeting-goes":   func(t *testing.T) bool { return floodKeepsOut(t) != "" },
	"accept-error-ends-node": func(t *testing.T) bool {
		_, _, in := acceptsBehind(t, syscall.EMFILE)
		return !in
	},
	"any-failure-is-death":             func(t *testing.T) bool { return falseAlarm(t) != "" },
	"breaks-are-looked-at-without-end": func(*testing.T) bool { return looksAfterBreaks() > 1 },
	"break-is-not-looked-at":           func(*testing.T) bool { return looksAfterBreaks() == 0 },
	"cut-off-is-an-answer":             func(*testing.T) bool { return cutOffs() != mostLooks },
	"cut-off-is-looked-at-without-end": func(*testing.T) bool { return cutOffs() != mostLooks },
	"strangers-fill-the-log":           func(*testing.T) bool { return fillTheLog() != "" },
	"own-highest-is-spoken":            func(t *testing.T) bool { return talk(t, versions{5, 6}, versions{5, 5}) != nil },
	"bulk-is-always-dialled":           func(t *testing.T) bool { return dialsUnasked(t, 2*time.Second) != 2 },
	"bulk-frames-have-no-bound":        takesTooLarge,
	"used-is-idle":                     func(t *testing.T) bool { return breaksInUse(t) != nil },
	"answered-is-written": func(t *testing.T) bool {
		held, _ := heldForAStoppedReader(t)
		return held != OpenBulkCalls
	},
	"each-connection-has-a-share":   func(t *testing.T) bool { return shareByConnections(t) != OpenBulkCalls },
	"moved-is-where-it-was":         func(t *testing.T) bool { return movedIsReached(t) != "" },
	"removed-is-sent-to":            func(t *testing.T) bool { return sentToRemoved(t) != "" },
	"removed-is-dialled":            func(t *testing.T) bool { return sentToRemoved(t) != "" },
	"removed-in-greeting-is-let-in": func(t *testing.T) bool { return greetsThroughARemoval(t) },
	"older-connection-replaces":     func(t *testing.T) bool { return olderReplaces(t) },
	"removed-is-mourned":            func(t *testing.T) bool { return mournsForMoved(t) },
	"only-who-is-dialled-is-judged": func(t *testing.T) bool { return judgesUnknown(t) != "" },
	"who-is-removed-is-not-told":    func(t *testing.T) bool { return !isToldOfRemoval(t) },
	"any-number-asks":               func(t *testing.T) bool { return heardAtOnce(t) != OpenAsks },
	"asks-have-no-bound":            func(t *testing.T) bool { return takesLargeAsk(t) },
	"who-asks-has-all-time":         func(t *testing.T) bool { return stalledAskerStays(t) },
	"who-is-asked-has-all-time":     func(t *testing.T) bool { return silentIsWaitedFor(t) != CauseSilent },
	"who-left-is-waited-for":        func(t *testing.T) bool { return leftAskerStays(t) },
	"heard-once": func(t *testing.T) bool {
		first, _ := oneWay(t)
		return quietLater(first) > 200*time.Millisecond
	},
	"silence-is-another-secret": func(t *testing.T) bool { return causeOfSilence(t) != CauseSilent },
	"slow-is-silent":            func(t *testing.T) bool { return dueAtOnce(t) != writeAtOnce },
}

func TestEachMutantIsCaught(t *testing.T) {
	for _, id := range MutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { Mutant = "" }()
			require.NotNil(t, caught[id], "no row")
			require.False(t, caught[id](t), "noticed without the fault")
			Mutant = id
			require.True(t, caught[id](t), "%s survives", id)
		})
	}
}
