// Package call holds the commands that make one call for one key: claim, then complete, release or extend what
// was won, and query, which only looks.
//
// The first word printed is the answer, and the exit code says it too. A call without an answer may have been
// applied: its error says how to learn that.
package call

import "github.com/spf13/cobra"

// Commands are claim, complete, release, extend and query.
func Commands() []*cobra.Command {
	return []*cobra.Command{claimCommand(), completeCommand(), releaseCommand(), extendCommand(), queryCommand()}
}
