//go:build mutants

package main

// Goal: the tests can fail. Method: each fault is switched on in the program, and one of the stories ends otherwise.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// caught is the story that shows each fault.
var caught = map[string]func(dir string, environment ...string) bool{
	"books-whatever-comes":      func(dir string, e ...string) bool { return wrongAfter(dir, "booked", 3, e...) != "" },
	"resumes-at-the-checkpoint": func(dir string, e ...string) bool { return wrongAfter(dir, "answered", 3, e...) != "" },
	"writes-in-place":           func(dir string, e ...string) bool { return wrongAfter(dir, "half written", 1, e...) != "" },
	"takes-an-older-log": func(dir string, e ...string) bool {
		return !strings.Contains(olderLog(dir, e...), errOlderLog.Error())
	},
}

func TestEachMutantIsCaught(t *testing.T) {
	for _, id := range mutantIDs {
		require.False(t, caught[id](t.TempDir()), "noticed without %s", id)
		require.True(t, caught[id](t.TempDir(), "SEMEL_EMBEDDED_MUTANT="+id), "%s survives", id)
	}
}
