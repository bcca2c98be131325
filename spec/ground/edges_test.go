// Goal: what is evaluated here is what TLC evaluates: neither a step more nor a step less.
// Method: TLC writes all states and steps of models of the specification. From every state every action is taken here, and the
// successors must be exactly TLC's, under the same action; and the relation must hold of each of TLC's steps.
package ground_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/ground"
)

// edgeModels are small, and between them take every action: with pending writes, crashes, reads, pre-votes, transfers, resignations,
// snapshots, changes of members and a network that loses messages.
var edgeModels = []string{
	"../models/leads-twice.cfg", "../models/read.cfg", "../models/transfer-rival.cfg", "../models/removal.cfg", "testdata/pre-vote.cfg",
	"testdata/snapshot.cfg", "../models/member-promote.cfg",
}

func TestEveryStepOfTLCIsOneHereAndNoOther(t *testing.T) {
	taken := map[string]int{}
	for _, cfg := range edgeModels {
		t.Run(filepath.Base(cfg), func(t *testing.T) {
			g := graph(t, specDir, "MCRaft", cfg)
			c := edgeCheck{spec: configured(t, specDir, "MCRaft", cfg), graph: g, places: map[string]int{}, taken: taken}
			c.run(t, "MCInit", "MCNext")
			t.Logf("%d states, %d steps", len(g.States), len(g.Edges))
		})
	}
	var never []string
	for action, n := range taken {
		if n == 0 {
			never = append(never, action)
		}
	}
	require.Empty(t, never, "actions that none of these models takes")
	require.Len(t, taken, 28, "actions of MCNext")
}

// What an action may be made of, and what the specification does not need today.
func TestEveryConstructOfAnActionIsTakenAsTLCTakesIt(t *testing.T) {
	g := graph(t, "testdata", "Steps", "testdata/Steps.cfg")
	c := edgeCheck{spec: configured(t, "testdata", "Steps", "testdata/Steps.cfg"), graph: g, places: map[string]int{}, taken: map[string]int{}}
	c.run(t, "Init", "Next")
	for action, n := range c.taken {
		require.Equal(t, action != "Never", n > 0, "%s: from %d states", action, n)
	}
}

// graph has TLC search a model and write all of it.
func graph(t *testing.T, folder, module, cfg string) *tlc.Graph {
	t.Helper()
	file := filepath.Join(t.TempDir(), "graph.dot")
	r, err := tlc.Run(t.Context(), tlc.Options{Jar: jar(t), SpecDir: folder, Module: module, Config: cfg, Quick: true, Graph: file})
	require.NoError(t, err)
	require.Equal(t, tlc.ExitPass, r.ExitCode, r.Log)
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	g, err := tlc.ReadGraph(f)
	require.NoError(t, err)
	require.Len(t, g.States, int(r.Distinct))
	require.Len(t, g.Edges, int(r.Generated)-len(g.Initial), "a step for each state that TLC generated")
	return g
}

type edgeCheck struct {
	spec   *ground.Spec
	graph  *tlc.Graph
	states []ground.State
	places map[string]int // of states, by their text
	taken  map[string]int
}

func (c *edgeCheck) run(t *testing.T, init, next string) {
	for k, text := range c.graph.States {
		state, err := c.spec.ParseState(text)
		require.NoError(t, err)
		c.states, c.places[c.spec.Format(state)] = append(c.states, state), k
	}
	c.initial(t, init)
	actions, err := c.spec.Disjuncts(next)
	require.NoError(t, err)
	byAction := map[string]map[int][]int{}
	for _, a := range actions {
		byAction[a.Name()] = map[int][]int{}
	}
	for _, e := range c.graph.Edges {
		require.Contains(t, byAction, e.Action, "TLC's label")
		byAction[e.Action][e.From] = append(byAction[e.Action][e.From], e.To)
	}
	for _, a := range actions {
		c.taken[a.Name()] += len(byAction[a.Name()])
		for from := range c.states {
			c.compare(t, a, from, byAction[a.Name()][from])
		}
	}
	for _, e := range c.graph.Edges {
		k := slices.IndexFunc(actions, func(a *ground.Action) bool { return a.Name() == e.Action })
		holds, err := actions[k].Holds(c.states[e.From], c.states[e.To])
		require.NoError(t, err)
		require.True(t, holds, "%v\n%s\n%s", e.Action, c.graph.States[e.From], c.graph.States[e.To])
		why, err := actions[k].Why(c.states[e.From], c.states[e.To])
		require.NoError(t, err)
		require.Nil(t, why)
	}
}

func (c *edgeCheck) initial(t *testing.T, init string) {
	initial, err := c.spec.Initial(init)
	require.NoError(t, err)
	var places []int
	for _, state := range initial {
		places = append(places, c.place(t, state))
	}
	require.ElementsMatch(t, c.graph.Initial, places)
}

// place is where TLC has a state.
func (c *edgeCheck) place(t *testing.T, state ground.State) int {
	k, ok := c.places[c.spec.Format(state)]
	require.True(t, ok, "TLC has no state\n%s", c.spec.Format(state))
	require.True(t, ground.SameState(state, c.states[k]))
	return k
}

func (c *edgeCheck) compare(t *testing.T, a *ground.Action, from int, want []int) {
	after, err := a.Steps(c.states[from])
	require.NoError(t, err)
	got := map[int]int{}
	for _, state := range after {
		got[c.place(t, state)]++
	}
	for _, to := range want {
		got[to]--
	}
	maps.DeleteFunc(got, func(_, n int) bool { return n == 0 })
	require.Empty(t, got, "steps more here (or fewer) than TLC takes by %s from\n%s", a.Name(), c.graph.States[from])
}
