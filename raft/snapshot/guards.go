//go:build !mutants

package snapshot

import (
	"context"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The decisions that the promise of doc.go rests on. guards_mutants.go holds a wrong one for each fault that could be
// here; the tests show that each is caught.

// intactHeader compares the checksum of a header with what was stored.
func intactHeader(sum, stored uint32) bool { return sum == stored }

// intact compares the checksum of a block with what was stored.
func intact(sum, stored uint32) bool { return sum == stored }

// blockSeed is where the checksum of the block at a place starts.
func blockSeed(seed uint32, at []byte) uint32 { return checksum(seed, at) }

// sameDigest compares the digest of a body with what the header says.
func sameDigest(digest, stored [32]byte) bool { return digest == stored }

// inDigest reports whether what the header says of a configuration is in the digest of who decides.
func inDigest(protocol.Configuration) bool { return true }

// membersIn is how many bytes in front of the body are of members.
func membersIn(h Header) int { return int(h.MembersBytes) }

// sameLength compares the length of a file with what its header says.
func sameLength(bytes int64, h Header) bool { return bytes == h.FileBytes() }

// ours reports whether a header is of this cluster.
func ours(h Header, cluster [16]byte) bool { return h.Cluster == cluster }

// syncOnce makes a file durable, or fails: after a failed fsync the system has forgotten what it did not write, and a
// second fsync succeeds without it.
func syncOnce(f disk.File) error { return f.Sync() }

// isMuch reports whether the system is to begin to write so many bytes, long before they are synced.
func isMuch(unbegun int) bool { return unbegun >= beginBytes }

// syncLast is the sync before the file gets its name.
func syncLast(f disk.File) error { return syncOnce(f) }

// syncNames makes a change of the folder durable.
func syncNames(folder disk.FS) error { return folder.SyncDir() }

// syncSeen makes durable the names that a start has seen: they may be in the page cache only.
func syncSeen(folder disk.FS) error { return folder.SyncDir() }

// resumes reports whether what was received of one snapshot is the beginning of another.
func resumes(there, h Header) bool { return there == h }

// resumable reports whether a block that a crash may have torn is taken for received.
func resumable(seed uint32, k uint64, raw []byte) bool { return soundBlock(seed, k, raw) }

// rewritten reports whether what was received before is written again: that it can be read does not mean that the disk has it.
func rewritten() bool { return true }

// mayReplace reports whether a snapshot may take the place of the one of its index.
func mayReplace(there, h Header) bool { return there.same(h) }

// mayRemove reports whether a snapshot may go, where these are the newest of all and the newest without known damage.
func mayRemove(index, newest, newestSound protocol.Index) bool {
	return index != newest && index != newestSound
}

// stays reports whether a snapshot is not removed, which may go, or may not, and is withdrawn, or is not.
func stays(withdrawn, mayGo bool) bool { return !mayGo && !withdrawn }

// isKept reports whether a start keeps what was received, which is whole, or is not, where a newer snapshot is there, or is not.
func isKept(whole, newer bool) bool { return whole || !newer }

// namedAtOnce reports whether what was received whole is one of the folder's snapshots before somebody says so.
func namedAtOnce() bool { return false }

// stillDoomed returns the snapshots whose removal is not known to be done, when one has been written anew.
func stillDoomed(doomed []Snapshot, anew protocol.Index) []Snapshot {
	return slices.DeleteFunc(doomed, func(there Snapshot) bool { return there.Index == anew })
}

// sameFile reports whether damage that was found in a file says something of the one that is listed now.
func sameFile(listed, damaged Snapshot) bool { return listed == damaged }

// hasRoom reports whether a file of which so many bytes are to come is begun.
func hasRoom(need, free int64) bool { return need <= free }

// follows reports whether bytes from an offset on are the next ones.
func follows(off, next int64) bool { return off == next }

// busy reports whether nobody else may write under a temporary name.
func busy(writing bool) bool { return writing }

// interrupted returns why nobody waits any more for what is there to be read.
func interrupted(ctx context.Context) error { return context.Cause(ctx) }
