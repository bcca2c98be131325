package status

// Goal: the table says who leads, how far each node is and who is down, and the exit code agrees.
// Method: nodes that are scripts, and a golden table.

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

func uint64Pointer(n uint64) *uint64 { return &n }

// three is a leader, a follower that is behind, and a node that is down.
func three() Cluster {
	return Cluster{Nodes: []Node{
		{Address: "a:1", Health: "down", Error: "connection refused"},
		{Address: "a:2", Up: true, Ready: true, Node: 2, Role: "follower", Term: 7, Leader: 3, Commit: 90, Applied: 88, Keys: 4, CapacityKeys: 9, CapacityBytes: 64, Room: server.Room{State: node.RoomLow, Claims: 53_999},
			Snapshots: server.Snapshots{Base: 40, Index: 80, Bytes: 12_345, AgeMs: 299_999, Taking: 88}, Health: "ready"},
		{Address: "a:3", Up: true, Ready: true, Node: 3, Role: "leader", Term: 7, Leader: 3, Commit: 100, Applied: 100, Keys: 5, Health: "ready",
			Peers: []server.Peer{{Node: 1}, {Node: 2}}},
	}}
}

func TestTheTableOfACluster(t *testing.T) {
	report := three()
	report.conclude()
	var out strings.Builder
	require.NoError(t, report.print(&out, false))
	require.Equal(t, `NODE  ADDRESS  ROLE      TERM  COMMIT  APPLIED  LAG  KEYS    BYTES    ROOM     LOG  SNAPSHOT            HEALTH
1     a:1      -         -     -       -        -    -       -        -        -    -                   down: connection refused
2     a:2      follower  7     90      88       12   4 of 9  0 of 64  low 53k  41   80 12kB 4m, taking  ready
3     a:3      leader    7     100     100      0    5       0        -        1    -                   ready
`, out.String())

	out.Reset()
	require.NoError(t, report.print(&out, true))
	var object struct {
		Leader uint8
		Nodes  []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &object))
	require.Equal(t, uint8(3), object.Leader)
	for _, name := range []string{"address", "up", "ready", "node", "role", "term", "leader", "commit", "applied", "lag", "keys", "bytes", "room", "snapshots", "health"} {
		require.Contains(t, object.Nodes[1], name)
	}
	require.Nil(t, object.Nodes[0]["lag"])
	require.InDelta(t, 12, object.Nodes[1]["lag"], 0)
}

func TestTheVersionOfTheLogIsBelowTheTable(t *testing.T) {
	report := three()
	report.Health = &server.ClusterHealth{Quorum: true, Lines: []string{"quorum"}, LogVersion: 1, Speaks: map[string][]int{"1": {2}, "2": {3}}}
	var out strings.Builder
	require.NoError(t, report.print(&out, false))
	require.True(t, strings.HasSuffix(out.String(), " ready\nversion 1 of the log; up to 1 spoken by 2; up to 2 spoken by 3\n"), out.String())
	report.Health.LogVersion = 0
	out.Reset()
	require.NoError(t, report.print(&out, false))
	require.True(t, strings.HasSuffix(out.String(), " ready\n"), "nobody says")
}

func TestRoomIsToldInAWord(t *testing.T) {
	for said, room := range map[string]server.Room{
		"-": {}, "ok": {State: node.RoomOK, Claims: -1}, "ok 9999": {State: node.RoomOK, Claims: 9999}, "ok 10k": {State: node.RoomOK, Claims: 10_000},
		"ok 9999k": {State: node.RoomOK, Claims: 9_999_999}, "ok 187M": {State: node.RoomOK, Claims: 187_654_321}, "low 0": {State: node.RoomLow},
		"ok 9223P": {State: node.RoomOK, Claims: math.MaxInt64}, "none": {State: node.RoomNone},
	} {
		require.Equal(t, said, roomOf(room))
	}
	full := Node{Up: true, Ready: true, Room: server.Room{State: node.RoomNone}}
	require.Equal(t, terminal.Red, full.paint())
}

func TestSnapshotsAreToldInAWord(t *testing.T) {
	for said, s := range map[string]server.Snapshots{
		"-": {AgeMs: -1}, "taking": {Taking: 9, AgeMs: -1}, "fetching 8": {Fetching: 8, Fetch: &server.Fetch{Phase: "fetching"}}, "checking 8: 4096B of 70kB from node 2": {Fetching: 8, Fetch: &server.Fetch{From: 2, Phase: "checking", Bytes: 4096, Of: 70_123}},
		"taking 3s": {Taking: 9, TakingMs: new(int64(3999))}, "7 512B 0s, 9 damaged, 8 damaged": {Index: 7, Bytes: 512, Damaged: []server.DamagedSnapshot{{Index: 9}, {Index: 8}}}, "fetching 9": {Fetching: 9}, "7 512B 0s": {Index: 7, Bytes: 512}, "7 9999B 59s": {Index: 7, Bytes: 9999, AgeMs: 59_999},
		"7 10kB 1m": {Index: 7, Bytes: 10_000, AgeMs: 60_000}, "7 1B 59m": {Index: 7, Bytes: 1, AgeMs: 3_599_999}, "7 1B 47h": {Index: 7, Bytes: 1, AgeMs: 48*3_600_000 - 1},
		"7 512B 0s, 8 held":   {Index: 7, Bytes: 512, Held: 8, HeldBytes: 600},
		"7 1B 2d, fetching 9": {Index: 7, Bytes: 1, AgeMs: 48 * 3_600_000, Fetching: 9},
	} {
		require.Equal(t, said, snapshotOf(&s))
	}
	report := three()
	report.Nodes[1].Snapshots.Error = "no space left"
	report.Nodes[2].Snapshots.FetchError = "node 1: it does not give it"
	report.Nodes[1].Room.Lacking, report.Nodes[1].Room.Snapshot = 9, 12 // said with the error
	report.Nodes[2].Room.Lacking, report.Nodes[2].Room.Snapshot = 23_456, 12_345
	report.Nodes[2].Snapshots.Damaged = []server.DamagedSnapshot{{Index: 90, Error: "block 3 has rotted"}}
	var out strings.Builder
	require.NoError(t, report.print(&out, false))
	require.True(t, strings.HasSuffix(out.String(), "\nnode 2 took no snapshot when it tried last, and its log grows meanwhile: no space left; the next one takes about 12B, for which 9B more have to be free\n"+
		"node 3 has no room for its next snapshot of about 12kB, and its log will grow: make room, 23kB or more\n"+
		"node 3 has a damaged snapshot, of entry 90; it goes when two newer ones are whole (semel snapshot takes one now), check the disk: block 3 has rotted\n"+
		"node 3 lacks what the log of its leader has no more, and gets no snapshot: node 1: it does not give it\n"), out.String())
}

// Who can't dial whom is told with why, and is no health: the exit code says so too.
func TestWhoCannotDialWhomIsTold(t *testing.T) {
	report := three()
	report.Nodes = report.Nodes[1:]
	report.Nodes[0].Peers = []server.Peer{{Node: 3, Address: "p:3", DialsIn: true, LastError: "connection refused", OneWayMs: 5000}, {Node: 1, LastError: "no route to host"}}
	report.Nodes[1].Peers = []server.Peer{{Node: 2, Address: "p:2", Connected: true, OneWayMs: 5000}, {Node: 1, Connected: true, OneWayMs: 10}}
	var out strings.Builder
	require.NoError(t, report.print(&out, false))
	require.True(t, strings.HasSuffix(out.String(), "\nnode 2 can't dial node 3 at p:3: connection refused; node 3 can dial node 2\n"), out.String())
	require.Equal(t, exit.No, exit.Code(report.verdict()))
	for _, n := range report.Nodes {
		require.Equal(t, terminal.Red, n.paint())
	}
	for k := range report.Nodes {
		report.Nodes[k].Peers = nil
	}
	require.Zero(t, exit.Code(report.verdict()))
}

// Two followers that hear nothing of one another are ready both, and one death away from a cluster that stands.
func TestWhoAreCutOffFromOneAnotherIsTold(t *testing.T) {
	report := three()
	report.Nodes = report.Nodes[1:]
	two, three := &report.Nodes[0], &report.Nodes[1]
	two.Peers = []server.Peer{{Node: 1, LastError: "no route to host"}, {Node: 3, LastError: "i/o timeout"}}
	three.Peers = []server.Peer{{Node: 1, LastError: "no route to host"}, {Node: 2, LastError: "connection refused"}}
	var out strings.Builder
	require.NoError(t, report.print(&out, false))
	require.True(t, strings.HasSuffix(out.String(), "\nnode 2 and node 3 can't dial one another: i/o timeout; connection refused\n"), out.String())
	require.Equal(t, exit.No, exit.Code(report.verdict()))
	for name, back := range map[string]server.Peer{
		"has yet to try":      {Node: 2},
		"dials, of late":      {Node: 2, Connected: true, LastError: "connection refused"},
		"is dialled, of late": {Node: 2, DialsIn: true, LastError: "connection refused"},
	} {
		three.Peers[1] = back
		require.Empty(t, report.parted(), name)
		require.Zero(t, exit.Code(report.verdict()), name)
	}
}

func TestADeposedLeaderIsNotTheLeader(t *testing.T) {
	report := three()
	report.Nodes[1].Role, report.Nodes[1].Term = "leader", 6
	report.conclude()
	require.Equal(t, uint8(3), report.Leader)
	require.Equal(t, uint64Pointer(12), report.Nodes[1].Lag)
}

func TestWithoutALeaderNoLagIsKnown(t *testing.T) {
	report := three()
	report.Nodes[2].Role = "candidate"
	report.conclude()
	require.Zero(t, report.Leader)
	require.Nil(t, report.Nodes[1].Lag)
}

func TestWhatOthersSayOfANodeStandsAtIt(t *testing.T) {
	report := three()
	report.Nodes[1].Peers = []server.Peer{{Node: 1, KeptOut: "lost what it had"}, {Node: 9, KeptOut: "lost what it had"}}
	report.Nodes[1].DiffersFrom = []int{3}
	report.conclude()
	report.noteKeptOut()
	require.Equal(t, "kept out, lost what it had", report.Nodes[0].Health)
	require.Equal(t, "lost what it had", report.Nodes[0].KeptOut)
	require.Contains(t, strings.Join(report.Nodes[0].cells(), " "), "kept out, lost what it had: connection refused")
	require.Equal(t, "ready", report.Nodes[2].Health)
	differs := Cluster{Nodes: []Node{{Up: true, Ready: true, DiffersFrom: []int{2}}}}
	require.Equal(t, exit.No, exit.Code(differs.verdict()))
}

func TestTheExitCodeOfStatus(t *testing.T) {
	code := func(states ...string) int {
		var r Cluster
		for _, s := range states {
			r.Nodes = append(r.Nodes, Node{Up: s != "down", Ready: s == "ready"})
		}
		return exit.Code(r.verdict())
	}
	require.Equal(t, 0, code("ready", "ready", "ready"))
	require.Equal(t, exit.No, code("ready", "down", "ready"))
	require.Equal(t, exit.No, code("ready", "no leader"))
	require.Equal(t, exit.Unavailable, code("down", "down"))
}

func TestWhatAnswersIsNotAlwaysANode(t *testing.T) {
	for answer, want := range map[string]string{
		"404 gone": "is this a node's HTTP address?", "200 hello": "is this a node's HTTP address?", "200 {}": "",
	} {
		page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var status int
			var body string
			_, _ = fmt.Sscanf(answer, "%d %s", &status, &body)
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}))
		node := Ask(t.Context(), strings.TrimPrefix(page.URL, "http://"))
		require.Contains(t, node.Error, want, answer)
		require.Equal(t, want == "", node.Up, answer)
		page.Close()
	}
	alone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"role":"leader","leader":1,"ready":false}`)
	}))
	defer alone.Close()
	require.Equal(t, "no majority", Ask(t.Context(), strings.TrimPrefix(alone.URL, "http://")).Health)
	replaying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"role":"follower","ready":false,"loading":true,"applied_index":42,"replay_index":100}`)
	}))
	defer replaying.Close()
	require.Equal(t, "replaying 42 %", Ask(t.Context(), strings.TrimPrefix(replaying.URL, "http://")).Health)
	require.Equal(t, "connection refused", Ask(t.Context(), "127.0.0.1:1").Error)
}
