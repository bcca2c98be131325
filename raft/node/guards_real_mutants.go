//go:build mutants

// The guards of guards_real.go, each with a fault in front.

package node

import (
	"context"
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

func takesPlace(base, prev protocol.Index) bool {
	return Mutant != "kept-beside-the-base" && base != 0 && prev == base
}

func isNoEntry(err error) bool {
	return errors.Is(err, wal.ErrNoEntry) || errors.Is(err, wal.ErrCompacted) && Mutant != "compacted-is-damage"
}

func fits(id SnapshotID, log *protocol.Log) bool {
	return Mutant == "loads-what-does-not-fit" || id.Fits(log)
}

func goesOnForgetting(err error) bool {
	if Mutant == "log-first-or-nothing" {
		return err == nil
	}
	return !errors.Is(err, wal.ErrFailed)
}

func mayGive(condemned bool) bool { return !condemned || Mutant == "asks-the-condemned" }

func isGivenLater(slot, highest protocol.NodeID) bool {
	return slot > highest && Mutant != "strangers-are-not-answered"
}

func isGone(slot, highest protocol.NodeID, committed bool) bool {
	switch Mutant {
	case "removed-is-welcome":
		return false
	case "removed-before-it-is-decided":
		return slot <= highest
	}
	return slot <= highest && committed
}

func isOutdated(told, committed protocol.Index) bool {
	return told <= committed || Mutant == "told-is-forgotten"
}

func isItself(said, wanted uint8) bool { return said == wanted || Mutant == "any-id-will-do" }

func isCalled(asked, name string) bool { return asked == name || Mutant == "any-name-joins" }

func redirect(leader string) string {
	if Mutant == "followers-know-nobody" {
		return ""
	}
	return leader
}

const gentleFor = 30 * time.Second

func isLateEnough(ns int64) bool { return ns > int64(gentleFor) && Mutant != "gentle-for-ever" }

func isWaitedFor(loading bool, role protocol.Role) bool {
	switch Mutant {
	case "replays-beside-others":
		return true
	case "serves-with-what-is-left":
		return false
	}
	return !loading || role == protocol.Leader
}

func forgetAgain(s *snapshot.Store) error {
	if Mutant == "forgets-once" {
		return nil
	}
	return s.Sweep()
}

func isForgotten(index, base protocol.Index) bool {
	if Mutant == "snapshots-pile-up" {
		return false
	}
	return index < base || Mutant == "forgets-the-base" && index == base
}

func leavesSegment(free, bytes, segment int64) bool {
	return Mutant == "snapshot-takes-the-logs-room" || free-bytes >= segment || free < segment
}

func isHeld(needed, dear bool) bool {
	switch Mutant {
	case "base-moves-under-receiver":
		return false
	case "log-held-for-ever":
		return needed
	}
	return needed && !dear
}

func isOneFile(begun, h snapshot.Header) bool { return Mutant == "mixes-snapshots" || begun == h }

func endPart(in *snapshot.Receiver) {
	if Mutant == "begins-anew" {
		in.Abort()
	}
	_ = in.Close()
}

func insists(times int) bool { return Mutant == "whoever-spoke-last" || times >= insistence }

func owed(free, now time.Time) time.Duration {
	if Mutant == "snapshot-without-rate" {
		return 0
	}
	return free.Sub(now)
}

func waitsForTurn(another bool) bool { return Mutant != "greed-is-served" && another }

func isToBeHeld(since int64) bool {
	return Mutant != "loads-in-silence" && since >= int64(holdEvery)
}

func holders(leader, giver protocol.NodeID) []protocol.NodeID {
	if leader == giver || Mutant == "holds-at-the-giver-alone" {
		return []protocol.NodeID{giver}
	}
	return []protocol.NodeID{leader, giver}
}

func isNeedless(index, committed protocol.Index) bool {
	return Mutant != "needless-fetch-goes-on" && index <= committed
}

func isPartNeedless(index, committed protocol.Index) bool {
	return Mutant != "needless-part-stays" && index <= committed
}

func mayGet(given, leaving bool) bool {
	return !given && (!leaving || Mutant == "got-while-it-goes")
}

func isNamed(index, base protocol.Index) bool {
	switch Mutant {
	case "received-counts-at-once":
		return true
	case "installed-has-no-name":
		return false
	}
	return index == base
}

func removeUnused(n *Node, index protocol.Index, came bool) error {
	if Mutant == "unused-file-stays" {
		return nil
	}
	return n.remove(index, came)
}

func isLeaders(leads, h snapshot.Header) bool {
	return Mutant == "first-giver-wins" || isSameSnapshot(leads, h)
}

func isUseless(refused, spoilt bool) bool {
	return refused && Mutant != "useless-file-comes-again" || spoilt
}

func isOwnWant(byLeader bool) bool { return byLeader || Mutant == "any-claim-is-want" }

func isFull(err error) bool {
	if Mutant == "descriptors-are-room" {
		return errors.Is(err, snapshot.ErrNoRoom)
	}
	return errors.Is(err, snapshot.ErrFull)
}

func isTurnOver(now, until int64) bool { return Mutant != "slow-giver-stays" && now >= until }

func dropSource(g *giving, index protocol.Index) {
	if Mutant != "source-outlives-its-file" {
		g.drop(index)
	}
}

func givenUp(ctx context.Context) error {
	if Mutant == "load-outlives-the-node" {
		return nil
	}
	return context.Cause(ctx)
}

func isLate(ago time.Duration) bool { return ago <= lateFor || Mutant == "old-syncs-count" }

func isSlow(median, longest time.Duration) bool {
	return median >= SlowSync || longest >= SlowestSync && Mutant != "slowest-sync-is-fine"
}

func isHung(running time.Duration) bool { return running >= HungSync && Mutant != "hung-is-slow" }

// RestoredMutantIDs are the faults of a folder that a restore made; package dedup/folder makes such folders, and catches them.
var RestoredMutantIDs = []string{"restored-elects-alone"}

func holdsNothing(last, restored protocol.Index) bool {
	if Mutant == "restored-elects-alone" { // as if the base were something that this node had held
		return last == 0
	}
	return last <= restored
}

func mayLook(empty bool, toMeet protocol.NodeSet) bool {
	return !empty || toMeet == 0 || Mutant == "strangers-found"
}

func isMajority(met, later protocol.NodeSet, decide protocol.Configuration) bool {
	switch Mutant {
	case "unmet-takes-part":
		return true
	case "strangers-do-not-look":
		return decide.Decides(met)
	}
	return isMajorityOf(decide.Voters, met, later) && (!decide.IsJoint() || isMajorityOf(decide.Next, met, later))
}
