package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// commandLine is redis-cli: a process for each command.
type commandLine struct {
	path string
	args []string
}

func redisCLI(flags ...string) func(*testing.T, string, retries) client {
	return func(t *testing.T, address string, _ retries) client {
		return &commandLine{program(t, "redis-cli"), append([]string{"-p", portOf(t, address), "--json", "-e"}, protocol(flags)...)}
	}
}

// protocol: JSON alone would mean RESP3.
func protocol(flags []string) []string {
	if len(flags) == 0 {
		return []string{"-2"}
	}
	return flags
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return port
}

func (c *commandLine) run(commands ...words) []answer {
	if inner, ok := inTransaction(commands); ok {
		return c.transaction(commands, inner)
	}
	var answers []answer
	for _, command := range commands {
		answers = append(answers, c.one(command))
	}
	return answers
}

func (c *commandLine) one(command words) answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	process := exec.CommandContext(ctx, c.path, append(append([]string{}, c.args...), command...)...)
	var errorText bytes.Buffer
	process.Stderr = &errorText
	out, err := process.Output()
	if err != nil {
		return failure(errors.New(strings.TrimSpace(errorText.String() + err.Error())))
	}
	var value any
	if json.Unmarshal(out, &value) != nil {
		value = string(out) // INFO stays text
	}
	return answered(value)
}

// transaction is what a user types, one command a line; each is answered with a line.
func (c *commandLine) transaction(commands, inner []words) []answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	process := exec.CommandContext(ctx, c.path, c.args...)
	var typed strings.Builder
	for _, command := range commands {
		typed.WriteString(strings.Join(command, " ") + "\n")
	}
	process.Stdin = strings.NewReader(typed.String())
	out, err := process.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var values []any
	if json.Unmarshal([]byte(lines[len(lines)-1]), &values) != nil || len(values) != len(inner) {
		return failures(inner, errors.Join(errors.New(string(out)), err))
	}
	var answers []answer
	for _, value := range values {
		answers = append(answers, answered(value))
	}
	return answers
}

func (c *commandLine) close() {}
