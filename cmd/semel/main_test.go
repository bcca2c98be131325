package main

// Goal: a call of any command is told what is wrong in it, and the help has all of them. Method: the program, run.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestEveryCommandIsInAGroupOfTheHelp(t *testing.T) {
	for _, c := range root().Commands() {
		require.True(t, c.GroupID != "" || c.Hidden, c.Name())
		require.NotEmpty(t, c.Short, c.Name())
	}
}
