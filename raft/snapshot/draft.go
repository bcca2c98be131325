package snapshot

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/disk"
)

// draft is a snapshot that has a temporary name. The first error ends it: the file is removed, because what a failed write
// or sync left of it nobody knows, and because that gives its room back.
type draft struct {
	store  *Store
	temp   string
	taken  *bool // in the store: this one is being written
	file   disk.File
	header Header
	seed   uint32

	blocks   uint64 // that are written
	unsynced int    // bytes
	unbegun  int    // bytes at the end that the system was not asked to write yet
	digest   *digests
	ended    error // why nothing more is taken
}

func (s *Store) newDraft(temp string, taken *bool, h Header) *draft {
	return &draft{store: s, temp: temp, taken: taken, header: h, seed: h.seed(), digest: h.digests()}
}

func (d *draft) create() (err error) {
	if d.file, err = d.store.folder.Create(d.temp); err != nil {
		d.file = nil
		return d.fail(fmt.Errorf("create %s: %w", d.temp, err))
	}
	return nil
}

// writeBlock writes the next block, which ends with its checksum.
func (d *draft) writeBlock(raw []byte) error {
	off := d.header.offset(d.blocks)
	d.unbegun += len(raw)
	if err := d.write(raw, off); err != nil {
		return err
	}
	if isMuch(d.unbegun) {
		disk.Begin(d.file, off+int64(len(raw)-d.unbegun), int64(d.unbegun))
		d.unbegun = 0
	}
	d.digest.write(raw[:len(raw)-sumBytes])
	d.blocks++
	return nil
}

// beginBytes is after how much the system is asked to begin to write, and waited for by nobody: a sync then finds most of it on the
// disk, and the syncs of others never stand behind all that came between two syncs.
const beginBytes = 1 << 20

// write writes and, from time to time, syncs: what a sync at the end would have to write the syncs of others would wait for.
func (d *draft) write(b []byte, off int64) error {
	if _, err := d.file.WriteAt(b, off); err != nil {
		return d.fail(fmt.Errorf("write %s at offset %d: %w", d.temp, off, err))
	}
	d.store.grew(d.taken, off+int64(len(b)))
	if d.unsynced += len(b); d.unsynced >= d.store.cfg.SyncBytes {
		return d.sync()
	}
	return nil
}

func (d *draft) sync() error {
	if err := syncOnce(d.file); err != nil {
		return d.fail(fmt.Errorf("sync %s: %w", d.temp, err))
	}
	d.unsynced, d.unbegun = 0, 0
	return nil
}

// publish gives the file its name, durably: it is synced before it is renamed, and nothing is dropped for its sake before
// the folder is synced. Should that sync fail nobody knows whether the name stays: the snapshot is not on the list, and
// is whole if a later start finds it.
func (d *draft) publish() error {
	s, name := d.store, fileName(d.header.Index)
	s.naming.Lock()
	defer s.naming.Unlock()
	if err := s.mayTake(d.header); err != nil {
		return d.fail(err)
	}
	if err := syncLast(d.file); err != nil {
		return d.fail(fmt.Errorf("sync %s: %w", d.temp, err))
	}
	if err := s.folder.Rename(d.temp, name); err != nil {
		return d.fail(fmt.Errorf("rename %s to %s: %w", d.temp, name, err))
	}
	if err := syncNames(s.folder); err != nil {
		return d.fail(fmt.Errorf("sync the folder of %s: %w", name, err))
	}
	s.add(d.header)
	s.left(d.taken)
	d.end(ErrEnded, nil)
	return nil
}

// mayTake returns an error that wraps ErrDiffers if another snapshot has the index.
func (s *Store) mayTake(h Header) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(h.Index)
	if k < 0 || s.held[k].Term == 0 || mayReplace(s.held[k].Header, h) { // Term 0: a header that is damaged
		return nil
	}
	there := s.held[k]
	return fmt.Errorf("%w: index %d has term %d, stamp %d, %d bytes and digest %x; this one has term %d, stamp %d, %d bytes and digest %x",
		ErrDiffers, h.Index, there.Term, there.Stamp, there.BodyBytes, there.Digest, h.Term, h.Stamp, h.BodyBytes, h.Digest)
}

// fail ends the draft for an error, and returns what it returns from then on.
func (d *draft) fail(err error) error {
	if d.ended == nil {
		d.drop(err)
	}
	return d.ended
}

// drop removes the file and ends the draft. That it can't be removed is told, and harmless: the next one is made anew.
func (d *draft) drop(why error) {
	if err := d.store.folder.Remove(d.temp); err != nil && !missing(err) {
		why = errors.Join(why, fmt.Errorf("remove %s: %w", d.temp, err))
	} else {
		d.store.left(d.taken)
	}
	d.end(why, nil)
}

// giveUp ends the draft because its owner wants that. After an error or a commit it does nothing.
func (d *draft) giveUp() {
	if d.ended == nil {
		d.drop(fmt.Errorf("%w: it was given up", ErrEnded))
	}
}

// end closes the file. A header is of what stays of it.
func (d *draft) end(why error, partial *Header) {
	if d.file != nil {
		d.file.Close()
	}
	d.ended = why
	d.store.give(d.taken, partial)
}
