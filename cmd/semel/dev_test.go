package main

// Goal: a cluster of real processes keeps what it answered while its nodes are killed, dev starts
// them again and stops them all, and nothing is left behind. Method: `dev --json`, kill -9, and
// claims by their exit codes.

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// race claims key twice at once, each asking the nodes in another order, and returns how many won.
func (d *devRun) race(t *testing.T, key string) (won int) {
	codes := [2]int{}
	var racing sync.WaitGroup
	for i, nodes := range []string{d.addresses(), d.Nodes[2].HTTP + "," + d.Nodes[1].HTTP + "," + d.Nodes[0].HTTP} {
		racing.Go(func() { codes[i] = semel(t, nodes, "claim", "--timeout", "20s", key).code })
	}
	racing.Wait()
	for _, code := range codes {
		require.Contains(t, []int{0, exitDuplicate}, code, key)
		if code == 0 {
			won++
		}
	}
	return won
}

func TestNoWinIsLostOrGivenTwiceWhenTheLeaderIsKilled(t *testing.T) {
	d := startDev(t)
	var keys []string
	for round := range 2 {
		leader := d.leader(t)
		for i := range 6 {
			if i == 3 {
				require.NoError(t, syscall.Kill(pidOf(d, leader.ID), syscall.SIGKILL))
			}
			key := fmt.Sprintf("order-%d-%d", round, i)
			keys = append(keys, key)
			require.Equal(t, 1, d.race(t, key), key)
		}
		require.Eventually(t, func() bool {
			return strings.Count(d.errors.String(), fmt.Sprintf("node %d  runs again, pid ", leader.ID)) > 0
		}, patience, glance, "%v", &d.errors)
		d.leader(t)
		for _, key := range keys { // by the node that was away
			require.Equal(t, exitDuplicate, semel(t, leader.HTTP, "claim", key).code, key)
		}
	}
	require.Contains(t, d.errors.String(), "killed by signal 9")
	require.Regexp(t, `node \d  this node leads now  term \d`, d.errors.String())
	require.NotContains(t, d.errors.String(), "cannot reach", "what dev knows itself is not said again")
	require.Equal(t, 1, strings.Count(d.out.String(), "\n"))
}

// pidOf is the present process of a node: the last that dev told of.
func pidOf(d *devRun, id int) int {
	pid := d.Nodes[id-1].PID
	mark := fmt.Sprintf("node %d  runs again, pid ", id)
	for line := range strings.Lines(d.errors.String()) {
		if text, found := strings.CutPrefix(line, mark); found {
			pid, _ = strconv.Atoi(strings.TrimSpace(text))
		}
	}
	return pid
}

func TestANodeStaysDownWhereThatIsAskedFor(t *testing.T) {
	d := startDev(t, "--no-restart")
	d.leader(t)
	require.NoError(t, syscall.Kill(d.Nodes[1].PID, syscall.SIGKILL))
	require.Eventually(t, func() bool { return strings.Contains(d.errors.String(), "it stays down") }, patience, glance)
	require.Equal(t, 0, semel(t, d.addresses(), "claim", "order-1").code)
	report, code := d.status(t)
	require.Equal(t, exitNotReady, code)
	require.False(t, report.Nodes[1].Up)
	require.Equal(t, "connection refused", report.Nodes[1].Error)
	require.Equal(t, uint8(2), report.Nodes[1].Node, "the only one that is missing")

	require.NoError(t, syscall.Kill(d.Nodes[0].PID, syscall.SIGKILL))
	require.Equal(t, exitUnavailable, semel(t, d.addresses(), "claim", "--timeout", "1s", "order-2").code, "no majority")
	require.NoError(t, syscall.Kill(d.Nodes[2].PID, syscall.SIGKILL))
	require.Equal(t, exitUnavailable, d.code(t))
	require.Contains(t, d.errors.String(), "every node is down")
	require.Equal(t, exitUnavailable, semel(t, d.addresses(), "status").code)
}

func TestCtrlCLeavesNothingBehind(t *testing.T) {
	d := startDev(t)
	made, err := os.ReadDir(d.temp)
	require.NoError(t, err)
	require.Len(t, made, 1)
	require.NoError(t, syscall.Kill(-d.Process.Pid, syscall.SIGINT)) // a terminal tells the whole group
	require.Equal(t, 0, d.code(t), d.errors.String())
	for _, n := range d.Nodes {
		require.True(t, gone(n.PID), "node %d", n.ID)
	}
	made, err = os.ReadDir(d.temp)
	require.NoError(t, err)
	require.Empty(t, made)
	require.NotContains(t, d.errors.String(), "ended", "what was asked for is no news")
}

func TestNodesDoNotOutliveDevThatIsKilled(t *testing.T) {
	d := startDev(t)
	require.Equal(t, -1, d.end(t, os.Kill))
	for _, n := range d.Nodes {
		require.Eventually(t, func() bool { return gone(n.PID) }, patience, glance, "node %d", n.ID)
	}
}

func TestADataFolderKeepsItsCluster(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := startDev(t, "--data", dir)
	first, err := os.ReadFile(filepath.Join(dir, devFileName))
	require.NoError(t, err)
	require.Equal(t, 0, semel(t, d.addresses(), "claim", "order-1").code)
	second := semel(t, "", "dev", "--data", dir, "--port", "0")
	require.Equal(t, exitUnavailable, second.code)
	require.Contains(t, second.errors, "another `semel dev` runs there")
	require.Equal(t, 0, d.end(t, syscall.SIGTERM))

	other := semel(t, "", "dev", "--data", dir, "--nodes", "5")
	require.Equal(t, exitUsage, other.code)
	require.Contains(t, other.errors, "a cluster of 3 nodes, not 5: start it with --nodes 3")

	d = startDev(t, "--data", dir)
	require.Equal(t, exitDuplicate, semel(t, d.addresses(), "claim", "order-1").code)
	again, err := os.ReadFile(filepath.Join(dir, devFileName))
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))
	require.Equal(t, 0, d.end(t, os.Interrupt))
	require.DirExists(t, dir)

	logs := filepath.Join(dir, "2", "0000000000000001.wal")
	rot(t, logs, 600)
	dump := semel(t, "", "wal", "dump", filepath.Dir(logs))
	require.Equal(t, exitDisk, dump.code)
	require.Contains(t, dump.errors, "0000000000000001.wal at offset 584")
	require.Contains(t, dump.errors, "do not edit the folder")
	d = startDev(t, "--data", dir)
	require.Contains(t, d.errors.String(), "node 2  ended: its disk failed, its log is damaged or it broke an invariant (exit 6): IT STAYS DOWN")
	require.Contains(t, d.errors.String(), "offset 584", "what the node itself said")
	require.Zero(t, d.Nodes[1].PID)
	require.Equal(t, exitDuplicate, semel(t, d.addresses(), "claim", "order-1").code)
}

// rot changes a byte of a file.
func rot(t *testing.T, path string, offset int64) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	b := []byte{0}
	_, err = f.ReadAt(b, offset)
	require.NoError(t, err)
	b[0]++
	_, err = f.WriteAt(b, offset)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	answer := semel(t, "", "dev", "--port", strconv.Itoa(port-1))
	require.Equal(t, exitUnavailable, answer.code)
	require.Contains(t, answer.errors, fmt.Sprintf("port %d, which node 1 needs for HTTP, is taken", port))
	require.Contains(t, answer.errors, "--port")
}

func TestPortsThatAreHeldStayFreeForTheirNode(t *testing.T) {
	port, held, err := reservePort(0)
	require.NoError(t, err)
	defer held.Close()
	if !holdsPorts {
		require.NoError(t, held.Close())
	}
	for range 2 { // a node, and the same one after a restart
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		_, _, err = reservePort(port)
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.NoError(t, l.Close())
	}
}

func TestDevRefusesWhatItCannotDo(t *testing.T) {
	for _, args := range [][]string{{"--nodes", "0"}, {"--nodes", "10"}, {"--port", "80"}, {"--port", "70000"}, {"--capacity-keys", "0"}, {"now"}} {
		answer := semel(t, "", append([]string{"dev"}, args...)...)
		require.Equal(t, exitUsage, answer.code, args)
		require.Contains(t, answer.errors, "see `semel dev --help`", args)
	}
}

func TestNewsOfNodesArePlain(t *testing.T) {
	text, level, ok := plainRecord(`{"time":"x","level":"WARN","msg":"refused a connection","reason":"cluster ids differ","from":"1.2.3.4"}`)
	require.True(t, ok)
	require.Equal(t, "refused a connection  from 1.2.3.4  reason cluster ids differ", text)
	require.Equal(t, "WARN", level)
	_, _, ok = plainRecord("goroutine 1 [running]:")
	require.False(t, ok)

	require.True(t, isAbsence("cannot reach a peer  reason dial: connect: connection refused"))
	require.False(t, isAbsence("cannot reach a peer  reason refused by the peer: incarnation not accepted"))

	var lines []string
	w := newsWriter{tell: func(line string) { lines = append(lines, line) }}
	for _, part := range []string{"a", "b\nc\n", "d"} {
		n, err := w.Write([]byte(part))
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, []string{"ab", "c"}, lines)
}

// TestOneClusterAnswersAsItSays: exit codes, doors and looks of one cluster that is only asked.
func TestOneClusterAnswersAsItSays(t *testing.T) {
	d := startDev(t)
	claim := func(args ...string) outcome { return semel(t, d.addresses(), append([]string{"claim"}, args...)...) }

	t.Run("exit codes of claim", func(t *testing.T) {
		require.Equal(t, 0, claim("order-1").code)
		require.Equal(t, exitDuplicate, claim("order-1").code)
		require.Equal(t, exitUsage, claim().code)
		require.Equal(t, 0, claim("order-2", "--lease", "1m", "--ttl", "5m", "--fingerprint", "a").code)
		require.Equal(t, exitInProgress, claim("order-2", "--lease", "1m", "--ttl", "5m").code)
		require.Equal(t, exitMismatch, claim("order-2", "--fingerprint", "b").code)
		require.Equal(t, exitUnavailable, claim("order-3", "--nodes", "127.0.0.1:1", "--timeout", "1s").code)
	})

	t.Run("the Redis door of every node", func(t *testing.T) {
		for i, n := range d.Nodes {
			c, err := net.Dial("tcp", n.Redis)
			require.NoError(t, err)
			_, err = fmt.Fprint(c, "*6\r\n$3\r\nSET\r\n$7\r\norder-5\r\n$2\r\nme\r\n$2\r\nNX\r\n$2\r\nEX\r\n$2\r\n60\r\n")
			require.NoError(t, err)
			line, err := bufio.NewReader(c).ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, []string{"+OK\r\n", "$-1\r\n", "$-1\r\n"}[i], line)
			require.NoError(t, c.Close())
		}
	})

	t.Run("uniq whose reader goes away", func(t *testing.T) {
		input := strings.Repeat("x", 4000) // lines long enough to fill a pipe that nobody reads
		var lines, errors bytes.Buffer
		for i := range 1000 {
			fmt.Fprintln(&lines, i, input)
		}
		uniq := exec.Command(build(t), "uniq", "--quiet", "--timeout", "60s", "--nodes", d.addresses())
		uniq.Stdin, uniq.Stderr = &lines, &errors
		out, err := uniq.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, uniq.Start())
		first, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "0 "+input+"\n", first)
		require.NoError(t, out.Close())
		_ = uniq.Wait()
		require.Equal(t, exitUnavailable, uniq.ProcessState.ExitCode(), "not killed by the pipe")
		require.Contains(t, errors.String(), "--run")
	})

	t.Run("status", func(t *testing.T) {
		leader := d.leader(t)
		table := semel(t, d.addresses(), "status")
		require.Equal(t, 0, table.code)
		lines := strings.Split(table.out, "\n")
		require.Equal(t, []string{"NODE", "ADDRESS", "ROLE", "TERM", "COMMIT", "APPLIED", "LAG", "KEYS", "BYTES", "HEALTH"}, strings.Fields(lines[0]))
		require.Equal(t, "leader", strings.Fields(lines[leader.ID])[2])
		require.NotContains(t, table.out, "\x1b", "no colours where there is no terminal")
	})

	t.Run("wal dump beside the node", func(t *testing.T) {
		dump := semel(t, "", "wal", "dump", d.Nodes[0].Data)
		require.Equal(t, 0, dump.code, dump.errors)
		require.Contains(t, dump.out, "secret redacted")
		require.Regexp(t, `claim  key [0-9a-f]{32}  owner [0-9a-f]{16}  ttl 1m0s  value of 2 bytes  call [0-9a-f]{16}`, dump.out)
		require.NotContains(t, dump.out, "order-5")
		above := semel(t, "", "wal", "dump", filepath.Dir(d.Nodes[0].Data))
		require.Equal(t, exitUsage, above.code)
		require.Contains(t, above.errors, "give one of them: "+d.Nodes[0].Data)
	})
}
