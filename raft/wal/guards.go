//go:build !mutants

package wal

import "errors"

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
