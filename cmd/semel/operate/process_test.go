package operate

// Goal: what the program claimed, the program can take back, by the same records. Method: a node of its own.

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// Each command that asks a node says which of its other ports it has reached, and that nothing was applied.
func TestAnotherPortOfANodeIsSaid(t *testing.T) {
	node := semeltest.StartDev(t, "--nodes", "1").Nodes[0]
	for address, says := range map[string]string{node.Redis: "port for Redis clients", node.Peer: "as the port between nodes does"} {
		for _, call := range []string{"claim k", "query k", "complete k --token 1", "forget k", "offset s 0", "transfer", "uniq", "run k -- true", "status"} {
			command, flags, dashed := strings.Cut(call, " -- ")
			args := append(strings.Fields(command), "--nodes", address)
			if command != "status" {
				args = append(args, "--timeout", "1m") // which nobody waits for
			}
			if dashed {
				args = append(args, "--", flags)
			}
			c := exec.Command(semeltest.Binary(t), args...)
			c.Stdin = strings.NewReader("a\n")
			out, err := c.CombinedOutput()
			require.ErrorAs(t, err, new(*exec.ExitError), call)
			require.Contains(t, string(out), says, call)
			require.NotContains(t, string(out), "may have been applied", call)
			require.NotContains(t, string(out), "EOF", call)
		}
	}
}

func TestWhatUniqClaimedIsTakenBackByTheSameRecords(t *testing.T) {
	nodes := semeltest.StartDev(t, "--nodes", "1").Addresses()
	long := strings.Repeat("x", 20<<10)
	lines := `{"u":1,"o":"a"}` + "\n" + `{"u":"1","o":"a"}` + "\n" + `{"u":2,"o":"` + long + `"}` + "\n"
	semel := func(command string) (words string, code int) {
		c := exec.Command(semeltest.Binary(t), append(strings.Fields(command), "--json", "u,o", "--ns", "shop", "--nodes", nodes)...)
		c.Stdin = strings.NewReader(lines)
		out, err := c.Output()
		if err != nil {
			require.ErrorAs(t, err, new(*exec.ExitError))
		}
		return string(out), c.ProcessState.ExitCode()
	}
	for range 2 {
		out, code := semel("uniq")
		require.Equal(t, lines, out)
		require.Zero(t, code)
		out, _ = semel("uniq")
		require.Empty(t, out)
		out, code = semel("forget")
		require.Equal(t, strings.Repeat("forgotten\n", 3), out)
		require.Zero(t, code)
	}
	out, _ := semel("forget")
	require.Equal(t, strings.Repeat("not_found\n", 3), out)
}
