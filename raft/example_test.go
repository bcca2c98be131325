// Goal: the package as its callers use it, from outside.
// Method: an example with its output.

package raft_test

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Three replicas elect a leader and commit three commands. The host here is a queue of
// messages and disks that are durable at once.
func Example() {
	servers := protocol.Nodes(1, 2, 3)
	replicas := map[protocol.NodeID]*raft.Raft{}
	for _, id := range []protocol.NodeID{1, 2, 3} {
		replica, err := raft.New(raft.Config{ID: id, Servers: servers, Seed: 7}, protocol.HardState{}, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		replicas[id] = replica
	}

	var network []protocol.Message
	step := func(id protocol.NodeID, e raft.Event) raft.Proposal {
		out := replicas[id].Step(e)
		network = append(network, out.Messages...)
		if out.Committed.To > out.Committed.From {
			fmt.Printf("replica %d applies %d to %d\n", id, out.Committed.From+1, out.Committed.To)
		}
		went := out.Proposed
		if n := len(out.Writes); n > 0 {
			written := out.Writes[n-1].Mark
			out = replicas[id].Step(raft.Durable(written))
			network = append(network, out.Messages...)
		}
		return went
	}
	deliver := func() {
		for len(network) > 0 {
			m := network[0]
			network = network[1:]
			step(m.To, raft.Received(&m))
		}
	}

	for replicas[1].Status().Role != protocol.Leader {
		step(1, raft.Tick())
		deliver()
	}
	fmt.Printf("replica 2 follows %d in term %d\n", replicas[2].Status().Leader, replicas[2].Status().Term)

	went := step(1, raft.Proposed(3))
	fmt.Printf("3 commands are the entries from %d, of term %d\n", went.First, went.Term)
	deliver()

	// Output:
	// replica 1 applies 1 to 1
	// replica 2 applies 1 to 1
	// replica 3 applies 1 to 1
	// replica 2 follows 1 in term 1
	// 3 commands are the entries from 2, of term 1
	// replica 1 applies 2 to 4
	// replica 2 applies 2 to 4
	// replica 3 applies 2 to 4
}

func ExampleNew() {
	_, err := raft.New(raft.Config{ID: 4, Servers: protocol.Nodes(1, 2, 3)}, protocol.HardState{}, 0)
	fmt.Println(err)
	// Output: raft configuration: ID is 4, expected one of Servers, {1 2 3}
}

// A refused proposal names who leads, where that is known.
func ExampleRaft_Step() {
	replica, err := raft.New(raft.Config{ID: 2, Servers: protocol.Nodes(1, 2, 3)}, protocol.HardState{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	replica.Step(raft.Received(&protocol.Message{Type: protocol.AppendEntries, From: 1, To: 2, Term: 1}))
	out := replica.Step(raft.Proposed(1))
	fmt.Println("appended:", out.Proposed.Count, "ask:", out.Proposed.Leader)
	// Output: appended: 0 ask: 1
}

func ExampleRaft_Status() {
	replica, err := raft.New(raft.Config{ID: 1, Servers: protocol.Nodes(1)}, protocol.HardState{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for replica.Status().Role != protocol.Candidate {
		replica.Step(raft.Tick())
	}
	replica.Step(raft.Durable(1))
	s := replica.Status()
	fmt.Println(s.Role, "of", s.Members, "leads term", s.Term, "with", s.PendingWrites, "write pending")
	// Output: leader of {1} leads term 1 with 1 write pending
}

func ExampleEvent() {
	fmt.Println(raft.Tick(), raft.Proposed(16), raft.Durable(9))
	// Output: Tick() Proposed(16) Durable(9)
}
