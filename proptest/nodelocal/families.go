package main

import (
	"iter"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// family is a set of node states, and of steps that each of them takes.
type family struct {
	name    string
	states  string // in words, what is listed
	taken   string
	instant bool
	servers int
	nodes   iter.Seq[*small]
	steps   []step
}

// dimension is a list of ways to set a part of a state.
type dimension []func(*small)

// product are the states with every combination of the dimensions that assumed allows.
func product(base small, dims ...dimension) iter.Seq[*small] {
	return func(yield func(*small) bool) { combine(base, dims, yield) }
}

func combine(s small, dims []dimension, yield func(*small) bool) bool {
	if len(dims) == 0 {
		return !s.assumed() || yield(&s)
	}
	for _, set := range dims[0] {
		next := s
		set(&next)
		if !combine(next, dims[1:], yield) {
			return false
		}
	}
	return true
}

// base is a follower that knows nothing.
func base(sc scope) small {
	zeros := make([]protocol.Index, sc.servers)
	return small{id: sc.id, servers: sc.servers, role: protocol.Follower, next: zeros, match: zeros, acked: make([]protocol.ReadID, sc.servers)}
}

// hardStates are all terms up to the greatest, votes, logs and commit indexes within them.
func hardStates(servers int, term protocol.Term, votes []protocol.NodeID, logs [][]protocol.Entry) (list []hardState) {
	for t := range term + 1 {
		for _, vote := range votes {
			for _, log := range logs {
				for commit := range protocol.Index(len(log)) + 1 {
					if h := (hardState{t, vote, log, commit, 0}); h.ordered() {
						list = append(list, h)
					}
				}
			}
		}
	}
	return list
}

// based are the hard states with a snapshot of each of what is committed, but for none. Those that differ only in what
// has been forgotten are one: where a configuration is in force at the base it stands there.
func based(list []hardState) (all []hardState) {
	for _, h := range list {
		for h.base = 1; h.base <= h.commit && h.standsFor(); h.base++ {
			all = append(all, h)
		}
	}
	return all
}

// standsFor reports whether the forgotten entries are those that stand for all that differ from them in nothing that is known.
func (h *hardState) standsFor() bool {
	last := h.base - 1
	return h.log[0].Term == h.log[last].Term && !slices.ContainsFunc(h.log[:last], func(e protocol.Entry) bool { return e.Value == protocol.Configured })
}

// durable sets the hard state, and a disk that has it: with the commit index, or, if older, with none as well.
func durable(list []hardState, older bool) (d dimension) {
	for _, h := range list {
		d = append(d, func(s *small) { s.hard, s.disk = h, h })
		if older && h.commit > 0 {
			d = append(d, func(s *small) { s.hard, s.disk = h, h; s.disk.commit = 0 })
		}
	}
	return d
}

// roles are what a node is, and who granted it a vote: of a candidate any of the others.
func roles(peers []protocol.NodeID, of ...protocol.Role) (d dimension) {
	for _, r := range of {
		sets := []protocol.NodeSet{0}
		if r == protocol.Candidate {
			sets = subsets(peers)
		}
		for _, votes := range sets {
			d = append(d, func(s *small) { s.role, s.votes = r, votes })
		}
	}
	return d
}

func subsets(ids []protocol.NodeID) (list []protocol.NodeSet) {
	for bits := range 1 << len(ids) {
		var set protocol.NodeSet
		for k, id := range ids {
			if bits&(1<<k) != 0 {
				set = set.With(id)
			}
		}
		list = append(list, set)
	}
	return list
}

// progress is every nextIndex and matchIndex of one peer up to these.
func progress(peer protocol.NodeID, next, match protocol.Index) (d dimension) {
	for n := range next + 1 {
		for m := range match + 1 {
			d = append(d, func(s *small) {
				s.next, s.match = set(s.next, peer, n), set(s.match, peer, m)
			})
		}
	}
	return d
}

func set[T any](list []T, id protocol.NodeID, v T) []T {
	list = append([]T(nil), list...)
	list[id-1] = v
	return list
}

// acked is every readAcked of one peer.
func acked(peer protocol.NodeID, most protocol.ReadID) (d dimension) {
	for r := range most + 1 {
		d = append(d, func(s *small) { s.acked = set(s.acked, peer, r) })
	}
	return d
}

// reads are the ids given to reads, and what these must see.
func reads(id protocol.ReadID, index protocol.Index) (d dimension) {
	for r := range id + 1 {
		for k := range index + 1 {
			d = append(d, func(s *small) { s.readID, s.readIndex = r, k })
		}
	}
	return d
}
