package main

// Goal: a call with the wrong words is refused with exit 2, and is told what to do. Method: a table.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongArgumentsAreToldWhatToDo(t *testing.T) {
	for call, said := range map[string]string{
		"claim":         "KEY is missing",
		"claim a b":     "want one KEY",
		"query":         "KEY is missing",
		"wal dump":      "DIR is missing",
		"wal dunp DIR":  `unknown command "dunp" for "semel wal"`,
		"uniq FILE":     "semel uniq < FILE",
		"status node-1": "--nodes",
		"version 2":     `unexpected argument "2"`,
		// an empty word is written ''
		"claim ''":                        "KEY is empty: is a variable unset?",
		"claim k --owner ''":              "--owner is empty",
		"claim k --ns ''":                 "is a variable unset?",
		"uniq --run ''":                   "--run is empty",
		"claim k --nodes 127.0.0.1":       "want host:port",
		"claim k --nodes 127.0.0.1:1,":    "want host:port",
		"claim k --nodes https://a.b:443": "want host:port",
	} {
		words := strings.Fields(call)
		for i := range words {
			words[i] = strings.Trim(words[i], "'")
		}
		got := semel(t, "", words...)
		require.Equal(t, exitUsage, got.code, call)
		require.Contains(t, got.errors, said, call)
	}
}

func TestATimeOfZeroIsRefusedWhereverItIsAFlag(t *testing.T) {
	for _, args := range [][]string{
		{"claim", "k", "--ttl", "0"}, {"claim", "k", "--ttl", "0s"}, {"claim", "k", "--ttl", "-1s"}, {"claim", "k", "--lease", "0s"}, {"claim", "k", "--lease", "x"},
		{"complete", "k", "--token", "1", "--ttl", "0s"}, {"extend", "k", "--token", "1", "--lease", "0s"},
	} {
		said, code := operate(t, "127.0.0.1:1", "", args...)
		require.Equal(t, exitUsage, code, "%q: %s", args, said)
	}
}
