//go:build mutants

package node_test

// Goal: the property can fail. Method: each seeded fault is switched on, and some drawn run, or a
// story of behind_test.go, must break a promise. Switched off, none does.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
)

// runs are how many runs each fault has to show itself.
const runs = 300

// stories are the faults that drawn runs meet too seldom, and the story that shows each.
var stories = map[string]func() error{
	"liar-is-believed":       tellLies,
	"bundle-without-term":    leadsAgain,
	"read-without-term":      readsAnotherEntry,
	"entries-without-bound":  joinsALittle,
	"round-without-bound":    node.TakesInRounds,
	"queue-without-time":     func() error { return overload(4) },
	"log-without-time":       func() error { return overload(4) },
	"one-queue-for-all":      greed,
	"ready-before-applied":   readyTooEarly,
	"calm-whatever-happens":  hurriesWhoLosesGround,
	"room-unchecked":         noRoomAtAll,
	"reserve-not-kept":       theReserve,
	"invites-without-room":   theQuiet,
	"followers-room-unasked": theFollowers,

	"hung-leader-is-waited-for": func() error { _, err := aLeaderHangs(1); return err },
	"overtaken-at-once":         aLeaderIsOvertaken,
	"overtaken-is-verdict":      func() error { _, err := aLeaderHangs(1); return err },

	"silence-is-believed-in": func() error { return acrossElections(hanging, aMoment) },
	"no-leader-no-call":      func() error { return acrossElections(killed, 0) },
	"waits-for-ever":         hopelessCallsAreToldSoon,
	"hopes-alone":            hopelessCallsAreToldSoon,
	"search-is-overload":     func() error { return acrossElections(killed, 0) },
	"retries-at-once":        anHourWithoutALeader,

	"own-disk-paces":      func() error { return oneSlowDisk(true) },
	"sync-not-waited-for": batchesStay,
	"own-disk-unbounded":  aDiskHangs,

	"late-reading-is-damage":         readsTooLate,
	"death-is-no-news":               deathsAreNews,
	"handover-is-overload":           aHandOverThatFails,
	"full-leader-stays":              noRoomToLead,
	"full-leader-leaves-for-nothing": noRoomAnywhere,
	"leaves-before-news":             allAtOnce,

	"reads-take-entries":  onlyReads,
	"reads-without-bound": floodOfReads,
	"read-is-uncertain":   readInALog,
	"read-before-applied": readBehindMuch,
	"reads-take-all-room": crowdOfReads,
	"lost-read-fails":     readLosesItsPlace,

	"level-before-applied": slowAges,
	"level-since-answer":   slowAges,
	"heard-is-level":       minorityAges,

	"takes-too-often":             snapshotsCost,
	"failed-snapshot-at-once":     triesAgain,
	"full-log-stays-long":         staysFull,
	"full-log-gives-up":           failedAndFull,
	"compacts-to-newest":          theTail,
	"begins-behind-damage":        newestIsDamaged,
	"forget-before-durable":       forgetsTooEarly,
	"handles-without-bytes":       installs,
	"fetches-for-anybody":         heldUp,
	"useless-file-stays":          uselessFilesGo,
	"drops-what-stands":           whatStandsStays,
	"lacks-it-for-ever":           logComesFirst,
	"denied-snapshot-is-believed": isDenied,
	"install-keeps-waiters":       leavesOpen,
	"digest-forgotten":            digestsGoOn,
	"digest-of-before":            comparesWhatItHasNot,
	"clock-from-zero":             logTimeGoesOn,
	"contested-is-fetched":        fetchesNothingContested,
	"contested-is-loaded":         holdsWhatIsDoubted,
	"doubted-file-goes":           holdsWhatIsDoubted,
	"denied-file-stays":           refusesWhatIsDenied,
	"installs-for-anybody":        installsForTheLeader,
	"log-ends-unsaid":             endsAtItsEnd,
	"strays-unseen":               looksElsewhere,
	"denies-for-ever":             denierIsGone,
	"snapshots-digest-forgotten":  comparesSnapshots,
	"snapshots-digest-untold":     comparesSnapshots,
	"offers-tell-of-old":          tellsOfLate,
	"answers-are-answered":        nobodyFollows,
	"bases-digest-forgotten":      func() error { return tellsOfWhatItOffers(true) },
	"clock-stops-at-load":         logTimeRunsOn,
	"clock-not-of-the-log":        logTimeIsOfTheLog,
	"covered-is-verdict":          leavesOpen,

	"late-refusal-for-rollback": accusesTheInnocent,
	"rollback-for-late-refusal": func() error { return olderCopy(simulator.Config{}) },
	"accusation-not-durable":    func() error { return olderCopy(simulator.Config{}) },
	"diverged-state-unnoticed":  func() error { return divergence(false) },

	"removed-is-welcome":           node.Welcomed,
	"removed-before-it-is-decided": node.Welcomed,
	"gentle-for-ever":              node.EndsToBeGentle,
	"learner-stays-listed":         takesALearnersPlace,

	"end-of-a-change-without-bytes": endsAChangeAmongMuch,
	"file-says-who-decides":         node.HeldToTheLeader,
	"any-list-is-appended":          node.BoundsTheList,
	"strangers-found":               node.MeetsStrangers,
	"joined-meets-the-first":        node.GoesByWhatItWasTold,
}

// inTest are the faults that a story shows which wants a test: those of real_peers_test.go, and one of accuse_test.go.
var inTest = map[string]func(t *testing.T) error{
	"hung-shelf-is-waited-for": func(t *testing.T) error { return aShelfHangs(t, 5*time.Second) },

	"removes-the-quorum": losesTheQuorum,

	"strangers-do-not-look":          func(t *testing.T) error { return comesBackAmongStrangers(t, false, 3*time.Second) },
	"strangers-are-not-answered":     func(t *testing.T) error { return comesBackAmongStrangers(t, false, 3*time.Second) },
	"told-is-forgotten":              func(t *testing.T) error { return joinsWhereAllAreNew(t, soon) },
	"joined-begins-with-the-present": func(t *testing.T) error { return joinsWhereAllAreNew(t, soon) },
	"any-id-will-do":                 anotherID,
	"any-name-joins":                 anotherName,
	"followers-know-nobody":          func(t *testing.T) error { return asksAFollower(t, 3*time.Second) },

	"unmet-takes-part": alone,
	"bootstrap-unmet":  twoWiped,

	"rollback-for-candidacy": candidacyIsAProof, // in a leader alone
}

// firstFault runs until one breaks a promise.
func firstFault() error {
	for seed := range runs {
		if err := rapid.Custom(drawnRun).Example(seed); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryMutantIsCaught(t *testing.T) {
	for _, id := range node.MutantIDs {
		t.Run(id, func(t *testing.T) {
			t.Cleanup(func() { node.Mutant = "" })
			check := firstFault
			if story := stories[id]; story != nil {
				require.NoError(t, story(), "another fault")
				check = story
			}
			if story := inTest[id]; story != nil {
				check = func() error { return story(t) }
			}
			node.Mutant = id
			err := check()
			require.Error(t, err)
			t.Log(err)
		})
	}
}
