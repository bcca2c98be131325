// Package semeltest is for tests of the program as a user meets it: it is built once for the tests of a package, and
// run as processes, for their exit codes, what stands on standard output, and sockets.
package semeltest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/ports"
)

// How long is waited for what takes a moment on a machine that is busy, and how often it is looked for.
const (
	Patience = time.Minute
	Glance   = 20 * time.Millisecond
)

// built is the program, built by the first test that runs it.
var built = sync.OnceValues(func() (binary string, err error) {
	if builtIn, err = os.MkdirTemp("", "semel-test-"); err != nil {
		return "", err
	}
	return build("semel")
})

// next is a program that speaks one version of the log more.
var next = sync.OnceValues(func() (binary string, err error) { return build("semel-next", "-tags", "nextversion") })

func build(name string, with ...string) (binary string, err error) {
	binary = filepath.Join(builtIn, name)
	args := append([]string{"build", "-o", binary}, with...)
	if out, err := exec.Command("go", append(args, "github.com/eventstreamcore/semel/cmd/semel")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
}

var builtIn string // the folder, empty if no test ran the program

// Main is for a package's TestMain: it runs the tests, removes the program and returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	return code
}

// Binary returns the program.
func Binary(t *testing.T) string {
	t.Helper()
	binary, err := built()
	require.NoError(t, err)
	return binary
}

// Next returns a program that speaks one version of the log more than the one that ships.
func Next(t *testing.T) string {
	t.Helper()
	Binary(t)
	binary, err := next()
	require.NoError(t, err)
	return binary
}

// Outcome is how a process ended.
type Outcome struct {
	Code        int
	Out, Errors string
}

// Run runs the program to its end, with nodes in SEMEL_NODES.
func Run(t *testing.T, nodes string, args ...string) Outcome {
	t.Helper()
	var out, errors bytes.Buffer
	command := exec.Command(Binary(t), args...)
	command.Env = append(os.Environ(), "SEMEL_NODES="+nodes)
	command.Stdout, command.Stderr = &out, &errors
	_ = command.Run()
	return Outcome{command.ProcessState.ExitCode(), out.String(), errors.String()}
}

// Words may be written by a process and read by the test at once.
type Words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *Words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *Words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// Process is the program while it runs.
type Process struct {
	*exec.Cmd
	Out, Errors Words
	Done        chan struct{} // closed once it ended
}

// Start runs the program in the background; it is killed at the end of the test if it still runs.
func Start(t *testing.T, environment []string, args ...string) *Process {
	t.Helper()
	return Launch(t, exec.Command(Binary(t), args...), environment)
}

// Launch does likewise with a command.
func Launch(t *testing.T, command *exec.Cmd, environment []string) *Process {
	t.Helper()
	p := &Process{Cmd: command, Done: make(chan struct{})}
	p.Env = append(os.Environ(), environment...)
	p.Stdout, p.Stderr = &p.Out, &p.Errors
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a test can do what a terminal does
	require.NoError(t, p.Cmd.Start())
	go func() {
		defer close(p.Done)
		_ = p.Wait()
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.Done
	})
	return p
}

// End sends a signal and returns the exit code.
func (p *Process) End(t *testing.T, signal os.Signal) int {
	t.Helper()
	require.NoError(t, p.Process.Signal(signal))
	return p.Code(t)
}

// Code waits for the end.
func (p *Process) Code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.Done:
	case <-time.After(Patience):
		require.Fail(t, "it does not end", p.Errors.String())
	}
	return p.ProcessState.ExitCode()
}

// Gone reports whether a process runs no more. One that nobody waited for is a zombie, which is gone too.
func Gone(pid int) bool {
	if pid == 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// Ports returns n addresses that nobody else gets.
func Ports(n int) (all []string) {
	for range n {
		all = append(all, ports.Free())
	}
	return all
}

// IsReady reports whether a node takes calls.
func IsReady(address string) bool {
	response, err := http.Get("http://" + address + "/readyz")
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
