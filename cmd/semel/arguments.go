package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// one wants one argument, which the help calls what.
func one(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("%s is missing", what)
		case 1:
			if args[0] == "" {
				return fmt.Errorf("%s is empty: is a variable unset?", what)
			}
			return nil
		}
		return fmt.Errorf("%d arguments, want one %s: quote it if it holds blanks", len(args), what)
	}
}

// none wants no argument; hint says what to do instead, and may be empty.
func none(hint string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("unexpected argument %q%s", args[0], hint)
	}
}
