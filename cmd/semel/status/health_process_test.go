package status

// Goal: what a cluster of processes suffers is told by every node that lives, within a second, by `semel status` and its exit codes.
// Method: a follower is stopped, and goes on; then one is killed, and another. Hundreds poll meanwhile.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup/server"
)

// says waits until `semel status` says all of this, and ends with a code.
func says(t *testing.T, d *semeltest.Dev, code int, texts ...string) {
	t.Helper()
	var last semeltest.Outcome
	require.Eventually(t, func() bool {
		last = semeltest.Run(t, d.Addresses(), "status")
		for _, text := range texts {
			if !strings.Contains(last.Out, text) {
				return false
			}
		}
		return last.Code == code
	}, semeltest.Patience, semeltest.Glance, "%s\nwants %d %v", last.Out, code, texts)
}

// poll asks a node how the cluster is.
func poll(address string) (h server.ClusterHealth, took time.Duration, err error) {
	began := time.Now()
	response, err := http.Get("http://" + address + "/v1/cluster/health")
	if err != nil {
		return h, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return h, 0, err
	}
	return h, time.Since(began), json.Unmarshal(body, &h)
}

// crowd has hundreds poll a node at once, and returns how long the slowest was kept.
func crowd(t *testing.T, address string) (slowest time.Duration) {
	var mu sync.Mutex
	var polling sync.WaitGroup
	for range 300 {
		polling.Go(func() {
			_, took, err := poll(address)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, took)
			if err != nil {
				t.Error(err)
			}
		})
	}
	polling.Wait()
	return slowest
}

func TestAStoppedNodeIsTold(t *testing.T) {
	d := semeltest.StartDev(t)
	leader := d.Leader(t)
	stopped, other := d.Nodes[leader.ID%3], d.Nodes[(leader.ID+1)%3]
	says(t, d, 0, "quorum: 3 of 3, 1 more may fail\nNODE")
	require.NoError(t, syscall.Kill(stopped.PID, syscall.SIGSTOP))
	t.Cleanup(func() { _ = syscall.Kill(stopped.PID, syscall.SIGCONT) })
	for range 5 {
		slowest := crowd(t, leader.HTTP)
		t.Logf("the slowest of 300 pollers waited for %v", slowest)
		require.Less(t, slowest, 5*time.Second) // half a second, on a machine with nothing else to do
	}
	from := fmt.Sprintf("%d and %d", min(leader.ID, other.ID), max(leader.ID, other.ID))
	says(t, d, exit.No, "quorum: 2 of 3, none may fail\n", fmt.Sprintf("node %d unreachable from %s since ", stopped.ID, from))
	for _, n := range []semeltest.DevNode{leader, other} {
		h, _, err := poll(n.HTTP)
		require.NoError(t, err)
		require.Equal(t, server.ClusterDegraded, h.State)
		require.Equal(t, uint8(stopped.ID), h.Unreachable[0].Node)
		require.False(t, h.Nodes[stopped.ID-1].Answers)
		require.Equal(t, uint8(leader.ID), h.Leader)
	}
	require.NoError(t, syscall.Kill(stopped.PID, syscall.SIGCONT))
	says(t, d, 0, "quorum: 3 of 3, 1 more may fail\nNODE")
}

func TestKilledNodesAreTold(t *testing.T) {
	d := semeltest.StartDev(t, "--no-restart")
	leader := d.Leader(t)
	first, last := d.Nodes[leader.ID%3], d.Nodes[(leader.ID+1)%3]
	require.NoError(t, syscall.Kill(first.PID, syscall.SIGKILL))
	says(t, d, exit.No, "quorum: 2 of 3, none may fail\n", fmt.Sprintf("node %d unreachable from ", first.ID), "nobody listens at "+first.Peer)
	require.NoError(t, syscall.Kill(leader.PID, syscall.SIGKILL))
	says(t, d, exit.NoQuorum, "no quorum: 1 of 3, 1 more is needed\n", fmt.Sprintf("node %d unreachable from %d since ", leader.ID, last.ID))
	var told Cluster
	answer := semeltest.Run(t, d.Addresses(), "status", "--json")
	require.NoError(t, json.Unmarshal([]byte(answer.Out), &told))
	require.Equal(t, exit.NoQuorum, answer.Code)
	require.Equal(t, server.ClusterNoQuorum, told.Health.State)
	require.Equal(t, exit.Unavailable, semeltest.Run(t, first.HTTP, "status").Code, "none of those named answers")
}

func TestWatchWritesLinesWhereItIsNoTerminal(t *testing.T) {
	d := semeltest.StartDev(t)
	leader := d.Leader(t)
	says(t, d, 0, "quorum: 3 of 3")
	watch := semeltest.Start(t, []string{"SEMEL_NODES=" + d.Addresses()}, "status", "--watch", "--every", "50ms")
	written := func(text string) {
		t.Helper()
		require.Eventually(t, func() bool { return strings.Contains(watch.Out.String(), text) }, semeltest.Patience, semeltest.Glance, "%s wants %s", &watch.Out, text)
	}
	written(fmt.Sprintf("Z quorum: 3 of 3, 1 more may fail; node %d leads\n", leader.ID))
	stopped := d.Nodes[leader.ID%3]
	require.NoError(t, syscall.Kill(stopped.PID, syscall.SIGSTOP))
	t.Cleanup(func() { _ = syscall.Kill(stopped.PID, syscall.SIGCONT) })
	written(fmt.Sprintf("Z quorum: 2 of 3, none may fail; node %d unreachable from ", stopped.ID))
	require.Zero(t, watch.End(t, syscall.SIGINT))
	require.Empty(t, watch.Errors.String())
}
