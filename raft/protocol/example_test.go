package protocol_test

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Three nodes elect a leader, which commits an entry. The host's part is played by hand:
// it makes writes durable (Persist) and carries messages.
func Example() {
	server := protocol.Nodes(1, 2, 3)
	node := map[protocol.NodeID]*protocol.Node{}
	for id := protocol.NodeID(1); id <= 3; id++ {
		node[id] = protocol.New(id, server, protocol.HardState{})
	}
	var out protocol.Output

	node[1].Timeout(&out)
	fmt.Println("written:", out.Writes[0], "- sent:", len(out.Messages))
	node[1].Persist(&out)
	request := out.Messages[0]
	fmt.Println(request)

	out = protocol.Output{}
	node[2].HandleRequestVote(&request, &out)
	node[2].Persist(&out)
	vote := out.Messages[0]
	fmt.Println(vote)

	out = protocol.Output{}
	node[1].HandleRequestVoteResponse(&vote, &out)
	node[1].BecomeLeader(&out)
	node[1].ClientRequest(protocol.Command, &out)
	node[1].AppendEntries(2, 0, 1, &out)
	node[1].Persist(&out)
	appended := out.Messages[0]
	fmt.Println(appended)

	out = protocol.Output{}
	node[2].HandleAppendEntries(&appended, &out)
	node[2].Persist(&out)
	node[1].HandleAppendEntriesResponse(&out.Messages[0], &out)
	node[1].AdvanceCommitIndex(&out)
	fmt.Println(node[1])
	// Output:
	// written: term=1 vote=1 keep=0 then=[] - sent: 0
	// 1->2 RequestVote term=1 last=0@0
	// 2->1 RequestVoteResponse term=1 granted=true
	// 1->2 AppendEntries term=1 prev=0@0 entries=[1] commit=0
	// 1 leader term=1 vote=1 log=[1] commit=1 2:next=2,match=1 3:next=1,match=0
	//   disk term=1 vote=1 log=[1]
}

// A node comes back with what its disk held.
func ExampleNew() {
	disk := protocol.HardState{Term: 3, Vote: 2, Log: protocol.LogOf(
		protocol.Entry{Term: 1, Value: protocol.NoOp},
		protocol.Entry{Term: 3, Value: protocol.Command},
	)}
	node := protocol.New(1, protocol.Nodes(1, 2, 3), disk)
	fmt.Println(node.Role(), node.CurrentTerm(), node.LastIndex(), node.TermAt(2), node.CommitIndex())
	// Output: follower 3 2 3 0
}

// A single node needs no other, but its disk.
func ExampleNode_Persist() {
	node := protocol.New(1, protocol.Nodes(1), protocol.HardState{})
	var out protocol.Output
	node.Timeout(&out)
	fmt.Println(node.BecomeLeader(&out), node.Pending())
	fmt.Println(node.Persist(&out), node.BecomeLeader(&out))
	// Output:
	// false 1
	// true true
}

// The encoding holds the whole state; a loaded node goes on where the other was.
func ExampleLoadState() {
	node := protocol.New(1, protocol.Nodes(1), protocol.HardState{})
	node.Timeout(&protocol.Output{})
	loaded, rest, err := protocol.LoadState(node.AppendState(nil))
	fmt.Println(loaded.Role(), loaded.CurrentTerm(), loaded.Pending(), len(rest), err)
	_, _, err = protocol.LoadState([]byte{7})
	fmt.Println(err)
	// Output:
	// candidate 1 1 0 <nil>
	// not an encoding of raft/protocol: expected a number in as few bytes as it needs with 0 bytes left
}

func ExampleLoadMessage() {
	m := protocol.Message{Type: protocol.RequestVote, From: 1, To: 2, Term: 4, LastIndex: 7, LastTerm: 3}
	b := protocol.AppendMessage(nil, &m)
	loaded, _, err := protocol.LoadMessage(b)
	fmt.Println(len(b), loaded, err)
	// Output: 7 1->2 RequestVote term=4 last=7@3 <nil>
}

// Invariants see what no node sees: all of them at one moment.
func ExampleCluster_Check() {
	disk := protocol.HardState{Term: 1, Log: protocol.LogOf(protocol.Entry{Term: 1, Value: protocol.Command})}
	other := protocol.HardState{Term: 1, Log: protocol.LogOf(
		protocol.Entry{Term: 1, Value: protocol.NoOp}, protocol.Entry{Term: 1, Value: protocol.NoOp})}
	cluster := protocol.Cluster{
		protocol.New(1, protocol.Nodes(1, 2), disk),
		protocol.New(2, protocol.Nodes(1, 2), other),
	}
	fmt.Println(cluster.Check())
	// Output: LogMatching: nodes 1 and 2 agree at 1 but not before
}

func ExampleEntries_Then() {
	a := protocol.EntriesOf(protocol.Entry{Term: 1, Value: protocol.Command})
	b := protocol.EntriesOf(protocol.Entry{Term: 2, Value: protocol.NoOp}, protocol.Entry{Term: 2, Value: protocol.Command})
	both := a.Then(&b)
	fmt.Println(both, both.Len(), both.Runs(), both.At(3).Term)
	// Output: [1 2* 2] 3 3 2
}

func ExampleNodeSet() {
	set := protocol.Nodes(5, 1).With(3)
	fmt.Println(set, set.Len(), set.Has(5), set.Without(5), set.Next(1))
	// Output: {1 3 5} 3 true {1 3} 3
}
