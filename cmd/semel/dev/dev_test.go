package dev

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

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestAFolderThatCannotBeMadeIsUsage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	got := semeltest.Run(t, "", "dev", "--port", "0", "--data", filepath.Join(file, "x"))
	require.Equal(t, exit.Usage, got.Code)
	require.Contains(t, got.Errors, "name a folder that can be made")
	require.Equal(t, exit.Unavailable, exit.Code(unmade(syscall.ENOSPC)))
}

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// race claims key twice at once, each asking the nodes in another order, and returns how many won.
func race(t *testing.T, d *semeltest.Dev, key string) (won int) {
	codes := [2]int{}
	var racing sync.WaitGroup
	for i, nodes := range []string{d.Addresses(), d.Nodes[2].HTTP + "," + d.Nodes[1].HTTP + "," + d.Nodes[0].HTTP} {
		racing.Go(func() { codes[i] = semeltest.Run(t, nodes, "claim", "--timeout", "20s", key).Code })
	}
	racing.Wait()
	for _, code := range codes {
		require.Contains(t, []int{0, exit.Duplicate}, code, key)
		if code == 0 {
			won++
		}
	}
	return won
}

func TestNoWinIsLostOrGivenTwiceWhenTheLeaderIsKilled(t *testing.T) {
	d := semeltest.StartDev(t)
	var keys []string
	for round := range 2 {
		leader := d.Leader(t)
		for i := range 6 {
			if i == 3 {
				require.NoError(t, syscall.Kill(pidOf(d, leader.ID), syscall.SIGKILL))
			}
			key := fmt.Sprintf("order-%d-%d", round, i)
			keys = append(keys, key)
			require.Equal(t, 1, race(t, d, key), key)
		}
		require.Eventually(t, func() bool {
			return strings.Count(d.Errors.String(), fmt.Sprintf("node %d  runs again, pid ", leader.ID)) > 0
		}, semeltest.Patience, semeltest.Glance, "%v", &d.Errors)
		d.Leader(t)
		for _, key := range keys { // by the node that was away
			require.Equal(t, exit.Duplicate, semeltest.Run(t, leader.HTTP, "claim", key).Code, key)
		}
	}
	require.Contains(t, d.Errors.String(), "killed by signal 9")
	require.Regexp(t, `node \d  this node leads now  term \d`, d.Errors.String())
	require.NotContains(t, d.Errors.String(), "cannot reach", "what dev knows itself is not said again")
	require.Equal(t, 1, strings.Count(d.Out.String(), "\n"))
}

// pidOf is the present process of a node: the last that dev told of.
func pidOf(d *semeltest.Dev, id int) int {
	pid := d.Nodes[id-1].PID
	mark := fmt.Sprintf("node %d  runs again, pid ", id)
	for line := range strings.Lines(d.Errors.String()) {
		if text, found := strings.CutPrefix(line, mark); found {
			pid, _ = strconv.Atoi(strings.TrimSpace(text))
		}
	}
	return pid
}

func TestANodeStaysDownWhereThatIsAskedFor(t *testing.T) {
	d := semeltest.StartDev(t, "--no-restart")
	d.Leader(t)
	require.NoError(t, syscall.Kill(d.Nodes[1].PID, syscall.SIGKILL))
	require.Eventually(t, func() bool { return strings.Contains(d.Errors.String(), "it stays down") }, semeltest.Patience, semeltest.Glance)
	require.Equal(t, 0, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
	report, code := d.Status(t)
	require.Equal(t, exit.No, code)
	require.False(t, report.Nodes[1].Up)
	require.Equal(t, "connection refused", report.Nodes[1].Error)
	require.Equal(t, uint8(2), report.Nodes[1].Node, "the only one that is missing")

	require.NoError(t, syscall.Kill(d.Nodes[0].PID, syscall.SIGKILL))
	require.Equal(t, exit.Unavailable, semeltest.Run(t, d.Addresses(), "claim", "--timeout", "1s", "order-2").Code, "no majority")
	require.NoError(t, syscall.Kill(d.Nodes[2].PID, syscall.SIGKILL))
	require.Equal(t, exit.Unavailable, d.Code(t))
	require.Contains(t, d.Errors.String(), "every node is down")
	require.Equal(t, exit.Unavailable, semeltest.Run(t, d.Addresses(), "status").Code)
}

func TestCtrlCLeavesNothingBehind(t *testing.T) {
	d := semeltest.StartDev(t)
	made, err := os.ReadDir(d.Temp)
	require.NoError(t, err)
	require.Len(t, made, 1)
	require.NoError(t, syscall.Kill(-d.Cmd.Process.Pid, syscall.SIGINT)) // a terminal tells the whole group
	require.Equal(t, 0, d.Code(t), d.Errors.String())
	for _, n := range d.Nodes {
		require.True(t, semeltest.Gone(n.PID), "node %d", n.ID)
	}
	made, err = os.ReadDir(d.Temp)
	require.NoError(t, err)
	require.Empty(t, made)
	require.NotContains(t, d.Errors.String(), "ended", "what was asked for is no news")
}

func TestNodesDoNotOutliveDevThatIsKilled(t *testing.T) {
	d := semeltest.StartDev(t)
	require.Equal(t, -1, d.End(t, os.Kill))
	for _, n := range d.Nodes {
		require.Eventually(t, func() bool { return semeltest.Gone(n.PID) }, semeltest.Patience, semeltest.Glance, "node %d", n.ID)
	}
}

func TestADataFolderKeepsItsCluster(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := semeltest.StartDev(t, "--data", dir)
	first, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	require.Equal(t, 0, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
	second := semeltest.Run(t, "", "dev", "--data", dir, "--port", "0")
	require.Equal(t, exit.Unavailable, second.Code)
	require.Contains(t, second.Errors, "another `semel dev` runs there")
	require.Equal(t, 0, d.End(t, syscall.SIGTERM))

	other := semeltest.Run(t, "", "dev", "--data", dir, "--nodes", "5")
	require.Equal(t, exit.Usage, other.Code)
	require.Contains(t, other.Errors, "a cluster of 3 nodes, not 5: start it with --nodes 3")

	d = semeltest.StartDev(t, "--data", dir)
	require.Equal(t, exit.Duplicate, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
	again, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))
	require.Equal(t, 0, d.End(t, os.Interrupt))
	require.DirExists(t, dir)

	logs := filepath.Join(dir, "2", "0000000000000001.wal")
	rot(t, logs, 600)
	dump := semeltest.Run(t, "", "wal", "dump", filepath.Dir(logs))
	require.Equal(t, exit.Disk, dump.Code)
	require.Contains(t, dump.Errors, "0000000000000001.wal at offset 512")
	require.Contains(t, dump.Errors, "do not edit the folder")
	d = semeltest.StartDev(t, "--data", dir)
	require.Contains(t, d.Errors.String(), "node 2  ended: its disk failed, its log is damaged, its folder is an older copy, its snapshots are damaged, or it broke an invariant (exit 6): IT STAYS DOWN")
	require.Contains(t, d.Errors.String(), "offset 512", "what the node itself said")
	require.Zero(t, d.Nodes[1].PID)
	require.Equal(t, exit.Duplicate, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
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
	answer := semeltest.Run(t, "", "dev", "--port", strconv.Itoa(port-1))
	require.Equal(t, exit.Unavailable, answer.Code)
	require.Contains(t, answer.Errors, fmt.Sprintf("port %d, which node 1 needs for HTTP, is taken", port))
	require.Contains(t, answer.Errors, "--port")
}

func TestDevRefusesWhatItCannotDo(t *testing.T) {
	for _, args := range [][]string{{"--nodes", "0"}, {"--nodes", "10"}, {"--port", "80"}, {"--port", "70000"}, {"--capacity-keys", "0"}, {"--snapshot-bytes", "63KiB"}, {"now"}} {
		answer := semeltest.Run(t, "", append([]string{"dev"}, args...)...)
		require.Equal(t, exit.Usage, answer.Code, args)
		require.Contains(t, answer.Errors, "see `semel dev --help`", args)
	}
}

// --snapshot-bytes is handed to each node.
func TestLogsOfDevEndWhereItIsAsked(t *testing.T) {
	d := semeltest.StartDev(t, "--snapshot-bytes", "64KiB")
	for round := range 20 { // by default it takes some thousand of them
		var lines strings.Builder
		for k := range 1000 {
			fmt.Fprintln(&lines, round, k)
		}
		uniq := exec.CommandContext(t.Context(), semeltest.Binary(t), "uniq", "--nodes", d.Addresses())
		uniq.Stdin = strings.NewReader(lines.String())
		require.NoError(t, uniq.Run())
		if !strings.Contains(semeltest.Run(t, d.Addresses(), "status", "--json").Out, `"log_begins_behind":0`) {
			return
		}
	}
	require.Fail(t, "the logs of some nodes have not ended")
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
	d := semeltest.StartDev(t)
	claim := func(args ...string) semeltest.Outcome {
		return semeltest.Run(t, d.Addresses(), append([]string{"claim"}, args...)...)
	}

	t.Run("exit codes of claim", func(t *testing.T) {
		require.Equal(t, 0, claim("order-1").Code)
		require.Equal(t, exit.Duplicate, claim("order-1").Code)
		require.Equal(t, exit.Usage, claim().Code)
		require.Equal(t, 0, claim("order-2", "--lease", "1m", "--ttl", "5m", "--fingerprint", "a").Code)
		require.Equal(t, exit.InProgress, claim("order-2", "--lease", "1m", "--ttl", "5m").Code)
		require.Equal(t, exit.Mismatch, claim("order-2", "--fingerprint", "b").Code)
		require.Equal(t, exit.Unavailable, claim("order-3", "--nodes", "127.0.0.1:1", "--timeout", "1s").Code)
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
		uniq := exec.Command(semeltest.Binary(t), "uniq", "--quiet", "--timeout", "60s", "--nodes", d.Addresses())
		uniq.Stdin, uniq.Stderr = &lines, &errors
		out, err := uniq.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, uniq.Start())
		first, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "0 "+input+"\n", first)
		require.NoError(t, out.Close())
		_ = uniq.Wait()
		require.Equal(t, exit.Unavailable, uniq.ProcessState.ExitCode(), "not killed by the pipe")
		require.Contains(t, errors.String(), "--run")
	})

	t.Run("status", func(t *testing.T) {
		leader := d.Leader(t)
		table := semeltest.Run(t, d.Addresses(), "status")
		require.Equal(t, 0, table.Code)
		require.Regexp(t, `^quorum: 3 of 3, 1 more may fail\nNODE +ADDRESS +ROLE +TERM +COMMIT +APPLIED +LAG +KEYS +BYTES +ROOM +LOG +SNAPSHOT +HEALTH\n`, table.Out)
		lines := strings.Split(table.Out, "\n")[1:]
		require.Equal(t, "leader", strings.Fields(lines[leader.ID])[2])
		require.NotContains(t, table.Out, "\x1b", "no colours where there is no terminal")
	})

	t.Run("wal dump beside the node", func(t *testing.T) {
		dump := semeltest.Run(t, "", "wal", "dump", d.Nodes[0].Data)
		require.Equal(t, 0, dump.Code, dump.Errors)
		require.Contains(t, dump.Out, "secret redacted")
		require.Regexp(t, `claim  key [0-9a-f]{32}  owner [0-9a-f]{16}  ttl 1m0s  value of 2 bytes  call [0-9a-f]{16}`, dump.Out)
		require.NotContains(t, dump.Out, "order-5")
		above := semeltest.Run(t, "", "wal", "dump", filepath.Dir(d.Nodes[0].Data))
		require.Equal(t, exit.Usage, above.Code)
		require.Contains(t, above.Errors, "give one of them: "+d.Nodes[0].Data)
	})
}
