package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const offsetHelp = `Shows the offset that consumers of a partition have stored with /v1/checkpoint, or with --set
stores another one, also further back. That is an operator's call and unfenced: stop the
consumers first, one that is at work does not notice. The claims that went with checkpoints
stand: forget those that are to be handled again (semel forget).

Exit codes: 0 shown or set; 1 there is none, or no room for one; 2 usage; 4 no answer.`

func offsetCommand() *cobra.Command {
	var c operation
	var set uint64
	command := &cobra.Command{
		Use: "offset STREAM PARTITION [--set N]", Short: "Show a checkpoint's offset, or set it back", Long: offsetHelp,
		Example: "  semel offset orders 0\n  semel offset orders 0 --set 4710",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("want STREAM and PARTITION")
			}
			if args[0] == "" || args[1] == "" {
				return errors.New("STREAM or PARTITION is empty: is a variable unset?")
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			p := cluster.Partition{Stream: args[0], Partition: []byte(args[1])}
			sets := command.Flags().Changed("set")
			if sets && set > dedup.MaxOffset {
				return fmt.Errorf("--set %d: want at most %d, nothing could follow it", set, uint64(dedup.MaxOffset))
			}
			answer, err := c.Ask(command.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
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
	c.CallFlags(command)
	command.Flags().Lookup("ns").Hidden = true
	flags.Number(command, &set, "set", fmt.Sprintf("the offset to store, 0 to %d", uint64(math.MaxUint64-1)))
	return command
}

func tellOffset(out io.Writer, a *cluster.Answer) error {
	if a.Outcome == dedup.OK {
		fmt.Fprintln(out, a.Offset)
		return nil
	}
	fmt.Fprintln(out, strings.ToLower(a.Outcome.String()))
	return exit.With(exit.No, nil)
}
