// Package operate holds the commands of an operator who mends a cluster at work: how much it may hold, keys that are
// to be handled again, a checkpoint that is set back, who leads, a snapshot that is taken now.
//
// Keys out of records are named as package records has it, so that forget takes the very records that uniq claimed.
//
// None of them is fenced: whoever is at work on a key or a partition is not asked. What each of them does, and
// does not do, its help says.
package operate

import (
	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/flags"
)

// Commands are capacity, forget, offset, snapshot and transfer.
func Commands() []*cobra.Command {
	return []*cobra.Command{capacityCommand(), forgetCommand(), offsetCommand(), snapshotCommand(), transferCommand()}
}

// operation is one call of such a command.
type operation struct{ flags.Client }
