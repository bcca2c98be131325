package members

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const removeHelp = `Has the cluster go on without a member, and waits until it is none any more. Says first how many may fail afterwards. The leader refuses
where no majority of those that would be left answers. A leader that is removed hands the lead over. The removed node stops with exit 3.

Repeat it after a lost answer: where nobody has the id any more there is nothing to do.`

func removeCommand() *cobra.Command {
	var a asking
	c := &cobra.Command{
		Use: "remove ID", Short: "Have the cluster go on without a member", Long: removeHelp,
		RunE: func(c *cobra.Command, args []string) error { return a.change(c, args, a.remove) },
	}
	a.common(c, time.Minute)
	flags.Number(c, &a.slot, "slot", "the member's slot, where two have the id")
	return c
}

func promoteCommand() *cobra.Command {
	var a asking
	c := &cobra.Command{
		Use: "promote ID", Short: "Make a learner that is level a voter", Long: "Has the leader make a learner a voter, and waits for it. Refused while it is not level.",
		RunE: func(c *cobra.Command, args []string) error { return a.change(c, args, a.promote) },
	}
	a.common(c, time.Minute)
	flags.Number(c, &a.slot, "slot", "the member's slot, where two have the id")
	return c
}

// change finds the member that is named, and does what is wanted of it; a nil member is none.
func (a *asking) change(c *cobra.Command, args []string, do func(*cobra.Command, *cluster.Client, *cluster.Members, *cluster.Member, uint8) error) error {
	id, err := idOf(args)
	if err != nil {
		return err
	}
	nodes, err := a.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	m, err := nodes.Members(c.Context())
	if err != nil {
		return a.Unanswered(err)
	}
	one, err := find(&m, id, a.slot)
	if err != nil {
		return err
	}
	return do(c, nodes, &m, one, id)
}

func (a *asking) remove(c *cobra.Command, nodes *cluster.Client, m *cluster.Members, one *cluster.Member, id uint8) error {
	if one == nil {
		fmt.Fprintf(c.OutOrStdout(), "no member has the id %d: nothing to do\n", id)
		return nil
	}
	left := 0
	for k := range m.All {
		if other := &m.All[k]; other.Slot != one.Slot && other.Role == "voter" {
			left++
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "remove node %d (slot %d, %s): %d voters are left, of which %d may fail\n", one.ID, one.Slot, one.Role, left, max(0, left-1)/2)
	if err := nodes.RemoveMember(c.Context(), one.Slot); err != nil {
		return a.refused(err)
	}
	slot := one.Slot
	return a.follow(c, nodes, func(m *cluster.Members) (bool, string) {
		now := bySlot(m, slot)
		switch {
		case now == nil && m.Settled && m.Tells:
			return true, fmt.Sprintf("done: node %d is a member no more", id)
		case now == nil:
			return false, "it is a member no more; the rest is to learn of it"
		}
		return false, fmt.Sprintf("under way: %s", now.Role)
	})
}

func (a *asking) promote(c *cobra.Command, nodes *cluster.Client, _ *cluster.Members, one *cluster.Member, id uint8) error {
	if one == nil {
		return exit.With(exit.Usage, fmt.Errorf("no member has the id %d: see semel members", id))
	}
	if err := nodes.PromoteMember(c.Context(), one.Slot); err != nil {
		return a.refused(err)
	}
	return a.follow(c, nodes, isVoter(one.Slot))
}

func isVoter(slot uint8) func(*cluster.Members) (bool, string) {
	return func(m *cluster.Members) (bool, string) {
		one := bySlot(m, slot)
		switch {
		case one == nil:
			return false, "it is no member"
		case one.Role == "voter" && m.Settled:
			return true, fmt.Sprintf("done: node %d in slot %d is a voter", one.ID, slot)
		case m.Tells && !one.Level:
			return false, "it is sent what it lacks"
		}
		return false, "under way: " + one.Role
	}
}

func bySlot(m *cluster.Members, slot uint8) *cluster.Member {
	for k := range m.All {
		if m.All[k].Slot == slot {
			return &m.All[k]
		}
	}
	return nil
}
