package members

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const help = `Shows who the members are, as the leader says; where none is known, as the node says that knows the latest.

SLOT is the number of a folder in the log, which is never given again: a cluster can have 63 folders in its life. ID is its operator's
name for it. ROLE is voter; learner, which is sent all and decides nothing; joining, which is to be a voter when it is level; leaving.
LAG is how many entries it has not acknowledged. SPEAKS is the latest version of the log that its program speaks ("-": it has not told). INCARNATION is the folder's number ("-" for one of the first), SINCE the entry that made it a member.

Exit codes: 0 shown or done; 1 the members stay who they are, and why; 2 usage, or there is no such member; 4 no answer, or not done in time.`

// asking is one call of such a command.
type asking struct {
	flags.Client
	slot uint64
	wait bool
	json bool
}

// Command is `semel members`.
func Command() *cobra.Command {
	var a asking
	c := &cobra.Command{
		Use: "members", Short: "Show who the members are; add, replace, promote, move and remove them", Long: help, Args: flags.None(": name the nodes by --nodes"),
		Example: "  semel members\n  semel members --json\n  semel members remove 3\n  semel members add 4 --wait",
		RunE:    func(c *cobra.Command, _ []string) error { return a.show(c) },
	}
	a.common(c, cluster.DefaultTimeout)
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object in place of the table")
	c.AddCommand(removeCommand(), promoteCommand(), joinCommand("add"), joinCommand("replace"), joinCommand("move"))
	return c
}

func (a *asking) common(c *cobra.Command, patience time.Duration) {
	a.NodesFlag(c)
	a.TimeoutFlag(c, patience, "give up after so long")
}

func (a *asking) show(c *cobra.Command) error {
	nodes, err := a.Open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	m, err := nodes.Members(c.Context())
	if err != nil {
		return a.Unanswered(err)
	}
	if a.json {
		return json.NewEncoder(c.OutOrStdout()).Encode(m)
	}
	return table(c.OutOrStdout(), &m)
}

func table(w io.Writer, m *cluster.Members) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SLOT\tID\tROLE\tLAG\tSPEAKS\tINCARNATION\tSINCE\tBETWEEN-NODES\tHTTP")
	for k := range m.All {
		one := &m.All[k]
		role, lag, incarnation := one.Role, "-", one.Incarnation
		if one.Leads {
			role += " (leads)"
		}
		if one.Replaces != 0 {
			role += fmt.Sprintf(" in place of slot %d", one.Replaces)
		}
		if m.Tells {
			lag = strconv.FormatUint(one.Lag, 10)
		}
		speaks := "-"
		if one.Speaks > 0 {
			speaks = fmt.Sprint(one.Speaks)
		}
		if strings.Trim(incarnation, "0") == "" {
			incarnation = "-"
		}
		fmt.Fprintf(t, "%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", one.Slot, one.ID, role, lag, speaks, incarnation, one.Since, orDash(one.Peer), orDash(one.HTTP))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if !m.Settled {
		fmt.Fprintln(w, "a change is under way")
	}
	fmt.Fprintln(w, versionText(m))
	_, err := fmt.Fprintf(w, "%d more folders may join in the life of this cluster\n", m.SlotsLeft)
	return err
}

// versionText is which version the log has, and what a later one waits for.
func versionText(m *cluster.Members) string {
	text := fmt.Sprintf("version %d of the log", m.Version)
	switch {
	case m.Speaks <= m.Version:
		return text
	case len(m.HeldBy) == 0:
		return fmt.Sprintf("%s; version %d is to come", text, m.Speaks)
	}
	var waits []string
	for _, slot := range m.HeldBy {
		says := "is not heard"
		if one := bySlot(m, uint8(slot)); one != nil {
			if one.Speaks > 0 && one.Speaks < m.Speaks {
				says = fmt.Sprintf("speaks %d", one.Speaks)
			}
			waits = append(waits, fmt.Sprintf("node %d in slot %d, which %s", one.ID, slot, says))
		}
	}
	return fmt.Sprintf("%s; version %d waits for %s", text, m.Speaks, strings.Join(waits, ", "))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// find returns the member that is named by id, or by slot where that is not 0.
func find(m *cluster.Members, id uint8, slot uint64) (found *cluster.Member, err error) {
	for k := range m.All {
		one := &m.All[k]
		switch {
		case slot != 0 && uint64(one.Slot) == slot && one.ID == id:
			return one, nil
		case slot != 0 || one.ID != id:
		case found != nil:
			return nil, fmt.Errorf("slots %d and %d both have the id %d: say which by --slot", found.Slot, one.Slot, id)
		default:
			found = one
		}
	}
	return found, nil
}

func idOf(args []string) (uint8, error) {
	if len(args) != 1 {
		return 0, errors.New("want one ID, that of a member")
	}
	id, err := strconv.ParseUint(args[0], 10, 8)
	if err != nil || id == 0 || id > 63 {
		return 0, fmt.Errorf("%q: want the id of a member, 1 to 63", args[0])
	}
	return uint8(id), nil
}

// refused turns the error of a change into an exit code.
func (a *asking) refused(err error) error {
	var refused *cluster.RefusedError
	switch {
	case errors.As(err, &refused) && strings.HasPrefix(refused.Type, "/problems/members-"):
		return exit.With(exit.No, errors.New(refused.Detail))
	case errors.As(err, &refused):
		return exit.With(exit.Usage, errors.New(refused.Detail))
	}
	return a.Unanswered(err)
}

// pause is the time from one look to the next.
const pause = 200 * time.Millisecond

// follow looks at the members until done says so, and prints what is new of that it says.
func (a *asking) follow(c *cobra.Command, nodes *cluster.Client, done func(*cluster.Members) (bool, string)) error {
	ctx, cancel := context.WithTimeout(c.Context(), a.Timeout)
	defer cancel()
	before := ""
	for {
		m, err := nodes.Members(ctx)
		ended, text := false, "no node answers"
		if err == nil {
			ended, text = done(&m)
		}
		if text != before {
			fmt.Fprintln(c.OutOrStdout(), text)
			before = text
		}
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return exit.With(exit.Unavailable, fmt.Errorf("not done within %v (%s); it goes on: see semel members, or repeat this", a.Timeout, text))
		case <-time.After(pause):
		}
	}
}
