//go:build mutants

// The guards of guards_snapshot.go, each with a fault in front.

package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func isDue(bytes, interval int64) bool {
	if Mutant == "takes-too-often" {
		return bytes > 0
	}
	return bytes >= interval
}

func pauseAfter(interval int64) int64 {
	if Mutant == "failed-snapshot-at-once" {
		return 0
	}
	return interval / hurried
}

func isUnderSame(said, found protocol.Configuration) bool {
	return said == found || Mutant == "file-says-who-decides"
}

func isTriedAgain(ticks int) bool {
	if Mutant == "full-log-gives-up" {
		return false
	}
	return ticks >= againTicks
}

func isShort(room Room, cfg *Config) bool {
	if Mutant == "full-log-stays-long" {
		return false
	}
	return !room.Coming && room.Sure < keptBack(cfg, Begin)
}

func logEnd(previous, newest protocol.Index) protocol.Index {
	if Mutant == "compacts-to-newest" {
		return newest
	}
	return previous
}

func mayBeginBehind(damaged bool) bool {
	if Mutant == "begins-behind-damage" {
		return true
	}
	return !damaged
}

func mayForget(mark, synced raft.Mark) bool {
	if Mutant == "forget-before-durable" {
		return true
	}
	return mark <= synced
}

func isBytesLacking(lacking bool) bool {
	if Mutant == "handles-without-bytes" {
		return false
	}
	return lacking
}

func isToBeFetched(byLeader bool) bool {
	if Mutant == "fetches-for-anybody" {
		return true
	}
	return byLeader
}

func mayDrop(stands bool) bool {
	switch Mutant {
	case "useless-file-stays":
		return false
	case "drops-what-stands":
		return true
	}
	return !stands
}

func isOver(index, committed protocol.Index) bool {
	return index <= committed && Mutant != "lacks-it-for-ever"
}

func isBelievedOfLoaded(denies bool) bool {
	if Mutant == "denied-snapshot-is-believed" {
		return true
	}
	return !denies
}

func isLost(open *openEntry, k protocol.Index) bool {
	if Mutant == "install-keeps-waiters" {
		return false
	}
	return open.index <= k
}

func loadedSum(sum uint64) uint64 {
	if Mutant == "digest-forgotten" {
		return 0
	}
	return sum
}

func isComparable(k, from protocol.Index) bool {
	if Mutant == "digest-of-before" {
		return true
	}
	return k >= from
}

func mayFetch(why error) bool {
	if Mutant == "contested-is-fetched" {
		return true
	}
	return why == nil
}

func mayInstall(why error) bool {
	if Mutant == "contested-is-loaded" {
		return true
	}
	return why == nil
}

func isRefused(denied bool, why error) bool {
	switch Mutant {
	case "doubted-file-goes":
		return why != nil
	case "denied-file-stays":
		return false
	}
	return denied
}

func saysAtItsEnd(configurations bool) bool {
	return configurations && Mutant != "log-ends-unsaid"
}

func isInstalledFor(leader bool) bool {
	if Mutant == "installs-for-anybody" {
		return true
	}
	return leader
}

func isStray(differs bool) bool { return differs && Mutant != "strays-unseen" }

func countsAgainst(turns int) bool { return turns <= deniedTurns || Mutant == "denies-for-ever" }

func isOfSnapshot(taken Digest, k protocol.Index) bool {
	return taken.Index == k && Mutant != "snapshots-digest-forgotten"
}

func tellOfSnapshot(r *Replica, k protocol.Index) {
	if Mutant != "snapshots-digest-untold" {
		r.tellDigest(k)
	}
}

func digestOfBase(found Digest) Digest {
	if Mutant == "bases-digest-forgotten" {
		return Digest{}
	}
	return found
}

func tellOfLate(r *Replica) {
	if Mutant != "offers-tell-of-old" {
		r.tellDigest(r.digests.last / alignedBy * alignedBy)
	}
}

func isAnswered(told bool) bool { return !told || Mutant == "answers-are-answered" }

func loadedStamp(stamp uint64) uint64 {
	if Mutant == "clock-from-zero" {
		return 0
	}
	return stamp
}

func isRunning(c *logClock, stamp uint64) bool {
	switch Mutant {
	case "clock-stops-at-load":
		return false
	case "clock-not-of-the-log": // another log's, which was given up
		return c.begun
	}
	return c.begun && c.stamp == stamp
}

func loadedIndex(applied, index protocol.Index) protocol.Index {
	if Mutant == "swap-without-index" {
		return applied
	}
	return index
}

func covered() error {
	if Mutant == "covered-is-verdict" { // the entry stands
		return &NotLeaderError{}
	}
	return ErrCovered
}
