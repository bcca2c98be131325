package backup

import (
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
	"github.com/eventstreamcore/semel/dedup/folder"
	"github.com/eventstreamcore/semel/raft/wal"
)

const verifyHelp = `Read all of a stopped node's folder, and say of each file what stands in it and whether it is whole. DIR is the
node's data folder (of "semel dev --data D" these are D/1, D/2, ...). Nothing in it is changed.

Of the log every record and entry is read, of each snapshot every block. Then the table is made anew, out of the oldest
snapshot that the log goes on from and all entries behind it, and compared with each newer snapshot. It takes about as
long, and as much memory, as a start of the node.

The digest is the one that nodes compare: of folders of one cluster it is the same at the same entry. That a folder is
whole does not say that it is the newest: an older copy is whole, too.

Exit codes:
  0  the folder is whole; what a crash leaves is no damage
  2  usage, DIR is no folder of a node, or it is of another version of this program
  4  a process has the folder open (stop the node first), or it can't be read
  6  something is damaged: what, where, and what to do stands there`

func verifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "verify DIR", Short: "Look whether the folder of a stopped node is whole", Long: verifyHelp, Args: flags.One("DIR"),
		Example: "  semel verify /var/lib/semel\n  semel verify /var/lib/semel --json",
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.OutOrStdout(), args[0], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return c
}

func verify(w io.Writer, dir string, asJSON bool) error {
	report, err := folder.Verify(dir)
	if err != nil {
		return notLookedAt(err)
	}
	if err := printReport(w, report, asJSON); err != nil {
		return exit.With(exit.Unavailable, err)
	}
	if !report.Whole {
		return exit.With(exit.Disk, nil)
	}
	return nil
}

// notLookedAt is why a folder was not, with its exit code.
func notLookedAt(err error) error {
	switch {
	case errors.Is(err, folder.ErrNone):
		return err
	case errors.Is(err, wal.ErrVersion):
		return exit.With(exit.Usage, fmt.Errorf("%w: use the program that wrote it", err))
	}
	return exit.With(exit.Unavailable, err)
}

func printReport(w io.Writer, r *folder.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: node %d of cluster %s, folder %s, start %d\n\n", r.Folder, r.Node, r.Cluster, r.Incarnation, r.Starts)
	printFiles(&text, r.Files)
	text.WriteString("\n")
	printLog(&text, r)
	printState(&text, r.State)
	for _, d := range r.Damage {
		at := ""
		if d.Offset != nil {
			at = fmt.Sprintf(" at offset %d", *d.Offset)
		}
		fmt.Fprintf(&text, "\nDAMAGED: %s%s: %s\n  What to do: %s.\n", d.File, at, d.What, d.ToDo)
	}
	if r.Whole {
		text.WriteString("whole\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func printFiles(w io.Writer, files []folder.File) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tBYTES\tRECORDS\tMARKS\tENTRIES\tTERMS\tFOUND")
	for _, f := range files {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", f.Name, f.Bytes, number(uint64(f.Records)), span(f.FirstMark, f.LastMark),
			span(f.FirstIndex, f.LastIndex), span(f.FirstTerm, f.LastTerm), f.Found)
	}
	_ = table.Flush() // to a builder
}

// number is a number that is there.
func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func span(from, to uint64) string {
	if from == to {
		return number(from)
	}
	return fmt.Sprintf("%d-%d", from, to)
}

func printLog(w io.Writer, r *folder.Report) {
	l := &r.Log
	from := "begins with its first entry"
	if l.Begins > 0 {
		from = fmt.Sprintf("begins behind entry %d of term %d", l.Begins, l.BeginTerm)
	}
	fmt.Fprintf(w, "log: %s, ends with entry %d of term %d; committed up to %d, as far as this disk knows; term %d, vote %s; last mark %d\n",
		from, l.Last, l.LastTerm, l.Commit, l.Term, voteOf(l.Vote), l.Mark)
	if l.Torn {
		fmt.Fprintln(w, "log: a crash tore the last record, which was never acknowledged; the next start zeroes it")
	}
	for _, p := range r.Peers {
		if p.Incarnation != "" {
			fmt.Fprintf(w, "peer: node %d was met with folder %s, in its start %d\n", p.Node, p.Incarnation, p.Start)
		}
		if p.KeptOut != "" {
			fmt.Fprintf(w, "peer: node %d must not take part any more: it %s\n", p.Node, p.KeptOut)
		}
	}
}

func voteOf(node uint8) string {
	if node == 0 {
		return "for nobody"
	}
	return fmt.Sprintf("for node %d", node)
}

func printState(w io.Writer, s *folder.State) {
	if s == nil {
		fmt.Fprintln(w, "state: none was made")
		return
	}
	of := "the log alone"
	if s.Snapshot > 0 {
		of = fmt.Sprintf("the snapshot of entry %d and the log behind it", s.Snapshot)
	}
	fmt.Fprintf(w, "state: of %s, up to entry %d: %d keys, %d bytes of values, last command %d, log time %s\n",
		of, s.Applied, s.Keys, s.Bytes, s.Number, s.LogTime.Format(time.RFC3339Nano))
	fmt.Fprintf(w, "state: after entry %d the digest is %s", s.DigestAt, s.Digest)
	for k, entry := range s.Compared {
		lead := ", "
		if k == 0 {
			lead = "; it is the state of the snapshots of entry "
		}
		fmt.Fprintf(w, "%s%d", lead, entry)
	}
	fmt.Fprintln(w)
}
