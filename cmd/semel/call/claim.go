package call

import (
	"context"
	"crypto/rand"
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

var claimCodes = map[dedup.Outcome]int{
	dedup.Won: 0, dedup.Duplicate: exit.Duplicate, dedup.InProgress: exit.InProgress, dedup.Mismatch: exit.Mismatch, dedup.Full: exit.Unavailable,
}

const claimHelp = `Asks to be the first for a key, once, across all machines. The first word printed is
the answer: won, duplicate, in_progress, mismatch or full.

Winning is not doing. With --lease you hold the key while you work: then complete it with
the token that is printed, or release it. If you die, the next one to claim it after the
lease wins it. semel run does that for a command, and extends the lease while it runs.
Without --lease a win is final at once ("was it seen?"): what then fails, or never
starts, nobody does again.

A ttl is a fixed window from the claim on: claims that are told "duplicate" do not lengthen it.

A KEY that begins with "-" goes behind --, where no word is a flag: semel claim --ttl 24h -- -17

Exit codes:
  0  won            2  usage               4  full, or no answer: see standard error
  1  duplicate      3  in progress         5  mismatch: the key stands with another fingerprint

After "no answer" the claim may stand. Repeat it with the --owner that the error names,
and you are told "won" if it was yours. Never use an owner for anything else.`

const claimExamples = `  semel run order-4711 --lease 30s -- ./ship 4711          # the whole, in one
  semel claim order-4711 --lease 5m                        # prints: won token 17
  semel complete order-4711 --token 17 --ttl 24h           # when the work is done
  semel claim order-4711 --ttl 24h                         # only: was it seen?
  semel claim order-4711 --ns payments --fingerprint "$(sha256sum < body | cut -c -64)"`

func claimCommand() *cobra.Command {
	var c flags.Client
	var claim cluster.Claim
	var asJSON bool
	command := &cobra.Command{
		Use: "claim KEY", Short: "Ask to be the first for a key", Args: flags.One("KEY"),
		Long: claimHelp, Example: claimExamples,
		RunE: func(command *cobra.Command, args []string) error {
			claim.Record = c.Record(args[0])
			if command.Flags().Changed("owner") && claim.Owner == "" {
				return errors.New("--owner is empty: give the one of the call that is repeated, or leave the flag out")
			}
			if claim.Owner == "" {
				claim.Owner = rand.Text()
			}
			answer, err := c.Ask(command.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
				return nodes.Claim(ctx, claim)
			})
			if err != nil {
				return unansweredClaim(err, &claim)
			}
			tellClaim(command.OutOrStdout(), &answer, claim.Lease > 0, asJSON)
			return claimExit(answer.Outcome)
		},
	}
	c.CallFlags(command)
	command.Flags().StringVar(&claim.Owner, "owner", "", "names this execution (default: drawn fresh); give one only to repeat a call")
	flags.Named(command, &claim.Fingerprint, "fingerprint", "a hash of the request: another one under the same key is a mismatch")
	flags.Span(command, &claim.TTL, "ttl", "how long the key stays claimed (default: for ever)")
	flags.Span(command, &claim.Lease, "lease", "hold the key for so long and complete it later (default: done at once)")
	command.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	return command
}

// unansweredClaim adds to an unknown outcome how to learn it.
func unansweredClaim(err error, claim *cluster.Claim) error {
	var unavailable *cluster.UnavailableError
	if errors.As(err, &unavailable) && unavailable.Unknown {
		return exit.With(exit.Unavailable, fmt.Errorf("%w\nTo learn whether it was won repeat the same command with --owner %s", err, claim.Owner))
	}
	return err
}

func tellClaim(out io.Writer, a *cluster.Answer, leased, asJSON bool) {
	if asJSON {
		tellJSON(out, a)
		return
	}
	said := strings.ToLower(a.Outcome.String())
	switch {
	case a.Outcome == dedup.Won && leased:
		said += fmt.Sprintf(" token %d", a.Token)
	case a.Outcome == dedup.InProgress:
		said += fmt.Sprintf(" retry after %v", a.RetryAfter.Round(time.Millisecond))
	case a.Outcome == dedup.Duplicate && a.Value != nil:
		said += fmt.Sprintf(" response %q", a.Value)
	}
	fmt.Fprintln(out, said)
}

func claimExit(outcome dedup.Outcome) error {
	switch code, known := claimCodes[outcome]; {
	case !known:
		return exit.With(exit.Unavailable, fmt.Errorf("a claim was answered %v: is the node newer than this program?", outcome))
	case outcome == dedup.Full:
		return exit.With(code, exit.ErrFull)
	case code != 0:
		return exit.With(code, nil)
	}
	return nil
}
