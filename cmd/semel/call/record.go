package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const completeHelp = `Ends a claim that was won with a lease: from now on the key is done, and whoever claims
it is told "duplicate" and the response. The token is the one that claim printed. It
works also when the lease is over, as long as nobody else has won the key since.
Completing again with the same token is no error; the first response stays.

A KEY that begins with "-" goes behind --, where no word is a flag: semel complete --token 17 -- -17

Exit codes: 0 completed; 1 not, the word printed says why (fenced: somebody else has won
the key since; not_found: it has expired or was released); 2 usage; 4 no answer, or no
room for the response.`

func completeCommand() *cobra.Command {
	var response string
	var ttl time.Duration
	command := fencedCommand("complete", func(ctx context.Context, command *cobra.Command, nodes *cluster.Client, r cluster.Record, token uint64) (cluster.Answer, error) {
		var told []byte
		if command.Flags().Changed("response") {
			told = []byte(response)
		}
		return nodes.Complete(ctx, r, token, told, ttl)
	})
	command.Short, command.Long = "Complete a claim that was won with a lease", completeHelp
	command.Example = "  semel complete order-4711 --token 17 --response shipped"
	command.Flags().StringVar(&response, "response", "", "what duplicates are told")
	flags.Span(command, &ttl, "ttl", "how long the key stays done from now on (default: as it was claimed)")
	return command
}

const releaseHelp = `Gives up a claim that was won with a lease: the next one to claim the key wins it. A key
that is completed stays so. A call whose reply was lost is asked again and may then
find its own work: that is said as "released or gone", and is no error.

A KEY that begins with "-" goes behind --, where no word is a flag: semel release --token 17 -- -17

Exit codes: 0 released, or gone; 1 not, the word printed says why (completed: it is done
and stays; fenced: somebody else has won the key since; not_found: it has expired or
was released before); 2 usage; 4 no answer.`

func releaseCommand() *cobra.Command {
	command := fencedCommand("release", func(ctx context.Context, _ *cobra.Command, nodes *cluster.Client, r cluster.Record, token uint64) (cluster.Answer, error) {
		return nodes.Release(ctx, r, token)
	})
	command.Short, command.Long = "Give up a claim that was won with a lease", releaseHelp
	command.Example = "  semel release order-4711 --token 17"
	return command
}

const extendHelp = `Holds a claim that was won with a lease for longer: the lease ends that much from now on. It
works also when the lease is over, as long as nobody else has won the key since. A lease
is never extended past the ttl that the key was claimed with: claim without one, and give
it to complete. (semel run does all of this for a command.)

A KEY that begins with "-" goes behind --, where no word is a flag: semel extend --token 17 --lease 30s -- -17

Exit codes: 0 extended; 1 not, the word printed says why (fenced: somebody else has won
the key since; not_found: it has expired or was released; completed: it is done); 2 usage;
4 no answer.`

func extendCommand() *cobra.Command {
	var lease time.Duration
	command := fencedCommand("extend", func(ctx context.Context, c *cobra.Command, nodes *cluster.Client, r cluster.Record, token uint64) (cluster.Answer, error) {
		answer, err := nodes.Extend(ctx, r, token, lease)
		if err == nil {
			sayCut(c.ErrOrStderr(), &answer, lease)
		}
		return answer, err
	})
	command.Use += " --lease DURATION"
	command.Short, command.Long = "Hold a claim that was won with a lease for longer", extendHelp
	command.Example = "  semel extend order-4711 --token 17 --lease 30s"
	flags.Span(command, &lease, "lease", "how long from now on the key is held")
	_ = command.MarkFlagRequired("lease")
	return command
}

// sayCut says it where the ttl has cut the lease that was asked for.
func sayCut(out io.Writer, a *cluster.Answer, asked time.Duration) {
	var told struct {
		Lease uint64 `json:"lease_ms"`
	}
	if a.Outcome == dedup.OK && json.Unmarshal(a.Text, &told) == nil && told.Lease != 0 && told.Lease < uint64(asked.Milliseconds()) {
		fmt.Fprintf(out, "semel extend: only for %v: the key's ttl ends then, and it can be won again\n", time.Duration(told.Lease)*time.Millisecond)
	}
}

const queryHelp = `Prints the record of a key as JSON; changes nothing. "result" is absent, pending (claimed
with a lease, not completed) or done. The read is ordered among the claims: it sees all
that were answered before it. With --stale any one node answers at once with what it
has applied, also while there is no leader; "number" and "log_time_ms" tell how far
that is, "stale_ms" how old at most: whatever anybody was told that long before is in
it. Where the node does not know it says null.

A KEY that begins with "-" goes behind --, where no word is a flag: semel query -- -17

Exit codes: 0 whatever the record is; 2 usage; 4 no answer.`

func queryCommand() *cobra.Command {
	var c flags.Client
	var stale bool
	command := &cobra.Command{
		Use: "query KEY", Short: "Show the record of a key", Args: flags.One("KEY"), Long: queryHelp,
		Example: "  semel query order-4711\n  semel query order-4711 --stale --nodes 10.0.0.2:7100",
		RunE: func(command *cobra.Command, args []string) error {
			answer, err := c.Ask(command.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
				return nodes.Query(ctx, c.Record(args[0]), stale)
			})
			if err == nil {
				tellJSON(command.OutOrStdout(), &answer)
			}
			return err
		},
	}
	c.CallFlags(command)
	command.Flags().BoolVar(&stale, "stale", false, "what one node has applied, which may lack the latest claims")
	return command
}

type fencedCall func(context.Context, *cobra.Command, *cluster.Client, cluster.Record, uint64) (cluster.Answer, error)

// fencedCommand is a command on the claim that won with a token.
func fencedCommand(name string, call fencedCall) *cobra.Command {
	var c flags.Client
	var token uint64
	var asJSON bool
	command := &cobra.Command{
		Use: name + " KEY --token TOKEN", Args: flags.One("KEY"),
		RunE: func(command *cobra.Command, args []string) error {
			answer, err := c.Ask(command.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
				return call(ctx, command, nodes, c.Record(args[0]), token)
			})
			if err != nil {
				return err
			}
			said, err := verdict(name, &answer)
			if asJSON {
				said = strings.TrimSpace(string(answer.Text))
			}
			fmt.Fprintln(command.OutOrStdout(), said)
			return err
		},
	}
	c.CallFlags(command)
	flags.Number(command, &token, "token", "the token that the claim was won with")
	command.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	_ = command.MarkFlagRequired("token")
	return command
}

// verdict returns the word for an answer to complete or release, and an error where the
// claim did not end as it was asked for.
//
// A call that is repeated after an unknown outcome may find its own work. Of a release
// that is NOT_FOUND, or FENCED when the key was won again: in each case the claim is gone,
// which is what was asked for. A completed claim that is not found has expired, or the
// call was never applied: nobody knows.
func verdict(name string, a *cluster.Answer) (string, error) {
	gone := a.Outcome == dedup.NotFound || a.Outcome == dedup.Fenced
	switch {
	case a.Outcome == dedup.OK:
		return strings.TrimSuffix(name, "e") + "ed", nil
	case a.Repeated && gone && name == "release":
		return "released or gone", nil
	case a.Repeated && gone && name == "complete":
		return "unknown", exit.With(exit.Unavailable, errors.New("the first attempt got no reply, and now the claim is gone: it was completed and has gone since, or it never was"))
	case a.Outcome == dedup.Fenced:
		return fmt.Sprintf("fenced by token %d", a.Token), exit.With(exit.No, nil)
	case a.Outcome == dedup.Full:
		return "full", exit.With(exit.Unavailable, errors.New("no room for the response: complete it without one, or later; the claim stands"))
	default:
		return strings.ToLower(a.Outcome.String()), exit.With(exit.No, nil)
	}
}

// tellJSON prints the answer as the node sent it.
func tellJSON(out io.Writer, a *cluster.Answer) {
	fmt.Fprintln(out, strings.TrimSpace(string(a.Text)))
}
