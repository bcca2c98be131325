//go:build mutants

// The guards of guards.go, each with a fault in front. Without its `if Mutant == …` statements this file equals
// guards.go; mutants_test.go says what catches each fault.

package snapshot

import (
	"context"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
var MutantIDs = []string{
	"header-unchecked",
	"block-unchecked",
	"position-unchecked",
	"snapshot-unchecked",
	"digest-unchecked",
	"configuration-without-digest",
	"members-are-the-machines",
	"length-unchecked",
	"foreign-accepted",
	"fsync-retried",
	"written-by-the-sync",
	"rename-before-sync",
	"folder-not-synced",
	"seen-is-durable",
	"resumed-as-another",
	"begun-anew",
	"resumed-without-check",
	"resumed-from-page-cache",
	"replaced-by-another",
	"newest-removed",
	"newest-whole-removed",
	"newest-is-not-withdrawn",
	"whole-goes-for-newer",
	"named-when-whole",
	"removed-although-anew",
	"damage-outlives-its-file",
	"room-unchecked",
	"any-offset",
	"two-writers",
	"resume-outlives-its-user",
}

func intactHeader(sum, stored uint32) bool {
	if Mutant == "header-unchecked" {
		return true
	}
	return sum == stored
}

func intact(sum, stored uint32) bool {
	if Mutant == "block-unchecked" {
		return true
	}
	return sum == stored
}

func blockSeed(seed uint32, at []byte) uint32 {
	if Mutant == "position-unchecked" {
		return seed
	}
	if Mutant == "snapshot-unchecked" {
		return checksum(0, at)
	}
	return checksum(seed, at)
}

func sameDigest(digest, stored [32]byte) bool {
	if Mutant == "digest-unchecked" {
		return true
	}
	return digest == stored
}

func inDigest(protocol.Configuration) bool {
	if Mutant == "configuration-without-digest" {
		return false
	}
	return true
}

func membersIn(h Header) int {
	if Mutant == "members-are-the-machines" {
		return 0
	}
	return int(h.MembersBytes)
}

func sameLength(bytes int64, h Header) bool {
	if Mutant == "length-unchecked" {
		return true
	}
	return bytes == h.FileBytes()
}

func ours(h Header, cluster [16]byte) bool {
	if Mutant == "foreign-accepted" {
		return true
	}
	return h.Cluster == cluster
}

func syncOnce(f disk.File) error {
	if Mutant == "fsync-retried" && f.Sync() == nil {
		return nil
	}
	return f.Sync()
}

func isMuch(unbegun int) bool {
	if Mutant == "written-by-the-sync" {
		return false
	}
	return unbegun >= beginBytes
}

func syncLast(f disk.File) error {
	if Mutant == "rename-before-sync" {
		return nil
	}
	return syncOnce(f)
}

func syncNames(folder disk.FS) error {
	if Mutant == "folder-not-synced" {
		return nil
	}
	return folder.SyncDir()
}

func syncSeen(folder disk.FS) error {
	if Mutant == "seen-is-durable" {
		return nil
	}
	return folder.SyncDir()
}

func resumes(there, h Header) bool {
	if Mutant == "resumed-as-another" {
		return there.Index == h.Index
	}
	if Mutant == "begun-anew" {
		return false
	}
	return there == h
}

func resumable(seed uint32, k uint64, raw []byte) bool {
	if Mutant == "resumed-without-check" {
		return true
	}
	return soundBlock(seed, k, raw)
}

func rewritten() bool {
	if Mutant == "resumed-from-page-cache" {
		return false
	}
	return true
}

func mayReplace(there, h Header) bool {
	if Mutant == "replaced-by-another" {
		return true
	}
	return there.same(h)
}

func mayRemove(index, newest, newestSound protocol.Index) bool {
	if Mutant == "newest-removed" {
		return index != newestSound
	}
	if Mutant == "newest-whole-removed" {
		return index != newest
	}
	return index != newest && index != newestSound
}

func stays(withdrawn, mayGo bool) bool {
	if Mutant == "newest-is-not-withdrawn" {
		return !mayGo
	}
	return !mayGo && !withdrawn
}

func isKept(whole, newer bool) bool {
	if Mutant == "whole-goes-for-newer" {
		return !newer
	}
	return whole || !newer
}

func namedAtOnce() bool {
	if Mutant == "named-when-whole" {
		return true
	}
	return false
}

func stillDoomed(doomed []Snapshot, anew protocol.Index) []Snapshot {
	if Mutant == "removed-although-anew" {
		return doomed
	}
	return slices.DeleteFunc(doomed, func(there Snapshot) bool { return there.Index == anew })
}

func sameFile(listed, damaged Snapshot) bool {
	if Mutant == "damage-outlives-its-file" {
		return listed.Index == damaged.Index
	}
	return listed == damaged
}

func hasRoom(need, free int64) bool {
	if Mutant == "room-unchecked" {
		return true
	}
	return need <= free
}

func follows(off, next int64) bool {
	if Mutant == "any-offset" {
		return true
	}
	return off == next
}

func busy(writing bool) bool {
	if Mutant == "two-writers" {
		return false
	}
	return writing
}

func interrupted(ctx context.Context) error {
	if Mutant == "resume-outlives-its-user" {
		return nil
	}
	return context.Cause(ctx)
}
