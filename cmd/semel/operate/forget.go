package operate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/records"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const forgetHelp = `Deletes the record of each key, whatever its state and whoever holds it: the next one to
claim the key wins it. For what has to be handled again, for a person who asks to be erased, for
a test that is repeated. It is unfenced: who is at work on the key is not asked, and the
guarantees do not speak of a key that was forgotten. Each node counts what it was asked to
forget ("unfenced" in its /v1/status).

What semel uniq claimed is named as it was there: the same records on standard input, and the
same --json, --csv, --key, --header, --delimiter and --ns (see semel uniq --help). With "-" alone, as
with uniq without flags, each line is a key, without its LF or CRLF. Input in gzip or zstd is
unpacked. A last line without a newline is taken as whole, and that is said.

A word stands on standard output for each key or record (not for a header), in their order:
forgotten, not_found, or no_key for a record that has none. Such records are told and
counted on standard error, and the others forgotten all the same. Of one key that is given
twice the second is not_found.

A key that begins with "-" goes behind "--", where all words are keys: semel forget -- -k. "-"
beside other keys, and in front of "--", is refused.

Exit codes: 0 whatever was found; 1 a record has no key; 2 usage, or the input can't be read
to its end; 4 no answer: forget them again, that does no harm.`

const forgetExamples = `  semel forget evt_1 evt_2 --ns webhooks
  semel forget --json user,order --ns webhooks < wrongly-claimed.jsonl
  semel forget --csv order_id --header < orders.csv
  semel forget - --ns webhooks < keys.txt`

func forgetCommand() *cobra.Command {
	var c forgetting
	command := &cobra.Command{
		Use: "forget KEY... | -", Short: "Delete the records of keys, whoever holds them", Long: forgetHelp, Example: forgetExamples,
		RunE: func(command *cobra.Command, args []string) error {
			next, err := c.source(command, args)
			if err != nil {
				return err
			}
			return c.forget(command, next)
		},
	}
	c.CallFlags(command)
	c.naming.AddFlags(command.Flags(), "the first record is not forgotten")
	return command
}

// forgetting is one call of forget.
type forgetting struct {
	operation
	naming records.Naming
	word   string // what a record is called; empty: keys are arguments
	counts struct{ records, forgotten, absent, unknown, keyless int }
}

// wanted is what is to be forgotten.
type wanted struct {
	key  []byte
	none bool // it has no key, which was said
}

// source returns a function that gives the next one to forget, and io.EOF behind the last.
func (c *forgetting) source(command *cobra.Command, args []string) (func() (wanted, error), error) {
	given, err := records.Given(command.Flags())
	if err != nil {
		return nil, err
	}
	input, err := readsInput(args, command.ArgsLenAtDash(), given)
	if err != nil {
		return nil, err
	}
	if !input {
		return arguments(args)
	}
	format, err := c.naming.Format()
	if err != nil {
		return nil, err
	}
	c.word = format.Word
	return c.records(command, format), nil
}

// readsInput decides whether records are read or the arguments are keys. Behind "--", which stands behind the first
// dash arguments (-1: nowhere), all are keys.
func readsInput(args []string, dash int, named bool) (bool, error) {
	minus := 0
	for i, arg := range args {
		if arg == "-" && (dash < 0 || i < dash) {
			minus++
		}
	}
	switch {
	case minus > 0 && len(args) > 1:
		return false, errors.New(`"-" reads keys from standard input and stands alone; a key that is "-" goes behind "--": semel forget -- a -`)
	case minus == 1:
		return true, nil
	case named && len(args) > 0:
		return false, fmt.Errorf("unexpected argument %q: --json, --csv and --key find keys in records, which are read from standard input: semel forget --json id < FILE", args[0])
	case len(args) == 0 && !named:
		return false, errors.New("KEY is missing; - reads keys from standard input, --json, --csv and --key find them in its records")
	}
	return named, nil
}

func arguments(keys []string) (func() (wanted, error), error) {
	for _, key := range keys {
		if key == "" {
			return nil, errors.New("KEY is empty: is a variable unset?")
		}
	}
	return func() (wanted, error) {
		if len(keys) == 0 {
			return wanted{}, io.EOF
		}
		key := keys[0]
		keys = keys[1:]
		return wanted{key: []byte(key)}, nil
	}, nil
}

// At most so many keys, and so many bytes of keys, go into one call, whose body has a limit.
const (
	forgetAtOnce      = 512
	forgetBytesAtOnce = 128 << 10 // six times as many where each byte is escaped
)

func (c *forgetting) forget(command *cobra.Command, next func() (wanted, error)) error {
	nodes, err := c.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	told := bufio.NewWriter(command.OutOrStdout())
	for err == nil {
		var some []wanted
		if some, err = gather(next); err != nil && !errors.Is(err, io.EOF) {
			break // the records in hand are not forgotten: of those that were, words are out
		}
		if wrong := c.ask(command.Context(), nodes, told, some); wrong != nil {
			err = c.Unanswered(wrong)
		}
	}
	if wrong := told.Flush(); wrong != nil {
		err = errors.Join(err, fmt.Errorf("write the words: %w; forget the same keys again, that does no harm", wrong))
	}
	return c.outcome(command, err)
}

// gather takes as many as go into one call.
func gather(next func() (wanted, error)) (some []wanted, err error) {
	for bytes := 0; len(some) < forgetAtOnce && bytes <= forgetBytesAtOnce-cluster.MaxKeyBytes; {
		one, err := next()
		if err != nil {
			return some, err
		}
		some, bytes = append(some, one), bytes+len(one.key)
	}
	return some, nil
}

// ask forgets some and tells a word for each.
func (c *forgetting) ask(ctx context.Context, nodes *cluster.Client, told io.Writer, some []wanted) error {
	var keys [][]byte
	for _, w := range some {
		if !w.none {
			keys = append(keys, w.key)
		}
	}
	var answers []cluster.Answer
	if len(keys) > 0 {
		var err error
		if answers, err = nodes.ForgetAll(ctx, c.Namespace, keys); err != nil {
			return err
		}
	}
	for _, w := range some {
		c.counts.records++
		if w.none {
			c.counts.keyless++
			fmt.Fprintln(told, "no_key")
			continue
		}
		fmt.Fprintln(told, c.wordOf(&answers[0]))
		answers = answers[1:]
	}
	return nil
}

func (c *forgetting) wordOf(a *cluster.Answer) string {
	switch {
	case a.Outcome == dedup.OK:
		c.counts.forgotten++
		return "forgotten"
	case a.Repeated:
		c.counts.unknown++
		return "forgotten or not_found" // the first attempt got no reply
	}
	c.counts.absent++
	return "not_found"
}

// outcome says what became of records, and of the error that ended it.
func (c *forgetting) outcome(command *cobra.Command, err error) error {
	if c.word == "" {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	n := &c.counts
	said := fmt.Sprintf("%d %ss: %d forgotten, %d not_found", n.records, c.word, n.forgotten, n.absent)
	if n.unknown > 0 {
		said += fmt.Sprintf(", %d forgotten or not_found", n.unknown)
	}
	if n.keyless > 0 {
		said += fmt.Sprintf(", %d without a key", n.keyless)
	}
	if n.records > 0 || errors.Is(err, io.EOF) {
		c.say(command, "%s", said)
	}
	switch {
	case errors.Is(err, io.EOF) && n.keyless > 0:
		return exit.With(exit.No, nil)
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

func (c *forgetting) say(command *cobra.Command, format string, args ...any) {
	fmt.Fprintf(command.ErrOrStderr(), "semel forget: "+format+"\n", args...)
}
