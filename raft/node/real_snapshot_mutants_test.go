//go:build mutants

package node_test

import (
	"errors"
	"fmt"
	"maps"

	"github.com/eventstreamcore/semel/raft/node"
)

// realStories are the faults of the real host with snapshots, and the story that shows each.
var realStories = map[string]func() error{
	"kept-beside-the-base":    besideTheBase,
	"compacted-is-damage":     belowTheBase,
	"loads-what-does-not-fit": fromAnotherLife,
	"forgets-the-base":        rotsAtTheStart,
	"log-first-or-nothing":    func() error { return staysOnDisk(true) },
	"asks-the-condemned":      skipsTheCondemned,
	"forgets-once":            func() error { return staysOnDisk(false) },
	"snapshots-pile-up":       func() error { _, err := footprint(60); return err },
	"snapshot-takes-the-logs-room": func() error {
		if err := logsRoom(); err == nil {
			return errors.New("a snapshot was taken where the log needed the room")
		}
		return nil
	},
	"base-moves-under-receiver": func() error {
		before, behind, err := held(2, false)
		return differs(err, before != behind, "the log's beginning moved from %d to %d", before, behind)
	},
	"log-held-for-ever": func() error {
		before, behind, err := held(20, false)
		return differs(err, before == behind, "the log's beginning stayed at %d, %d", before, behind)
	},
	"mixes-snapshots": func() error {
		parts, err := mixes(reblocked)
		return differs(err, parts > 0, "a file has %d parts of another", parts)
	},
	"begins-anew": func() error {
		before, behind, err := cutOff(true)
		return differs(err, before != behind, "it went on at %d, it had come to %d", behind, before)
	},
	"whoever-spoke-last":    wishes,
	"snapshot-without-rate": node.Rationed,
	"greed-is-served":       node.Rationed,

	"loads-in-silence":         func() error { return loadsSlowly(false) },
	"holds-at-the-giver-alone": func() error { return loadsSlowly(true) },
	"needless-fetch-goes-on":   func() error { return overtaken(true) },
	"needless-part-stays":      func() error { return overtaken(false) },
	"load-outlives-the-node":   endsWhileItLoads,

	"got-while-it-goes":        goesWhileItIsWished,
	"received-counts-at-once":  wholeAndOvertaken,
	"installed-has-no-name":    func() error { _, err := insistedOn(2); return err },
	"unused-file-stays":        func() error { _, err := noState(tailed); return err },
	"useless-file-comes-again": func() error { _, err := noState(tailed); return err },
	"first-giver-wins":         func() error { return firstGiver(false) },
	"any-claim-is-want":        claimsTooMuch,
	"descriptors-are-room":     lacksDescriptors,
	"slow-giver-stays": func() error {
		part, err := slowGiver(1)
		return differs(err, part < 0.5, "another node than the slow one gave %v of it", part)
	},
	"source-outlives-its-file": sourcesGo,

	"old-syncs-count":      node.SyncTimesTell,
	"slowest-sync-is-fine": node.SyncTimesTell,
	"hung-is-slow":         node.SyncTimesTell,
}

func differs(err error, is bool, format string, args ...any) error {
	if is {
		return errors.Join(err, fmt.Errorf(format, args...))
	}
	return err
}

func init() { maps.Copy(stories, realStories) }
