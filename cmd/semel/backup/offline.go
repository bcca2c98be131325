package backup

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/dedup/folder"
)

// runOffline makes a backup of what one folder has, which need not be all that was answered.
func (b *taking) runOffline(c *cobra.Command, path string) error {
	if !b.acceptLoss {
		return b.warn()
	}
	if path == "-" {
		_, err := b.save(c.OutOrStdout())
		return err
	}
	f, err := createFile(path, b.force)
	if err != nil {
		return err
	}
	defer f.giveUp()
	saved, err := b.save(f)
	if err != nil {
		return err
	}
	if err := f.keep(); err != nil {
		return err
	}
	return b.say(c.OutOrStdout(), path, &fetched{saved.Header, saved.Keys, saved.Number, b.from})
}

func (b *taking) save(w io.Writer) (*folder.Saved, error) {
	saved, err := folder.Save(b.from, w)
	if errors.Is(err, folder.ErrDamaged) {
		return nil, exit.With(exit.Disk, err)
	}
	if err != nil {
		return nil, notLookedAt(err)
	}
	return saved, nil
}

// warn says what the folder has, and what nobody can know of it.
func (b *taking) warn() error {
	r, err := folder.Verify(b.from)
	if err != nil {
		return notLookedAt(err)
	}
	if r.State == nil {
		return exit.With(exit.Disk, fmt.Errorf("%s has no state that can be read: see `semel verify`", b.from))
	}
	return exit.With(exit.Usage, fmt.Errorf("%s is the folder of node %d. It has the state after entry %d, of term %d, log time %s: %d keys. Up to entry %d that is known to be committed; "+
		"what is above may have been answered or not, and is taken. What the others had committed without this node, or after it stopped, is NOT in it, and nobody can say here how much that is: "+
		"keys that were won then can be won again. Use this only where a majority of the nodes is lost for good; where several folders are left, take the one with the highest term, and of those the highest entry. "+
		"If that is what you want say --accept-loss", b.from, r.Node, r.State.Applied, r.Log.LastTerm, r.State.LogTime.Format(time.RFC3339Nano), r.State.Keys, r.State.DigestAt))
}
