package server

// Goal: of what each member says the health of a cluster is told, and never that more may fail than may. Method: a table of clusters as
// their nodes tell of them; for any links between nodes, each set of failures tried.

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/node"
)

// mesh is a cluster of n that is well, led by its last node.
func mesh(n int) []NodeHealth {
	nodes := make([]NodeHealth, n)
	for a := range nodes {
		s := &Status{Node: uint8(a + 1), Ready: true, Role: "follower", Term: 7, Leader: uint8(n), Disk: Disk{State: node.DiskOK}, Version: "v1"}
		if a == n-1 {
			s.Role = "leader"
		}
		for b := range n {
			if b != a {
				s.Peers = append(s.Peers, Peer{Node: uint8(b + 1), Address: fmt.Sprint("p:", b+1), Connected: true, DialsIn: true, QuietMs: 900})
			}
		}
		nodes[a] = NodeHealth{Node: uint8(a + 1), Answers: true, Status: s}
	}
	return nodes
}

// gone has a node answer nobody, as after kill -9, for so long.
func gone(nodes []NodeHealth, id uint8, ms int64) {
	nodes[id-1] = NodeHealth{Node: id, Error: "not connected"}
	for k := range nodes {
		if p := nodes[k].said(id); p != nil {
			p.Connected, p.DialsIn, p.QuietMs, p.UndialledMs, p.Cause = false, false, ms, ms-100, "nobody"
		}
	}
}

// silent has a node answer nobody, as after kill -STOP, for so long.
func silent(nodes []NodeHealth, id uint8, ms int64) {
	nodes[id-1] = NodeHealth{Node: id, Error: "no answer"}
	for k := range nodes {
		if p := nodes[k].said(id); p != nil {
			p.QuietMs = ms
		}
	}
}

// deafen cuts what one node hears of another.
func deafen(nodes []NodeHealth, by, of uint8, ms int64) {
	p := nodes[by-1].said(of)
	p.DialsIn, p.QuietMs = false, ms
}

// vote says in every log who decides.
func vote(nodes []NodeHealth, voters, next []int) {
	for k := range nodes {
		nodes[k].Status.Voters, nodes[k].Status.NextVoters = voters, next
	}
}

type judged struct {
	state           string
	working, mayBe  int
	lines           []string
	slow, low, vers int
}

func verdictOf(h *ClusterHealth) judged {
	return judged{h.State, h.Working, h.MayFail, h.Lines, len(h.SlowDisks), len(h.LittleRoom), len(h.Versions)}
}

// clusters are states of a cluster, and what is told of them.
var clusters = map[string]struct {
	nodes int
	harm  func([]NodeHealth)
	want  judged
}{
	"well":  {3, func([]NodeHealth) {}, judged{ClusterOK, 3, 1, []string{"quorum: 3 of 3, 1 more may fail"}, 0, 0, 1}},
	"alone": {1, func([]NodeHealth) {}, judged{ClusterOK, 1, 0, []string{"quorum: 1 of 1, none may fail"}, 0, 0, 1}},
	"five":  {5, func([]NodeHealth) {}, judged{ClusterOK, 5, 2, []string{"quorum: 5 of 5, 2 more may fail"}, 0, 0, 1}},
	"one killed": {3, func(n []NodeHealth) { gone(n, 2, 12_900) }, judged{ClusterDegraded, 2, 0,
		[]string{"quorum: 2 of 3, none may fail", "node 2 unreachable from 1 and 3 since 12s: nobody listens at p:2"}, 0, 0, 1}},
	"two killed": {3, func(n []NodeHealth) { gone(n, 2, 12_900); gone(n, 3, 60_000) }, judged{ClusterNoQuorum, 1, 0,
		[]string{"no quorum: 1 of 3, 1 more is needed", "node 2 unreachable from 1 since 12s: nobody listens at p:2", "node 3 unreachable from 1 since 1m: nobody listens at p:3"}, 0, 0, 1}},
	"one stopped just now": {3, func(n []NodeHealth) { silent(n, 2, 2499) }, judged{ClusterDegraded, 3, 1,
		[]string{"quorum: 3 of 3, 1 more may fail", "node 2 does not answer node 1, and is heard by others"}, 0, 0, 1}},
	"one stopped": {3, func(n []NodeHealth) { silent(n, 2, 2500) }, judged{ClusterDegraded, 2, 0,
		[]string{"quorum: 2 of 3, none may fail", "node 2 unreachable from 1 and 3 since 2s: silent"}, 0, 0, 1}},
	"two followers cut off": {3, func(n []NodeHealth) { deafen(n, 1, 2, 9000); deafen(n, 2, 1, 8000) }, judged{ClusterDegraded, 3, 0,
		[]string{"quorum: 3 of 3, none may fail", "nodes 1 and 2 can't reach one another since 9s: it does not dial back"}, 0, 0, 1}},
	"one can't be dialled": {3, func(n []NodeHealth) {
		for by := range uint8(2) {
			p := n[by].said(3)
			p.Connected, p.UndialledMs, p.Cause = false, 6000, "nobody"
			deafen(n, 3, by+1, 5000)
		}
	}, judged{ClusterDegraded, 2, 0, []string{"quorum: 2 of 3, none may fail",
		"talk between nodes 1 and 3 goes one way only since 6s: nobody listens at p:3; it does not dial back",
		"talk between nodes 2 and 3 goes one way only since 6s: nobody listens at p:3; it does not dial back"}, 0, 0, 1}},
	"one word": {3, func(n []NodeHealth) { deafen(n, 1, 2, 9000); deafen(n, 1, 3, 8000); deafen(n, 3, 2, 3000) }, judged{ClusterNoQuorum, 1, 0,
		[]string{"no quorum: 1 of 3, 1 more is needed", "node 2 unreachable from 1 and 3 since 9s: it does not dial back", "node 3 unreachable from 1 since 8s: it does not dial back"}, 0, 0, 1}},
	"a disk hangs": {3, func(n []NodeHealth) { n[1].Status.Disk = Disk{State: node.DiskHangs, RunningMs: 7000} }, judged{ClusterDegraded, 2, 0,
		[]string{"quorum: 2 of 3, none may fail", "node 2 does not count: its disk hangs", "node 2: its disk hangs: a sync has been running for 7s"}, 1, 0, 1}},
	"a disk is slow": {3, func(n []NodeHealth) {
		n[1].Status.Disk = Disk{State: node.DiskSlow, Syncs: 20, MedianMs: 80.04, LongestMs: 1200}
	}, judged{ClusterOK, 3, 1, []string{"quorum: 3 of 3, 1 more may fail", "node 2 has a slow disk: half of its last 20 syncs took 80ms or more, the longest 1.2s"}, 1, 0, 1}},
	"little room": {3, func(n []NodeHealth) { n[0].Status.Room.State, n[1].Status.Room.State = node.RoomLow, node.RoomNone }, judged{ClusterOK, 3, 1,
		[]string{"quorum: 3 of 3, 1 more may fail", "node 1 has little room for its log and snapshots", "node 2 has no room for its log"}, 0, 2, 1}},
	"kept out": {3, func(n []NodeHealth) { n[2].said(1).KeptOut = "lost what it had" }, judged{ClusterDegraded, 2, 0,
		[]string{"quorum: 2 of 3, none may fail", "node 1 does not count: kept out, lost what it had"}, 0, 0, 1}},
	"fetches": {3, func(n []NodeHealth) { n[0].Status.Snapshots.Fetching = 9 }, judged{ClusterDegraded, 2, 0,
		[]string{"quorum: 2 of 3, none may fail", "node 1 does not count: it lacks what the others have, and gets a snapshot"}, 0, 0, 1}},
	"no leader": {3, func(n []NodeHealth) {
		for k := range n {
			n[k].Status.Role, n[k].Status.Leader, n[k].Status.Ready = "follower", 0, false
		}
	}, judged{ClusterDegraded, 3, 1, []string{"quorum: 3 of 3, and no leader yet"}, 0, 0, 1}},
	"unmet": {3, func(n []NodeHealth) {
		gone(n, 3, 5000)
		for k := range n[:2] {
			n[k].Status.Leader, n[k].Status.Ready, n[k].Status.Unmet = 0, false, []int{3}
		}
	}, judged{ClusterNoQuorum, 0, 0, []string{"no quorum: 0 of 3, 2 more are needed", "node 1 does not count: it waits to meet node 3", "node 2 does not count: it waits to meet node 3",
		"node 3 unreachable from 1 and 2 since 5s: nobody listens at p:3"}, 0, 0, 1}},
	"a learner": {4, func(n []NodeHealth) { vote(n, []int{1, 2, 4}, nil) }, judged{ClusterOK, 3, 1, []string{"quorum: 3 of 3, 1 more may fail"}, 0, 0, 1}},
	"a learner instead of voters": {4, func(n []NodeHealth) {
		vote(n, []int{1, 2, 4}, nil)
		gone(n, 2, 5000)
	}, judged{ClusterDegraded, 2, 0, []string{"quorum: 2 of 3, none may fail", "node 2 unreachable from 1, 3 and 4 since 5s: nobody listens at p:2"}, 0, 0, 1}},
	"voters are replaced": {5, func(n []NodeHealth) { vote(n, []int{1, 2, 5}, []int{3, 4, 5}) }, judged{ClusterOK, 3, 1, []string{"quorum: 3 of 3, 1 more may fail"}, 0, 0, 1}},
	"new voters are gone": {5, func(n []NodeHealth) {
		vote(n, []int{1, 2, 5}, []int{3, 4, 5})
		gone(n, 3, 5000)
		gone(n, 4, 5000)
	}, judged{ClusterNoQuorum, 1, 0, []string{"no quorum: 1 of 3, 1 more is needed", "node 3 unreachable from 1, 2 and 5 since 5s: nobody listens at p:3",
		"node 4 unreachable from 1, 2 and 5 since 5s: nobody listens at p:4"}, 0, 0, 1}},
	"versions": {3, func(n []NodeHealth) { n[1].Status.Version = "v2" }, judged{ClusterOK, 3, 1,
		[]string{"quorum: 3 of 3, 1 more may fail", "versions differ: 1 and 3 v1; 2 v2"}, 0, 0, 2}},
}

// wronglyJudged names a cluster of which something else is told.
func wronglyJudged() string {
	for name, row := range clusters {
		nodes := mesh(row.nodes)
		row.harm(nodes)
		h := Judge(1, nodes)
		got, want := verdictOf(&h), row.want
		got.lines, want.lines = nil, nil
		if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(sorted(h.Lines)) != fmt.Sprint(sorted(row.want.lines)) {
			return fmt.Sprintf("%s: told %+v\n%s", name, got, strings.Join(h.Lines, "\n"))
		}
	}
	return ""
}

func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

func TestTheHealthOfClusters(t *testing.T) {
	require.Empty(t, wronglyJudged())
	h := Judge(1, mesh(3))
	require.Equal(t, uint8(3), h.Leader)
	require.Equal(t, uint64(7), h.Term)
	require.Equal(t, "quorum: 3 of 3, 1 more may fail", h.Lines[0])
	nodes := mesh(3)
	gone(nodes, 2, 9000)
	document, err := json.Marshal(Judge(1, nodes))
	require.NoError(t, err)
	require.Contains(t, string(document), `"unreachable":[{"node":2,"from":[1,3],"since_ms":9000,"why":["nobody listens at p:2"],"mutual":[]}]`)
	require.Contains(t, string(document), `"versions":{"v1":[1,3]}`)
}

func TestTheVersionOfTheLogIsTold(t *testing.T) {
	nodes := mesh(3)
	h := Judge(1, nodes)
	require.Empty(t, h.LogVersionLine(), "nobody says")
	for k := range nodes {
		nodes[k].Status.LogVersion, nodes[k].Status.Speaks = 1, 1
	}
	h = Judge(1, nodes)
	require.Equal(t, "version 1 of the log", h.LogVersionLine())
	nodes[0].Status.Speaks, nodes[2].Status.Speaks = 2, 2
	h = Judge(1, nodes)
	require.Equal(t, "version 1 of the log; up to 1 spoken by 2; up to 2 spoken by 1 and 3", h.LogVersionLine())
	nodes[1].Status.Speaks, nodes[2].Status.LogVersion = 2, 2
	h = Judge(1, nodes)
	require.Equal(t, "version 2 of the log", h.LogVersionLine(), "who has applied the most knows")
	nodes[2].Status.LogVersion = 1
	h = Judge(1, nodes)
	require.Equal(t, "version 1 of the log; up to 2 spoken by 1, 2 and 3", h.LogVersionLine())
	document, err := json.Marshal(h)
	require.NoError(t, err)
	require.Contains(t, string(document), `"log_version":1,"speaks":{"2":[1,2,3]}`)
}

// survivors is how many may fail of n nodes with these links, whichever they are: each set is tried.
func survivors(links []uint, n, needed int) int {
	enough := func(left uint) bool {
		for a := range n {
			if left>>a&1 == 1 && bits.OnesCount(links[a]&left) >= needed {
				return true
			}
		}
		return false
	}
	most := n
	for left := range uint(1) << n {
		if !enough(left) {
			most = min(most, n-bits.OnesCount(left)-1)
		}
	}
	return max(most, 0)
}

// drawnLinks is how many are told to survive in a drawn cluster, and how many do.
func drawnLinks(t *rapid.T) (told, survive int, whole bool) {
	n := rapid.IntRange(1, 7).Draw(t, "nodes")
	nodes, links := mesh(n), make([]uint, n)
	for a := range n {
		links[a] = 1<<n - 1
	}
	whole = true
	for a := range n {
		for b := range a {
			if rapid.IntRange(0, 9).Draw(t, "cut") < 2 {
				deafen(nodes, uint8(a+1), uint8(b+1), 9000)
				links[a], links[b], whole = links[a]&^(1<<b), links[b]&^(1<<a), false
			}
		}
	}
	h := Judge(1, nodes)
	return h.MayFail, survivors(links, n, n/2+1), whole
}

func TestNeverMoreAreToldToMayFailThanMay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		told, survive, whole := drawnLinks(t)
		require.LessOrEqual(t, told, survive)
		if whole {
			require.Equal(t, survive, told)
		}
	})
}
