package uniq

// Goal: uniq as a process: signals, pipes and full disks lose nothing, if one does what it says. Method: the program, built once,
// asks nodes that are a table behind a real port; what it says to do next is run in a shell as it stands.

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

const patience = semeltest.Patience

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

// ServeHTTP makes the table a node with a port.
func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := l.RoundTrip(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// world is a folder with the program on the path and a node.
type world struct {
	*lossy
	folder, bin string
	node        string
}

func newWorld(t *testing.T, files map[string]string) *world {
	w := &world{lossy: newLossy(1, 0), folder: t.TempDir(), bin: filepath.Dir(semeltest.Binary(t))}
	node := httptest.NewServer(w.lossy)
	t.Cleanup(node.Close)
	w.node = node.Listener.Addr().String()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600))
	}
	return w
}

// claimed are the keys that are.
func (w *world) claimed() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.owners)
}

// shell prepares a script.
func (w *world) shell(script string) *exec.Cmd {
	c := exec.Command("bash", "-c", script)
	c.Dir = w.folder
	c.Env = append(os.Environ(), "PATH="+w.bin+":"+os.Getenv("PATH"), "SEMEL_NODES="+w.node)
	return c
}

// run returns what a script writes and says, and its exit code.
func (w *world) run(t *testing.T, script string) (out, said string, code int) {
	var o, e bytes.Buffer
	c := w.shell(script)
	c.Stdout, c.Stderr = &o, &e
	_ = c.Run()
	require.True(t, c.ProcessState.Exited(), "%s: %s", c.ProcessState, &e)
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// advice is the command that is said to go on.
func advice(t *testing.T, said string) string {
	found := regexp.MustCompile(`(?m)^  (semel uniq .* < input.*)$`).FindStringSubmatch(said)
	require.NotNil(t, found, said)
	return found[1]
}

func (w *world) read(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(w.folder, name))
	require.NoError(t, err)
	return string(text)
}

func TestAReaderThatGoesAwayLosesNothing(t *testing.T) {
	input := numbered(40000, "evt_%d")
	w := newWorld(t, map[string]string{"input": input})
	out, said, _ := w.run(t, "semel uniq < input | head -3")
	require.Equal(t, numbered(3, "evt_%d"), out)
	require.NotContains(t, said, "--skip")
	out, said, code := w.run(t, advice(t, said))
	require.Equal(t, 0, code, said)
	require.Equal(t, input, out)
}

// The reader goes away while uniq writes: a pipe has no room for one line, so whoever has read its first byte knows that it is being written.
func TestABrokenPipeIsAnErrorLikeAnyOther(t *testing.T) {
	input := numbered(20, "%d"+strings.Repeat("x", 100_000))
	w := newWorld(t, map[string]string{"input": input})
	c, said := w.shell("exec semel uniq < input"), &bytes.Buffer{}
	c.Stderr = said
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	_, err = io.ReadFull(out, make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, out.Close())
	_ = c.Wait()
	require.Equal(t, 4, c.ProcessState.ExitCode(), "%v: %s", c.ProcessState, said)
	require.Contains(t, said.String(), "broken pipe")
	again, _, _ := w.run(t, advice(t, said.String()))
	require.Equal(t, input, again)
}

func TestAFullDiskLosesNothing(t *testing.T) {
	input := numbered(40000, "evt_%d")
	w := newWorld(t, map[string]string{"input": input})
	_, said, code := w.run(t, "ulimit -f 64; semel uniq < input > output")
	require.Equal(t, 4, code, said)
	require.Contains(t, said, "file too large")
	begun := w.read(t, "output")
	require.True(t, strings.HasSuffix(begun, "\n"), "cut back to whole lines")
	_, said, code = w.run(t, advice(t, said))
	require.Equal(t, 0, code, said)
	require.Equal(t, input, w.read(t, "output"))

	if _, err := os.Stat("/dev/full"); err == nil {
		_, said, code = newWorld(t, map[string]string{"input": input}).run(t, "semel uniq --run full < input > /dev/full")
		require.Equal(t, 4, code)
		require.NotContains(t, said, "--skip")
	}
}

func TestAClosedOutputIsRefusedBeforeAClaim(t *testing.T) {
	w := newWorld(t, map[string]string{"input": "a\n"})
	_, said, code := w.run(t, "semel uniq < input >&-")
	require.Equal(t, 2, code)
	require.Contains(t, said, "standard output is closed")
	require.Empty(t, w.claimed())
	_, said, code = w.run(t, "semel uniq < input > /dev/null")
	require.Equal(t, 0, code, said)
	require.Len(t, w.claimed(), 1)
}

// live is a run whose input goes on.
type live struct {
	*exec.Cmd
	in        interface{ Write([]byte) (int, error) }
	out, said *semeltest.Words
}

func (w *world) live(t *testing.T, script string) *live {
	l := &live{Cmd: w.shell(script), out: &semeltest.Words{}, said: &semeltest.Words{}}
	in, err := l.StdinPipe()
	require.NoError(t, err)
	l.in, l.Stdout, l.Stderr = in, l.out, l.said
	require.NoError(t, l.Start())
	t.Cleanup(func() { _ = l.Process.Kill() })
	return l
}

func (l *live) wait(t *testing.T, holds func() bool) {
	require.Eventually(t, holds, patience, 5*time.Millisecond, "%s%s", l.out, l.said)
}

// end sends a signal and waits for the end.
func (l *live) end(t *testing.T, by os.Signal) {
	require.NoError(t, l.Process.Signal(by))
	ended := make(chan error, 1)
	go func() { ended <- l.Wait() }()
	select {
	case <-ended: //nolint:errcheck // of an exit code that is not 0
	case <-time.After(patience):
		require.Fail(t, "it does not end", "%v: %s", by, l.said)
	}
}

func TestSignalsEndARunWithAWord(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // so that children do not inherit that it is ignored, where the test runs under nohup
	defer signal.Reset(syscall.SIGHUP)
	for _, by := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		w := newWorld(t, map[string]string{"input": "a\nb\n"})
		l := w.live(t, "exec semel uniq")
		_, err := l.in.Write([]byte("a\nb\npart"))
		require.NoError(t, err)
		l.wait(t, func() bool { return l.out.String() == "a\nb\n" })
		l.end(t, by)
		require.Equal(t, 4, l.ProcessState.ExitCode(), "%v: %s", by, l.said)
		require.Contains(t, l.said.String(), "stopped behind line 2: interrupted")
		require.NotContains(t, w.claimed(), "part")
		out, said, _ := w.run(t, advice(t, l.said.String()))
		require.Equal(t, "a\nb\n", out, said)
	}
}

func TestWhoIsToSurviveAHangupDoes(t *testing.T) {
	w := newWorld(t, nil)
	l := w.live(t, "trap '' HUP; exec semel uniq")
	_, err := l.in.Write([]byte("a\n"))
	require.NoError(t, err)
	l.wait(t, func() bool { return l.out.String() == "a\n" })
	require.NoError(t, l.Process.Signal(syscall.SIGHUP))
	_, err = l.in.Write([]byte("b\n"))
	require.NoError(t, err)
	l.wait(t, func() bool { return l.out.String() == "a\nb\n" })
	l.end(t, syscall.SIGTERM)
}

// Nobody can say a word when he is killed: so it is said before.
func TestWhoIsKilledHasSaidHisName(t *testing.T) {
	w := newWorld(t, map[string]string{"input": "a\nb\nc\n"})
	l := w.live(t, "exec semel uniq > /dev/null")
	_, err := l.in.Write([]byte("a\nb\n"))
	require.NoError(t, err)
	l.wait(t, func() bool { return len(w.claimed()) == 2 })
	l.end(t, os.Kill)
	name := regexp.MustCompile(`--run (\w+)`).FindStringSubmatch(l.said.String())
	require.NotNil(t, name)
	out, said, code := w.run(t, "semel uniq -q --run "+name[1]+" < input")
	require.Equal(t, 0, code, said)
	require.Equal(t, "a\nb\nc\n", out)
}

// It says so while it runs, and not at an end that may never come.
func TestBadKeysAreSaidWhileItRuns(t *testing.T) {
	w := newWorld(t, nil)
	for args, says := range map[string]string{"--json order": "12 of 12 lines have no key", "--json type": "the keys of all 12 lines so far are one"} {
		l := w.live(t, "exec semel uniq "+args)
		_, err := l.in.Write([]byte(strings.Repeat(`{"type":"x"}`+"\n", 12)))
		require.NoError(t, err)
		l.wait(t, func() bool { return strings.Contains(l.said.String(), says) })
		l.end(t, syscall.SIGTERM)
	}
}
