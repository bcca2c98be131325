package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
	"github.com/eventstreamcore/semel/dedup/server"
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
	var c client
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
	c.callFlags(command)
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
			if err := lines.Err(); err != nil {
				return nil, false, fmt.Errorf("line %d of standard input: %w", n, err)
			}
			return nil, false, nil
		}
		if len(lines.Bytes()) == 0 {
			return nil, false, fmt.Errorf("line %d of standard input is empty: a key has at least one byte", n)
		}
		return append([]byte(nil), lines.Bytes()...), true, nil
	}, nil
}

// forgetAtOnce is how many keys one call takes.
const forgetAtOnce = 512

func (c *client) forget(ctx context.Context, out io.Writer, next func() ([]byte, bool, error)) error {
	nodes, err := c.open()
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
		answers, err := nodes.ForgetAll(ctx, c.namespace, keys)
		if err != nil {
			return errors.Join(c.unanswered(err), told.Flush())
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

const capacityHelp = `Shows how much the cluster holds and may hold, or sets how much it may hold, while it works. A
change goes through the log and counts on all nodes from its place there. Below what then stands it
changes nothing, and says how much that is: nothing is ever dropped for it. What has expired
is not counted in tables of up to 65,536 keys; in larger ones it may be until it was swept.

Memory: about 52 bytes a key on each node, and the bytes of values and fingerprints.

Exit codes: 0 shown or set; 1 more stands, nothing was changed; 2 usage; 4 no answer.`

func capacityCommand() *cobra.Command {
	var c client
	var keys uint64
	var size byteCount
	command := &cobra.Command{
		Use: "capacity [--keys N] [--bytes N]", Short: "Show or set how many keys the cluster may hold", Args: none(""), Long: capacityHelp,
		Example: "  semel capacity\n  semel capacity --keys 20000000\n  semel capacity --bytes 4GiB",
		RunE: func(command *cobra.Command, _ []string) error {
			return c.capacity(command, keys, uint64(size))
		},
	}
	c.callFlags(command)
	command.Flags().Lookup("ns").Hidden = true
	command.Flags().Uint64Var(&keys, "keys", 0, "how many keys may stand at once")
	command.Flags().Var(&size, "bytes", "how many bytes values and fingerprints may take")
	return command
}

func (c *client) capacity(command *cobra.Command, keys, size uint64) error {
	setsKeys, setsBytes := command.Flags().Changed("keys"), command.Flags().Changed("bytes")
	now, err := c.anyStatus(command.Context())
	if err != nil {
		return err
	}
	if !setsKeys && !setsBytes {
		fmt.Fprintf(command.OutOrStdout(), "%d of %d keys, %d of %d bytes\n", now.Keys, now.CapacityKeys, now.Bytes, now.CapacityBytes)
		return nil
	}
	if !setsKeys {
		keys = now.CapacityKeys
	}
	if !setsBytes {
		size = now.CapacityBytes
	}
	nodes, err := c.open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	held, err := nodes.Resize(command.Context(), keys, size)
	if err != nil {
		return c.unanswered(err)
	}
	fmt.Fprintf(command.OutOrStdout(), "%d of %d keys, %d of %d bytes\n", held.Keys, keys, held.Bytes, size)
	if !held.OK {
		return &exitError{1, errors.New("nothing was changed: more stands than that. Let keys expire, or forget some (semel forget)")}
	}
	return nil
}

// anyStatus is that of the node which is the furthest.
func (c *client) anyStatus(ctx context.Context) (furthest server.Status, err error) {
	report := askAll(ctx, strings.Split(c.nodes, ","))
	for _, n := range report.Nodes {
		if status, failed := fetchStatus(ctx, n.Address); failed == nil && status.CapacityKeys > 0 && status.Applied >= furthest.Applied {
			furthest = status
		}
	}
	if furthest.CapacityKeys == 0 {
		return furthest, &exitError{exitUnavailable, errors.New("no node says how much it holds: see `semel status`")}
	}
	return furthest, nil
}

const offsetHelp = `Shows the offset that consumers of a partition have stored with /v1/checkpoint, or with --set
stores another one, also further back. That is an operator's call and unfenced: stop the
consumers first, one that is at work does not notice. The claims that went with checkpoints
stand: forget those that are to be handled again (semel forget).

Exit codes: 0 shown or set; 1 there is none, or no room for one; 2 usage; 4 no answer.`

func offsetCommand() *cobra.Command {
	var c client
	var set uint64
	command := &cobra.Command{
		Use: "offset STREAM PARTITION [--set N]", Short: "Show a checkpoint's offset, or set it back", Long: offsetHelp,
		Example: "  semel offset orders 0\n  semel offset orders 0 --set 4710",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[1] == "" {
				return errors.New("want STREAM and PARTITION")
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			p := cluster.Partition{Stream: args[0], Partition: []byte(args[1])}
			sets := command.Flags().Changed("set")
			if sets && set > dedup.MaxOffset {
				return fmt.Errorf("--set %d: want at most %d, nothing could follow it", set, uint64(dedup.MaxOffset))
			}
			answer, err := c.ask(command.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
				if sets {
					return nodes.SetOffset(ctx, p, set)
				}
				return nodes.Offset(ctx, p)
			})
			if err != nil {
				return err
			}
			return tellOffset(command.OutOrStdout(), &answer)
		},
	}
	c.callFlags(command)
	command.Flags().Lookup("ns").Hidden = true
	command.Flags().Uint64Var(&set, "set", 0, fmt.Sprintf("the offset to store, 0 to %d", uint64(math.MaxUint64-1)))
	return command
}

func tellOffset(out io.Writer, a *cluster.Answer) error {
	if a.Outcome == dedup.OK {
		fmt.Fprintln(out, a.Offset)
		return nil
	}
	fmt.Fprintln(out, strings.ToLower(a.Outcome.String()))
	return &exitError{code: 1}
}
