package status

// Goal: a live table shows what is known, whoever hangs, and a line is written for what is new and for nothing else. Method: a node that is
// a script beside one that takes connections and answers nothing.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup/server"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// scripted is a node that says this of itself and of its cluster.
func scripted(t *testing.T, health server.ClusterHealth) (address string) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/cluster/health" {
			_ = json.NewEncoder(w).Encode(health)
			return
		}
		_, _ = fmt.Fprint(w, `{"node":1,"role":"leader","leader":1,"ready":true}`)
	}))
	t.Cleanup(page.Close)
	return strings.TrimPrefix(page.URL, "http://")
}

// hung takes connections and answers nothing.
func hung(t *testing.T) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

var errEnough = errors.New("enough")

// firstShown is after how long a cluster with a node that hangs is shown first, and what is.
func firstShown(t *testing.T) (after time.Duration, first Cluster) {
	w := newWatcher([]string{scripted(t, server.ClusterHealth{State: server.ClusterOK, Quorum: true, Lines: []string{"fine"}}), hung(t)}, 20*time.Millisecond)
	began := time.Now()
	err := w.run(t.Context(), func(r *Cluster) error {
		if r.Nodes[0].Up {
			first = *r
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	return time.Since(began), first
}

func TestANodeThatHangsDoesNotStallTheTable(t *testing.T) {
	_, first := firstShown(t)
	require.Equal(t, "ready", first.Nodes[0].Health)
	require.Equal(t, "asked", first.Nodes[1].Health, "it was not waited for")
	require.Equal(t, []string{"fine"}, first.Health.Lines)
}

func TestTheTableEndsWithItsContext(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	w := newWatcher([]string{hung(t)}, time.Hour)
	require.NoError(t, w.run(ended, func(*Cluster) error { return errEnough }))
}

// written are the lines for three looks at a cluster, of which the second has nothing new.
func written() (lines []string) {
	var out strings.Builder
	j := journal{out: &out}
	for _, ms := range []int64{2000, 3000, 4000} {
		r := Cluster{Leader: 1, Health: &server.ClusterHealth{State: server.ClusterDegraded, Lines: []string{fmt.Sprint("since ", ms)},
			Unreachable: []server.Unreachable{{Node: 2, From: []int{1}, SinceMs: ms}}}}
		if ms == 4000 {
			r.Health.Unreachable = nil
		}
		_ = j.show(&r)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestALineIsWrittenForWhatIsNew(t *testing.T) {
	lines := written()
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "since 2000; node 1 leads")
	require.Contains(t, lines[1], "since 4000")
}

// What a node has just said of itself is not told a second time, older.
func TestWhatANodeSaysStandsOnce(t *testing.T) {
	health := server.Judge(1, []server.NodeHealth{{Node: 1, Answers: true, Status: &server.Status{Node: 1}}, {Node: 2, Answers: true, Status: &server.Status{Node: 2}}})
	r := put([]sight{{node: Node{Node: 1, Up: true}, health: &health}})
	require.Nil(t, r.Health.Nodes[0].Status)
	require.NotNil(t, r.Health.Nodes[1].Status, "nobody asked it here")
	require.NotNil(t, health.Nodes[0].Status)
}

// The larger side of a cluster that is parted knows how it is.
func toldOf() (working int, lacks bool) {
	small, large := server.ClusterHealth{Working: 1}, server.ClusterHealth{Working: 2, Quorum: true}
	r := put([]sight{{health: &small}, {}, {health: &large}})
	return r.Health.Working, lacksQuorum(&small) && !lacksQuorum(&large) && !lacksQuorum(nil)
}

func TestTheLargerSideIsBelieved(t *testing.T) {
	working, lacks := toldOf()
	require.Equal(t, 2, working)
	require.True(t, lacks)
}
