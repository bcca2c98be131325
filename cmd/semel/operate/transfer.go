package operate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const transferHelp = `Has another node lead: before a machine is worked on, or to bring the lead where most clients are.
It takes some milliseconds. Calls wait meanwhile, none is refused for it, and they are done by the
next leader in their order. A stop of a node (SIGTERM) does it by itself.

The node that is to lead must have the whole log on its disk; the leader waits for that for an
election timeout (0.4 s), and then leads on.

Exit codes: 0 another node leads, or the one that was named did already; 1 the leader leads on, and
why; 2 usage, or the cluster has no such node; 4 no answer, or no leader.`

func transferCommand() *cobra.Command {
	var c operation
	var to uint64
	command := &cobra.Command{
		Use: "transfer [--to ID]", Short: "Have another node lead", Args: flags.None(""), Long: transferHelp,
		Example: "  semel transfer\n  semel transfer --to 2",
		RunE: func(command *cobra.Command, _ []string) error {
			if command.Flags().Changed("to") && (to == 0 || to > 63) {
				return fmt.Errorf("--to %d: want the number of a node, 1 to 63", to)
			}
			return c.transfer(command, uint8(to))
		},
	}
	c.CallFlags(command)
	command.Flags().Lookup("ns").Hidden = true
	flags.Number(command, &to, "to", "the node that is to lead; without it whichever is fit")
	return command
}

func (c *operation) transfer(command *cobra.Command, to uint8) error {
	nodes, err := c.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	leader, err := nodes.Transfer(command.Context(), to)
	var refused *cluster.RefusedError
	switch {
	case errors.As(err, &refused) && strings.HasPrefix(refused.Type, "/problems/transfer-"):
		return exit.With(exit.No, errors.New(refused.Detail))
	case errors.As(err, &refused):
		return exit.With(exit.Usage, errors.New(refused.Detail))
	case err != nil:
		return c.Unanswered(err)
	}
	fmt.Fprintf(command.OutOrStdout(), "node %d leads\n", leader)
	return nil
}
