// Goal: the relation that is proved is the one that TLC searches.
// Method: TLC writes all states and steps of models; each of its steps must satisfy what the walk makes of the action, with all that is
// open given, and none with a number altered does. What is compared is the same walk that makes the questions to the solver.
package symbolic_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/ground"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/tla"
)

const specDir = "../.."

// edgeModels are small, and between them take every action: with two entries, pending writes, crashes, reads, transfers, resignations, snapshots
// and a network that loses messages.
var edgeModels = []string{
	"../../models/leads-twice.cfg", "../../models/read.cfg", "../../models/transfer-rival.cfg", "../../models/removal.cfg", "../../ground/testdata/pre-vote.cfg",
	"../../ground/testdata/snapshot.cfg", "testdata/two-entries.cfg",
}

var every = flag.Int("every", 10, "of TLC's steps one in so many is looked at; make prove looks at all")

func TestEveryStepOfTLCSatisfiesTheRelation(t *testing.T) {
	module(t) // or there is no Java
	jar, err := tlc.Jar(root)
	require.NoError(t, err)
	m, err := tla.Load(t.Context(), jar, specDir, "MCProof")
	require.NoError(t, err)
	taken := map[string]int{}
	for _, cfg := range edgeModels {
		t.Run(filepath.Base(cfg), func(t *testing.T) {
			e := edges{module: m, taken: taken}
			e.read(t, jar, cfg)
			e.check(t, cfg)
		})
	}
	require.Len(t, taken, 29, "rows, each taken in some model: %v", slices.Sorted(maps.Keys(taken)))
}

// edges are a model's states and steps.
type edges struct {
	module *tla.Module
	graph  *tlc.Graph
	states []map[string]symbolic.Datum
	x      *symbolic.Evaluator
	rows   map[string][]*symbolic.Row // by TLC's label
	taken  map[string]int
}

var (
	replaced = regexp.MustCompile(`(?m)^\s*(Send) <- (\w+)\s*$`)
	truth    = regexp.MustCompile(`(?m)^\s*(WriteThrough|KeepMessages) = (TRUE|FALSE)\s*$`)
	servers  = regexp.MustCompile(`(?m)^\s*Server = \{(.*)\}\s*$`)
)

func (e *edges) read(t *testing.T, jar, cfg string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "graph.dot")
	r, err := tlc.Run(t.Context(), tlc.Options{Jar: jar, SpecDir: specDir, Module: "MCRaft", Config: cfg, Quick: true, Graph: file})
	require.NoError(t, err)
	require.Equal(t, tlc.ExitPass, r.ExitCode, r.Log)
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	e.graph, err = tlc.ReadGraph(f)
	require.NoError(t, err)
	require.Len(t, e.graph.States, int(r.Distinct))
	for _, text := range e.graph.States {
		e.states = append(e.states, state(t, text))
	}
}

// state reads a state as TLC prints it.
func state(t *testing.T, text string) map[string]symbolic.Datum {
	t.Helper()
	all := map[string]symbolic.Datum{}
	for _, conjunct := range strings.Split("\n"+text, "\n/\\ ") {
		name, value, ok := strings.Cut(conjunct, " = ")
		if ok {
			v, err := ground.ParseValue(value)
			require.NoError(t, err)
			all[name] = datum{v}
		}
	}
	return all
}

// datum is a value of spec/ground.
type datum struct{ ground.Value }

func (d datum) Bool() bool                       { return d.AsBool() }
func (d datum) Int() int                         { return d.AsInt() }
func (d datum) Text() string                     { return d.AsText() }
func (d datum) At(k int) symbolic.Datum          { return datum{d.Value.At(k)} }
func (d datum) Field(name string) symbolic.Datum { return datum{d.Value.Field(name)} }

// changesMembers are the actions that no model here takes: the proof is of members that never change.
var changesMembers = map[string]bool{"ChangeConfiguration": true, "LeaveJoint": true}

// evaluate makes the rows, in a world of as many messages as there are.
func (e *edges) evaluate(t *testing.T, cfg string) {
	t.Helper()
	text, err := os.ReadFile(cfg)
	require.NoError(t, err)
	o := symbolic.Options{Constants: map[string]bool{}, Replaced: symbolic.FixedMembers()}
	for _, m := range replaced.FindAllStringSubmatch(string(text), -1) {
		o.Replaced[m[1]] = m[2]
	}
	for _, m := range truth.FindAllStringSubmatch(string(text), -1) {
		o.Constants[m[1]] = m[2] == "TRUE"
	}
	nodes := len(strings.Split(servers.FindStringSubmatch(string(text))[1], ","))
	o.World = symbolic.Bounded{Nodes: nodes, Values: 1, Messages: worldMessages, Numbers: 4}
	e.x, err = symbolic.New(e.module, o)
	require.NoError(t, err)
	e.rows = map[string][]*symbolic.Row{}
	list, err := e.x.Steps("Next")
	require.NoError(t, err)
	for _, s := range list {
		if changesMembers[s.Name] {
			continue
		}
		r, err := e.x.Row(s)
		require.NoError(t, err)
		label := "MC" + s.Call.Operator.Name
		e.rows[label] = append(e.rows[label], r)
	}
}

// worldMessages is more than any two states that follow one another have between them.
const worldMessages = 10

func (e *edges) tables(t *testing.T, from, to int) (before, after *symbolic.Table) {
	t.Helper()
	messages := e.x.NewMessages()
	before, err := e.x.Given(e.states[from], messages)
	require.NoError(t, err)
	after, err = e.x.Given(e.states[to], messages)
	require.NoError(t, err)
	require.LessOrEqual(t, messages.Count(), worldMessages)
	require.NoError(t, before.AddMessages())
	require.NoError(t, after.AddMessages())
	return before, after
}

func (e *edges) check(t *testing.T, cfg string) {
	t.Helper()
	e.evaluate(t, cfg)
	noticed := map[string]bool{}
	for k, g := range e.graph.Edges {
		require.Contains(t, e.rows, g.Action, "TLC's label")
		if k%*every != 0 {
			continue
		}
		before, after := e.tables(t, g.From, g.To)
		held := 0
		for _, r := range e.rows[g.Action] {
			if r.Holds(before, after) {
				held++
				e.taken[r.Name]++
			}
		}
		require.Equal(t, 1, held, "%s from\n%s\nto\n%s", g.Action, e.graph.States[g.From], e.graph.States[g.To])
		if k%20 == 0 { // with a number in the second state that none of this model's actions makes it is no step
			altered, leaf := after.Altered(k / 20)
			for _, r := range e.rows[g.Action] {
				require.False(t, r.Holds(before, altered), "%s, with another %s, from\n%s\nto\n%s", r.Name, leaf, e.graph.States[g.From], e.graph.States[g.To])
			}
			noticed[leaf] = true
		}
	}
	t.Logf("%d states, %d steps, one in %d looked at; noticed of %v", len(e.states), len(e.graph.Edges), *every, slices.Sorted(maps.Keys(noticed)))
}
