package semeltest

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Dev is a `semel dev --json` that is ready, with what it printed.
type Dev struct {
	*Process
	Nodes []DevNode
	Temp  string // where it has its temporary folder
}

// DevNode is what dev prints of a node.
type DevNode struct {
	ID    int    `json:"id"`
	PID   int    `json:"pid"`
	Data  string `json:"data"`
	Redis string `json:"redis"`
	HTTP  string `json:"http"`
	Peer  string `json:"peer"`
}

// StartDev runs dev at free ports until the end of the test. It must leave no node behind.
func StartDev(t *testing.T, args ...string) *Dev {
	t.Helper()
	return StartDevOf(t, Binary(t), args...)
}

// StartDevOf does likewise with a program.
func StartDevOf(t *testing.T, program string, args ...string) *Dev {
	t.Helper()
	d := &Dev{Temp: t.TempDir()}
	d.Process = Launch(t, exec.Command(program, append([]string{"dev", "--json", "--port", "0"}, args...)...), []string{"TMPDIR=" + d.Temp})
	t.Cleanup(func() {
		_ = d.Process.Process.Signal(os.Interrupt)
		select {
		case <-d.Done:
		case <-time.After(Patience):
		}
		for _, n := range d.Nodes {
			require.Eventually(t, func() bool { return Gone(n.PID) }, Patience, Glance, "node %d stayed behind", n.ID)
		}
	})
	require.Eventually(t, func() bool { return strings.Contains(d.Out.String(), "\n") }, Patience, Glance, "%v", &d.Errors)
	decoder := json.NewDecoder(strings.NewReader(d.Out.String()))
	decoder.DisallowUnknownFields()
	var told struct{ Nodes []DevNode }
	require.NoError(t, decoder.Decode(&told))
	require.ErrorIs(t, decoder.Decode(new(any)), io.EOF, "one line and nothing else")
	d.Nodes = told.Nodes
	return d
}

// Addresses are the HTTP addresses of all nodes.
func (d *Dev) Addresses() string {
	var all []string
	for _, n := range d.Nodes {
		all = append(all, n.HTTP)
	}
	return strings.Join(all, ",")
}

// Status is what a test reads of `semel status --json`.
type Status struct {
	Leader uint8
	Nodes  []struct {
		Up      bool
		Node    uint8
		Error   string
		Keys    uint64
		KeptOut string `json:"kept_out"`
	}
}

// Status asks `semel status --json`, and returns its exit code too.
func (d *Dev) Status(t *testing.T) (report Status, code int) {
	t.Helper()
	answer := Run(t, d.Addresses(), "status", "--json")
	require.NoError(t, json.Unmarshal([]byte(answer.Out), &report), answer.Errors)
	return report, answer.Code
}

// Leader waits until all nodes are ready and agree who leads.
func (d *Dev) Leader(t *testing.T) DevNode {
	t.Helper()
	var report Status
	require.Eventually(t, func() bool {
		var code int
		report, code = d.Status(t)
		return code == 0 && report.Leader != 0
	}, Patience, Glance, "%v", &d.Errors)
	return d.Nodes[report.Leader-1]
}
