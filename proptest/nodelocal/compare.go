package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/proptest/explore"
	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
	"github.com/eventstreamcore/semel/spec/tla"
)

// step is an action with its parameters, for the code and for the specification.
type step struct {
	explore.Action
	args []ground.Value
}

// comparer takes steps on both sides. It is for one goroutine.
type comparer struct {
	instant    bool
	actions    map[string]*ground.Action
	impossible *ground.Formula
	variables  []int                     // where the node's variables are in a state
	messages   int                       // and the network
	idle       ground.State              // all nodes as they begin
	nodes      map[string][]ground.Value // what encodings stand for
}

// refusing are the handlers of the code that ask for Impossible, which those of the specification do not (RaftGuards.tla says why).
var refusing = []string{"HandleAppendEntries", "HandleAppendEntriesResponse", "HandleConfirmTerm", "HandleConfirmTermResponse", "HandleInstallSnapshot"}

// newComparer compiles the specification for so many servers.
func newComparer(m *tla.Module, servers int, instant bool) (*comparer, error) {
	var ids protocol.NodeSet
	for id := range servers {
		ids = ids.With(protocol.NodeID(id + 1))
	}
	s, err := ground.New(m, specvalues.Constants(ids, instant))
	if err != nil {
		return nil, err
	}
	c := &comparer{instant: instant, actions: map[string]*ground.Action{}, nodes: map[string][]ground.Value{}, messages: s.Variable("messages")}
	for _, name := range specvalues.Variables {
		c.variables = append(c.variables, s.Variable(name))
	}
	initial, err := s.Initial("Init")
	if err != nil {
		return nil, err
	}
	c.idle = initial[0]
	disjuncts, err := s.Disjuncts("Next")
	if err != nil {
		return nil, err
	}
	for _, d := range disjuncts {
		if c.actions[d.Name()], err = s.Action(d.Name()); err != nil {
			return nil, err
		}
	}
	delete(c.actions, "Lose") // the world's: it has no twin
	c.impossible, err = s.Formula("Impossible")
	return c, err
}

// values returns what an encoding stands for.
func (c *comparer) values(encoding []byte) []ground.Value {
	if v, ok := c.nodes[string(encoding)]; ok {
		return v
	}
	if len(c.nodes) >= 1<<11 {
		clear(c.nodes)
	}
	v := specvalues.Node(encoding)
	c.nodes[string(encoding)] = v
	return v
}

// forgotten is what the specification's logs have below a base, where no action may look, in terms that no other entry has.
var forgotten = specvalues.History(func(k int) ground.Value {
	return specvalues.Entry(protocol.Entry{Term: protocol.Term(100 + k), Value: protocol.NoOp})
})

// state returns the specification's state with node id as encoded; the others are as they begin.
func (c *comparer) state(id protocol.NodeID, encoding []byte) ground.State {
	st := slices.Clone(c.idle)
	for k, v := range forgotten.Whole(specvalues.Node(encoding)) {
		at := c.variables[k]
		nodes := make([]ground.Value, st[at].Len())
		for j := range nodes {
			nodes[j] = st[at].At(j)
		}
		nodes[id-1] = v
		st[at] = ground.Seq(nodes...)
	}
	return st
}

// result is what one side makes of a step.
type result struct {
	enabled bool
	node    []ground.Value
	sent    ground.Value
	odd     string // what is no result: an assertion that fails, no value, more than one successor

	valueless bool // TLA+ gives the action no value
	stopped   bool // an assertion of the code failed
	changes   bool // the node after is another than before
}

// breaks reports whether an invariant does not hold of the node that the code asserts after every action: LeaderDiskIsPrefix and
// CommitWithinLog, as far as it asserts them. Then it must stop, unless the step changes nothing, and else it must not.
func (r *result) breaks() bool {
	last := lastIndex(r.variable("log"))
	return r.variable("role") == ground.Text("leader") && lastIndex(r.variable("disk").Field("log")) > last || r.variable("commitIndex").AsInt() > last
}

// lastIndex is that of a log that is kept.
func lastIndex(log ground.Value) int {
	if log.Kind() == ground.Record {
		return log.Field("base").AsInt() + log.Field("entries").Len()
	}
	return log.Len()
}

func (r *result) variable(name string) ground.Value {
	return r.node[slices.Index(specvalues.Variables, name)]
}

// refusedByHosts reports whether the message is like none that the specification makes, or impossible here: those the host of
// a node drops before any action sees them (protocol.Node.CheckMessage).
func refusedByHosts(encoding []byte, s *step) bool {
	node, _, err := protocol.LoadState(encoding)
	return err == nil && s.Message != nil && node.CheckMessage(s.Message) != nil
}

// compare takes a step from a node's state on both sides. It reports whether the specification's action is enabled, and says how
// the results differ; nothing where they do not.
func (c *comparer) compare(before ground.State, encoding []byte, s *step) (enabled bool, differ string) {
	spec := c.spec(before, s)
	if spec.valueless && refusedByHosts(encoding, s) {
		return false, ""
	}
	code := c.code(encoding, s)
	if spec.enabled && spec.breaks() {
		if code.stopped {
			return true, ""
		}
		if spec.changes {
			code.odd = "goes on, with an invariant broken that it asserts"
		}
	}
	if spec.odd == "" && code.odd == "" && spec.enabled == code.enabled &&
		(!spec.enabled || slices.EqualFunc(spec.node, code.node, ground.Equal) && ground.Equal(spec.sent, code.sent)) {
		return spec.enabled, ""
	}
	return spec.enabled, c.describe(encoding, s, spec, code)
}

// spec is what the specification makes of the step; where the code asks for Impossible and it holds, nothing.
func (c *comparer) spec(before ground.State, s *step) (r result) {
	steps, err := c.actions[s.Name].Steps(before, s.args...)
	if slices.Contains(refusing, s.Name) && (err != nil || len(steps) > 0) {
		impossible, why := c.impossible.Value(before, s.args...)
		switch {
		case why != nil:
			r.odd = why.Error()
			return r
		case impossible.AsBool():
			return r
		}
	}
	switch {
	case err != nil:
		r.odd, r.valueless = err.Error(), true
	case len(steps) > 1:
		r.odd = fmt.Sprintf("%d successors", len(steps))
	case len(steps) == 1:
		r.enabled = true
		r.read(c, before, steps[0], int(s.Node)-1)
	}
	return r
}

// read takes the acting node out of the state after, where nothing else may have changed.
func (r *result) read(c *comparer, before, after ground.State, node int) {
	r.sent = specvalues.Beginning{}.KeptMessages(after[c.messages])
	r.node = make([]ground.Value, len(c.variables))
	for k, at := range c.variables {
		for j := range after[at].Len() {
			if j == node {
				r.node[k] = after[at].At(j)
				r.changes = r.changes || !ground.Equal(r.node[k], before[at].At(j))
			} else if !ground.Equal(after[at].At(j), before[at].At(j)) {
				r.odd = fmt.Sprintf("%s changes at node %d", specvalues.Variables[k], j+1)
			}
		}
	}
	r.node = specvalues.Beginning{}.Kept(r.node)
}

// code is what the code makes of the step.
func (c *comparer) code(encoding []byte, s *step) (r result) {
	node, rest, err := protocol.LoadState(encoding)
	if err != nil || len(rest) > 0 {
		r.odd = fmt.Sprintf("%d bytes behind a state: %v", len(rest), err)
		return r
	}
	out, enabled, unlike, err := s.Perform(node, c.instant)
	if err != nil {
		r.odd, r.stopped = err.Error(), strings.Contains(err.Error(), "invariant broken")
		return r
	}
	if unlike != nil {
		r.odd = unlike.Error()
		return r
	}
	after := node.AppendState(nil)
	if r.enabled = enabled; !enabled {
		if !bytes.Equal(after, encoding) || len(out.Messages)+len(out.Writes) > 0 {
			r.odd = "returned false, and changed or told something"
		}
		return r
	}
	r.node, r.sent = c.values(after), specvalues.Messages(out.Messages)
	return r
}

func (c *comparer) describe(encoding []byte, s *step, spec, code result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\nof node %d:\n", s, s.Node)
	before := specvalues.Node(encoding)
	for k, name := range specvalues.Variables {
		fmt.Fprintf(&b, "  %-13s %v\n", name, before[k])
	}
	spec.describe(&b, "the specification", before)
	code.describe(&b, "the code", before)
	return b.String()
}

func (r *result) describe(b *strings.Builder, side string, before []ground.Value) {
	switch {
	case r.odd != "":
		fmt.Fprintf(b, "%s: %s\n", side, r.odd)
		return
	case !r.enabled:
		fmt.Fprintf(b, "%s: not enabled\n", side)
		return
	}
	fmt.Fprintf(b, "%s:\n", side)
	for k, name := range specvalues.Variables {
		if !ground.Equal(before[k], r.node[k]) {
			fmt.Fprintf(b, "  %-13s %v\n", name, r.node[k])
		}
	}
	fmt.Fprintf(b, "  sends         %v\n", r.sent)
}
