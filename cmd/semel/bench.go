package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/bench"
)

// exitBroken is of bench: a key was won twice or lost by all.
const exitBroken = 1

func benchCommand() *cobra.Command {
	c := bench.Command()
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		err := run(c, args)
		switch {
		case errors.Is(err, bench.ErrBroken):
			return &exitError{exitBroken, err}
		case errors.Is(err, bench.ErrUnavailable):
			return &exitError{exitUnavailable, err}
		default:
			return err
		}
	}
	return c
}
