package main

// Goal: the program as a user meets it. Method: the binary, built once and run as processes:
// exit codes, what stands on standard output, sockets. This file has what such tests share.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

const (
	patience = 30 * time.Second // for what takes a moment on a machine that is busy
	glance   = 20 * time.Millisecond
)

// built is the program, built by the first test that runs it.
var built = sync.OnceValues(func() (binary string, err error) {
	if builtIn, err = os.MkdirTemp("", "semel-test-"); err != nil {
		return "", err
	}
	binary = filepath.Join(builtIn, "semel")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

var builtIn string // the folder, empty if no test ran the program

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// build returns the program.
func build(t *testing.T) string {
	binary, err := built()
	require.NoError(t, err)
	return binary
}

// outcome is how a process ended.
type outcome struct {
	code        int
	out, errors string
}

// semel runs the program to its end, with nodes in SEMEL_NODES.
func semel(t *testing.T, nodes string, args ...string) outcome {
	t.Helper()
	var out, errors bytes.Buffer
	command := exec.Command(build(t), args...)
	command.Env = append(os.Environ(), "SEMEL_NODES="+nodes)
	command.Stdout, command.Stderr = &out, &errors
	_ = command.Run()
	return outcome{command.ProcessState.ExitCode(), out.String(), errors.String()}
}

// safeBuffer may be written by a process and read by the test at once.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// process is the program while it runs.
type process struct {
	*exec.Cmd
	out, errors safeBuffer
	done        chan struct{} // closed once it ended
}

// start runs the program in the background; it is killed at the end of the test if it still runs.
func start(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	return launch(t, exec.Command(build(t), args...), environment)
}

func launch(t *testing.T, command *exec.Cmd, environment []string) *process {
	t.Helper()
	p := &process{Cmd: command, done: make(chan struct{})}
	p.Env = append(os.Environ(), environment...)
	p.Stdout, p.Stderr = &p.out, &p.errors
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a test can do what a terminal does
	require.NoError(t, p.Start())
	go func() {
		defer close(p.done)
		_ = p.Wait()
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.done
	})
	return p
}

// end sends a signal and returns the exit code.
func (p *process) end(t *testing.T, signal os.Signal) int {
	t.Helper()
	require.NoError(t, p.Process.Signal(signal))
	return p.code(t)
}

// code waits for the end.
func (p *process) code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		require.Fail(t, "it does not end", p.errors.String())
	}
	return p.ProcessState.ExitCode()
}

// devRun is a `semel dev --json` that is ready.
type devRun struct {
	*process
	devReport
	temp string // where it has its temporary folder
}

func startDev(t *testing.T, args ...string) *devRun {
	t.Helper()
	d := &devRun{temp: t.TempDir()}
	d.process = start(t, []string{"TMPDIR=" + d.temp}, append([]string{"dev", "--json", "--port", "0"}, args...)...)
	t.Cleanup(func() {
		_ = d.Process.Signal(os.Interrupt)
		select {
		case <-d.done:
		case <-time.After(patience):
		}
		for _, n := range d.Nodes {
			require.Eventually(t, func() bool { return gone(n.PID) }, patience, glance, "node %d stayed behind", n.ID)
		}
	})
	require.Eventually(t, func() bool { return strings.Contains(d.out.String(), "\n") }, patience, glance, "%v", &d.errors)
	decoder := json.NewDecoder(strings.NewReader(d.out.String()))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&d.devReport))
	require.ErrorIs(t, decoder.Decode(new(any)), io.EOF, "one line and nothing else")
	return d
}

// addresses are the HTTP addresses of all nodes.
func (d *devRun) addresses() string {
	var all []string
	for _, n := range d.Nodes {
		all = append(all, n.HTTP)
	}
	return strings.Join(all, ",")
}

// status asks `semel status --json`.
func (d *devRun) status(t *testing.T) (clusterReport, int) {
	t.Helper()
	var report clusterReport
	answer := semel(t, d.addresses(), "status", "--json")
	require.NoError(t, json.Unmarshal([]byte(answer.out), &report), answer.errors)
	return report, answer.code
}

// leader waits until all nodes are ready and agree who leads.
func (d *devRun) leader(t *testing.T) devNode {
	t.Helper()
	var report clusterReport
	require.Eventually(t, func() bool {
		var code int
		report, code = d.status(t)
		return code == 0 && report.Leader != 0
	}, patience, glance, "%v", &d.errors)
	return d.Nodes[report.Leader-1]
}

// gone reports whether a process runs no more. One that nobody waited for is a zombie, which is gone too.
func gone(pid int) bool {
	if pid == 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestErrorsWithoutACodeAreUsageAndNameTheHelp(t *testing.T) {
	var said bytes.Buffer
	require.Equal(t, 0, report(&said, nil, nil))
	require.Equal(t, exitUsage, report(&said, &cobra.Command{Use: "semel"}, errors.New("no")))
	require.Equal(t, "semel: no\nsee `semel --help`\n", said.String())
	said.Reset()
	require.Equal(t, exitDuplicate, report(&said, nil, &exitError{code: exitDuplicate}))
	require.Empty(t, said.String())
	require.Equal(t, exitDisk, report(&said, nil, fmt.Errorf("x: %w", &exitError{exitDisk, io.EOF})))
	require.Equal(t, "semel: EOF\n", said.String())
}

func TestEveryCommandIsInAGroupOfTheHelp(t *testing.T) {
	for _, c := range root().Commands() {
		require.True(t, c.GroupID != "" || c.Hidden, c.Name())
		require.NotEmpty(t, c.Short, c.Name())
	}
}
