package smt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Answer is what a solver makes of a question.
type Answer int

// The answers.
const (
	Unknown Answer = iota // no answer in time
	Proved                // the goal follows
	Refuted               // the hypotheses hold and the goal does not, in some world
)

func (a Answer) String() string { return [...]string{"unknown", "proved", "refuted"}[a] }

// ErrSolver is returned when the solver does not understand a question, or ends.
var ErrSolver = errors.New("the solver failed")

// Solver is a process of z3 that is asked one question after another. It is used by one goroutine at a time.
type Solver struct {
	binary  string
	seed    int
	options []string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// NewSolver starts no process before the first question.
// Options are z3's own, as on its command line.
func NewSolver(binary string, seed int, options ...string) *Solver {
	return &Solver{binary: binary, seed: seed, options: options}
}

// Enumerating are options for questions in which quantifiers are written out.
var Enumerating = []string{"smt.arith.solver=2"}

func (s *Solver) start() error {
	s.cmd = exec.Command(s.binary, append([]string{"-in", "-smt2"}, s.options...)...)
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.in, s.out = in, bufio.NewScanner(out)
	s.out.Buffer(nil, 1<<24)
	return s.cmd.Start()
}

// Close ends the process.
func (s *Solver) Close() {
	if s.cmd != nil {
		s.in.Close()
		s.cmd.Process.Kill() //nolint:errcheck // it may have ended by itself
		s.cmd.Wait()         //nolint:errcheck // it was killed
		s.cmd = nil
	}
}

const done = "the answer ends here"

// grace is how long a solver may take to notice that its time is over.
const grace = 10 * time.Second

// Ask asks a question, for so long.
func (s *Solver) Ask(ctx context.Context, question string, limit time.Duration) (Answer, error) {
	lines, err := s.say(ctx, fmt.Sprintf("(reset)\n(set-option :timeout %d)\n(set-option :smt.random_seed %d)\n(set-option :sat.random_seed %d)\n%s(check-sat)\n",
		limit.Milliseconds(), s.seed, s.seed, question), limit+grace)
	if err != nil {
		return Unknown, err
	}
	switch strings.Join(lines, "\n") {
	case "unsat":
		return Proved, nil
	case "sat":
		return Refuted, nil
	case "unknown", "timeout", "":
		return Unknown, nil
	}
	return Unknown, fmt.Errorf("%w: %s", ErrSolver, strings.Join(lines, "\n"))
}

// Value returns what a term is in the world that the last answer, Refuted, was found in.
func (s *Solver) Value(ctx context.Context, t *Term) (string, error) {
	lines, err := s.say(ctx, fmt.Sprintf("(get-value (%s))\n", t), grace)
	if err != nil {
		return "", err
	}
	text := strings.Join(lines, " ")
	before := len("((") + len(t.String()) + len(" ")
	if len(text) < before || strings.HasPrefix(text, "(error") {
		return "", fmt.Errorf("%w: %s", ErrSolver, text)
	}
	return strings.TrimSuffix(text[before:], "))"), nil
}

// say writes commands and reads what they print. A solver that stays silent is ended: the question is then without an answer.
func (s *Solver) say(ctx context.Context, commands string, limit time.Duration) ([]string, error) {
	if s.cmd == nil {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	kill := context.AfterFunc(ctx, func() { s.cmd.Process.Kill() }) //nolint:errcheck // it may have ended by itself
	defer kill()
	if _, err := io.WriteString(s.in, commands+"(echo \""+done+"\")\n"); err != nil {
		return s.ended(ctx)
	}
	var lines []string
	for s.out.Scan() {
		line := s.out.Text()
		if line == done {
			return lines, nil
		}
		lines = append(lines, line)
	}
	return s.ended(ctx)
}

func (s *Solver) ended(ctx context.Context) ([]string, error) {
	s.Close()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return []string{"timeout"}, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%w: it ended", ErrSolver)
}
