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

func (c *commandLine) close() {}
