// Package backup holds the commands about what a cluster has on its disks, beside the cluster: backup writes the state of a living cluster to a file, restore makes folders of a new cluster out of it,
// verify looks at the folder of a node that is stopped.
package backup

import "github.com/spf13/cobra"

// Commands are backup, restore and verify.
func Commands() []*cobra.Command {
	return []*cobra.Command{backupCommand(), restoreCommand(), verifyCommand()}
}
