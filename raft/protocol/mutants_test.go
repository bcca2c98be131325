//go:build mutants

// Goal: every invariant and property can fail, and every seeded fault is found.
// Method: a row of the table names a fault, the one property that is looked at, and
// what finds it: random walks of so many nodes, or a golden script. Without a fault the
// same walks find nothing, nor do the scripts (TestGoldenScripts).

package protocol

import (
	"flag"
	"slices"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Bounds of the search for one row.
const (
	mutantWalks = 6000
	walkSteps   = 250
)

// kill is a fault and what notices it. by is walks(nodes) or a file of testdata.
type kill struct {
	id, property string
	by           finder
}

// A finder looks for a breach of one property, and returns it or nil.
type finder func(t *testing.T, property string) *breach

var kills = []kill{
	// Election.
	{"commit-without-quorum", "ElectionSafety", walks(2)},
	{"commit-without-quorum", "ElectionSafety", walks(4)},
	{"commit-without-quorum", "StateMachineSafety", walks(2)},
	{"vote-ignores-log", "LeaderCompleteness", walks(3)},
	{"term-goes-back", "MonotonicTerm", walks(3)},
	{"term-goes-back", "MonotonicDiskTerm", walks(2)},
	{"vote-erased", "ElectionSafety", reading("one_vote_a_term.txt")},
	{"vote-twice", "ElectionSafety", walks(3)},
	{"vote-twice", "OnlyPossible", walks(3)},
	{"prev-term-unchecked", "OnlyPossible", walks(3)},
	{"vote-not-durable", "ElectionSafety", walks(3)},
	{"vote-not-durable", "ElectionSafety", reading("unsynced_vote.txt")},
	{"higher-vote-as-grant", "ElectionSafety", walks(3)},
	{"stale-vote-counted", "ElectionSafety", walks(3)},
	{"own-vote-undurable", "LeaderVoteIsDurable", reading("single_node.txt")},
	{"leader-bumps-term", "LeaderVoteIsDurable", walks(1)},
	{"leader-bumps-term", "LeaderCompleteness", walks(3)},

	// Replication.
	{"leader-overwrites-tail", "LeaderAppendOnly", walks(1)},
	{"leader-overwrites-tail", "LeaderDiskIsPrefix", walks(1)},
	{"leader-overwrites-tail", "LogMatching", walks(2)},
	{"prev-term-unchecked", "LogMatching", walks(3)},
	{"prev-term-unchecked", "TermsAscend", someWalks(20*mutantWalks, 3)}, // seldom, since nodes forget entries
	{"truncate-on-stale-append", "CommittedIsDurable", walks(2)},
	{"conflict-kept", "CommittedIsDurable", walks(3)},
	{"ack-beyond-append", "OnlyPossible", walks(3)},
	{"impossible-is-handled", "MatchWithinLog", lies},
	{"ack-beyond-append", "CommittedIsDurable", walks(3)},
	{"hint-not-below", "SearchEnds", reading("back_off.txt")},
	{"hint-not-below", "HintShrinks", walks(3)},
	{"forgets-nothing", "KnowledgeByRole", walks(3)},
	{"rejection-hint-stuck", "BackOffShrinks", walks(2)},
	{"rejection-hint-stuck", "SearchEnds", reading("back_off.txt")},
	{"back-off-below-match", "NextAboveMatch", walks(2)},
	{"match-goes-back", "MonotonicMatch", walks(2)},
	{"stale-ack-counted", "CommittedIsDurable", reading("stale_ack.txt")},

	{"impossible-is-handled", "a term has one leader", lies},
	{"impossible-is-handled", "a conflict is never at or below commitIndex", lies},

	// Commit.
	{"commit-beyond-match", "StateMachineSafety", reading("commit_what_matches.txt")},
	{"commit-unbounded", "CommitWithinLog", walks(3)},
	{"commit-goes-back", "MonotonicCommit", walks(2)},
	{"commit-prior-term", "CommitOwnTerm", walks(1)},
	{"commit-prior-term", "StateMachineSafety", reading("figure8.txt")},
	{"leader-counts-undurable-self", "CommittedIsDurable", walks(1)},
	{"leader-counts-undurable-self", "CommittedIsDurable", reading("leader_counts_durable_only.txt")},

	// Snapshots.
	{"compact-beyond-commit", "SnapshotIsCommitted", walks(3)},
	{"snapshot-goes-back", "MonotonicSnapshot", walks(3)},
	{"snapshot-keeps-conflict", "TermsAscend", reading("snapshot.txt")},
	{"restart-forgets-base", "CommitWithinLog", walks(2)},

	// Membership.
	{"config-at-commit", "CommittedIsDurable", changes(3)},
	{"config-survives-snapshot", "ConfigurationsFollow", changes(3)},
	{"joint-counted-as-one", "CommittedIsDurable", changes(3)},
	{"leader-counts-itself-removed", "CommittedIsDurable", changes(3)},
	{"learner-counted", "CommittedIsDurable", changes(3)},
	{"uncommitted-config", "OneChangeAtATime", changes(3)},
	{"config-before-own-term", "OneChangeAtATime", changes(3)},
	{"joint-left-early", "OneChangeAtATime", changes(2)},
	{"joint-left-early", "ElectionSafety", reading("joint_left_early.txt")},
	{"config-not-rolled-back", "ConfigurationsFollow", changes(3)},
	{"wiped-node-same-name", "what is not pending is durable", walks(1)},

	// Reads.
	{"read-before-own-commit", "ReadSeesCommitted", walks(3)},
	{"deposed-confirmed", "ReadSeesCommitted", reading("read_index.txt")},
	{"stale-echo", "ReadSeesCommitted", reading("read_index.txt")},

	// Durability.
	{"hint-beyond-commit", "HintIsCommitted", walks(1)},
	{"hint-beyond-commit", "CommittedIsDurable", walks(3)},
	{"hint-beyond-commit", "StateMachineSafety", walks(3)},
	{"ack-before-fsync", "CommittedIsDurable", walks(2)},
	{"vote-two-writes", "ElectionSafety", reading("term_and_vote_are_one_write.txt")},
	{"reply-rides-early", "CommittedIsDurable", walks(2)},
	{"swallowed-save-error", "what is not pending is durable", walks(1)},
	{"durable-ack-aba", "CommittedIsDurable", walks(3)},
	{"missing-meta-is-term-0", "what is not pending is durable", walks(1)},
}

// harmless faults break no property: each is a worse choice among safe ones, or tells the
// host something else than the node keeps. A comparison of all reachable states, or of what
// is told with what is kept, notices them (proptest/explore).
var harmless = []string{
	"commit-lags",            // a follower commits with the next message
	"back-off-too-far",       // a leader sends again what is known to agree
	"needless-vote-response", // a refusal that nobody acts on
	"base-term-unchecked",    // who goes on behind a base has the entry at it
	"write-not-told",         // no host is here that would miss it
	"write-told-twice",
	"write-told-first",

	"pre-vote-ignores-log",      // somebody campaigns who can't win
	"pre-vote-refused-silently", // who is behind in term never learns it: liveness
}

func TestEachMutantIsKilled(t *testing.T) {
	for _, k := range kills {
		t.Run(k.id+"/"+k.property, func(t *testing.T) {
			defer func() { Mutant = "" }()
			Mutant = k.id
			found := k.by(t, k.property)
			require.NotNil(t, found, "%s survives", k.id)
			require.Equal(t, k.property, found.property)
		})
	}
}

// oracles are properties of the arithmetic that a fault must break, harmless or not.
var oracles = []struct {
	id     string
	oracle func(t require.TestingT)
}{
	{"commit-without-quorum", quorumIsAMajority},
	{"commit-prior-term", drawn(commitIsTheHighest)},
	{"leader-counts-undurable-self", drawn(commitIsTheHighest)},
	{"prev-term-unchecked", drawn(followersGuards)},
	{"conflict-kept", drawn(followersGuards)},
	{"truncate-on-stale-append", drawn(followersGuards)},
	{"commit-beyond-match", drawn(followersGuards)},
	{"commit-lags", drawn(followersGuards)},
	{"ack-beyond-append", drawn(followersGuards)},
	{"hint-not-below", drawn(followersGuards)},
	{"match-goes-back", drawn(leadersGuards)},
	{"back-off-too-far", drawn(leadersGuards)},
	{"back-off-below-match", drawn(leadersGuards)},
	{"hint-not-below", drawn(backOffByTerms)},
	{"rejection-hint-stuck", drawn(backOffByTerms)},
}

func TestOraclesCanFail(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	for _, o := range oracles {
		t.Run(o.id, func(t *testing.T) {
			defer func() { Mutant = "" }()
			Mutant = o.id
			require.True(t, fails(o.oracle), "the oracle does not notice %s", o.id)
		})
	}
}

// drawn is a property as an oracle.
func drawn(property func(*rapid.T)) func(require.TestingT) {
	return func(t require.TestingT) { rapid.Check(t.(rapid.TB), property) }
}

// fails reports whether an oracle fails.
func fails(oracle func(require.TestingT)) (failed bool) {
	r := &recorder{}
	defer func() {
		if stopped := recover(); stopped != nil && stopped != r {
			panic(stopped)
		}
		failed = r.failed
	}()
	oracle(r)
	return r.failed
}

// recorder is a test that may fail.
type recorder struct {
	rapid.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Name() string          { return "recorder" }
func (r *recorder) Log(...any)            {}
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Failed() bool          { return r.failed }
func (r *recorder) FailNow()              { r.failed = true; panic(r) }

func TestEachMutantAndEachPropertyHasARow(t *testing.T) {
	broken := map[string]bool{}
	found := slices.Clone(harmless)
	for _, k := range kills {
		broken[k.property] = true
		found = append(found, k.id)
	}
	require.ElementsMatch(t, MutantIDs, slices.Compact(slices.Sorted(slices.Values(found))))
	for _, inv := range Invariants() {
		require.True(t, broken[inv.Name], "no mutant breaks %s", inv.Name)
	}
	for _, p := range StepProperties() {
		require.True(t, broken[p.Name], "no mutant breaks %s", p.Name)
	}
}

func TestHarmlessMutantsBreakNothing(t *testing.T) {
	defer func() { Mutant = "" }()
	for _, Mutant = range harmless {
		for nodes := 1; nodes <= 4; nodes++ {
			for seed := range uint64(100) {
				w := seeded(seed, nodes)
				w.walk(walkSteps)
				require.Nil(t, w.broken, Mutant)
			}
		}
	}
}

func TestWithoutAMutantTheSameFindsNothing(t *testing.T) {
	require.Empty(t, Mutant)
	for nodes := 1; nodes <= 4; nodes++ {
		for seed := range uint64(400) {
			w := seeded(seed, nodes)
			w.walk(walkSteps)
			require.Nil(t, w.broken)
		}
	}
}

// walks looks for the breach in walks of so many nodes, by seeds from 0.
func walks(nodes int) finder { return someWalks(mutantWalks, nodes) }

// changes looks for the breach in walks of so many nodes whose voters change.
func changes(nodes int) finder {
	return func(_ *testing.T, property string) *breach {
		for seed := range uint64(mutantWalks) {
			w := changing(seed, nodes)
			w.only = property
			w.walkChanging(walkSteps)
			if w.broken != nil && w.broken.property == property {
				return w.broken
			}
		}
		return nil
	}
}

// someWalks is walks of so many seeds.
func someWalks(most uint64, nodes int) finder {
	return func(_ *testing.T, property string) *breach {
		for seed := range most {
			w := seeded(seed, nodes)
			w.only = property
			w.walk(walkSteps)
			if w.broken != nil && w.broken.property == property {
				return w.broken
			}
		}
		return nil
	}
}

// reading looks for the breach in a golden script, whose output does not matter.
func reading(name string) finder {
	return func(t *testing.T, property string) *breach {
		var found *breach
		s := &script{}
		datadriven.RunTest(t, "testdata/"+name, func(t *testing.T, d *datadriven.TestData) string {
			if found != nil {
				return d.Expected
			}
			if s.w != nil {
				s.w.only = property
			}
			_, err := s.run(d)
			found = s.w.broken
			if found == nil {
				require.NoError(t, err)
			}
			return d.Expected
		})
		return found
	}
}

// lies looks for a message that breaks a node.
func lies(_ *testing.T, property string) *breach {
	_, found := tellLies(property)
	return found
}
