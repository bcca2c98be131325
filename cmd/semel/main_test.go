package main

// Goal: the program as a user meets it. Method: three real processes of the built
// binary, claims by their exit codes, and one node killed with SIGKILL in between.

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func build(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "semel")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// freePort returns a port p such that what dev takes above it was free.
func freePort(t *testing.T) int {
	for p := 20_000 + os.Getpid()%500*20; p < 60_000; p += 400 {
		if free(p+1) && free(p+101) && free(p+201) {
			return p
		}
	}
	require.Fail(t, "no free ports")
	return 0
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func TestClaimsGoOnWhenANodeIsKilled(t *testing.T) {
	binary, port := build(t), freePort(t)
	dev := exec.Command(binary, "dev", "--no-restart", "--port", strconv.Itoa(port), "--data", t.TempDir())
	out, err := dev.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, dev.Start())
	t.Cleanup(func() {
		_ = dev.Process.Signal(os.Interrupt)
		_ = dev.Wait()
	})
	pids, lines := []int{}, bufio.NewScanner(out)
	for range 3 {
		require.True(t, lines.Scan())
		pid, err := strconv.Atoi(regexp.MustCompile(`pid (\d+)`).FindStringSubmatch(lines.Text())[1])
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	nodes := fmt.Sprintf("127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d", port+1, port+2, port+3)
	claim := func(key string) int {
		c := exec.Command(binary, "claim", "--nodes", nodes, key)
		_ = c.Run()
		return c.ProcessState.ExitCode()
	}
	for range 20 { // until there is a leader
		if claim("warm-up") != exitUnavailable {
			break
		}
	}
	require.Equal(t, 0, claim("order-1"))
	require.Equal(t, exitDuplicate, claim("order-1"))
	require.NoError(t, syscall.Kill(pids[0], syscall.SIGKILL))
	require.Equal(t, exitDuplicate, claim("order-1"))
	require.Equal(t, 0, claim("order-2"))
	require.Equal(t, exitDuplicate, claim("order-2"))
}
