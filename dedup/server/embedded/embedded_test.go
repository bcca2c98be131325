package main

// Goal: the books are what they would have been, wherever the program was killed. Method: this test binary runs as the program, kills itself
// with SIGKILL at a step, and is started again over the same folder.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What tells this binary to be the program.
const (
	asProgram = "SEMEL_EMBEDDED_DIR"
	killAt    = "SEMEL_EMBEDDED_KILL" // a step, and how often it is passed before: "booked 2"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(asProgram)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := work(context.Background(), dir, os.Stdout, killer(os.Getenv(killAt))); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// killer ends this process when a step was passed so often.
func killer(at string) func(string) {
	cut := strings.LastIndex(at, " ")
	if cut < 0 {
		return func(string) {}
	}
	var left int
	_, _ = fmt.Sscan(at[cut:], &left)
	return func(name string) {
		if name != at[:cut] {
			return
		}
		if left--; left < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until it is there
		}
	}
}

// live is one life of the program.
func live(dir, at string, environment ...string) (said string, killed bool) {
	command := exec.Command(os.Args[0])
	command.Env = append(append(os.Environ(), asProgram+"="+dir, killAt+"="+at), environment...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, io.Discard
	_ = command.Run()
	status, ok := command.ProcessState.Sys().(syscall.WaitStatus)
	return out.String(), ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// truth is what the books have to be.
func truth() string {
	b := books{Balances: map[string]int{}}
	seen := map[string]bool{}
	for _, p := range payments(events) {
		if b.Offset++; !seen[p.id] {
			seen[p.id] = true
			b.Booked++
			b.Balances[p.account] += p.amount
		}
	}
	return b.summary()
}

// steps are those of the program, in their order.
var steps = []string{"opened", "before the call", "called", "answered", "booked", "half written", "written", "renamed"}

// wrongAfter is what the books are in the end, where they are wrong, when the program was killed at a step that it had passed so often.
func wrongAfter(dir, step string, passed int, environment ...string) string {
	if said, killed := live(dir, fmt.Sprint(step, " ", passed), environment...); !killed {
		return "it was not killed: " + said
	}
	if said, _ := live(dir, "", environment...); !strings.HasSuffix(said, truth()+"\n") {
		return said
	}
	return ""
}

func TestTheBooksAreRightWhereverItWasKilled(t *testing.T) {
	for _, step := range steps {
		for _, passed := range []int{0, 3} {
			if step == "opened" && passed > 0 {
				continue
			}
			t.Run(fmt.Sprint(step, " ", passed), func(t *testing.T) {
				t.Parallel()
				require.Empty(t, wrongAfter(t.TempDir(), step, passed))
			})
		}
	}
}

// One folder, killed at each step in turn, again and again.
func TestTheBooksAreRightAfterManyDeaths(t *testing.T) {
	dir, deaths := t.TempDir(), 0
	for k := range 2 * len(steps) {
		if _, killed := live(dir, fmt.Sprint(steps[k%len(steps)], " ", k%3)); killed {
			deaths++
		}
	}
	require.GreaterOrEqual(t, deaths, len(steps))
	said, _ := live(dir, "")
	require.True(t, strings.HasSuffix(said, truth()+"\n"), said)
}

// olderLog is what the program says where its log is an older copy, and its books are not.
func olderLog(dir string, environment ...string) string {
	if said, killed := live(dir, "renamed 0", environment...); !killed {
		return "it was not killed: " + said
	}
	if err := os.CopyFS(filepath.Join(dir, "older"), os.DirFS(filepath.Join(dir, "log"))); err != nil {
		return err.Error()
	}
	_, _ = live(dir, "", environment...)
	log := filepath.Join(dir, "log")
	if err := os.RemoveAll(log); err != nil {
		return err.Error()
	}
	if err := os.Rename(filepath.Join(dir, "older"), log); err != nil {
		return err.Error()
	}
	said, _ := live(dir, "", environment...)
	return said
}

func TestAnOlderLogIsFoundOut(t *testing.T) {
	require.Contains(t, olderLog(t.TempDir()), errOlderLog.Error())
}

func TestDamagedBooksAreFoundOut(t *testing.T) {
	dir := t.TempDir()
	said, _ := live(dir, "")
	require.True(t, strings.HasSuffix(said, truth()+"\n"), said)
	name := filepath.Join(dir, booksFile)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	text[len(text)/2] ^= 1
	require.NoError(t, os.WriteFile(name, text, 0o600))
	said, _ = live(dir, "")
	require.Contains(t, said, "is not what was written")
}

func TestBooksThatDoNotFitTheLogAreFoundOut(t *testing.T) {
	for want, spoil := range map[error]func(*books){
		errAhead:     func(b *books) { b.Offset += 2 * events },
		errTakenOver: func(b *books) { b.Name = "another program"; b.Offset = 0 },
	} {
		dir := t.TempDir()
		_, killed := live(dir, "renamed 1")
		require.True(t, killed)
		b, err := readBooks(dir)
		require.NoError(t, err)
		require.Positive(t, b.Index)
		spoil(&b)
		require.NoError(t, b.keep(dir, func(string) {}))
		said, _ := live(dir, "")
		require.Contains(t, said, want.Error())
	}
}
