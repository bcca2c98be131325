package folder

import (
	"errors"
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Saved is a backup that was made of a folder, and what the folder knows of it.
type Saved struct {
	backup.Header
	Keys, Number uint64
	Committed    uint64 // up to where the entries in it are known to be committed; what is above may be, or not
}

// ErrDamaged is wrapped where a folder has no state to be saved, since something is damaged.
var ErrDamaged = errors.New("the folder is damaged")

// Save writes a backup of all that the folder of a stopped node has, entries that are not known to be committed too: of those that were nobody can tell here. Errors
// are those of Verify, ErrDamaged, or of w.
func Save(dir string, w io.Writer) (*Saved, error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	defer r.close()
	v := &verification{rest: r}
	if err := v.all(); err != nil {
		return nil, err
	}
	if v.report.State == nil {
		why := v.report.Damage[0]
		return nil, fmt.Errorf("%w: %s: %s: see `semel verify`", ErrDamaged, why.File, why.What)
	}
	state, err := v.newest()
	if err != nil {
		return nil, err
	}
	return state.save(w, v.found, uint64(v.committed()))
}

// newest makes the state of all that the folder has, out of the newest snapshot.
func (v *verification) newest() (*replayed, error) {
	state := &replayed{machine: dedup.New()}
	if n := len(v.sound); n > 0 {
		if err := state.load(v.files, v.sound[n-1]); err != nil {
			return nil, err
		}
	}
	return state, state.apply(v.log, func() error { return nil })
}

func (s *replayed) save(w io.Writer, found *wal.Inspection, committed uint64) (*Saved, error) {
	digest, err := s.bodyDigest()
	if err != nil {
		return nil, err
	}
	counted := counter{w: io.Discard}
	if err := s.writeBody(&counted); err != nil {
		return nil, err
	}
	h := backup.Header{Cluster: found.Cluster, Index: uint64(s.at.Index), Term: uint64(s.term), Stamp: s.stamp, BodyBytes: counted.bytes, Digest: digest}
	if _, err := w.Write(h.Encode()); err != nil {
		return nil, err
	}
	if err := s.writeBody(w); err != nil {
		return nil, err
	}
	return &Saved{h, s.machine.Usage().Keys, s.machine.Number(), committed}, nil
}

// counter counts what is written.
type counter struct {
	w     io.Writer
	bytes uint64
}

// Write is io.Writer's.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.bytes += uint64(n)
	return n, err
}
