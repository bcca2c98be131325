package server_test

// Goal: what is shown of a node that is not ready says why, and how far it is. Method: a table.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
)

func TestHealthSaysWhyANodeIsNotReady(t *testing.T) {
	const most = 1<<64 - 1
	for _, c := range []struct {
		status server.Status
		health string
	}{
		{server.Status{Ready: true, Leader: 1}, "ready"},
		{server.Status{Loading: true, Applied: 42, Replay: 100}, "replaying 42 %"},
		{server.Status{Loading: true, Applied: 999, Replay: 1000, Leader: 1, Role: "leader"}, "replaying 99 %"},
		{server.Status{Loading: true, Applied: most / 2, Replay: most, Leader: 2}, "replaying 50 %"},
		{server.Status{Loading: true, Replay: 1}, "replaying 0 %"},
		{server.Status{Loading: true, Applied: 7, Replay: 7}, "no leader"},
		{server.Status{Loading: true}, "no leader"},
		{server.Status{Loading: true, Applied: 7, Replay: 7, Leader: 2, Role: "follower"}, "loading"},
		{server.Status{Loading: true, Unmet: []int{3}}, "waiting to meet node 3 for the first time"},
		{server.Status{Loading: true, Unmet: []int{1, 2, 3}}, "waiting to meet nodes 1, 2 and 3 for the first time"},
		{server.Status{Loading: true, Unmet: []int{3}, Leader: 1}, "loading"},
		{server.Status{Loading: true, Unmet: []int{3}, RefusedBy: []int{2}}, "refused by node 2: another folder"},
		{server.Status{Ready: true, Peers: []server.Peer{{Node: 2, KeptOut: "lost what it had"}}}, "ready"},
		{server.Status{Ready: true, Peers: []server.Peer{{Node: 2, Differs: true}, {Node: 3}}}, "ready, but its state differs from that of node 2"},
		{server.Status{Ready: true, Peers: []server.Peer{{Node: 2, DialsIn: true, OneWayMs: 3000}, {Node: 3}}}, "ready, but it can't dial node 2"},
		{server.Status{Ready: true, Peers: []server.Peer{{Node: 2, DialsIn: true, OneWayMs: 2999}, {Node: 3}}}, "ready"},
		{server.Status{Ready: true, Peers: []server.Peer{{Node: 2, Connected: true, OneWayMs: 9000}, {Node: 3, DialsIn: true, OneWayMs: 9000}}},
			"ready, but it can't dial node 3, node 2 can't dial it"},
		{server.Status{Role: "candidate", Peers: []server.Peer{{Node: 1, Connected: true, OneWayMs: 9000}, {Node: 2, Connected: true, OneWayMs: 9000}}},
			"no leader, and nodes 1 and 2 can't dial it"},
		{server.Status{Leader: 1, Role: "leader"}, "no majority"},
		{server.Status{Role: "candidate"}, "no leader"},
		{server.Status{Leader: 1, Role: "follower"}, "stopped"},
	} {
		require.Equal(t, c.health, c.status.Health())
		if !c.status.Ready {
			require.Contains(t, c.status.Detail(), c.health)
		}
		require.Equal(t, c.status.Loading, strings.Contains(c.status.Detail(), "LOADING"), c.health)
	}
}
