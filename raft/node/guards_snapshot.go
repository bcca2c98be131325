//go:build !mutants

package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The decisions about snapshots. guards_snapshot_mutants.go holds a wrong one for each fault.

// isDue reports whether enough was applied for a snapshot.
func isDue(bytes, interval int64) bool { return bytes >= interval }

// pauseAfter is how many bytes are applied after a snapshot that failed, before the next one.
func pauseAfter(interval int64) int64 { return interval / hurried }

// isUnderSame reports whether who leads says of a snapshot that the same decide behind it as its file does.
func isUnderSame(said, found protocol.Configuration) bool { return said == found }

// isTriedAgain reports whether a snapshot that failed is tried again after so many ticks, where nothing new can be applied.
func isTriedAgain(ticks int) bool { return ticks >= againTicks }

// isShort reports whether the log has no room for new work, and none is coming.
func isShort(room Room, cfg *Config) bool { return !room.Coming && room.Sure < keptBack(cfg, Begin) }

// logEnd is behind what the log begins, when the newest snapshot has become durable: there is a tail for the slow and for rot.
func logEnd(previous, _ protocol.Index) protocol.Index { return previous }

// mayBeginBehind reports whether the log may begin behind the newest snapshot, which is known to be damaged or is not.
func mayBeginBehind(damaged bool) bool { return !damaged }

// mayForget reports whether the record of a mark is durable, so that what it makes needless may go.
func mayForget(mark, synced raft.Mark) bool { return mark <= synced }

// isBytesLacking is whether a message waits that speaks of a snapshot which is lacking here, or is not.
func isBytesLacking(lacking bool) bool { return lacking }

// isToBeFetched is whether a snapshot is fetched that the leader speaks of, or somebody else.
func isToBeFetched(byLeader bool) bool { return byLeader }

// mayDrop reports whether the file of a snapshot that came and is of no use goes, where one of its entry stands for something, or none does.
func mayDrop(stands bool) bool { return !stands }

// isOver reports whether nobody lacks the snapshot of an entry any more.
func isOver(index, committed protocol.Index) bool { return index <= committed }

// isBelievedOfLoaded is whether a message is handled that denies what a snapshot stands for, or does not.
func isBelievedOfLoaded(denies bool) bool { return !denies }

// isLost reports whether an open entry's waiters hear now that a snapshot stands for all up to k.
func isLost(open *openEntry, k protocol.Index) bool { return open.index <= k }

// loadedSum is from where the digests go on behind a snapshot.
func loadedSum(sum uint64) uint64 { return sum }

// isComparable reports whether the digest after entry k is known, where all up to from came in a snapshot.
func isComparable(k, from protocol.Index) bool { return k >= from }

// mayFetch is whether a snapshot is fetched against which others' digests say this, or nothing.
func mayFetch(why error) bool { return why == nil }

// mayInstall is whether one that came is installed against which they say this, or nothing.
func mayInstall(why error) bool { return why == nil }

// isRefused is whether one that came goes: others are known to deny it, or say this, and nobody knows who is right.
func isRefused(denied bool, _ error) bool { return denied }

// saysAtItsEnd reports whether a log that is to begin behind its last entry says who decides there, where logs say so.
func saysAtItsEnd(configurations bool) bool { return configurations }

// isInstalledFor is whether the snapshot that came is installed for the leader, or for somebody else.
func isInstalledFor(leader bool) bool { return leader }

// isStray is whether a leader's snapshot is not believed, where another node was seen to differ from it, after whichever entry, or none was.
func isStray(differs bool) bool { return differs }

// countsAgainst reports whether what was said so many tellings ago counts against a snapshot.
func countsAgainst(turns int) bool { return turns <= deniedTurns }

// isOfSnapshot reports whether a snapshot's digest is that after entry k.
func isOfSnapshot(taken Digest, k protocol.Index) bool { return taken.Index == k }

// tellOfSnapshot tells the others the digest behind a snapshot.
func tellOfSnapshot(r *Replica, k protocol.Index) { r.tellDigest(k) }

// digestOfBase is what is known at a start of the snapshot that the log begins behind.
func digestOfBase(found Digest) Digest { return found }

// tellOfLate tells the others a digest that all of them have or have soon, where somebody writes: so who differs from this leader says so
// before its snapshot is loaded.
func tellOfLate(r *Replica) { r.tellDigest(r.digests.last / alignedBy * alignedBy) }

// isAnswered is whether who says something else than this replica is told what that has, which told it all a moment ago, or did not.
func isAnswered(told bool) bool { return !told }

// loadedStamp is from where log time goes on behind a snapshot.
func loadedStamp(stamp uint64) uint64 { return stamp }

// isRunning reports whether the clock runs from a stamp already.
func isRunning(c *logClock, stamp uint64) bool { return c.begun && c.stamp == stamp }

// loadedIndex is up to where all is applied behind a snapshot: its state and that are one.
func loadedIndex(_, index protocol.Index) protocol.Index { return index }

// covered is the verdict on who waits for an entry that a snapshot stands for.
func covered() error { return ErrCovered }
