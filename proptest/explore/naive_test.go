// Goal: the search misses no state and invents none, and what it remembers of steps is
// what the code does.
// Method: a second explorer, as dumb as can be: it keeps the encodings, loads every node
// anew for every action, remembers nothing and tries every action with every parameter.
// A third check takes nodes that lived through a whole path and never saw the codec.
package explore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestTheSearchReachesWhatADumbOneReaches(t *testing.T) {
	for _, name := range []string{"commit", "back-off", "held"} {
		t.Run(name, func(t *testing.T) {
			m := model(t, name)
			s := searched(t, m)
			var states []string
			for _, st := range s.states {
				states = append(states, naiveOf(s, st).key())
			}
			expected := naiveExplore(m)
			require.Len(t, states, len(expected))
			for _, key := range states {
				require.True(t, expected[key], "a state that the dumb search lacks")
			}
		})
	}
}

// A node alone, with a log that may hold nothing, can be counted by hand.
func TestANodeAloneIsCountedByHand(t *testing.T) {
	m := model(t, "commit")
	m.Server, m.MaxTerm, m.MaxLog = protocol.Nodes(1), 1, 0
	require.Equal(t, 3, searched(t, m).States(), "follower, candidate, leader")

	m.WriteThrough, m.MaxPending = false, 1
	require.Equal(t, 4, searched(t, m).States(), "and the candidate whose vote is pending")

	m.Budget[crashes] = 1
	// The four, each without a crash; after it: the disk empty, and on from there (four),
	// or the vote on disk: a follower of term 1, which may not campaign again.
	require.Equal(t, 4+4+1, searched(t, m).States())
}

// Equal text, equal successors: were there state outside the encoding, nodes that have
// lived would differ from those that were loaded.
func TestNodesThatLivedStepAsLoadedOnesDo(t *testing.T) {
	for _, name := range []string{"back-off", "held"} {
		m := model(t, name)
		s := searched(t, m)
		for k := 0; k < len(s.states); k += 1 + len(s.states)/150 {
			require.NoError(t, s.successors(s.states[k], func(a *Action, next State) error {
				lived := live(m, s.Path(k))
				require.Equal(t, naiveOf(s, s.states[k]).key(), lived.key())
				lived.take(m, a)
				require.Equal(t, naiveOf(s, next).key(), lived.key(), "by %v", a)
				return nil
			}))
		}
	}
}

func searched(t *testing.T, m *Model) *Search {
	s := NewSearch(m, NewParts())
	require.NoError(t, s.Run())
	return s
}

// naive is a state: nodes, and the network by the messages' encodings.
type naive struct {
	nodes    []*protocol.Node
	messages map[string]protocol.Message
	crashes  int
	ever     []string // what was committed first, by index
}

func (n *naive) key() string {
	var b []byte
	for _, i := range n.nodes {
		b = i.AppendState(b)
	}
	inFlight := keys(n.messages)
	slices.Sort(inFlight)
	return fmt.Sprintf("%x %x %d %v", b, strings.Join(inFlight, ""), n.crashes, n.ever)
}

func naiveOf(s *Search, st State) *naive {
	n := &naive{nodes: s.Cluster(st), messages: map[string]protocol.Message{}, crashes: int(st.spent[crashes])}
	for _, m := range s.parts.sets.values[st.messages] {
		n.put(s.parts.messages.values[m])
	}
	for _, was := range s.parts.evers.values[st.ever] {
		n.ever = append(n.ever, fmt.Sprint(was.entry, was.at))
	}
	return n
}

func (n *naive) put(m protocol.Message) { n.messages[string(protocol.AppendMessage(nil, &m))] = m }

func (n *naive) clone() *naive {
	c := &naive{messages: map[string]protocol.Message{}, crashes: n.crashes, ever: slices.Clone(n.ever)}
	for _, i := range n.nodes {
		j, _, err := protocol.LoadState(i.AppendState(nil))
		if err != nil {
			panic(err)
		}
		c.nodes = append(c.nodes, j)
	}
	for k, m := range n.messages {
		c.messages[k] = m
	}
	return c
}

func naiveInit(m *Model) *naive {
	n := &naive{messages: map[string]protocol.Message{}}
	for id := range m.Server.Len() {
		n.nodes = append(n.nodes, protocol.New(protocol.NodeID(id+1), m.Server, m.hardState()))
	}
	return n
}

// live takes a path with nodes that are changed in place.
func live(m *Model, path []*Action) *naive {
	n := naiveInit(m)
	for _, a := range path {
		n.take(m, a)
	}
	return n
}

// take makes the step, or reports that it is not enabled or leaves the bounds.
func (n *naive) take(m *Model, a *Action) bool {
	if a.Name == "Lose" {
		delete(n.messages, string(protocol.AppendMessage(nil, a.Message)))
		return true
	}
	i := n.nodes[a.Node-1]
	var out protocol.Output
	if !a.on(i, &out) {
		return false
	}
	for m.WriteThrough && i.Pending() > 0 {
		i.Persist(&out)
	}
	if a.Message != nil && !m.KeepMessages {
		delete(n.messages, string(protocol.AppendMessage(nil, a.Message)))
	}
	if a.Name == "Restart" {
		n.crashes++
	}
	for k := len(n.ever) + 1; k <= int(i.CommitIndex()); k++ {
		n.ever = append(n.ever, fmt.Sprint(i.At(protocol.Index(k)), i.CurrentTerm()))
	}
	n.send(m, out.Messages)
	return i.Pending() <= m.MaxPending && len(n.messages) <= m.MaxMessages
}

func (n *naive) send(m *Model, out []protocol.Message) {
	for key, old := range n.messages {
		for _, o := range out {
			link := old.From == o.From && old.To == o.To
			if m.Send == "SendLink" && link {
				delete(n.messages, key)
			}
		}
	}
	for _, o := range out {
		n.put(o)
	}
}

func naiveExplore(m *Model) map[string]bool {
	seen := map[string]bool{}
	todo := []*naive{naiveInit(m)}
	for len(todo) > 0 {
		n := todo[0]
		todo = todo[1:]
		if seen[n.key()] {
			continue
		}
		seen[n.key()] = true
		for _, a := range naiveActions(m, n) {
			if next := n.clone(); next.take(m, a) {
				todo = append(todo, next)
			}
		}
	}
	return seen
}

// naiveActions are all actions with all parameters within the bounds, enabled or not.
func naiveActions(m *Model, n *naive) []*Action {
	var list []*Action
	for _, i := range n.nodes {
		id := i.ID()
		if i.CurrentTerm() < m.MaxTerm {
			list = append(list, &Action{Name: "Timeout", Node: id})
		}
		if i.LastIndex() < m.MaxLog {
			list = append(list, &Action{Name: "ClientRequest", Node: id, Value: protocol.Command})
		}
		if n.crashes < int(m.Budget[crashes]) {
			list = append(list, &Action{Name: "Restart", Node: id})
		}
		for _, name := range []string{"BecomeLeader", "AdvanceCommitIndex", "Persist"} {
			list = append(list, &Action{Name: name, Node: id})
		}
		list = append(list, naiveAppends(m, i)...)
	}
	for _, message := range n.messages {
		for _, name := range handlers {
			list = append(list, &Action{Name: name, Node: message.To, Message: &message})
		}
		if !m.KeepMessages {
			list = append(list, &Action{Name: "Lose", Message: &message})
		}
	}
	return list
}

func naiveAppends(m *Model, i *protocol.Node) []*Action {
	var list []*Action
	for j := range protocol.NodeID(m.Server.Len() + 1) {
		for prev := range m.MaxLog + 1 {
			for count := range m.MaxBatch + 1 {
				useful := j > 0 && prev+1 == i.NextIndex(j) && (i.CommitIndex() > 0 || i.NextIndex(j) > i.MatchIndex(j)+1)
				if prev <= i.LastIndex() && (count > 0 || m.Heartbeat == "AnyHeartbeat" || useful) {
					list = append(list, &Action{Name: "AppendEntries", Node: i.ID(), To: j, Prev: prev, Count: count})
				}
			}
		}
	}
	return list
}
