package main

import "github.com/eventstreamcore/semel/raft/protocol"

// Nodes of whose logs an entry says who decides, or a snapshot does.

// deciding are the configurations of the logs: one voter, two that are replaced in part, one who is no voter and leads, a learner.
var deciding = []protocol.Configuration{
	{Voters: protocol.Nodes(2)},
	{Voters: protocol.Nodes(1, 2), Next: protocol.Nodes(2, 3)},
	{Voters: protocol.Nodes(1, 3)},
	{Voters: protocol.Nodes(1, 2), Learners: protocol.Nodes(3)},
}

// members are candidates and leaders.
func members(sc scope) *family {
	sc.index, sc.changes = 2, allChanges(sc.servers)
	hard := hardStates(3, 2, []protocol.NodeID{0, 2}, logs(2, 1, 2, append(plain(command), saying(deciding)...)))
	hard = append(hard, based(hard)...)
	return &family{name: "members", instant: true, servers: 3,
		states: "candidates with any votes, and leaders of whose peers one has all and answers reads, or none; logs to 2 entries, commands or configurations, and of these any that a snapshot stands for",
		taken:  "every action without a message, and every change to any voters and learners",
		nodes: joined(product(base(sc), durable(hard, false), roles(sc.peers(), protocol.Candidate)),
			product(base(sc), durable(hard, false), roles(nil, protocol.Leader), followed(sc))),
		steps: sc.spontaneous(),
	}
}

// followed are what a leader may know: nothing of its peers, or all of one.
func followed(sc scope) dimension {
	d := dimension{func(*small) {}}
	for _, peer := range sc.peers() {
		d = append(d, func(s *small) {
			last := protocol.Index(len(s.hard.log))
			s.next, s.match, s.acked = set(s.next, peer, last+1), set(s.match, peer, last), set(s.acked, peer, 1)
			s.readID, s.readIndex = 1, s.hard.commit
		})
	}
	return d
}

// allChanges are those of any of the servers to voters and to learners.
func allChanges(servers int) (list []change) {
	for voters := range protocol.NodeSet(1 << servers) {
		for learners := range protocol.NodeSet(1 << servers) {
			list = append(list, change{voters << 1, learners << 1})
		}
	}
	return list
}

// configured are followers that are told who decides.
func configured(sc scope) *family {
	sc.term, sc.index, sc.batch, sc.configurations = 2, 2, 1, deciding[1:3]
	hard := hardStates(3, 2, []protocol.NodeID{0}, logs(2, 1, 2, sc.kinds()))
	return &family{name: "configured", instant: true, servers: 3,
		states: "followers with logs to 2 entries, commands or one of two configurations, and of these any that a snapshot stands for",
		taken:  "every AppendEntries and InstallSnapshot with terms and indexes to 2 and up to 1 entry, of the same kinds, and every action without a message",
		nodes:  product(base(sc), durable(append(hard, based(hard)...), false), roles(nil, protocol.Follower)),
		steps:  append(handling(sc.id, sc.messages(protocol.AppendEntries, protocol.InstallSnapshot), false), sc.spontaneous()...),
	}
}
