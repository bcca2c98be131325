// Goal: the checks of this package's tests can fail.
// Method: one sabotage each, and the check that must notice by its name. What never fails
// checks nothing.

package raft

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// witness is a failer that remembers; it ends what failed by a panic of itself.
type witness struct{ said string }

func (w *witness) Helper()                        {}
func (w *witness) Errorf(format string, a ...any) { w.said += fmt.Sprintf(format, a...) }
func (w *witness) FailNow()                       { panic(w) }

// fails runs story on a cluster whose checks fail at the witness, and returns what they said.
func fails(t *testing.T, story func(c *cluster)) (said string) {
	w := &witness{}
	defer func() {
		if p := recover(); p != nil {
			require.Same(t, w, p, "%v", p)
			said = w.said
		}
	}()
	story(newTrio(w))
	return ""
}

// A driver that acknowledges a write before it is kept breaks what clients were promised,
// as soon as a quorum lost it.
func TestSabotageAcknowledgedBeforeKept(t *testing.T) {
	story := func(early bool) func(c *cluster) {
		return func(c *cluster) {
			c.acknowledge, c.ackEarly = !early, early
			c.elect(1).step(Proposed(3))
			c.settle()
			c.at(2).crash(0)
			c.at(3).crash(0)
			require.NoError(c.t, c.nodes().Check())
		}
	}
	require.Empty(t, fails(t, story(false)))
	require.Contains(t, fails(t, story(true)), "CommittedIsDurable")
}

// Policy that changes the node, or gives as output what no action gave.
func TestSabotagePolicyThatDoesMoreThanSequence(t *testing.T) {
	for name, c := range map[string]struct {
		sabotage func(r *replica)
		said     string
	}{
		"changes the node": {func(r *replica) { r.node.ClientRequest(protocol.Command, &protocol.Output{}) }, "changed without an action"},
		"sends more":       {func(r *replica) { r.out.Messages = append(r.out.Messages, *r.ack(1, 9)) }, "Not equal"},
		"skips a mark":     {func(r *replica) { r.out.Writes[0].Mark++ }, "Not equal"},
		"writes another log": {func(r *replica) {
			more := protocol.EntriesOf(one)
			r.out.Writes[0].Entries = r.out.Writes[0].Entries.Then(&more)
		}, "Not equal"},
		"commits another index": {func(r *replica) { r.out.Committed.To++ }, "Not equal"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, fails(t, func(cl *cluster) {
				r := cl.elect(1)
				r.twinOut = protocol.Output{}
				out := r.Step(Proposed(1))
				c.sabotage(r)
				r.checkOutput(out)
			}), c.said)
		})
	}
}

func TestSabotageActionsLeft(t *testing.T) {
	require.Contains(t, fails(t, func(c *cluster) {
		r := c.elect(1)
		r.step(Proposed(1))
		c.pass(2)
		r.begin()
		r.twinOut = protocol.Output{}
		r.receive(c.first(1)) // and no choices after it
		r.checkOutput(r.finish())
	}), "AdvanceCommitIndex was left")
}

func TestSabotageWindows(t *testing.T) {
	for name, c := range map[string]func(p *peer){
		"cursor behind what is confirmed": func(p *peer) { p.cursor = 0 },
		"cursor beyond the log":           func(p *peer) { p.cursor = 100 },
		"more messages than allowed":      func(p *peer) { p.flight.count = 65 },
		"entries behind a probe":          func(p *peer) { p.probing, p.flight.count = true, 1 },
		"a probe forgotten":               func(p *peer) { p.probeDue = true },
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEmpty(t, fails(t, func(cl *cluster) {
				r := cl.elect(1)
				r.step(Proposed(3))
				r.checkWindows()
				c(&r.peers[0])
				r.checkWindows()
			}))
		})
	}
}

// A network that never again lets an acknowledgement, or a vote, through is none that
// faults have left.
func TestSabotageLiveness(t *testing.T) {
	for _, kind := range []protocol.MessageType{protocol.AppendEntriesResponse, protocol.RequestVoteResponse} {
		c := newTrio(t)
		c.lost = func(m *protocol.Message) bool { return m.Type == kind }
		_, err := c.heal()
		require.ErrorContains(t, err, "ticks were not enough", "without %v", kind)
	}
}

func TestSabotageAppliedInAnotherOrder(t *testing.T) {
	require.Contains(t, fails(t, func(c *cluster) {
		c.elect(1)
		c.apply(1, two)
	}), "applied at 1")
}
