package virtualcluster

import (
	"errors"
	"maps"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Result is what a run came to.
type Result struct {
	History *linearizability.History
	Verdict *linearizability.Verdict // what the run itself found to be wrong is among its violations
	Events  int                      // that replicas handled
	Rounds  int                      // in which they did
	Virtual time.Duration
	// Terms is how many began after the clients did, and before all was healed at the end.
	Terms int
	// Snapped counts what became of the members' snapshots, by what is counted.
	Snapped map[string]int
	// Changed counts what became of the members, by what is counted.
	Changed map[string]int
}

// Options are of one run.
type Options struct {
	Header linearizability.Header // name, seed and replay; the run fills in the rest
	// Unwatched looks at no invariant while the run lasts: what clients saw has to tell.
	Unwatched bool
	// Record, where not nil, is given each action of each replica (package trace).
	Record raft.Recorder
	// Alter is sabotage: it may change what messages say on their way. A check that finds nothing then looks at nothing.
	Alter func(m *protocol.Message)
	// EarlySync is sabotage, too: disks say that a sync has ended and have kept nothing. Logs are lists then.
	EarlySync bool
	// Sabotage is what hosts do wrong with snapshots.
	Sabotage simulator.Sabotage
}

// Execute runs a plan, whatever comes of it, and judges it. Whether it was worth something is for who drew the plan:
// one that was shrunk is not.
func Execute(plan *workload.Plan, o Options) *Result {
	r := newRun(plan, o)
	err := r.execute()
	history := r.recorder.History()
	verdict := linearizability.Judge(history)
	pace, tooFast := workload.Pace(plan, history)
	ages, tooOld := workload.Ages(plan, history)
	ends, tooLate := workload.Ends(plan, history)
	verdict.Checks = append(verdict.Checks, pace, ages, ends, r.sameStateChecked(err))
	for _, found := range []*linearizability.Violation{tooFast, tooOld, tooLate} {
		if found != nil {
			verdict.OK, verdict.Violations = false, append(verdict.Violations, *found)
		}
	}
	if err != nil {
		brokenOff(verdict, history, err)
	}
	snapped := map[string]int{}
	for _, m := range r.world.Members {
		for what, n := range m.Snapped().Counts() {
			snapped[what] += n
		}
	}
	changed := r.world.Changes().Counts()
	maps.Copy(changed, r.cluster.operator.changed)
	return &Result{Snapped: snapped, Changed: changed, History: history, Verdict: verdict, Events: r.world.Events(), Rounds: r.world.Rounds(), Virtual: r.world.Now(), Terms: int(r.lastTerm - r.firstTerm)}
}

// sameStateChecked tells of the replicas that were compared, in a run that ended with err.
func (r *run) sameStateChecked(err error) linearizability.CheckResult {
	result := linearizability.CheckResult{
		Name: CheckSameState, Promise: "All replicas have the same log and the same state, byte for byte: that of the log on their disks.",
		OK: !errors.Is(err, errDifferent), Examined: r.compared,
	}
	if !result.OK {
		result.Found = 1
	}
	return result
}

// brokenOff puts what ended a run in front of what the judge found. Without a log the judge can't tell what open calls
// did, and says so: that is no news then.
func brokenOff(v *linearizability.Verdict, h *linearizability.History, err error) {
	found := []linearizability.Violation{{Check: nameOf(err), Sentence: err.Error(), Operations: []int{}}}
	for _, other := range v.Violations {
		if h.Header.Log || other.Check != linearizability.CheckLog {
			found = append(found, other)
		}
	}
	v.OK, v.Violations = false, found
}

// Checks that a run makes itself, beside the specification's invariants and those of package linearizability.
const (
	CheckProgress  = "Progress"         // a healthy cluster gets level, and answers
	CheckSameState = "SameLogSameState" // all logs are one, and all states what it makes
	CheckReplica   = "Replica"          // a replica starts, its log can be read, its own assertions hold
)

// nameOf is the check that an error of a run comes from.
func nameOf(err error) string {
	var invariant *simulator.InvariantError
	switch {
	case errors.As(err, &invariant):
		return invariant.Invariant
	case errors.Is(err, ErrNoProgress):
		return CheckProgress
	case errors.Is(err, errDifferent):
		return CheckSameState
	}
	return CheckReplica
}
