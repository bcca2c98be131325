package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/status"
)

const capacityHelp = `Shows how much the cluster holds and may hold, or sets how much it may hold, while it works. A
change goes through the log and counts on all nodes from its place there. Below what then stands it
changes nothing, and says how much that is: nothing is ever dropped for it. What has expired
is not counted in tables of up to 65,536 keys; in larger ones it may be until it was swept.

Memory: about 52 bytes a key on each node, and the bytes of values and fingerprints.

Exit codes: 0 shown or set; 1 more stands, nothing was changed; 2 usage; 4 no answer.`

func capacityCommand() *cobra.Command {
	var c operation
	var keys uint64
	var size flags.Bytes
	command := &cobra.Command{
		Use: "capacity [--keys N] [--bytes N]", Short: "Show or set how many keys the cluster may hold", Args: flags.None(""), Long: capacityHelp,
		Example: "  semel capacity\n  semel capacity --keys 20000000\n  semel capacity --bytes 4GiB",
		RunE: func(command *cobra.Command, _ []string) error {
			return c.capacity(command, keys, uint64(size))
		},
	}
	c.CallFlags(command)
	command.Flags().Lookup("ns").Hidden = true
	flags.Number(command, &keys, "keys", "how many keys may stand at once")
	command.Flags().Var(&size, "bytes", "how many bytes values and fingerprints may take")
	return command
}

func (c *operation) capacity(command *cobra.Command, keys, size uint64) error {
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
	nodes, err := c.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	held, err := nodes.Resize(command.Context(), keys, size)
	if err != nil {
		return c.Unanswered(err)
	}
	fmt.Fprintf(command.OutOrStdout(), "%d of %d keys, %d of %d bytes\n", held.Keys, keys, held.Bytes, size)
	if !held.OK {
		return exit.With(exit.No, errors.New("nothing was changed: more stands than that. Let keys expire, or forget some (semel forget)"))
	}
	return nil
}

// anyStatus is that of the node which is the furthest.
func (c *operation) anyStatus(ctx context.Context) (furthest status.Node, err error) {
	for _, n := range status.AskAll(ctx, strings.Split(c.Nodes, ",")).Nodes {
		if n.CapacityKeys > 0 && n.Applied >= furthest.Applied {
			furthest = n
		}
	}
	if furthest.CapacityKeys == 0 {
		return furthest, exit.With(exit.Unavailable, errors.New("no node says how much it holds: see `semel status`"))
	}
	return furthest, nil
}
