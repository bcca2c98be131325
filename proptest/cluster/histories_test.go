package cluster

// Goal: whatever clients do and whatever goes wrong, what they see of real replicas is what the service promises, and
// all replicas end as one. Method: plans that rapid draws after each profile, longer than in virtual time, each run
// judged by itself. A failure is named by the one command that draws and runs the same plan again.

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

var (
	total  = flag.Duration("for", 0, "how long runs are begun, one after another; 0: as many as -runs says")
	runs   = flag.Int("runs", 1, "how many runs, over the profiles in turn, where -for says nothing")
	only   = flag.String("profile", "", "of all runs; without it all profiles, in turn")
	first  = flag.Int("seed", 0, "of the first run, the next ones count on; 0: drawn")
	times  = flag.Int("times", 1, "how many times as long a run is as one in virtual time")
	traces = flag.String("traces", "", "a folder, from the repository's root on, for what the replicas of each run did, see package trace")
	folder = flag.String("histories", "", "a folder, from the repository's root on, for the history and summary of each run")
)

// root is the repository's root as the test sees it.
const root = "../.."

// drawn is one run of the suite.
type drawn struct {
	profile workload.Profile
	seed    int
	plan    workload.Plan
	result  *Result
	elapsed time.Duration
	idle    bool // it was right and showed too little: see workload.TooManyIdle
}

// draw draws the plan of a seed after a profile that is stretched.
func draw(profile workload.Profile, seed int) *drawn {
	if profile.Name != membersCome {
		profile.Changes = nil // the members stay who they are
	}
	busy := seed%4 == 0 && !profile.Searched && len(profile.Changes) == 0 // who calls places where nobody is comes to little
	if !profile.Searched {
		profile.Steps.Least, profile.Steps.Most = profile.Steps.Least**times, profile.Steps.Most**times
		profile.Count.Least, profile.Count.Most = profile.Count.Least**times, profile.Count.Most**times
	}
	if busy {
		profile.Clients = workload.Range{Least: 8, Most: 12}
		profile.Steps.Least, profile.Steps.Most = profile.Steps.Least*hurry, profile.Steps.Most*hurry
	}
	profile.Changed.Least, profile.Changed.Most = profile.Changed.Least*2, profile.Changed.Most*3/2 // of 3 times as long runs not 3 times as many
	plans := rapid.Custom(func(t *rapid.T) workload.Plan { return workload.Draw(t, profile) })
	d := &drawn{profile: profile, seed: seed, plan: plans.Example(seed)}
	if busy {
		hasten(&d.plan)
	}
	d.change()
	return d
}

// changeTakes is how much longer than in virtual time a change of the members is left alone before it is undone: whoever joins asks some times, 200 ms apart.
const changeTakes = 1500 * time.Millisecond

// change gives the changes of the members the time that real replicas take. Where these are what the profile is about each plan has a join that dies, and every
// second one loses a folder while nothing else is under way: a suite has few such plans, and has to see both.
func (d *drawn) change() {
	has := map[workload.FaultKind]bool{}
	for k := range d.plan.Faults {
		f := &d.plan.Faults[k]
		if has[f.Kind] = true; slices.Contains(workload.Changing(), f.Kind) {
			f.For += changeTakes
		}
	}
	if len(d.profile.Changes) == 0 {
		return
	}
	if d.seed%2 == 0 || !has[workload.Wipe] {
		d.plan.Faults = slices.Insert(d.plan.Faults, 0, workload.Fault{Kind: workload.Wipe, For: time.Second, Nodes: []int{1 + d.seed%d.plan.Servers}})
	}
	if !has[workload.HalfJoin] {
		half := workload.Fault{Kind: workload.HalfJoin, At: changeTakes, For: changeTakes, Nodes: []int{d.plan.Places()}, Stage: workload.Stages()[d.seed%len(workload.Stages())]}
		d.plan.Faults = append(d.plan.Faults, half)
		slices.SortStableFunc(d.plan.Faults, func(a, b workload.Fault) int { return int(a.At - b.At) })
	}
}

// hurry is how many times as many calls some runs have in the same time, so that entries have several commands and
// keys many callers at once.
const hurry = 8

func hasten(plan *workload.Plan) {
	for _, steps := range plan.Clients {
		for k := range steps {
			steps[k].Think /= hurry
		}
	}
	for k := range plan.Faults {
		plan.Faults[k].At /= hurry
	}
}

// command runs it again.
func (d *drawn) command() string {
	return fmt.Sprintf("go test ./proptest/cluster -run '^TestHistories$' -count 1 -profile %s -seed %d -times %d -histories build/histories",
		d.profile.Name, d.seed, *times)
}

func (d *drawn) run(t *testing.T) {
	began := time.Now()
	options := Options{Dir: t.TempDir(), Header: linearizability.Header{
		Name: fmt.Sprintf("real replicas, %s, seed %d", d.profile.Name, d.seed), Seed: fmt.Sprint(d.seed), Replay: d.command(),
	}}
	if *traces != "" {
		options.Change = func(c *Config) { c.Record = d.recorder(t) }
	}
	d.result = Execute(t.Context(), &d.plan, options)
	v := d.result.Verdict
	if v.OK { // otherwise there is worse to tell
		least := d.plan.Least()
		if !least.Searched {
			least.FaultsInEffect += d.result.Weather // those of the plan count
		}
		d.idle = !v.WorthSomething(least)
	}
	d.elapsed = time.Since(began)
	if d.idle {
		t.Logf("not counted: %s\nagain: %s", v.Violations[0].Sentence, d.command())
		return
	}
	d.save(t)
	for _, found := range v.Violations {
		t.Errorf("%s: %s", found.Check, found.Sentence)
		for _, line := range found.Story {
			t.Log("    ", line)
		}
	}
	if d.result.Changed != nil {
		t.Log("members:", d.result.Changed)
	}
	s := v.Stats
	t.Logf("%d operations, %d answered, %d contended keys, %d of %d faults took effect, %v", s.Operations, s.Answered,
		s.ContendedKeys, s.FaultsInEffect, len(d.result.History.Faults), d.elapsed.Round(time.Millisecond))
	if t.Failed() {
		t.Log("again:", d.command())
		t.Log("pages: go run ./proptest/index build/histories")
	}
}

// recorder writes what the replicas do, for make traces: a real run can't be made again.
func (d *drawn) recorder(t *testing.T) raft.Recorder {
	where := filepath.Join(root, *traces)
	require.NoError(t, os.MkdirAll(where, 0o755))
	name := fmt.Sprintf("real-%s-%d", d.profile.Name, d.seed)
	f, err := os.Create(filepath.Join(where, name+".trace"))
	require.NoError(t, err)
	var servers protocol.NodeSet
	for id := range max(d.plan.Servers, d.plan.Slots(node.MostMembers)) {
		servers = servers.With(protocol.NodeID(id + 1))
	}
	r := trace.NewRecorder(f, name, servers)
	r.Every(1)
	t.Cleanup(func() {
		require.NoError(t, r.Close())
		require.NoError(t, f.Close())
	})
	return r.Record
}

// save writes history and summary: where a folder is named, and for a failure always. proptest/index makes the pages.
func (d *drawn) save(t *testing.T) {
	where := *folder
	if where == "" && d.result.Verdict.OK {
		return
	}
	if where == "" {
		where = "build/histories"
	}
	name := fmt.Sprintf("cluster-%s-%d", d.profile.Name, d.seed)
	summary := workload.Summarize("cluster", &d.plan, d.result.History, d.result.Verdict)
	summary.Elapsed = d.elapsed
	require.NoError(t, summary.Save(filepath.Join(root, where), name, d.result.History))
}

// membersCome is the profile whose changes of the members real replicas have.
const membersCome = "members"

// profiles are those of the suite, that with all faults first.
func profiles(t *testing.T) []workload.Profile {
	if *only != "" {
		p, err := workload.Named(*only)
		require.NoError(t, err)
		return []workload.Profile{p}
	}
	mixed, err := workload.Named("mixed")
	require.NoError(t, err)
	all := []workload.Profile{mixed}
	for _, p := range workload.Profiles() {
		if p.Name != mixed.Name {
			all = append(all, p)
		}
	}
	return all
}

func TestHistories(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), max(*total, time.Nanosecond))
	defer cancel()
	all, base := profiles(t), *first
	if base == 0 {
		base = rand.IntN(1<<31) + 1
	}
	seen, idle := tally{}, 0
	more := func(k int) bool {
		if *total == 0 {
			return k < *runs+idle && !workload.TooManyIdle(idle, *runs)
		}
		return ctx.Err() == nil || seen.shouldShowAll() && len(seen.missing()) > 0 && seen["runs"] < mostRounds*len(all) && !workload.TooManyIdle(idle, seen["runs"])
	}
	for k := 0; more(k); k++ {
		d := draw(all[k%len(all)], base+k)
		t.Run(fmt.Sprintf("%s/%d", d.profile.Name, d.seed), d.run)
		if d.idle {
			idle++
			continue
		}
		seen.add(d.result)
	}
	t.Log(seen)
	require.False(t, workload.TooManyIdle(idle, seen["runs"]), "%d runs showed too little", idle)
	require.Positive(t, seen["runs"], "nothing was run, so nothing is shown: give -runs or -for more")
	if seen.shouldShowAll() {
		require.Empty(t, seen.missing(), "in %d runs nothing did this: the suite shows nothing of it", seen["runs"])
	}
}

// mostRounds is how often each profile has its turn before what nothing did is held to be never drawn: a slow machine comes
// to few runs in the time it is given, and then goes on for what it has not seen.
const mostRounds = 8

// tally counts what a suite's runs did, together: runs, operations, "answered at" each door, faults in effect.
type tally map[string]int

func (s tally) add(r *Result) {
	if r == nil {
		return
	}
	s["runs"]++
	s["operations"] += r.Verdict.Stats.Operations
	s["entries"] += r.Verdict.Stats.Entries
	for name, n := range map[string]int{
		takenSnapshots: r.Life.Taken, shortened: r.Life.Compactions, received: r.Life.Received, installed: r.Life.Installs, askedFor: r.Life.Asked,
		resumed: r.Life.Resumed, fellBelow: r.Life.FellBelow, diedTaking: r.Life.EndedTaking, diedReceiving: r.Life.EndedReceiving,
		diedGiving: r.Life.EndedGiving,
	} {
		s[name] += n
	}
	for i := range r.History.Operations {
		if o := &r.History.Operations[i]; o.Answer != nil {
			s["answered at "+o.Door]++
		} else {
			s[o.Error]++
		}
	}
	for _, f := range r.History.Faults {
		if f.Effect == "" {
			continue
		}
		s[f.Fault]++
		if f.Fault == string(workload.FullDisk) || f.Fault == string(workload.FailedSync) {
			s[diskStopped]++
		}
		switch workload.FaultKind(f.Fault) {
		case workload.Join, workload.Learn:
			s[memberCame]++
		case workload.Leave:
			s[memberLeft]++
		case workload.Replace:
			s[memberCame]++
			s[memberLeft]++
		}
	}
}

// What becomes of logs and snapshots, see Life.
const (
	takenSnapshots = "snapshots taken"
	shortened      = "logs shortened"
	received       = "snapshots received"
	installed      = "snapshots installed"
	askedFor       = "snapshots asked for"
	resumed        = "transfers resumed"
	fellBelow      = "nodes that fell below all logs"
	diedTaking     = "ends while a snapshot was taken"
	diedReceiving  = "ends while one was received"
	diedGiving     = "ends while one was given"
)

// memberCame and memberLeft stand for several faults each, of which a suite may well miss one.
const (
	memberCame = "a member that came"
	memberLeft = "a member that left"
)

// diskStopped stands for two faults that few plans have, so that a suite may well miss one of them.
const diskStopped = "a disk that stopped its replica"

// shouldShowAll: each profile had its turn twice.
func (s tally) shouldShowAll() bool { return *only == "" && s["runs"] >= 2*len(workload.Profiles()) }

// missing is what no run did.
func (s tally) missing() (missing []string) {
	wanted := []string{
		"answered at service", "answered at http", "answered at redis", linearizability.NotApplied, linearizability.Unknown,
		"slow_network", "broken_connections", diskStopped, "absence", memberCame, memberLeft,
		takenSnapshots, shortened, received, installed, askedFor, resumed, fellBelow, diedTaking, diedReceiving, diedGiving,
	}
	for _, kind := range workload.Faulty() {
		switch kind {
		case workload.FullDisk, workload.FailedSync: // now and then
		case workload.TickRate, workload.Hang, // never
			workload.Join, workload.Learn, workload.Leave, workload.Replace: // memberCame, memberLeft
		default:
			wanted = append(wanted, string(kind))
		}
	}
	for _, name := range wanted {
		if s[name] == 0 {
			missing = append(missing, name)
		}
	}
	return missing
}
