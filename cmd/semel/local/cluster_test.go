package local

// Goal: a node is told where it is and what its cluster is, by flags alone, and is there as long as it should be. Method: a
// script in the place of the program, which says what it was given.

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	patience = time.Minute
	glance   = 5 * time.Millisecond
)

// scripts is a cluster of three of them.
func scripts(t *testing.T) *Cluster {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	const text = "#!/bin/sh\necho \"began $* env $(env | grep -c ^SEMEL_)\" >&2\ncat > /dev/null\n"
	require.NoError(t, os.WriteFile(program, []byte(text), 0o700))
	c := &Cluster{Name: "n", Dir: dir, Program: program, Flags: []string{"--more"}}
	release, err := c.Place(3, 0)
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Stop()
		release()
	})
	return c
}

func (c *Cluster) says(t *testing.T, n *Node, words string) {
	t.Helper()
	require.Eventually(t, func() bool { return c.LastWords(n) == words }, patience, glance, "%s", c.LastWords(n))
}

func TestANodeIsToldByFlagsAlone(t *testing.T) {
	t.Setenv("SEMEL_ID", "7")
	c := scripts(t)
	require.NoError(t, c.StartAll(t.Context()))
	first, second, third := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	began := func(n *Node, id string) string {
		return "began serve --until-input-ends --cluster n --id " + id +
			" --data " + filepath.Join(c.Dir, id) + " --http " + n.HTTP + " --redis " + n.Redis +
			" --peers 1=" + first.Peer + ",2=" + second.Peer + ",3=" + third.Peer + " --doors 1=" + first.HTTP + ",2=" + second.HTTP + ",3=" + third.HTTP + " --more env 0\n"
	}
	c.says(t, first, began(first, "1"))
	c.says(t, third, began(third, "3"))
	c.Secret = "s"
	require.Contains(t, c.Command(t.Context(), first).Args, "--peer-secret")
}

func TestNodesAreThereAsLongAsTheyShould(t *testing.T) {
	c := scripts(t)
	require.NoError(t, c.StartAll(t.Context()))
	killed, kept := c.Nodes[1], c.Nodes[2]
	first := killed.PID()
	killed.Kill()
	killed.Kill()
	require.ErrorIs(t, syscall.Kill(first, 0), syscall.ESRCH)
	require.NoError(t, syscall.Kill(kept.PID(), 0))
	require.NoError(t, c.Start(t.Context(), killed))
	require.NotEqual(t, first, killed.PID())
	c.Stop()
	c.Stop()
	for _, n := range c.Nodes {
		require.ErrorIs(t, syscall.Kill(n.PID(), 0), syscall.ESRCH)
	}
	c.Program = filepath.Join(c.Dir, "none")
	require.ErrorIs(t, c.StartAll(t.Context()), os.ErrNotExist)
	for _, n := range c.Nodes {
		n.Kill() // one that never began stays so
	}
}

func TestAPortThatIsTakenSaysWhatItIsFor(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	c := &Cluster{}
	_, err = c.Place(1, port-1)
	var found *PortError
	require.ErrorAs(t, err, &found)
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	require.Equal(t, PortError{port, 1, "HTTP", syscall.EADDRINUSE}, *found)
}
