package main

import (
	"iter"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// All types of messages, and those that only leaders look at.
var (
	allTypes = []protocol.MessageType{
		protocol.RequestVote, protocol.RequestVoteResponse, protocol.AppendEntries, protocol.AppendEntriesResponse,
		protocol.RequestPreVote, protocol.RequestPreVoteResponse, protocol.TimeoutNow, protocol.ConfirmTerm, protocol.ConfirmTermResponse,
		protocol.InstallSnapshot,
	}
	command = []protocol.Value{protocol.Command}
	both    = []protocol.Value{protocol.Command, protocol.NoOp}
)

// families are what is compared. Node 2 of three acts: of what the code does for each node in turn, some come before it and some
// behind. A message is of every peer; terms begin at 0, and so do indexes.
func families() []*family {
	sc := scope{id: 2, servers: 3, term: 3, index: 3, batch: 2, read: 2, values: command}
	votes := []protocol.NodeID{0, 1, 2, 3}
	two := hardStates(3, 2, votes, logs(2, 1, 2, plain(command)))
	some := hardStates(3, 2, []protocol.NodeID{0, 2}, logs(2, 1, 2, plain(command)))
	one := hardStates(3, 2, votes, logs(1, 1, 2, plain(command)))
	return []*family{
		voters(sc, two), leaders(sc, two), progressing(sc, some), reading(sc, one), strangers(sc, one), valued(sc), snapshots(sc), members(sc), configured(sc), pendingOne(sc), pendingTwo(sc), drawn(4000, 250, 1),
	}
}

// voters are followers and candidates.
func voters(sc scope, hard []hardState) *family {
	return &family{name: "voters", instant: true, servers: 3,
		states: "followers and candidates with any votes; terms to 2, logs to 2 entries, any commit index",
		taken:  "every message with terms and indexes to 3 and up to 2 entries, and every action without one",
		nodes:  product(base(sc), durable(hard, false), roles(sc.peers(), protocol.Follower, protocol.Candidate)),
		steps:  append(handling(sc.id, sc.messages(allTypes...), false), sc.spontaneous()...),
	}
}

// leaders know little of their peers.
func leaders(sc scope, hard []hardState) *family {
	return &family{name: "leaders", instant: true, servers: 3,
		states: "leaders with the same hard states; of one peer they know all, of the other nothing",
		taken:  "the same",
		nodes: product(base(sc), durable(hard, false), roles(nil, protocol.Leader), dimension{func(s *small) {
			last := protocol.Index(len(s.hard.log))
			s.next, s.match = []protocol.Index{last + 1, 0, 1}, []protocol.Index{last, 0, 0}
		}}),
		steps: append(handling(sc.id, sc.messages(allTypes...), false), sc.spontaneous()...),
	}
}

// progressing are leaders with any progress.
func progressing(sc scope, hard []hardState) *family {
	sc.term, sc.index = 2, 2
	return &family{name: "progress", instant: true, servers: 3,
		states: "leaders with the same hard states, but no votes for others; of each peer any nextIndex to 3 and matchIndex to 2",
		taken:  "every AppendEntriesResponse with terms and indexes to 2, and every action without a message",
		nodes:  product(base(sc), durable(hard, false), roles(nil, protocol.Leader), progress(1, 3, 2), progress(3, 3, 2)),
		steps:  append(handling(sc.id, sc.messages(protocol.AppendEntriesResponse), false), sc.spontaneous()...),
	}
}

// reading are leaders with reads.
func reading(sc scope, hard []hardState) *family {
	sc.read = 3
	return &family{name: "reads", instant: true, servers: 3,
		states: "leaders with logs to 1 entry; reads to 2 that must see up to 1, and of each peer any readAcked to 2",
		taken:  "every ConfirmTerm and ConfirmTermResponse with terms and reads to 3, and every action without a message",
		nodes:  product(base(sc), durable(hard, false), roles(nil, protocol.Leader), reads(2, 1), acked(1, 2), acked(3, 2)),
		steps:  append(handling(sc.id, sc.messages(protocol.ConfirmTerm, protocol.ConfirmTermResponse), false), sc.spontaneous()...),
	}
}

// strangers know what no node of their role does.
func strangers(sc scope, hard []hardState) *family {
	sc.term, sc.index, sc.batch = 3, 1, 1
	all := dimension{}
	for _, r := range []protocol.Role{protocol.Follower, protocol.Candidate, protocol.Leader} {
		for _, votes := range subsets([]protocol.NodeID{1, 2}) {
			all = append(all, func(s *small) { s.role, s.votes = r, votes })
		}
	}
	return &family{name: "strangers", instant: true, servers: 3,
		states: "any role with votes of one peer and of itself, logs to 1 entry, and progress and reads that such a role does not have",
		taken:  "every message by every handler, with terms to 3, indexes to 1 and up to 1 entry, and every action without one",
		nodes: product(base(sc), durable(hard, false), all, dimension{func(s *small) {
			s.next, s.match = []protocol.Index{2, 1, 1}, []protocol.Index{0, 1, 1}
			s.acked, s.readID, s.readIndex = []protocol.ReadID{1, 2, 0}, 1, 1
		}}),
		steps: append(handling(sc.id, sc.messages(allTypes...), true), sc.spontaneous()...),
	}
}

// valued have entries of both values.
func valued(sc scope) *family {
	sc.term, sc.index, sc.values = 2, 2, both
	hard := hardStates(3, 2, []protocol.NodeID{0, 1}, logs(2, 1, 2, plain(both)))
	return &family{name: "values", instant: true, servers: 3,
		states: "followers and leaders with logs of commands and no-ops",
		taken:  "every AppendEntries with terms and indexes to 2 and up to 2 entries of both values, and every action without a message",
		nodes:  product(base(sc), durable(hard, false), roles(nil, protocol.Follower, protocol.Leader)),
		steps:  append(handling(sc.id, sc.messages(protocol.AppendEntries), false), sc.spontaneous()...),
	}
}

// snapshots are nodes whose logs begin behind one. What it stands for no side may look at: the specification is given some.
func snapshots(sc scope) *family {
	sc.term, sc.index = 2, 3
	hard := based(hardStates(3, 2, []protocol.NodeID{0, 2}, logs(3, 1, 2, plain(command))))
	return &family{name: "snapshots", instant: true, servers: 3,
		states: "any role, logs to 3 entries, of which a snapshot stands for the first; of one peer a leader knows all, of the other nothing",
		taken:  "every message with terms to 2, indexes to 3 and up to 2 entries, and every action without one",
		nodes: product(base(sc), durable(hard, false), roles(nil, protocol.Follower, protocol.Candidate, protocol.Leader), dimension{func(s *small) {
			if s.role == protocol.Leader {
				last := protocol.Index(len(s.hard.log))
				s.next, s.match = []protocol.Index{last + 1, 0, 1}, []protocol.Index{last, 0, 0}
			}
		}}),
		steps: append(handling(sc.id, sc.messages(allTypes...), false), sc.spontaneous()...),
	}
}

// held are what may ride on a pending write.
func held(sc scope) [][]protocol.Message {
	return [][]protocol.Message{nil, {{Type: protocol.AppendEntriesResponse, From: sc.id, To: 3, Term: 1, Success: true}, {Type: protocol.RequestVoteResponse, From: sc.id, To: 1, Term: 1, Granted: true}}}
}

// writing sets the disk to one state, and pending writes that end with the last.
func writing(older, newer []hardState, between []hardState, out [][]protocol.Message) (d dimension) {
	for _, disk := range older {
		for _, last := range newer {
			for _, messages := range out {
				if between == nil {
					d = append(d, func(s *small) { s.disk, s.hard, s.pending = disk, last, []write{{last, messages}} })
				}
				for _, first := range between {
					d = append(d, func(s *small) { s.disk, s.hard, s.pending = disk, last, []write{{first, messages}, {last, out[1]}} })
				}
			}
		}
	}
	return d
}

func pendingOne(sc scope) *family {
	sc.term, sc.index, sc.batch = 2, 1, 1
	hard := hardStates(3, 2, []protocol.NodeID{0, 2, 3}, logs(1, 1, 2, plain(command)))
	return &family{name: "pending 1", servers: 3,
		states: "any role, one write pending between any two hard states with terms to 2 and logs to 1 entry; 0 or 2 messages ride on it; and no write pending",
		taken:  "every message with terms to 2, indexes to 1 and up to 1 entry, and every action without one",
		nodes: joined(product(base(sc), writing(hard, hard, nil, held(sc)), roles(nil, protocol.Follower, protocol.Leader)),
			product(base(sc), writing(hard, hard, nil, held(sc)[:1]), roles(sc.peers(), protocol.Candidate)),
			product(base(sc), durable(hard, true), roles(sc.peers(), protocol.Follower, protocol.Candidate, protocol.Leader))),
		steps: append(handling(sc.id, sc.messages(allTypes...), false), sc.spontaneous()...),
	}
}

func pendingTwo(sc scope) *family {
	sc.term, sc.index, sc.batch = 2, 1, 1
	hard := hardStates(3, 1, []protocol.NodeID{0, 2}, logs(1, 1, 1, plain(command)))
	return &family{name: "pending 2", servers: 3,
		states: "any role, two writes pending between any hard states with terms to 1 and logs to 1 entry; 0 or 2 messages ride on the first, 2 on the second",
		taken:  "the same",
		nodes:  product(base(sc), writing(hard, hard, hard, held(sc)), roles(nil, protocol.Follower, protocol.Candidate, protocol.Leader)),
		steps:  append(handling(sc.id, sc.messages(allTypes...), false), sc.spontaneous()...),
	}
}

func joined(parts ...iter.Seq[*small]) iter.Seq[*small] {
	return func(yield func(*small) bool) {
		for _, part := range parts {
			for s := range part {
				if !yield(s) {
					return
				}
			}
		}
	}
}
