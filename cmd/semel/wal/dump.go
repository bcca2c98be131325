// Package wal is `semel wal`: it shows the log of a node to a person, the secret left out.
//
// The format is that of package raft/wal; what stands in an entry is told in the words of package dedup.
package wal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/raft/wal"
)

const dumpHelp = `Show the log of a node: its records, the entries in them, and how it ends. DIR is the node's data
folder (of "semel dev --data D" these are D/1, D/2, ...).

It changes nothing and takes no lock: it may run beside the node, and then find the last record half
written. Keys and owners stand there as the digests that the log holds; values by their length; the
cluster's secret never. Where a snapshot stands for the first entries, records of them may still be there; the
last lines say behind which entry the log begins and, where a crash left some, which files the next start removes.

Exit codes:
  0  the log is whole
  2  usage, DIR is no folder of a node, or its log is of another version
  4  DIR can't be read
  6  the log is damaged; what is whole in front of it is shown. Keep a copy of the folder and check
     the disk; the other nodes have what was committed`

// Command is `semel wal`.
func Command() *cobra.Command {
	c := &cobra.Command{
		Use: "wal", Short: "Look into the log of a node", DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error { // without it cobra shows the help, exit 0, whatever follows
			if len(args) == 0 {
				return c.Help()
			}
			return fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())
		},
	}
	c.AddCommand(&cobra.Command{
		Use: "dump DIR", Short: "Show the log of a node, the secret left out", Long: dumpHelp, Args: flags.One("DIR"),
		Example: "  semel wal dump /var/lib/semel | less",
		RunE: func(c *cobra.Command, args []string) error {
			return dumpLog(c.OutOrStdout(), args[0])
		},
	})
	return c
}

func dumpLog(w io.Writer, dir string) error {
	if logs, err := filepath.Glob(filepath.Join(dir, "*.wal")); err == nil && len(logs) == 0 {
		return noLog(dir)
	}
	err := wal.Dump(w, dir, wal.DumpOptions{Describe: describeEntry})
	switch {
	case errors.Is(err, wal.ErrDamaged):
		return exit.With(exit.Disk, err)
	case errors.Is(err, wal.ErrVersion):
		return exit.With(exit.Usage, fmt.Errorf("%w: use the program that wrote it", err))
	case err != nil:
		return exit.With(exit.Unavailable, err)
	}
	return nil
}

// noLog says what is there in place of a log.
func noLog(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("wal dump: %w: want the data folder of a node", err)
	}
	below, _ := filepath.Glob(filepath.Join(dir, "*", "*.wal"))
	var nodes []string
	for _, file := range below {
		if node := filepath.Dir(file); len(nodes) == 0 || nodes[len(nodes)-1] != node {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) > 0 {
		return fmt.Errorf("wal dump: %s holds the folders of several nodes: give one of them: %s", dir, strings.Join(nodes, ", "))
	}
	return fmt.Errorf("wal dump: no log in %s: want the data folder of a node", dir)
}
