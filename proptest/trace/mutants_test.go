//go:build mutants

package trace_test

// Goal: every action of the specification is looked at: a fault in the mechanism, in the policy or in the host is rejected, and at
// the record of the action that is wrong. Method: for each action a fault that is switched on, and runs after a profile that
// favours it until one is first rejected at that action; and for those that change nothing at their node a run in which the record
// before it was left out, as of a policy that acts in silence. TLC stops where the validator does.

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/tla"
)

var table = flag.Bool("table", false, "print the table of docs/verification.md")

// fault is something wrong: a seeded bug, or a host that alters messages.
type fault struct {
	action  string // at which it is to be rejected
	of      *string
	id      string
	profile string
	alter   func(m *protocol.Message)
}

// inSilence are the actions that change nothing at their node: that one is taken at the wrong time shows also by what was not
// recorded before it, see leaveOut.
var inSilence = []string{"AppendEntries", "PreVote", "TransferLeadership", "ConfirmTerm", "ConfirmRead"}

var faults = []fault{
	{"Timeout", &protocol.Mutant, "vote-not-durable", "elections", nil},
	{"BecomeLeader", &protocol.Mutant, "leader-bumps-term", "elections", nil},
	{"ClientRequest", &protocol.Mutant, "leader-overwrites-tail", "elections", nil},
	{"AdvanceCommitIndex", &protocol.Mutant, "leader-counts-undurable-self", "elections", nil},
	{"HandleRequestVote", &protocol.Mutant, "vote-ignores-log", "elections", nil},
	{"HandleRequestVote", &protocol.Mutant, "needless-vote-response", "elections", nil},
	{"HandleRequestVoteResponse", nil, "host alters who votes", "elections", func(m *protocol.Message) {
		if m.Type == protocol.RequestVoteResponse {
			m.From = 6 - m.From - m.To
		}
	}},
	{"HandleAppendEntries", &protocol.Mutant, "ack-before-fsync", "calm", nil},
	{"HandleAppendEntries", &protocol.Mutant, "commit-beyond-match", "elections", nil},
	{"HandleAppendEntries", &protocol.Mutant, "reply-rides-early", "power", nil},
	{"HandleAppendEntries", nil, "host alters a commit index", "calm", func(m *protocol.Message) {
		if m.Type == protocol.AppendEntries && m.Commit > 3 {
			m.Commit--
		}
	}},
	{"HandleAppendEntriesResponse", &protocol.Mutant, "match-goes-back", "elections", nil},
	{"HandleAppendEntriesResponse", &protocol.Mutant, "back-off-too-far", "elections", nil},
	{"StepDown", &protocol.Mutant, "forgets-nothing", "links", nil},
	{"Resign", &protocol.Mutant, "forgets-nothing", "links", nil},
	{"HandleRequestPreVote", &protocol.Mutant, "pre-vote-ignores-log", "links", nil},
	{"HandleTimeoutNow", nil, "host alters who transfers", "crowded", func(m *protocol.Message) {
		if m.Type == protocol.TimeoutNow {
			m.From = 6 - m.From - m.To
		}
	}},
	{"ReadRequest", &protocol.Mutant, "read-before-own-commit", "elections", nil},
	{"HandleConfirmTerm", &protocol.Mutant, "deposed-confirmed", "links", nil},
	{"HandleConfirmTermResponse", &protocol.Mutant, "stale-echo", "links", nil},
	{"AppendEntries", &raft.Mutant, "append-unsent", "calm", nil},
	{"PreVote", &raft.Mutant, "pre-vote-of-one", "elections", nil},
	{"TransferLeadership", &raft.Mutant, "hands-over-to-another", "crowded", nil},
	{"ConfirmTerm", &raft.Mutant, "question-unsent", "reads", nil},
	{"ConfirmRead", &raft.Mutant, "reads-unconfirmed", "reads", nil},
	{"Persist", &protocol.Mutant, "durable-ack-aba", "power", nil},
	{"Restart", &protocol.Mutant, "missing-meta-is-term-0", "power", nil},
	{"Restart", nil, earlySync, "power", nil},
	{"Restart", &protocol.Mutant, "restart-forgets-base", coresAlone, nil},
	{"Compact", nil, anotherIndex, coresAlone, nil},
	{"SendSnapshot", &raft.Mutant, "snapshot-unsent", coresAlone, nil},
	{"HandleInstallSnapshot", &protocol.Mutant, "snapshot-goes-back", coresAlone, nil},
	{"HandleInstallSnapshot", &protocol.Mutant, "snapshot-keeps-conflict", coresAlone, nil},
	{"Compact", nil, anotherIndex, "snapshots", nil},
	{"SendSnapshot", &raft.Mutant, "snapshot-unsent", "snapshots", nil},
	{"HandleInstallSnapshot", &protocol.Mutant, "snapshot-goes-back", "snapshots", nil},
	{"HandleInstallSnapshot", nil, "host alters a snapshot's index", "snapshots", func(m *protocol.Message) {
		if m.Type == protocol.InstallSnapshot && m.LastIndex > 1 {
			m.LastIndex--
		}
	}},
	{"ChangeConfiguration", &protocol.Mutant, "uncommitted-config", walks, nil},
	{"ChangeConfiguration", &protocol.Mutant, "config-before-own-term", walks, nil},
	{"LeaveJoint", &protocol.Mutant, "joint-left-early", walks, nil},
	{"AdvanceCommitIndex", &protocol.Mutant, "joint-counted-as-one", walks, nil},
	{"AdvanceCommitIndex", &protocol.Mutant, "learner-counted", walks, nil},
	{"AdvanceCommitIndex", &protocol.Mutant, "config-at-commit", walks, nil},
	{"Compact", &protocol.Mutant, "config-not-rolled-back", walks, nil},
	{"ChangeConfiguration", &protocol.Mutant, "config-survives-snapshot", walks, nil},
}

const (
	mostRuns     = 400
	earlySync    = "host says that writes are durable before they are"
	anotherIndex = "host tells of a snapshot that ends one entry earlier"

	// coresAlone is no profile: cores without hosts, which forget and install at any moment.
	coresAlone = "cores alone"

	// walks are of the mechanism itself, with changes of members.
	walks = "walks"
)

// rejected is a run that was rejected.
type rejected struct {
	action string
	runs   int // until one was
	steps  []trace.Step
	why    string

	members trace.Members
}

// hunt runs plans until one is rejected first at the action; others counts those that were rejected elsewhere.
func (f *fault) hunt(t *testing.T, v *trace.Validator) (r *rejected, others map[string]int) {
	others = map[string]int{}
	for seed := range mostRuns {
		at, steps, why := firstRejected(t, v, load(t, f.run(t, seed)))
		if at == f.action {
			return &rejected{at, seed + 1, steps, why, f.members()}, others
		}
		if at != "" {
			others[at]++
		}
	}
	return nil, others
}

func (f *fault) members() trace.Members {
	if f.profile == walks {
		return ofFour
	}
	return ofThree
}

// run is a recorded run with the fault.
func (f *fault) run(t *testing.T, seed int) []byte {
	if f.profile == walks {
		return walked(t, seed, f.tell, true)
	}
	if f.profile == coresAlone {
		return alone(t, seed, f.tell, true)
	}
	var file bytes.Buffer
	recorder := trace.NewRecorder(&file, f.id, three)
	recorder.Every(1)
	record := func(a raft.Action, n *protocol.Node) {
		f.tell(&a)
		recorder.Record(a, n)
	}
	virtualcluster.Execute(planOf(t, f.profile, seed), virtualcluster.Options{Record: record, Unwatched: true, Alter: f.alter, EarlySync: f.id == earlySync})
	require.NoError(t, recorder.Close())
	return file.Bytes()
}

// tell is what is recorded of an action where the fault is one of what is told.
func (f *fault) tell(a *raft.Action) {
	if f.id == anotherIndex && a.Name == "Compact" && a.Prev > 1 {
		a.Prev--
	}
}

// firstRejected is the action of the first record that is rejected, with the steps up to it; "" where all are taken.
func firstRejected(t *testing.T, v *trace.Validator, run *trace.Run) (action string, steps []trace.Step, why string) {
	steps, found := run.Steps()
	took, err := v.Validate(steps)
	var rejection *trace.Rejection
	var marks *trace.MarkError
	switch {
	case errors.As(err, &rejection):
		return rejection.Step.Action(), steps[:took+1], strings.Join(rejection.Why, "; ")
	case errors.As(found, &marks):
		return marks.Record.Name, nil, marks.Error()
	}
	require.NoError(t, err)
	require.NoError(t, found)
	return "", nil, ""
}

func TestEveryFaultIsRejectedAtItsAction(t *testing.T) {
	r := replayer(t)
	module, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(module, ofThree)
	require.NoError(t, err)
	ofWalks, err := trace.NewValidator(module, ofFour)
	require.NoError(t, err)
	var all []*rejected
	for _, f := range faults {
		t.Run(f.action+"/"+f.id, func(t *testing.T) {
			if f.of != nil {
				t.Cleanup(func() { *f.of = "" })
				*f.of = f.id
			}
			validator := v
			if f.profile == walks {
				validator = ofWalks
			}
			caught, others := f.hunt(t, validator)
			require.NotNil(t, caught, "in %d runs nothing was rejected at %s; elsewhere: %v", mostRuns, f.action, others)
			t.Logf("run %d: %.700s", caught.runs, caught.why)
			if *table {
				fmt.Printf("| %s | %s | %s | %d | %s |\n", f.action, f.id, f.profile, caught.runs, caught.byTLC())
			}
			all = append(all, caught)
		})
	}
	for _, action := range inSilence {
		t.Run(action+"/taken in silence", func(t *testing.T) {
			caught := leaveOut(t, v, action)
			require.NotNil(t, caught, "no record could be left out before one of %s so that it is rejected there", action)
			t.Logf("run %d: %.700s", caught.runs, caught.why)
			if *table {
				fmt.Printf("| %s | the record before it is left out | links and others | %d | %s |\n", action, caught.runs, caught.byTLC())
			}
			all = append(all, caught)
		})
	}
	agrees(t, r, all)
}

// leaveOut leaves out the record of a node before one of the action, in some run, so that this one is rejected.
func leaveOut(t *testing.T, v *trace.Validator, action string) *rejected {
	for seed, profile := range []string{"links", "crowded", "power", "elections", "stalls", "mixed", "links", "crowded", "disks", "power"} {
		file := recorded(t, profile, 300+seed, nil)
		run := load(t, file)
		last := map[protocol.NodeID]int{}
		tried := 0
		for k := range run.Records {
			r := &run.Records[k]
			before, ok := last[r.Node]
			last[r.Node] = k
			if r.Name != action || !ok || tried > 20 {
				continue
			}
			tried++
			without := *run
			without.Records = append(append([]trace.Record(nil), run.Records[:before]...), run.Records[before+1:k+1]...)
			if at, steps, why := firstRejected(t, v, &without); at == action && (len(steps) == 0 || steps[len(steps)-1].Number == r.Number) {
				return &rejected{at, seed + 1, steps, why, ofThree}
			}
		}
	}
	return nil
}

// mostForTLC is how many steps TLC is given of a run.
const mostForTLC = 600

// isForTLC reports whether TLC is asked where the run stops.
func (c *rejected) isForTLC() bool { return len(c.steps) > 0 && len(c.steps) <= mostForTLC }

// byTLC is what the table says of TLC, where the test passes.
func (c *rejected) byTLC() string {
	switch {
	case c.isForTLC():
		return "stops there, too"
	case len(c.steps) == 0:
		return "not asked: what the host said of its writes is no step"
	}
	return fmt.Sprintf("not asked: %d steps", len(c.steps))
}

// agrees has TLC take the steps up to where the validator stopped: it must stop there, too.
func agrees(t *testing.T, r trace.Replayer, all []*rejected) {
	runs, actions := map[trace.Members][][]trace.Step{}, map[string]bool{}
	for _, c := range all {
		if c.isForTLC() {
			runs[c.members] = append(runs[c.members], c.steps)
			actions[c.action] = true
		}
	}
	require.Greater(t, len(actions), len(trace.Actions)/2, "of enough actions a rejection comes early enough for TLC")
	for members, runs := range runs {
		came, err := r.Replay(t.Context(), members, runs)
		require.NoError(t, err)
		for k := range runs {
			require.Equal(t, len(runs[k])-1, came[k], "TLC, before %v", runs[k][len(runs[k])-1].Record)
		}
		t.Logf("TLC stops at the same record of %d runs of %v", len(runs), members.Servers)
	}
	t.Logf("of %d actions", len(actions))
}

func TestEveryActionHasAFault(t *testing.T) {
	have := map[string]bool{}
	for _, f := range faults {
		require.Contains(t, trace.Actions, f.action)
		have[f.action] = true
	}
	require.Len(t, have, len(trace.Actions))
}
