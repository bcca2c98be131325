package cluster

// Goal: members of a cluster of real replicas come and go while clients are served, over the test's own wires. Method: one plan in which a folder is lost and replaced,
// a join dies and goes on, and whoever leads leaves, each at its time, so that each has to say what it did; the run is judged as all are.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/workload"
)

// comeAndGo is that run.
func comeAndGo(t *testing.T) *Result {
	profile, err := workload.Named("calm")
	require.NoError(t, err)
	profile.Servers, profile.Thinks = []int{3}, []int{250}
	profile.Clients, profile.Steps = workload.Range{Least: 3, Most: 3}, workload.Range{Least: 50, Most: 50}
	plan := draw(profile, 1).plan
	plan.Spare, plan.Snapshots.Bytes = 1, 512
	plan.Faults = []workload.Fault{
		{Kind: workload.Wipe, For: time.Second, Nodes: []int{2}},
		{Kind: workload.HalfJoin, At: 100 * time.Millisecond, For: 2 * time.Second, Nodes: []int{4}, Stage: workload.Made},
		{Kind: workload.Leave, At: 3 * time.Second, For: time.Minute, Nodes: []int{workload.Leader}},
	}
	return Execute(t.Context(), &plan, Options{Dir: t.TempDir()})
}

func TestMembersComeAndGo(t *testing.T) {
	r := comeAndGo(t)
	for _, found := range r.Verdict.Violations {
		t.Errorf("%s: %s", found.Check, found.Sentence)
	}
	t.Log(r.Changed)
	require.Positive(t, r.Changed[workload.Died(workload.Made)])
	for _, f := range r.History.Faults {
		require.NotEmpty(t, f.Effect, "%s of %v", f.Fault, f.Nodes)
	}
}
