package snapshot

import (
	"context"
	"errors"
	"fmt"
)

var errClosed = fmt.Errorf("%w: it was closed", ErrEnded)

// Receiver writes a snapshot that another node sends, block by block as its file has them. It holds one block in memory. One
// goroutine uses it at a time.
type Receiver struct {
	draft *draft
	block []byte // of the next block: what is there, its checksum with it
}

// Receive begins to receive the snapshot whose file begins with these bytes, or goes on where an earlier Receiver of the
// same header was closed or crashed: see Offset; all that is there is read and written again first, which takes its time. What was received of another snapshot is thrown away. There is one at a
// time: ErrBusy. Where ctx ends while what is there is read it returns why, and all of that stays. A header of another cluster, version, or none is refused, and so is a snapshot that there is no
// room for (ErrFull), before anything is written, or one that differs from the snapshot of that index (ErrDiffers).
//
// The header is what the sender says, and its checksums and digest prove no more than that the bytes are those the sender
// meant. That index and term are those of a committed entry, and that the sender may be believed, is for the caller to check.
func (s *Store) Receive(ctx context.Context, header []byte) (*Receiver, error) {
	h, err := ParseHeader(header)
	if err != nil {
		return nil, err
	}
	if !ours(h, s.cfg.Cluster) {
		return nil, fmt.Errorf("%w: the one that was sent is of cluster %x, this is %x", ErrForeign, h.Cluster, s.cfg.Cluster)
	}
	if err := s.mayTake(h); err != nil {
		return nil, err
	}
	kept, err := s.take(&s.receiving)
	if err != nil {
		return nil, fmt.Errorf("receive snapshot of index %d: %w; commit, close or abort the one before, and adopt or discard what came of it", h.Index, err)
	}
	r := &Receiver{draft: s.newDraft(receivedTemp, &s.receiving, h), block: make([]byte, 0, min(h.BlockBytes, h.contentBytes()+sumBytes))}
	if kept == nil {
		err = r.begin()
	} else {
		err = r.resume(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// begin makes the file, and its name durable, so that a crash leaves what was received.
func (r *Receiver) begin() error {
	d := r.draft
	if err := d.store.folder.Remove(receivedTemp); err != nil && !missing(err) {
		return d.fail(fmt.Errorf("remove %s: %w", receivedTemp, err))
	}
	d.store.left(d.taken)
	if err := d.fits(0); err != nil {
		return d.fail(err)
	}
	if err := d.create(); err != nil {
		return err
	}
	if err := d.write(d.header.Encode(), 0); err != nil {
		return err
	}
	if err := d.sync(); err != nil {
		return err
	}
	if err := syncNames(d.store.folder); err != nil {
		return d.fail(fmt.Errorf("sync the folder of %s: %w", receivedTemp, err))
	}
	return nil
}

// fits returns an error that wraps ErrFull if the rest of a file of which so much is there has no room.
func (d *draft) fits(there int64) error {
	free, err := d.store.folder.Free()
	if err != nil {
		return nil //nolint:nilerr // a file system that can't say: the first write that finds no room will
	}
	if need := d.header.FileBytes() - there; !hasRoom(need, free) {
		return fmt.Errorf("%w: the snapshot needs %d bytes, %d are free", ErrFull, need, free)
	}
	return nil
}

// resume goes through what is there, if it is of this snapshot, block by block, up to the first that is not whole: a crash leaves any part of what was
// not synced. Each is written again, because one that can be read need not be on the disk: after a failed sync the
// system shows what it has dropped.
func (r *Receiver) resume(ctx context.Context) error {
	d := r.draft
	file, err := d.store.folder.Open(receivedTemp)
	if err != nil {
		return d.fail(fmt.Errorf("open %s: %w", receivedTemp, err))
	}
	d.file = file
	size, err := file.Size()
	if err != nil {
		return d.fail(fmt.Errorf("size of %s: %w", receivedTemp, err))
	}
	there, err := readHeader(file)
	if err != nil || !resumes(there, d.header) || size > d.header.FileBytes() {
		d.file.Close()
		d.file = nil
		return r.begin()
	}
	if err := d.fits(size); err != nil {
		d.end(err, &d.header) // what is there needs no more room than it has
		return err
	}
	if err := d.write(d.header.Encode(), 0); err != nil {
		return err
	}
	for whole := true; whole && d.blocks < d.header.blocks(); {
		if err := interrupted(ctx); err != nil {
			d.end(err, &d.header)
			return fmt.Errorf("go on with %s: %w", receivedTemp, err)
		}
		if whole, err = r.resumeBlock(size); err != nil {
			return err
		}
	}
	return nil
}

// resumeBlock takes the next block from the file; whole is false if it is not there, or not what was written.
func (r *Receiver) resumeBlock(size int64) (whole bool, err error) {
	d := r.draft
	off, n := d.header.offset(d.blocks), d.header.length(d.blocks)
	if off+int64(n) > size {
		return false, nil
	}
	raw := r.block[:n]
	if got, err := d.file.ReadAt(raw, off); got < n {
		return false, d.fail(fmt.Errorf("read %s at offset %d: %w", receivedTemp, off, err))
	}
	if !resumable(d.seed, d.blocks, raw) {
		return false, nil
	}
	if rewritten() {
		return true, d.writeBlock(raw)
	}
	d.digest.write(raw[:n-sumBytes])
	d.blocks++
	return true, nil
}

// Header returns what the sender says of the snapshot.
func (r *Receiver) Header() Header { return r.draft.header }

// Offset returns which byte of the file has to come next: ask the sender for what begins there. At the end it is
// Header().FileBytes().
func (r *Receiver) Offset() int64 {
	d := r.draft
	if d.blocks == d.header.blocks() {
		return d.header.FileBytes()
	}
	return d.header.offset(d.blocks) + int64(len(r.block))
}

// Append takes the bytes of the file from an offset on, which has to be Offset (ErrOrder: nothing was changed), in pieces of
// any length. A block is written when it is there and whole. An error that wraps ErrRejected says that it is not, or
// that more bytes came than the header says: Offset is where that block begins, and it can be asked for again, from
// another node too. Any other error ends the Receiver, and what it received is gone: begin anew.
func (r *Receiver) Append(p []byte, off int64) error {
	d := r.draft
	switch {
	case d.ended != nil:
		return d.ended
	case !follows(off, r.Offset()):
		return fmt.Errorf("%w: %d came, %d is next", ErrOrder, off, r.Offset())
	case int64(len(p)) > d.header.FileBytes()-off:
		return fmt.Errorf("%w: %d bytes came at offset %d, the file ends at %d", ErrRejected, len(p), off, d.header.FileBytes())
	}
	for len(p) > 0 {
		n := d.header.length(d.blocks)
		raw, rest := p[:min(len(p), n-len(r.block))], p[min(len(p), n-len(r.block)):]
		if len(raw) < n { // else it is whole where it stands
			r.block = append(r.block, raw...)
			raw = r.block
		}
		if p = rest; len(raw) == n {
			if err := r.flush(raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes the next block.
func (r *Receiver) flush(raw []byte) error {
	d := r.draft
	r.block = r.block[:0]
	if !soundBlock(d.seed, d.blocks, raw) {
		return fmt.Errorf("%w: the checksum of the block at offset %d is wrong", ErrRejected, d.header.offset(d.blocks))
	}
	return d.writeBlock(raw)
}

// Commit checks the digest of the whole: the snapshot is on the disk, durably, and can be loaded when it returns nil. It is no snapshot of this folder's before
// it is adopted, and until it is adopted or discarded nothing else can be received; after a start it is one that was received in part.
// Before the last byte is there it returns ErrIncomplete, and nothing has ended. A digest that is not the header's
// (ErrRejected) and any other error end the Receiver, and what it received is gone.
func (r *Receiver) Commit() error {
	d := r.draft
	if d.ended != nil {
		return d.ended
	}
	if d.blocks < d.header.blocks() {
		return fmt.Errorf("%w: %d of %d bytes are there", ErrIncomplete, r.Offset(), d.header.FileBytes())
	}
	if wrong := d.digest.differ(d.header); wrong != "" {
		return d.fail(fmt.Errorf("%w: %s; ask another node", ErrRejected, wrong))
	}
	if err := d.settle(); err != nil || !namedAtOnce() {
		return err
	}
	return d.store.Adopt(d.header.Index)
}

// Close ends the Receiver and keeps, durably, what it received for one that goes on. After Commit or Abort it does nothing, after an
// error it returns that.
func (r *Receiver) Close() error {
	d := r.draft
	if d.ended == nil && d.sync() == nil {
		d.end(errClosed, &d.header)
		return nil
	}
	if errors.Is(d.ended, ErrEnded) {
		return nil
	}
	return d.ended
}

// Abort ends the Receiver and throws away what it received. After Commit, or an error, it does nothing.
func (r *Receiver) Abort() { r.draft.giveUp() }
