//go:build !mutants

package wal

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The decisions that the promise of doc.go rests on. guards_mutants.go holds a wrong one for each
// fault that real logs had; the tests show that each is caught.

// tornTail tells what a crash left from damage: nothing behind says that the bad record was
// synced, and a sector of it was never written. Neither alone is enough.
func tornTail(claimed, unwritten bool) bool { return !claimed && unwritten }

// mustRewrite reports whether a record may be in the page cache only: no later record says that
// its mark was synced.
func mustRewrite(mark, synced uint64) bool { return mark > synced }

// zerosTrusted reports whether zeros that were read behind the end are taken to be on the disk.
func zerosTrusted() bool { return false }

// chunkHas reports whether a record of n bytes fits behind those of a chunk.
func chunkHas(chunk []byte, n int) bool { return n <= cap(chunk)-len(chunk) }

// closesOne reports whether one of the files that are open to be read only has to go, where so many may stay.
func closesOne(open, most int) bool { return open > most }

// intact compares a checksum with what was stored.
func intact(sum, stored uint32) bool { return sum == stored }

// risesTo reports whether a base may be the next one.
func risesTo(next, base protocol.Index) bool { return next > base }

// recovered is a configuration as recovery gives it back.
func recovered(c protocol.Configuration) protocol.Configuration { return c }

// writtenUnder is what a base's record says is in force at it.
func writtenUnder(m *Membership) *Membership { return m }

// standsBy reports whether what is in force from an entry on is so at k.
func standsBy(from, k protocol.Index) bool { return from <= k }

// saysAll reports whether what is in force from an entry on is so at k for all that is known, where nothing is known of the entries up to
// unknown: one of them may say something else.
func saysAll(from, k, unknown protocol.Index) bool { return from == k || from >= unknown }

// agreesWith reports whether what a base is appended with is what the log says.
func agreesWith(m, under *Membership) bool { return m.equals(under) }

// firstMayBeTorn reports whether a crash may leave a part of the record that a log is made with.
func firstMayBeTorn() bool { return false }

// baseHolds reports whether a base counts on which segments go: it is durable.
func baseHolds(mark, synced uint64) bool { return mark <= synced }

// spared reports whether a log that knows nothing of the entries at and below an index can do without them, and without the
// segments that they stood in: a base says so. Else a segment that was lost would look like one that was given back.
func spared(base, unknown protocol.Index) bool { return base > 0 && unknown <= base }

// lastBefore is the last index that the log kept of what was before a record.
func lastBefore(h header) protocol.Index { return protocol.Index(h.prev) }

// elsewhere reports whether an entry that could not be read is not where it was read.
func elsewhere(was, is place) bool { return was != is }

// forgets reports whether the index drops so many records, of which nothing is above the base.
func forgets(records int) bool { return records > 0 }

// mayFollowGap reports whether the last segments may be the log by themselves, though others stand in front of a gap: the
// removal of one was durable when the power went, that of another was not.
func mayFollowGap() bool { return true }

// goneForGood reports whether the old name of a segment must be off the disk before its file is written over.
func goneForGood() bool { return true }

// syncOnce makes a file durable, or fails: after a failed fsync the system has forgotten what it
// did not write, and a second fsync succeeds without it.
func syncOnce(f File) error { return f.Sync() }

// survivable reports whether a log goes on after a failure to make a file. What has run out may come back: nothing rests
// on the file yet, and who tries again makes another one from the beginning.
func survivable(err error) bool { return errors.Is(err, ErrNoRoom) }

// saved is the outcome of a save.
func saved(err error) error { return err }

// forgotStart reports whether a folder does not know a start in which it was met. Of one that is further back than the
// starts it knows by their ids nothing can be said.
func forgotStart(met start, theirs Lineage) bool {
	if met.number == 0 || theirs.Starts < met.number {
		return met.number != 0
	}
	back := theirs.Starts - met.number
	return back < uint64(len(theirs.Recent)) && theirs.Recent[uint64(len(theirs.Recent))-1-back] != met.id
}
