package virtualcluster_test

// Goal: whatever clients do and whatever goes wrong, what they see is what the service promises, and all replicas end
// as one. Method: plans that rapid draws after each profile, each run judged by itself (see the package). A run that
// fails is shrunk, and named by the one command that runs it again.

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/virtualcluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var (
	runs    = flag.Int("runs", 50, "how many runs, over all profiles in turn")
	only    = flag.String("profile", "", "of all runs; without it all profiles")
	first   = flag.Uint64("seed", 0, "of the first run, the next ones count on; 0: drawn")
	folder  = flag.String("histories", "", "a folder, from the repository's root on, for a summary of each run, and for histories")
	history = flag.Int("keep", 18, "how many histories are written, beside those that failed")
)

// root is the repository's root as the test sees it.
const root = "../.."

// judged is one run of the suite.
type judged struct {
	profile workload.Profile
	seed    uint64

	plan    workload.Plan // the one drawn
	result  *virtualcluster.Result
	elapsed time.Duration
	last    *virtualcluster.Result // after shrinking, the smallest that fails
	idle    bool                   // it was right and showed too little: see workload.TooManyIdle
}

// command runs it again.
func (j *judged) command() string {
	return fmt.Sprintf("go test ./proptest/virtualcluster -run '^TestHistories$' -runs 1 -profile %s -seed %d", j.profile.Name, j.seed)
}

// run draws and runs one plan. rapid takes its seed and the number of its checks from flags alone.
func (j *judged) run(t *testing.T) {
	setFlag(t, "rapid.seed", j.seed)
	setFlag(t, "rapid.checks", checks())
	began := time.Now()
	rapid.Check(t, func(draw *rapid.T) {
		plan := workload.Draw(draw, j.profile)
		header := linearizability.Header{Name: "virtualcluster " + j.profile.Name, Seed: fmt.Sprint(j.seed), Replay: j.command()}
		j.last = virtualcluster.Execute(&plan, virtualcluster.Options{Header: header})
		if j.result == nil {
			j.plan, j.result, j.elapsed = plan, j.last, time.Since(began)
		}
		if !j.last.Verdict.OK {
			draw.Fatalf("%s\n%s\nagain: %s", story(j.last), &plan, j.command())
		}
	})
	if j.idle = !j.result.Verdict.WorthSomething(j.plan.Least()); j.idle {
		t.Logf("not counted: %s\nagain: %s", story(j.result), j.command())
	}
}

// checks is one: rapid divides by five when tests are to be short.
func checks() int {
	if testing.Short() {
		return 5
	}
	return 1
}

func setFlag(t *testing.T, name string, value any) {
	require.NoError(t, flag.Set(name, fmt.Sprint(value)))
}

// story is what went wrong, in words.
func story(r *virtualcluster.Result) string {
	var b strings.Builder
	for _, found := range r.Verdict.Violations {
		fmt.Fprintf(&b, "%s: %s\n", found.Check, found.Sentence)
		for _, line := range found.Story {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	return b.String()
}

// save writes the summary, and the history where it failed or few were written yet.
func (j *judged) save(t *testing.T, written *int) {
	if *folder == "" || j.result == nil || j.idle {
		return
	}
	where, name := filepath.Join(root, *folder), fmt.Sprintf("virtualcluster-%s-%d", j.profile.Name, j.seed)
	summary := workload.Summarize("virtualcluster", &j.plan, j.result.History, j.result.Verdict)
	summary.Elapsed = j.elapsed
	kept := j.result.History
	if j.result.Verdict.OK && *written >= *history {
		kept = nil
	} else {
		*written++
	}
	require.NoError(t, summary.Save(where, name, kept))
	if !j.last.Verdict.OK {
		smallest := workload.Summarize("virtualcluster", &j.plan, j.last.History, j.last.Verdict)
		require.NoError(t, smallest.Save(where, name+"-smallest", j.last.History))
	}
}

func profiles(t *testing.T) []workload.Profile {
	if *only == "" {
		return workload.Profiles()
	}
	p, err := workload.Named(*only)
	require.NoError(t, err)
	return []workload.Profile{p}
}

func TestHistories(t *testing.T) {
	drawn, base, written := profiles(t), *first, 0
	if base == 0 {
		base = rand.Uint64N(1<<53) + 1
	}
	seen, idle := newTally(), 0
	more := func(k int) bool {
		wanted := *runs
		if shouldShowAll := *runs >= enough && *only == ""; shouldShowAll && len(seen.missing()) > 0 {
			wanted = 2 * *runs // what is rare is looked for a little longer before it is held to be never drawn
		}
		return k < wanted+idle && !workload.TooManyIdle(idle, *runs)
	}
	for k := 0; more(k); k++ {
		j := &judged{profile: drawn[k%len(drawn)], seed: base + uint64(k)}
		t.Run(fmt.Sprintf("%s/%d", j.profile.Name, j.seed), func(t *testing.T) {
			defer j.save(t, &written)
			j.run(t)
		})
		if j.idle {
			idle++
			continue
		}
		seen.add(&j.plan, j.result)
	}
	t.Log(seen)
	require.False(t, workload.TooManyIdle(idle, *runs), "%d runs showed too little", idle)
	require.Positive(t, seen.runs, "nothing was run, so nothing is shown: give -runs more")
	if *runs >= enough && *only == "" {
		require.Empty(t, seen.missing(), "in %d runs nothing did this: the suite shows nothing of it", *runs)
	}
}

// enough runs see everything that the tally asks for.
const enough = 300

// ofKnownAge counts the stale reads that were told how old they may be.
const ofKnownAge = "stale query of known age"

// severalAtOnce counts the runs in which replicas were given several events in one call.
const severalAtOnce = "in rounds"

// tally is what a suite's runs did, together.
type tally struct {
	runs, operations, events int
	virtual                  time.Duration
	timings                  map[string]int
	kinds, outcomes          map[string]int // of what was answered
	faults                   map[string]int // in effect
	snapped                  map[string]int // see simulator.Snapped
	changed                  map[string]int // see Result.Changed
}

func newTally() *tally {
	return &tally{timings: map[string]int{}, kinds: map[string]int{}, outcomes: map[string]int{}, faults: map[string]int{}, snapped: map[string]int{}, changed: map[string]int{}}
}

func (s *tally) add(plan *workload.Plan, r *virtualcluster.Result) {
	if r == nil {
		return
	}
	s.runs++
	s.operations += r.Verdict.Stats.Operations
	s.events += r.Events
	s.timings[plan.Timing.Tick.String()]++
	if r.Rounds < r.Events {
		s.timings[severalAtOnce]++
	}
	s.virtual += r.Virtual
	for i := range r.History.Operations {
		if o := &r.History.Operations[i]; o.Answer != nil {
			s.kinds[string(o.Kind)]++
			s.outcomes[string(o.Answer.Outcome)]++
			if o.Answer.StaleMillis != nil {
				s.kinds[ofKnownAge]++
			}
		}
	}
	for _, f := range r.History.Faults {
		if f.Effect != "" {
			s.faults[f.Fault]++
		}
	}
	for what, n := range r.Snapped {
		s.snapped[what] += n
	}
	for what, n := range r.Changed {
		s.changed[what] += n
	}
}

// missing is what no run did.
func (s *tally) missing() (missing []string) {
	for _, kind := range []linearizability.Kind{
		linearizability.Claim, linearizability.Complete, linearizability.Release, linearizability.Extend, linearizability.Query,
		linearizability.Put, linearizability.Forget, linearizability.Checkpoint, linearizability.CheckpointQuery,
		linearizability.SetCheckpoint, linearizability.Resize,
	} {
		missing = append(missing, unless(s.kinds, string(kind))...)
	}
	for _, outcome := range []linearizability.Outcome{
		linearizability.Won, linearizability.InProgress, linearizability.Duplicate, linearizability.Mismatch, linearizability.Full,
		linearizability.OK, linearizability.Fenced, linearizability.NotFound, linearizability.Completed, linearizability.Stale,
		linearizability.Absent, linearizability.Pending, linearizability.Done,
	} {
		missing = append(missing, unless(s.outcomes, string(outcome))...)
	}
	missing = append(missing, unless(s.kinds, ofKnownAge)...)
	for _, timing := range []string{"10ms", "20ms", severalAtOnce} {
		missing = append(missing, unless(s.timings, timing)...)
	}
	for _, kind := range workload.Faulty() {
		missing = append(missing, unless(s.faults, string(kind))...)
	}
	missing = append(missing, s.unsnapped()...)
	for _, what := range []string{"joined", "promoted", "removed", "replaced", "leaders voted out", "folders that began with a snapshot", "stopped as removed"} {
		missing = append(missing, unless(s.changed, what)...)
	}
	return missing
}

// unchanged is what became of no member. What is seldom drawn is looked for in plans that favour it.
func (s *tally) unchanged() (missing []string) {
	for what := range (simulator.Changes{}).Counts() {
		missing = append(missing, unless(s.changed, what)...)
	}
	for _, stage := range workload.Stages() {
		missing = append(missing, unless(s.changed, workload.Died(stage))...)
	}
	return missing
}

// unsnapped is what became of no snapshot. One that is installed in a later term than it was asked for in is seldom drawn, and has a story
// in package simulator.
func (s *tally) unsnapped() (missing []string) {
	for what := range (simulator.Snapped{}).Counts() {
		if what == "installed in a later term" {
			continue
		}
		missing = append(missing, unless(s.snapped, what)...)
	}
	return missing
}

func unless(counts map[string]int, name string) []string {
	if counts[name] == 0 {
		return []string{name}
	}
	return nil
}

// String is the tally for people.
func (s *tally) String() string {
	return fmt.Sprintf("%d runs: %d operations, %d events, %v of virtual time\nruns by their ticks, and in rounds: %s\noperations answered: %s\noutcomes: %s\nfaults in effect: %s\nsnapshots: %s\nmembers: %s",
		s.runs, s.operations, s.events, s.virtual.Round(time.Second), counts(s.timings), counts(s.kinds), counts(s.outcomes), counts(s.faults), counts(s.snapped), counts(s.changed))
}

func counts(of map[string]int) string {
	var words []string
	for name, n := range of {
		words = append(words, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func TestARunIsAFunctionOfItsPlan(t *testing.T) {
	mixed, err := workload.Named("mixed")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, mixed) })
	for seed := range 3 {
		plan, again := plans.Example(seed), plans.Example(seed)
		one, two := virtualcluster.Execute(&plan, virtualcluster.Options{}), virtualcluster.Execute(&again, virtualcluster.Options{})
		require.Equal(t, one.History, two.History)
		require.Equal(t, one.Events, two.Events)
	}
}

// Wall clocks that jump change nothing: the same run without the jumps is the same, operation by operation, and so is
// its log.
func TestWallClocksThatJumpChangeNothing(t *testing.T) {
	clocks, err := workload.Named("clocks")
	require.NoError(t, err)
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, clocks) })
	jumps := 0
	for seed := range 20 {
		with := plans.Example(seed)
		without := with
		without.Faults = slices.DeleteFunc(slices.Clone(with.Faults), func(f workload.Fault) bool { return f.Kind == workload.WallJump })
		jumps += len(with.Faults) - len(without.Faults)
		one, two := virtualcluster.Execute(&with, virtualcluster.Options{}), virtualcluster.Execute(&without, virtualcluster.Options{})
		require.Equal(t, two.History.Operations, one.History.Operations)
		require.Equal(t, two.History.Log, one.History.Log)
	}
	require.Greater(t, jumps, 10)
}
