//go:build mutants

// Goal: whatever is wrong with one guard of the code shows as a difference from the specification.
// Method: each fault of raft/protocol is switched on, and a sample of the family that is named for it compared until the first difference.
package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// seenIn names for every fault a family that sees it.
var seenIn = map[string]string{
	"commit-without-quorum":        "drawn", // of three or five no number is half
	"vote-ignores-log":             "voters",
	"term-goes-back":               "voters",
	"vote-erased":                  "voters",
	"vote-twice":                   "voters",
	"needless-vote-response":       "voters",
	"vote-not-durable":             "pending 1",
	"higher-vote-as-grant":         "voters",
	"stale-vote-counted":           "voters",
	"pre-vote-ignores-log":         "voters",
	"pre-vote-refused-silently":    "voters",
	"own-vote-undurable":           "voters",
	"forgets-nothing":              "leaders",
	"leader-bumps-term":            "voters",
	"leader-overwrites-tail":       "leaders",
	"prev-term-unchecked":          "voters",
	"base-term-unchecked":          "snapshots",
	"truncate-on-stale-append":     "voters",
	"conflict-kept":                "voters",
	"commit-beyond-match":          "voters",
	"commit-unbounded":             "voters",
	"commit-lags":                  "voters",
	"commit-goes-back":             "voters",
	"ack-beyond-append":            "voters",
	"ack-before-fsync":             "pending 1",
	"hint-not-below":               "voters",
	"stale-ack-counted":            "progress",
	"rejection-hint-stuck":         "progress",
	"back-off-too-far":             "progress",
	"back-off-below-match":         "progress",
	"match-goes-back":              "progress",
	"leader-counts-undurable-self": "drawn", // the only pending writes of a leader whose peers have something
	"commit-prior-term":            "leaders",
	"hint-beyond-commit":           "voters",
	"impossible-is-handled":        "leaders",
	"compact-beyond-commit":        "snapshots",
	"snapshot-goes-back":           "snapshots",
	"snapshot-keeps-conflict":      "snapshots",
	"read-before-own-commit":       "leaders",
	"deposed-confirmed":            "voters",
	"stale-echo":                   "reads",
	"vote-two-writes":              "pending 1",
	"write-not-told":               "voters",
	"write-told-twice":             "voters",
	"write-told-first":             "pending 2",
	"reply-rides-early":            "pending 2",
	"swallowed-save-error":         "pending 1",
	"durable-ack-aba":              "pending 2",
	"restart-forgets-base":         "snapshots",
	"missing-meta-is-term-0":       "voters",
	"wiped-node-same-name":         "voters",
	"config-at-commit":             "members",
	"config-survives-snapshot":     "members",
	"joint-counted-as-one":         "members",
	"leader-counts-itself-removed": "members",
	"learner-counted":              "members",
	"uncommitted-config":           "members",
	"config-before-own-term":       "members",
	"joint-left-early":             "members",
}

// notInAState is a fault of what a node remembers beside its log, which no encoding of a state has: the walks of raft/protocol show it.
const notInAState = "config-not-rolled-back"

func TestEveryFaultOfAGuardShowsAsADifference(t *testing.T) {
	m := module(t)
	for _, id := range protocol.MutantIDs {
		if id == notInAState {
			continue
		}
		t.Run(id, func(t *testing.T) {
			f := familyNamed(t, seenIn[id])
			protocol.Mutant = id
			defer func() { protocol.Mutant = "" }()
			found, err := f.sample(300_000).run(m, 2, true)
			require.NoError(t, err)
			require.NotEmpty(t, found.differences, "%d steps, and no difference", found.steps)
			t.Logf("after %d steps: %s", found.steps, found.differences[0])
		})
	}
	require.Len(t, seenIn, len(protocol.MutantIDs)-1)
	require.NotContains(t, seenIn, notInAState)
}
