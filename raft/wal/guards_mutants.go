//go:build mutants

// The guards of guards.go, each with a fault in front that real logs had. Without its
// `if Mutant == …` statements this file equals guards.go; mutants_test.go says what
// catches each fault.

package wal

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
var MutantIDs = []string{
	"torn-tail-is-corruption",
	"corruption-is-torn-tail",
	"recovery-trusts-page-cache",
	"recovery-trusts-zeros",
	"every-file-stays-open",
	"bit-rot-served",
	"base-falls",
	"configuration-dropped",
	"base-without-configuration",
	"members-of-another-index",
	"unknown-says-nothing",
	"base-under-another",
	"first-is-torn-tail",
	"segment-removed-before-base-durable",
	"missing-first-is-compaction",
	"chain-state-forgotten",
	"compacted-is-damaged",
	"index-kept-below-base",
	"gap-is-damage",
	"recycled-while-named",
	"fsync-retried",
	"no-room-stops",
	"broken-disk-is-no-room",
	"queue-grows-by-copying",
	"swallowed-save-error",
	"rolled-back-folder",
}

func tornTail(claimed, unwritten bool) bool {
	if Mutant == "torn-tail-is-corruption" {
		return false
	}
	if Mutant == "corruption-is-torn-tail" {
		return true
	}
	return !claimed && unwritten
}

func mustRewrite(mark, synced uint64) bool {
	if Mutant == "recovery-trusts-page-cache" {
		return false
	}
	return mark > synced
}

func zerosTrusted() bool {
	if Mutant == "recovery-trusts-zeros" {
		return true
	}
	return false
}

func chunkHas(chunk []byte, n int) bool {
	if Mutant == "queue-grows-by-copying" {
		return true
	}
	return n <= cap(chunk)-len(chunk)
}

func closesOne(open, most int) bool {
	if Mutant == "every-file-stays-open" {
		return false
	}
	return open > most
}

func intact(sum, stored uint32) bool {
	if Mutant == "bit-rot-served" {
		return true
	}
	return sum == stored
}

func risesTo(next, base protocol.Index) bool {
	if Mutant == "base-falls" {
		return true
	}
	return next > base
}

func recovered(c protocol.Configuration) protocol.Configuration {
	if Mutant == "configuration-dropped" {
		return protocol.Configuration{}
	}
	return c
}

func writtenUnder(m *Membership) *Membership {
	if Mutant == "base-without-configuration" {
		return &Membership{Members: make([]byte, len(m.Members))}
	}
	return m
}

func standsBy(from, k protocol.Index) bool {
	if Mutant == "members-of-another-index" {
		return true
	}
	return from <= k
}

func saysAll(from, k, unknown protocol.Index) bool {
	if Mutant == "unknown-says-nothing" {
		return true
	}
	return from == k || from >= unknown
}

func agreesWith(m, under *Membership) bool {
	if Mutant == "base-under-another" {
		return true
	}
	return m.equals(under)
}

func firstMayBeTorn() bool {
	if Mutant == "first-is-torn-tail" {
		return true
	}
	return false
}

func baseHolds(mark, synced uint64) bool {
	if Mutant == "segment-removed-before-base-durable" {
		return true
	}
	return mark <= synced
}

func spared(base, unknown protocol.Index) bool {
	if Mutant == "missing-first-is-compaction" {
		return base == 0 || unknown <= base
	}
	return base > 0 && unknown <= base
}

func lastBefore(h header) protocol.Index {
	if Mutant == "chain-state-forgotten" {
		return 0
	}
	return protocol.Index(h.prev)
}

func elsewhere(was, is place) bool {
	if Mutant == "compacted-is-damaged" {
		return false
	}
	return was != is
}

func forgets(records int) bool {
	if Mutant == "index-kept-below-base" {
		return false
	}
	return records > 0
}

func mayFollowGap() bool {
	if Mutant == "gap-is-damage" {
		return false
	}
	return true
}

func goneForGood() bool {
	if Mutant == "recycled-while-named" {
		return false
	}
	return true
}

func syncOnce(f File) error {
	if Mutant == "fsync-retried" && f.Sync() == nil {
		return nil
	}
	return f.Sync()
}

func survivable(err error) bool {
	if Mutant == "no-room-stops" {
		return false
	}
	if Mutant == "broken-disk-is-no-room" {
		return err != nil
	}
	return errors.Is(err, ErrNoRoom)
}

func saved(err error) error {
	if Mutant == "swallowed-save-error" {
		return nil
	}
	return err
}

func forgotStart(met start, theirs Lineage) bool {
	if Mutant == "rolled-back-folder" {
		return false
	}
	if met.number == 0 || theirs.Starts < met.number {
		return met.number != 0
	}
	back := theirs.Starts - met.number
	return back < uint64(len(theirs.Recent)) && theirs.Recent[uint64(len(theirs.Recent))-1-back] != met.id
}
