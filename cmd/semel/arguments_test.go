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
	} {
		got := semel(t, "", strings.Fields(call)...)
		require.Equal(t, exitUsage, got.code, call)
		require.Contains(t, got.errors, said, call)
	}
}
