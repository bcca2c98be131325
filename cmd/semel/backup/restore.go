package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup"
	format "github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/dedup/folder"
)

const restoreHelp = `Make the folder of one node of a NEW cluster out of a backup, or of standard input where FILE is "-". Run it once for each node of
the new cluster, on its machine: with the same FILE, the same --cluster and the same --members, and the node's own --id and
--data. Then start all of them (semel serve, with that --cluster, and --peers of those members): the new cluster begins
when each has met each, once. It needs no secret of the old one, and may have it.

The backup is read to its end and found whole before anything is written. The new cluster has an id of its own, made of the
backup, the name and the members: its nodes and those of the old cluster never take one another for theirs. Records, values, log
time and the capacity are those of the backup. Tokens go on 2^40 higher, so that none is given twice, and log time goes
on from where it was: the time in between does not count, and nothing expires early.

A restore that was broken off leaves a folder that no node starts in; run it again. A folder that is not empty is not touched.

Exit codes:
  0  the folder is made, and on the disk
  2  usage, the folder is not empty, or the backup is of another version of this program
  4  FILE can't be read or the folder can't be written; run it again
  6  the backup is damaged: nothing was written`

// restoring is one restore.
type restoring struct {
	folder.Restoration
	id      string
	members string
	json    bool
}

func restoreCommand() *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use: "restore FILE", Short: "Make a node's folder of a new cluster out of a backup", Long: restoreHelp, Args: flags.One("FILE"),
		Example: "  semel restore semel.backup --data /var/lib/semel --id 1 --members 1,2,3 --cluster after-the-fire",
		RunE: func(c *cobra.Command, args []string) error {
			if err := r.validate(); err != nil {
				return err
			}
			return r.run(c, args[0])
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&r.Dir, "data", "", "folder of the node, which is made, or is empty (required)")
	c.Flags().StringVar(&r.id, "id", "", "id of the node, one of --members (required)")
	c.Flags().StringVar(&r.members, "members", "", "ids of all nodes of the new cluster, comma-separated (required)")
	c.Flags().StringVar(&r.Cluster, "cluster", "semel", "name of the new cluster, as semel serve is told it")
	c.Flags().BoolVar(&r.json, "json", false, "say as JSON what was made")
	return c
}

// validate reads the flags.
func (r *restoring) validate() (err error) {
	if r.Dir == "" {
		return errors.New("--data is missing: want the folder of the node, which is made")
	}
	if r.Node, err = idOf(r.id); err != nil {
		return fmt.Errorf("--id %q: %w", r.id, err)
	}
	for text := range strings.SplitSeq(r.members, ",") {
		id, err := idOf(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("--members %q: %w, comma-separated", r.members, err)
		}
		if slices.Contains(r.Nodes, id) {
			return fmt.Errorf("--members %q: %d stands there twice", r.members, id)
		}
		r.Nodes = append(r.Nodes, id)
	}
	slices.Sort(r.Nodes)
	switch {
	case !slices.Contains(r.Nodes, r.Node):
		return fmt.Errorf("--id %d is none of --members %s", r.Node, r.members)
	case r.Cluster == "":
		return errors.New("--cluster is empty: want a name, the same for all nodes")
	}
	return nil
}

func idOf(text string) (uint8, error) {
	id, err := strconv.ParseUint(text, 10, 8)
	if err != nil || id == 0 || id > 63 {
		return 0, errors.New("want ids of 1 to 63")
	}
	return uint8(id), nil
}

func (r *restoring) run(c *cobra.Command, path string) error {
	from := c.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return exit.With(exit.Unavailable, err)
		}
		defer func() { _ = f.Close() }() // it is only read
		from = f
	}
	made, err := folder.Restore(from, r.Restoration)
	if err != nil {
		return notRestored(path, err)
	}
	return r.say(c.OutOrStdout(), made)
}

// notRestored is why there is no folder, with its exit code.
func notRestored(path string, err error) error {
	switch {
	case errors.Is(err, folder.ErrNotEmpty):
		return err
	case errors.Is(err, format.ErrVersion):
		return exit.With(exit.Usage, fmt.Errorf("%s: %w", path, err))
	case errors.Is(err, format.ErrDamaged):
		return exit.With(exit.Disk, fmt.Errorf("%s: %w; nothing was written", path, err))
	}
	return exit.With(exit.Unavailable, fmt.Errorf("not restored: %w", err))
}

// say tells what was made, and what to do with it.
func (r *restoring) say(w io.Writer, made *folder.Restored) error {
	stamp := time.Unix(0, int64(made.Stamp)).UTC()
	if r.json {
		return json.NewEncoder(w).Encode(struct {
			Folder  string    `json:"folder"`
			Node    uint8     `json:"node"`
			Members []int     `json:"members"`
			Name    string    `json:"cluster_name"`
			Cluster string    `json:"cluster"`
			Index   uint64    `json:"index"`
			LogTime time.Time `json:"log_time"`
			Keys    uint64    `json:"keys"`
			Number  uint64    `json:"number"`
		}{r.Dir, r.Node, numbers(r.Nodes), r.Cluster, fmt.Sprintf("%x", made.Cluster), made.Index, stamp, made.Keys, made.Number})
	}
	_, err := fmt.Fprintf(w, "%s: node %d of the new cluster %q (%x) of the nodes %s\n"+
		"the state after entry %d, log time %s: %d keys; tokens go on above %d, which is 2^%d higher than before\n"+
		"restore the other nodes from the same file, with the same --cluster and --members; then start all: semel serve --cluster %s --id %d --data %s ...\n",
		r.Dir, r.Node, r.Cluster, made.Cluster, strings.Trim(fmt.Sprint(numbers(r.Nodes)), "[]"),
		made.Index, stamp.Format(time.RFC3339Nano), made.Keys, made.Number, raisedBits, r.Cluster, r.Node, r.Dir)
	if err != nil {
		return exit.With(exit.Unavailable, err)
	}
	return nil
}

// raisedBits is by which power of 2 tokens are raised.
const raisedBits = 40

var _ [0]struct{} = [dedup.RestoredAbove - 1<<raisedBits]struct{}{}

func numbers(ids []uint8) []int {
	all := make([]int, len(ids))
	for k, id := range ids {
		all[k] = int(id)
	}
	return all
}
