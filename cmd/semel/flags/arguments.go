package flags

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// One wants one argument, which the help calls what.
func One(what string) cobra.PositionalArgs {
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

// None wants no argument; hint says what to do instead, and may be empty.
func None(hint string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("unexpected argument %q%s", args[0], hint)
	}
}

// lasting is a flag's value: a time above 0. "For ever" and "no lease" are said by leaving the flag out.
type lasting time.Duration

func (s *lasting) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("want a time above 0, such as 30s; to say that there is none leave the flag out")
	}
	*s = lasting(d)
	return nil
}

func (s *lasting) String() string { return time.Duration(*s).String() }

func (s *lasting) Type() string { return "duration" }

// number is a flag's value: a whole number.
type number uint64

func (n *number) Set(text string) error {
	read, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("want a whole number from 0 to %d", uint64(math.MaxUint64))
	}
	*n = number(read)
	return nil
}

func (n *number) String() string { return strconv.FormatUint(uint64(*n), 10) }

func (n *number) Type() string { return "uint" }

// Number adds a flag whose value is a whole number.
func Number(command *cobra.Command, into *uint64, name, usage string) {
	command.Flags().Var((*number)(into), name, usage)
	if *into == 0 {
		command.Flags().Lookup(name).DefValue = ""
	}
}

// named is a flag's value: a text that somebody has named, so it is not empty.
type named string

func (n *named) Set(text string) error {
	if text == "" {
		return errors.New("it is empty: is a variable unset? Leave the flag out if you mean none")
	}
	*n = named(text)
	return nil
}

func (n *named) String() string { return string(*n) }

func (n *named) Type() string { return "string" }

// Named adds a flag whose value is a text; one that is empty is refused.
func Named(command *cobra.Command, into *string, name, usage string) {
	command.Flags().Var((*named)(into), name, usage)
}

// Span adds a flag whose value is a lasting one. One of 0 stands for "not given".
func Span(command *cobra.Command, into *time.Duration, name, usage string) {
	command.Flags().Var((*lasting)(into), name, usage)
	if *into == 0 {
		command.Flags().Lookup(name).DefValue = ""
	}
}
