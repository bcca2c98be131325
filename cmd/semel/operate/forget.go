package operate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const forgetHelp = `Deletes the record of each key, whatever its state and whoever holds it: the next one to
claim the key wins it. For what has to be handled again, for a person who asks to be erased, for
a test that is repeated. It is unfenced: who is at work on the key is not asked, and the
guarantees do not speak of a key that was forgotten. Each node counts what it was asked to
forget ("unfenced" in its /v1/status).

With "-" in place of the keys they are read from standard input, a line each. A word stands for
each key in the order given: forgotten, or not_found.

Exit codes: 0 whatever was found; 2 usage; 4 no answer: forget them again, that does no harm.`

func forgetCommand() *cobra.Command {
	var c operation
	command := &cobra.Command{
		Use: "forget KEY... | -", Short: "Delete the records of keys, whoever holds them", Long: forgetHelp,
		Example: "  semel forget evt_1 evt_2 --ns webhooks\n  semel forget - --ns webhooks < keys.txt",
		RunE: func(command *cobra.Command, args []string) error {
			keys, err := keysOf(command.InOrStdin(), args)
			if err != nil {
				return err
			}
			return c.forget(command.Context(), command.OutOrStdout(), keys)
		},
	}
	c.CallFlags(command)
	return command
}

// keysOf returns a function that gives the next key; false at the end.
func keysOf(input io.Reader, args []string) (next func() ([]byte, bool, error), err error) {
	switch {
	case len(args) == 0:
		return nil, errors.New("KEY is missing; - reads keys from standard input")
	case len(args) > 1 || args[0] != "-":
		return func() ([]byte, bool, error) {
			if len(args) == 0 {
				return nil, false, nil
			}
			key := args[0]
			args = args[1:]
			if key == "" {
				return nil, false, errors.New("KEY is empty: is a variable unset?")
			}
			return []byte(key), true, nil
		}, nil
	}
	lines, n := bufio.NewScanner(input), 0
	lines.Buffer(nil, cluster.MaxKeyBytes+1)
	return func() ([]byte, bool, error) {
		if n++; !lines.Scan() {
			if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
				return nil, false, fmt.Errorf("line %d of standard input has more than %d bytes, the most of a key; keys of earlier lines that were answered are forgotten", n, cluster.MaxKeyBytes)
			} else if err != nil {
				return nil, false, fmt.Errorf("line %d of standard input: %w", n, err)
			}
			return nil, false, nil
		}
		if len(lines.Bytes()) == 0 {
			return nil, false, fmt.Errorf("line %d of standard input is empty: a key has at least one byte; keys of earlier lines that were answered are forgotten", n)
		}
		return append([]byte(nil), lines.Bytes()...), true, nil
	}, nil
}

// forgetAtOnce is how many keys one call takes.
const forgetAtOnce = 512

func (c *operation) forget(ctx context.Context, out io.Writer, next func() ([]byte, bool, error)) error {
	nodes, err := c.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	told := bufio.NewWriter(out)
	for more := true; more; {
		var keys [][]byte
		for len(keys) < forgetAtOnce && more {
			key, ok, err := next()
			if err != nil {
				return errors.Join(err, told.Flush())
			}
			if more = ok; ok {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			break
		}
		answers, err := nodes.ForgetAll(ctx, c.Namespace, keys)
		if err != nil {
			return errors.Join(c.Unanswered(err), told.Flush())
		}
		for i := range answers {
			fmt.Fprintln(told, forgetWord(&answers[i]))
		}
	}
	return told.Flush()
}

func forgetWord(a *cluster.Answer) string {
	switch {
	case a.Outcome == dedup.OK:
		return "forgotten"
	case a.Repeated:
		return "forgotten or not_found" // the first attempt got no reply
	}
	return "not_found"
}
