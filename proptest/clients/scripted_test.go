package clients_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// scripted is a client in another language: a process that reads commands and writes answers, one
// line each (see stock.py).
type scripted struct {
	in      io.WriteCloser
	out     *bufio.Reader
	process *exec.Cmd
	stop    context.CancelFunc
}

func python3(version string, protocol int) func(*testing.T, string, retries) client {
	return func(t *testing.T, address string, r retries) client {
		return script(t, map[string]any{"port": port(t, address), "retries": r, "protocol": protocol}, []string{"PYTHONWARNINGS=ignore"}, python(t, version), "stock.py")
	}
}

func javaScript(name string, protocol int) func(*testing.T, string, retries) client {
	return func(t *testing.T, address string, r retries) client {
		modules := "NODE_PATH=" + nodeModules(t)
		options := map[string]any{"library": name, "port": port(t, address), "retries": r, "protocol": protocol}
		return script(t, options, []string{modules}, program(t, "node"), "stock.js")
	}
}

func port(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(text)
	require.NoError(t, err)
	return number
}

func script(t *testing.T, options map[string]any, environment []string, interpreter, file string) client {
	t.Helper()
	text, err := json.Marshal(options)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	process := exec.CommandContext(ctx, interpreter, file, string(text))
	process.Env, process.Stderr = append(os.Environ(), environment...), os.Stderr
	in, err := process.StdinPipe()
	require.NoError(t, err)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	return &scripted{in: in, out: bufio.NewReader(out), process: process, stop: stop}
}

func (s *scripted) run(commands ...words) []answer {
	answers, err := s.ask(commands)
	inner, _ := inTransaction(commands)
	if err == nil && len(answers) != len(inner) {
		err = fmt.Errorf("%d answers to %d commands", len(answers), len(inner))
	}
	if err != nil {
		return failures(inner, fmt.Errorf("script: %w", err))
	}
	return answers
}

func (s *scripted) ask(commands []words) ([]answer, error) {
	defer s.limit()()
	request, err := json.Marshal(commands)
	if err != nil {
		return nil, err
	}
	if _, err := s.in.Write(append(request, '\n')); err != nil {
		return nil, err
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var said []struct {
		Is    any     `json:"is"`
		Error *string `json:"error"`
	}
	if err := json.Unmarshal(line, &said); err != nil {
		return nil, fmt.Errorf("%w in %q", err, line)
	}
	answers := make([]answer, len(said))
	for i, one := range said {
		answers[i] = answered(one.Is)
		if one.Error != nil {
			answers[i] = failed + answer(": "+*one.Error)
		}
	}
	return answers, nil
}

// limit ends the process if a call takes longer than patience.
func (s *scripted) limit() (done func()) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	stopped := context.AfterFunc(ctx, func() {
		if ctx.Err() == context.DeadlineExceeded {
			s.stop()
		}
	})
	return func() { stopped(); cancel() }
}

func (s *scripted) close() {
	_ = s.in.Close()
	defer s.limit()()
	_ = s.process.Wait()
	s.stop()
}

func failures(commands []words, err error) []answer {
	answers := make([]answer, len(commands))
	for i := range answers {
		answers[i] = failure(err)
	}
	return answers
}
