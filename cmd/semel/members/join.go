package members

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

var joinHelp = map[string]string{
	"add":     "Says what to run on the machine of a node that is to join",
	"replace": "Says what to run on the machine of a node that takes the place of a member whose folder is gone",
	"move":    "Says how a member goes on at another machine or address, with its folder",
}

// joinCommand is add, replace or move.
func joinCommand(what string) *cobra.Command {
	var a asking
	c := &cobra.Command{
		Use: what + " ID", Short: joinHelp[what],
		Long: joinHelp[what] + ". With --wait it waits then, until that node is a voter, and the one whose place it takes is gone. It may be repeated.",
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c, args, func(c *cobra.Command, nodes *cluster.Client, m *cluster.Members, one *cluster.Member, id uint8) error {
				return a.join(c, nodes, m, one, what, id)
			})
		},
	}
	a.common(c, 10*time.Minute)
	flags.Number(c, &a.slot, "slot", "the member's slot, where two have the id")
	if what != "move" {
		c.Flags().BoolVar(&a.wait, "wait", false, "wait until it is done, for --timeout")
	}
	return c
}

func (a *asking) join(c *cobra.Command, nodes *cluster.Client, m *cluster.Members, one *cluster.Member, what string, id uint8) error {
	switch {
	case what == "replace" && one == nil && a.slot != 0 && a.wait: // it is replaced already, or nearly
		return a.awaitAnother(c, nodes, id, uint8(a.slot))
	case what != "add" && one == nil:
		return exit.With(exit.Usage, fmt.Errorf("no member has the id %d: see semel members", id))
	case what == "move":
		fmt.Fprintf(c.OutOrStdout(), "Stop node %d, move its folder as it is (never a copy of a folder that still runs), and run there, with the new addresses:\n\n"+
			"  semel serve %s\n\nIt tells the others where it is.\n", id, commandLine(m, id, " --advertise HOST:PORT"))
		return nil
	case what == "add" && one != nil && !a.wait:
		return exit.With(exit.Usage, fmt.Errorf("slot %d has the id %d already: take another one, or see semel members replace", one.Slot, id))
	}
	replaced, more := uint8(0), " --join "+addresses(m)
	if what == "replace" {
		replaced, more = one.Slot, fmt.Sprintf("%s --replace slot:%d", more, one.Slot)
	}
	if what == "replace" || one == nil {
		fmt.Fprintf(c.OutOrStdout(), "Run on the new machine, with its addresses and an empty folder:\n\n  semel serve %s\n\n", commandLine(m, id, more))
	}
	if !a.wait {
		return nil
	}
	return a.awaitAnother(c, nodes, id, replaced)
}

// awaitAnother waits until a member with an id, in another slot than the one that is replaced, is a voter.
func (a *asking) awaitAnother(c *cobra.Command, nodes *cluster.Client, id, replaced uint8) error {
	return a.follow(c, nodes, func(m *cluster.Members) (bool, string) {
		for k := range m.All {
			if now := &m.All[k]; now.ID == id && now.Slot != replaced {
				return isVoter(now.Slot)(m)
			}
		}
		return false, fmt.Sprintf("node %d has not joined yet", id)
	})
}

// commandLine is what a node with an id is started with.
func commandLine(m *cluster.Members, id uint8, more string) string {
	name := ""
	if m.Cluster != "semel" {
		name = " --cluster " + m.Cluster
	}
	return fmt.Sprintf("--id %d%s --data DIR --peer-secret FILE --listen HOST:PORT --http HOST:PORT --redis HOST:PORT%s", id, name, more)
}

// addresses are those of the voters for other nodes.
func addresses(m *cluster.Members) string {
	var all []string
	for k := range m.All {
		if one := &m.All[k]; one.Peer != "" && one.Role == "voter" {
			all = append(all, one.Peer)
		}
	}
	return strings.Join(all, ",")
}
