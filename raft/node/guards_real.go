//go:build !mutants

package node

import (
	"context"
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// The decisions of the real host about snapshots. guards_real_mutants.go holds a wrong one for each fault.

// takesPlace reports whether a record's base stands for the log before it, whatever that held: a log may end at an entry of the base's
// index and another term, and is not the one that the record keeps.
func takesPlace(base, prev protocol.Index) bool { return base != 0 && prev == base }

// isNoEntry reports whether the log does not hold what was to be read: it was cut off, or is below the base.
func isNoEntry(err error) bool {
	return errors.Is(err, wal.ErrNoEntry) || errors.Is(err, wal.ErrCompacted)
}

// fits reports whether a node may come up with a snapshot.
func fits(id SnapshotID, log *protocol.Log) bool { return id.Fits(log) }

// isForgotten reports whether a snapshot is older than what the log begins behind: no start can need it.
func isForgotten(index, base protocol.Index) bool { return index < base }

// goesOnForgetting reports whether snapshots are removed behind what came of removing what is old of the log. A log that has failed ends
// the node, which leaves all as it is.
func goesOnForgetting(err error) bool { return !errors.Is(err, wal.ErrFailed) }

// mayGive reports whether a node that is condemned, or not, is asked for a snapshot.
func mayGive(condemned bool) bool { return !condemned }

// isGone reports whether a slot that no member has was one's, for good: it is not above all that were given, and nobody takes that back.
func isGone(slot, highest protocol.NodeID, committed bool) bool { return slot <= highest && committed }

// isGivenLater reports whether a slot was given later than all that a node knows of.
func isGivenLater(slot, highest protocol.NodeID) bool { return slot > highest }

// isOutdated reports whether a folder needs no more what it was told of an entry when it joined: its log is known to be committed up to there.
func isOutdated(told, committed protocol.Index) bool { return told <= committed }

// isItself reports whether the log says that a folder is of the member that the node is to be.
func isItself(said, wanted uint8) bool { return said == wanted }

// isCalled reports whether who wants to join means this cluster.
func isCalled(asked, name string) bool { return asked == name }

// redirect is where who wants to join is told that the leader is.
func redirect(leader string) string { return leader }

// gentleFor bounds for how long a node that comes back takes only what is left of the processor.
const gentleFor = 30 * time.Second

// isLateEnough reports whether a node has come back gently for long enough, ready or not.
func isLateEnough(ns int64) bool { return ns > int64(gentleFor) }

// isWaitedFor reports whether others wait for what a node's loop does: it is ready for calls, or leads.
func isWaitedFor(loading bool, role protocol.Role) bool { return !loading || role == protocol.Leader }

// forgetAgain removes files that could not be removed before, and none of those that are listed.
func forgetAgain(s *snapshot.Store) error { return s.Sweep() }

// leavesSegment reports whether a snapshot may take so many of the bytes that are free.
func leavesSegment(free, bytes, segment int64) bool { return free-bytes >= segment || free < segment }

// isHeld reports whether the log's beginning stays where it is, for those who get a snapshot from there.
func isHeld(needed, dear bool) bool { return needed && !dear }

// isOneFile reports whether two headers are of the same file, of which one node may give what another has not.
func isOneFile(begun, h snapshot.Header) bool { return begun == h }

// endPart ends what is being received: what came is kept, durably, for the next attempt.
func endPart(in *snapshot.Receiver) { _ = in.Close() }

// insists reports whether another snapshot was wished for often enough in a row.
func insists(times int) bool { return times >= insistence }

// owed is for how long what was sent is not paid for.
func owed(free, now time.Time) time.Duration { return free.Sub(now) }

// waitsForTurn reports whether a node waits because another one does that was served before it.
func waitsForTurn(another bool) bool { return another }

// isToBeHeld reports whether it is time to say that a snapshot is still being got.
func isToBeHeld(since int64) bool { return since >= int64(holdEvery) }

// holders are who is told so: who leads has the log that goes on behind it, who gives it has its file.
func holders(leader, giver protocol.NodeID) []protocol.NodeID {
	if leader == giver {
		return []protocol.NodeID{leader}
	}
	return []protocol.NodeID{leader, giver}
}

// isNeedless reports whether a snapshot is got for nothing: the log has what it stands for.
func isNeedless(index, committed protocol.Index) bool { return index <= committed }

// isPartNeedless reports the same of what came of one before it was given up.
func isPartNeedless(index, committed protocol.Index) bool { return index <= committed }

// mayGet reports whether a snapshot may be got, while the replica has one that it was given and says nothing of it yet, or one is being removed.
func mayGet(given, leaving bool) bool { return !given && !leaving }

// isNamed reports whether what was received is what the log begins behind, and so has been chosen.
func isNamed(index, base protocol.Index) bool { return index == base }

// removeUnused removes what came, or lay here, and can't be used.
func removeUnused(n *Node, index protocol.Index, came bool) error { return n.remove(index, came) }

// isLeaders reports whether a header is of the snapshot of which who leads has this one.
func isLeaders(leads, h snapshot.Header) bool { return isSameSnapshot(leads, h) }

// isUseless reports whether a node's file is not got, of which no state could be made, or which it has sent otherwise.
func isUseless(refused, spoilt bool) bool { return refused || spoilt }

// isOwnWant reports whether it is this node's own want of room that there is none for as much as was said, by who leads or by somebody else.
func isOwnWant(byLeader bool) bool { return byLeader }

// isFull reports whether there is no room on the disk, so that to have the log begin later helps.
func isFull(err error) bool { return errors.Is(err, snapshot.ErrFull) }

// isTurnOver reports whether a node has given for long enough to look whether another one is faster.
func isTurnOver(now, until int64) bool { return now >= until }

// dropSource has the file of a snapshot be given to nobody any more.
func dropSource(g *giving, index protocol.Index) { g.drop(index) }

// givenUp returns why nobody waits for a state that is being loaded.
func givenUp(ctx context.Context) error { return context.Cause(ctx) }

// isLate reports whether a sync that ended so long ago is one of late.
func isLate(ago time.Duration) bool { return ago <= lateFor }

// isSlow reports whether a disk is slow whose syncs took so long.
func isSlow(median, longest time.Duration) bool { return median >= SlowSync || longest >= SlowestSync }

// isHung reports whether a sync that has been running for so long hangs.
func isHung(running time.Duration) bool { return running >= HungSync }

// holdsNothing reports whether a log ends where it began: at its first entry, or behind what a restore made it of.
func holdsNothing(last, restored protocol.Index) bool { return last <= restored }

// mayLook reports whether one whose slot was given later may stand for one of those who decide: not for who has an empty log and is one of these.
func mayLook(empty bool, toMeet protocol.NodeSet) bool { return !empty || toMeet == 0 }

// isMajority reports whether the nodes that have this start on their disk are enough for this node to take part: as many as a majority of those who decide. Each of a slot that
// was given later stands for one of them that may be gone for ever.
func isMajority(met, later protocol.NodeSet, decide protocol.Configuration) bool {
	return isMajorityOf(decide.Voters, met, later) && (!decide.IsJoint() || isMajorityOf(decide.Next, met, later))
}
