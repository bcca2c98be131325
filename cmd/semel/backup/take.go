package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
)

const backupHelp = `Write the state of a living cluster to FILE, or to standard output where that is "-". All that anybody was
answered before the command began is in it: the node that is asked confirms that with the others first, then takes a
snapshot, which is what is written. Calls are answered meanwhile. Each node can give it; those of --nodes are asked in turn.

FILE gets its name when it is whole, checked and on the disk; a file that is there stays as it is unless --force is said.
A connection that breaks is gone on with, or the backup is begun anew. On standard output it can't be begun anew: look at
the exit code before you use what came.

Where a majority of the nodes is lost for good, --from DIR takes what the folder of one stopped node has. Without --accept-loss
it says what that is and what it can't know, and writes nothing.

Whoever has the file has all values, and the secret under which keys are digests: keep it as you keep the nodes' folders.
"semel restore FILE" makes a new cluster of it.

Exit codes:
  0  the backup is whole, and on the disk if it is a file
  1  no node could take a snapshot, and why
  2  usage, FILE is there already, or standard output is a terminal; --from without --accept-loss
  4  no node answered, the backup was cut off or not whole in time, or FILE can't be written: nothing stands under its name
  6  with --from: the folder has no state that can be read`

// taking is one backup.
type taking struct {
	flags.Client
	force, json bool
	from        string // folder
	acceptLoss  bool
}

func backupCommand() *cobra.Command {
	var b taking
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write the state of the cluster to a file", Long: backupHelp, Args: flags.One("FILE"),
		Example: "  semel backup semel-$(date +%F).backup\n  semel backup - | zstd > semel.backup.zst",
		RunE: func(c *cobra.Command, args []string) error {
			if b.from != "" {
				return b.runOffline(c, args[0])
			}
			return b.run(c, args[0])
		},
	}
	b.NodesFlag(c)
	b.TimeoutFlag(c, time.Hour, "give up after so long")
	c.Flags().BoolVar(&b.force, "force", false, "replace a file that is there")
	c.Flags().StringVar(&b.from, "from", "", "take what the folder of a stopped node has, where a majority is lost for good")
	c.Flags().BoolVar(&b.acceptLoss, "accept-loss", false, "with --from: what that folder does not have is lost")
	c.Flags().BoolVar(&b.json, "json", false, "say as JSON what was written")
	return c
}

func (b *taking) run(c *cobra.Command, path string) error {
	nodes, err := b.addresses()
	if err != nil {
		return err
	}
	if path == "-" {
		if terminal.Is(c.OutOrStdout()) {
			return errors.New("standard output is a terminal, and a backup is no text: name a file, or send it somewhere")
		}
		taken, err := b.take(c.Context(), nodes, stream{c.OutOrStdout()})
		if err != nil {
			return err
		}
		return b.say(c.ErrOrStderr(), "standard output", &taken)
	}
	f, err := createFile(path, b.force)
	if err != nil {
		return err
	}
	defer f.giveUp()
	taken, err := b.take(c.Context(), nodes, f)
	if err != nil {
		return err
	}
	if err := f.keep(); err != nil {
		return err
	}
	return b.say(c.OutOrStdout(), path, &taken)
}

// addresses are those of --nodes.
func (b *taking) addresses() (nodes []string, err error) {
	opened, err := b.Open() // so that a wrong one is told
	if err != nil {
		return nil, err
	}
	opened.Close()
	for address := range strings.SplitSeq(b.Nodes, ",") {
		nodes = append(nodes, strings.TrimPrefix(strings.TrimSpace(address), "http://"))
	}
	return nodes, nil
}

// begins is how long a node is waited for until its backup begins to come: as long as it waits for its snapshot, and a bit more.
const (
	begins    = 11 * time.Minute
	asksAgain = 500 * time.Millisecond
)

func (b *taking) take(ctx context.Context, nodes []string, to sink) (fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, b.Timeout)
	defer cancel()
	f := fetch{nodes: nodes, to: to, begun: begins, again: asksAgain}
	return f.whole(ctx)
}

// say tells what was written.
func (b *taking) say(w io.Writer, path string, taken *fetched) error {
	stamp := time.Unix(0, int64(taken.Stamp)).UTC()
	if b.json {
		return json.NewEncoder(w).Encode(struct {
			File    string    `json:"file"`
			Index   uint64    `json:"index"`
			LogTime time.Time `json:"log_time"`
			Keys    uint64    `json:"keys"`
			Number  uint64    `json:"number"`
			Bytes   int64     `json:"bytes"`
			Digest  string    `json:"digest"`
			Cluster string    `json:"cluster"`
			From    string    `json:"from"`
		}{path, taken.Index, stamp, taken.keys, taken.number, taken.FileBytes(), fmt.Sprintf("%x", taken.Digest), fmt.Sprintf("%x", taken.Cluster), taken.from})
	}
	_, err := fmt.Fprintf(w, "%s: the state after entry %d, log time %s: %d keys, last command %d; %d bytes, from %s\n",
		path, taken.Index, stamp.Format(time.RFC3339Nano), taken.keys, taken.number, taken.FileBytes(), taken.from)
	if err != nil {
		return exit.With(exit.Unavailable, err)
	}
	return nil
}
