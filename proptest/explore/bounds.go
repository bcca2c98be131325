package explore

import (
	"github.com/eventstreamcore/semel/raft/protocol"
)

// The operators of spec/MCRaft.tla, once more in Go, and nothing else: a test reads
// that module and fails where it has one that is not here.

// campaign is a node and the term it may campaign for.
type campaign struct {
	node protocol.NodeID
	term protocol.Term
}

// campaigns are the values that a .cfg may give to Campaigns.
var campaigns = map[string]func(campaign) bool{
	"AnyCampaign":     func(campaign) bool { return true }, // up to MaxTerm, as Timeout is anyway
	"Alternating":     func(c campaign) bool { return c == campaign{1, 1} || c == campaign{2, 2} || c == campaign{1, 3} },
	"RivalsThenThird": func(c campaign) bool { return c == campaign{1, 1} || c == campaign{3, 1} || c == campaign{2, 2} },
	"OneEach":         func(c campaign) bool { return c == campaign{1, 1} || c == campaign{2, 2} || c == campaign{3, 3} },
	"NoCampaign":      func(campaign) bool { return false },
	"BothByOne":       func(c campaign) bool { return c.node == 1 && c.term <= 2 },
	"SecondByTwo":     func(c campaign) bool { return c == campaign{2, 2} },
}

// heartbeats are the values of Heartbeat: whether leader i may send j an append of no
// entries after prev.
var heartbeats = map[string]func(i *protocol.Node, j protocol.NodeID, prev protocol.Index) bool{
	"AnyHeartbeat":    func(*protocol.Node, protocol.NodeID, protocol.Index) bool { return true },
	"NoHeartbeat":     func(*protocol.Node, protocol.NodeID, protocol.Index) bool { return false },
	"UsefulHeartbeat": usefulHeartbeat,
}

func usefulHeartbeat(i *protocol.Node, j protocol.NodeID, prev protocol.Index) bool {
	next := i.NextIndex(j)
	return prev+1 == next && (i.CommitIndex() > 0 || next > i.MatchIndex(j)+1)
}

// firsts are the values of First: the configuration of a log in which none stands.
var firsts = map[string]protocol.Configuration{
	"First":      {},
	"FirstOne":   {Voters: protocol.Nodes(1)},
	"FirstTwo":   {Voters: protocol.Nodes(1, 2)},
	"FirstThree": {Voters: protocol.Nodes(1, 2, 3)},
}

// target is what a configuration is changed to.
type target struct{ voters, learners protocol.NodeSet }

// targets are the values of Targets.
var targets = map[string][]target{
	"NoTargets":  nil,
	"ToTwo":      {{voters: protocol.Nodes(2)}},
	"ToOneTwo":   {{voters: protocol.Nodes(1, 2)}},
	"ToTwoThree": {{voters: protocol.Nodes(2, 3)}},
	"ToThree":    {{voters: protocol.Nodes(1, 2, 3)}},
	"ToAndFro":   {{voters: protocol.Nodes(1, 2)}, {voters: protocol.Nodes(2)}},
	"ToLearner":  {{protocol.Nodes(1), protocol.Nodes(2)}},
	"ByLearner":  {{protocol.Nodes(1), protocol.Nodes(2)}, {voters: protocol.Nodes(1, 2)}},
	"Replaced":   {{protocol.Nodes(1, 2), protocol.Nodes(3)}, {voters: protocol.Nodes(2, 3)}},
}

// beginnings are the values of Begins: whether leader i may begin a change to t.
var beginnings = map[string]func(i *protocol.Node, t target) bool{
	"OnlyOthers":     isAnother,
	"OthersAndAgain": func(*protocol.Node, target) bool { return true },
}

func isAnother(i *protocol.Node, t target) bool {
	now, _ := i.InForce()
	return now != protocol.Configuration{Voters: t.voters, Learners: t.learners}
}

// networks are the values of Send: whether sending o pushes m out of the network.
var networks = map[string]func(m, o *protocol.Message) bool{
	"Send":       func(_, _ *protocol.Message) bool { return false },
	"SendLink":   sameLink,
	"SendSender": func(m, o *protocol.Message) bool { return m.From == o.From },
}

func sameLink(m, o *protocol.Message) bool { return m.From == o.From && m.To == o.To }

// mayCampaign reports whether node i may begin a campaign: the bound of MCTimeout.
func (m *Model) mayCampaign(i *protocol.Node) bool {
	next := i.CurrentTerm() + 1
	return next <= m.MaxTerm && campaigns[m.Campaigns](campaign{i.ID(), next})
}

// mayAppend is the bound of MCAppendEntries.
func (m *Model) mayAppend(i *protocol.Node, j protocol.NodeID, prev protocol.Index, n uint64) bool {
	return n <= m.MaxBatch && (n > 0 || heartbeats[m.Heartbeat](i, j, prev))
}

// spontaneous are the actions of node i that take no message, with all parameters that
// the bounds allow; but for those that cost something (budget.go).
func (m *Model) spontaneous(i *protocol.Node) []*Action {
	var list []*Action
	add := func(a Action) {
		a.Node = i.ID()
		list = append(list, &a)
	}
	if m.mayCampaign(i) {
		add(Action{Name: "Timeout"})
	}
	add(Action{Name: "BecomeLeader"})
	if i.LastIndex() < m.MaxLog {
		for _, v := range m.Value {
			add(Action{Name: "ClientRequest", Value: v})
		}
	}
	if m.Budget[changes] > 0 && i.LastIndex() < m.MaxLog {
		add(Action{Name: "LeaveJoint"})
	}
	add(Action{Name: "AdvanceCommitIndex"})
	add(Action{Name: "Persist"})
	add(Action{Name: "ConfirmRead"})
	if id, _ := i.ReadID(); id > 0 {
		list = append(list, m.toEach("ConfirmTerm", i)...)
	}
	if m.Budget[compacts] > 0 {
		list = append(list, m.toEach("SendSnapshot", i)...)
	}
	return append(list, m.appends(i)...)
}

// appends are the AppendEntries of node i: \E j \in Server, prev, n \in 0..LastIndex.
func (m *Model) appends(i *protocol.Node) []*Action {
	var list []*Action
	for j := m.Server.Next(protocol.Nil); j != protocol.Nil; j = m.Server.Next(j) {
		for prev := range i.LastIndex() + 1 {
			for n := range uint64(i.LastIndex()) + 1 {
				if m.mayAppend(i, j, prev, n) {
					list = append(list, &Action{Name: "AppendEntries", Node: i.ID(), To: j, Prev: prev, Count: n})
				}
			}
		}
	}
	return list
}

// within is MCRaft's Within, for the node that acted; the others did not change.
func (m *Model) within(i *protocol.Node, inFlight int) bool {
	return i.Pending() <= m.MaxPending && inFlight <= m.MaxMessages
}
