package server

import (
	"fmt"
	"slices"
)

// ClusterHealth is how a cluster is, as one of its nodes sees it: it has asked the others, and each says whom it hears.
type ClusterHealth struct {
	Node  uint8  `json:"node"`  // whose view this is
	State string `json:"state"` // ok; degraded: there is a quorum, and somebody is missing, can't be reached or differs; no quorum
	// Lines say it to a person: the first how many work, the others what is wrong.
	Lines []string `json:"summary"`

	Quorum  bool `json:"quorum"`   // some node is in touch with so many that work that they decide
	Members int  `json:"members"`  // that decide; while they are replaced, of the old and the new ones those that are nearer to lacking a quorum
	Working int  `json:"working"`  // of them, the most that one node is in touch with, itself counted
	Needed  int  `json:"needed"`   // for a quorum
	MayFail int  `json:"may_fail"` // so many more, whichever they are, and there is a quorum still

	Leader uint8  `json:"leader"` // the node that leads in the highest term, as those who answer know; 0: none
	Term   uint64 `json:"term"`

	Unreachable []Unreachable    `json:"unreachable"`
	SlowDisks   []int            `json:"slow_disks"`  // that are slow or hang: "disk" of their status
	LittleRoom  []int            `json:"little_room"` // low or none: "room" of their status
	Versions    map[string][]int `json:"versions"`    // of the program, and which nodes are of it

	LogVersion uint8            `json:"log_version"` // the cluster's, as the one says that has applied the most of it; 0: nobody does
	Speaks     map[string][]int `json:"speaks"`      // the latest of the log's that programs speak, and which nodes' do

	Nodes []NodeHealth `json:"nodes"` // ids ascending
}

// The states of a cluster.
const (
	ClusterOK       = "ok"
	ClusterDegraded = "degraded"
	ClusterNoQuorum = "no quorum"
)

// Unreachable is a node that others do not hear, or can't dial.
type Unreachable struct {
	Node    uint8    `json:"node"`
	From    []int    `json:"from"`     // who says so of itself
	SinceMs int64    `json:"since_ms"` // for how long, the longest of these
	Why     []string `json:"why"`      // in words, each once
	Mutual  []int    `json:"mutual"`   // of From, those that this node, which answers, can't reach either: what lies between is broken
}

// NodeHealth is what is known of one member: what it said when it was asked, or why it said nothing.
type NodeHealth struct {
	Node    uint8   `json:"node"`
	Answers bool    `json:"answers"`
	Error   string  `json:"error,omitempty"`
	Works   bool    `json:"works"`             // it counts for a quorum, where it is no learner
	Learner bool    `json:"learner,omitempty"` // it decides nothing, and is sent what others are
	WhyNot  string  `json:"why_not,omitempty"` // where it does not
	Status  *Status `json:"status,omitempty"`  // nil: it did not answer
}

// quietFor is from when on a node that was heard every second, which is how often an idle one says that it is there, is not heard, in ms.
const quietFor = 2500

// isHeard reports whether the peer is heard here: it has dialled, and something came of it of late.
func (p *Peer) isHeard() bool { return p.DialsIn && !isQuiet(p.QuietMs) }

// isReached reports whether talk with the peer goes both ways, as this node knows.
func (p *Peer) isReached() bool { return p.Connected && p.isHeard() }

// unreachedMs is for how long that has not been so.
func (p *Peer) unreachedMs() (ms int64) {
	if !p.isHeard() {
		ms = p.QuietMs
	}
	if !p.Connected {
		ms = max(ms, p.UndialledMs)
	}
	return ms
}

// whyUnreached says it in words.
func (p *Peer) whyUnreached() string {
	switch {
	case !p.Connected:
		return p.whyUndialled()
	case p.DialsIn:
		return "silent"
	}
	return "it does not dial back"
}

func (p *Peer) whyUndialled() string {
	switch {
	case p.Cause == "nobody":
		return "nobody listens at " + p.Address
	case p.Cause == "silent":
		return "silent"
	case p.Cause == "secret":
		return "it has another secret"
	case p.LastError == "":
		return "not dialled yet"
	}
	return p.LastError
}

// said is what a node says of a peer; nil where it did not answer.
func (n *NodeHealth) said(of uint8) *Peer {
	if n.Status == nil {
		return nil
	}
	for k := range n.Status.Peers {
		if p := &n.Status.Peers[k]; p.Node == of {
			return p
		}
	}
	return nil
}

// Judge says how a cluster is of what is known of each member, in the view of one of them.
func Judge(own uint8, nodes []NodeHealth) ClusterHealth {
	h := ClusterHealth{Node: own, Nodes: slices.Clone(nodes),
		Unreachable: []Unreachable{}, SlowDisks: []int{}, LittleRoom: []int{}, Versions: map[string][]int{}, Speaks: map[string][]int{}}
	slices.SortFunc(h.Nodes, func(a, b NodeHealth) int { return int(a.Node) - int(b.Node) })
	for k := range h.Nodes {
		n := &h.Nodes[k]
		n.WhyNot = h.whyNot(n)
		n.Works = n.WhyNot == ""
	}
	h.noteLeader()
	h.noteQuorum(h.voters())
	h.noteUnreachable()
	h.noteNodes()
	h.State = h.state()
	h.Lines = h.lines()
	return h
}

// whyNot is why a node does not count; empty where it does.
func (h *ClusterHealth) whyNot(n *NodeHealth) string {
	for k := range h.Nodes {
		if p := h.Nodes[k].said(n.Node); p != nil && p.KeptOut != "" && keepsOut() {
			return "kept out, " + p.KeptOut
		}
	}
	s := n.Status
	switch {
	case s == nil && !hasWitness(h, n.Node):
		return "it does not answer, and nobody who answers hears it"
	case s == nil:
		return ""
	case s.Disk.State == "hangs" && waitsForDisks():
		return "its disk hangs"
	case len(s.RefusedBy) > 0:
		return "refused by " + listed(s.RefusedBy)
	case len(s.Unmet) > 0 && s.Leader == 0:
		return "it waits to meet " + listed(s.Unmet)
	case s.Snapshots.Fetching > 0:
		return "it lacks what the others have, and gets a snapshot"
	}
	return ""
}

// isWitnessed reports whether anybody who answers is in touch with a node that does not.
func (h *ClusterHealth) isWitnessed(node uint8) bool {
	return slices.ContainsFunc(h.Nodes, func(w NodeHealth) bool {
		p := w.said(node)
		return p != nil && p.isReached()
	})
}

// voters are the sets of which a majority decides, each: as the leader says or, where none answers, the node whose view this is.
func (h *ClusterHealth) voters() (sets [][]int) {
	at := slices.IndexFunc(h.Nodes, func(n NodeHealth) bool { return n.Node == h.Leader && n.Status != nil })
	if at < 0 {
		at = slices.IndexFunc(h.Nodes, func(n NodeHealth) bool { return n.Node == h.Node })
	}
	if at < 0 || h.Nodes[at].Status == nil || len(h.Nodes[at].Status.Voters) == 0 {
		var all []int
		for k := range h.Nodes {
			all = append(all, int(h.Nodes[k].Node))
		}
		return [][]int{all}
	}
	s := h.Nodes[at].Status
	if sets = append(sets, s.Voters); isJoint(s.NextVoters) {
		sets = append(sets, s.NextVoters)
	}
	return sets
}

// noteQuorum counts, for each node that works, by how many more than are needed of each set of voters it is in touch with.
func (h *ClusterHealth) noteQuorum(sets [][]int) {
	for k := range h.Nodes {
		n := &h.Nodes[k]
		n.Learner = !slices.ContainsFunc(sets, func(set []int) bool { return slices.Contains(set, int(n.Node)) })
	}
	h.Members, h.Needed = len(sets[0]), len(sets[0])/2+1
	var spares []int
	for k := range h.Nodes {
		n := &h.Nodes[k]
		if !n.Works || n.Learner {
			continue
		}
		spare, working, set := h.spareOf(n, sets)
		if len(spares) == 0 || spare > slices.Max(spares) {
			h.Working, h.Members, h.Needed = working, len(set), len(set)/2+1
		}
		spares = append(spares, spare)
	}
	h.Quorum = h.Working >= h.Needed
	h.MayFail = mayFail(spares)
}

// spareOf is by how many more than are needed a node is in touch with, itself counted, of the set of which it is the fewest.
func (h *ClusterHealth) spareOf(n *NodeHealth, sets [][]int) (spare, working int, tightest []int) {
	for _, set := range sets {
		count := 0
		for k := range h.Nodes {
			other := &h.Nodes[k]
			if other.Works && decides(set, other.Node) && (other.Node == n.Node || talk(n, other)) {
				count++
			}
		}
		if more := count - len(set)/2 - 1; tightest == nil || more < spare {
			spare, working, tightest = more, count, set
		}
	}
	return spare, working, tightest
}

// mayFail is how many nodes may fail, whichever they are, where each of those that work is in touch with so many more than are needed: with
// k gone, one of k + 1 nodes that had k to spare is left, and has enough. Where not all are in touch it may be more.
func mayFail(spares []int) int {
	for k := len(spares); k > 0; k-- {
		with := 0
		for _, spare := range spares {
			if spare >= k {
				with++
			}
		}
		if survives(with, k) {
			return k
		}
	}
	return 0
}

func (h *ClusterHealth) noteLeader() {
	for k := range h.Nodes {
		s := h.Nodes[k].Status
		if s != nil && s.Role == "leader" && s.Ready && s.Term >= h.Term {
			h.Leader, h.Term = s.Node, s.Term
		}
	}
	if h.Leader != 0 {
		return
	}
	for k := range h.Nodes { // it does not answer, and others follow it
		if s := h.Nodes[k].Status; s != nil && s.Ready && s.Leader != s.Node && s.Term >= h.Term {
			h.Leader, h.Term = s.Leader, s.Term
		}
	}
}

func (h *ClusterHealth) noteUnreachable() {
	for k := range h.Nodes {
		n := &h.Nodes[k]
		found := Unreachable{Node: n.Node, Mutual: []int{}}
		for w := range h.Nodes {
			witness := &h.Nodes[w]
			p := witness.said(n.Node)
			if p == nil || p.isReached() {
				continue
			}
			found.From = append(found.From, int(witness.Node))
			found.SinceMs = max(found.SinceMs, p.unreachedMs())
			if why := p.whyUnreached(); !slices.Contains(found.Why, why) {
				found.Why = append(found.Why, why)
			}
			if back := n.said(witness.Node); back != nil && !back.isReached() {
				found.Mutual = append(found.Mutual, int(witness.Node))
			}
		}
		if len(found.From) > 0 {
			h.Unreachable = append(h.Unreachable, found)
		}
	}
}

func (h *ClusterHealth) noteNodes() {
	for k := range h.Nodes {
		s := h.Nodes[k].Status
		if s == nil {
			continue
		}
		if s.Disk.State == "slow" || s.Disk.State == "hangs" {
			h.SlowDisks = append(h.SlowDisks, int(s.Node))
		}
		if s.Room.State == "low" || s.Room.State == "none" {
			h.LittleRoom = append(h.LittleRoom, int(s.Node))
		}
		h.Versions[s.Version] = append(h.Versions[s.Version], int(s.Node))
		h.LogVersion = max(h.LogVersion, s.LogVersion) // it only rises
		if s.Speaks > 0 {
			speaks := fmt.Sprint(s.Speaks)
			h.Speaks[speaks] = append(h.Speaks[speaks], int(s.Node))
		}
	}
}

func (h *ClusterHealth) state() string {
	if !h.Quorum {
		return ClusterNoQuorum
	}
	for k := range h.Nodes {
		n := &h.Nodes[k]
		if !n.Works && !n.Learner || !n.Answers || !n.Status.Ready || len(n.Status.DiffersFrom()) > 0 {
			return ClusterDegraded
		}
	}
	if len(h.Unreachable) > 0 {
		return ClusterDegraded
	}
	return ClusterOK
}
