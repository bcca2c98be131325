package snapshot

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Writer writes a snapshot of one's own. It holds one block in memory. One goroutine uses it at a time.
type Writer struct {
	draft *draft
	block []byte // of the next block: what is there of its part of the body
}

// Create is CreateUnder of a snapshot that says nothing of who decides.
func (s *Store) Create(index protocol.Index, term protocol.Term, stamp uint64) (*Writer, error) {
	return s.CreateUnder(index, term, stamp, Membership{})
}

// CreateUnder begins the snapshot of what was applied up to an entry, with its index, term and stamp (log time in nanoseconds), and who decides there.
// It exists when Commit returned. There is one at a time: ErrBusy. What others wrote and did not commit is not seen.
func (s *Store) CreateUnder(index protocol.Index, term protocol.Term, stamp uint64, m Membership) (*Writer, error) {
	switch {
	case index == 0 || term == 0:
		return nil, fmt.Errorf("create snapshot: index is %d and term is %d, both begin with 1", index, term)
	case !validMembership(m.Configuration, uint64(len(m.Members))):
		return nil, fmt.Errorf("create snapshot of index %d: nobody decides as by %v, of which %d bytes are said", index, m.Configuration, len(m.Members))
	}
	if _, err := s.take(&s.writing); err != nil {
		return nil, fmt.Errorf("create snapshot of index %d: %w; commit or abort the one before", index, err)
	}
	h := Header{Cluster: s.cfg.Cluster, Index: index, Term: term, Stamp: stamp, BlockBytes: uint64(s.cfg.BlockBytes)}
	w := &Writer{draft: s.newDraft(ownTemp, &s.writing, h), block: make([]byte, 0, h.BlockBytes)}
	if err := w.draft.create(); err != nil {
		return nil, err
	}
	if err := w.begin(m); err != nil {
		return nil, err
	}
	return w, nil
}

// Write appends to the body, behind what is said of members. The first error ends the Writer, which then returns it again; the temporary file is gone, and
// another Writer can be made. It wraps ErrNoRoom, ErrDisk or ErrTooLarge.
func (w *Writer) Write(p []byte) (n int, err error) {
	h := &w.draft.header
	if w.draft.ended == nil && uint64(len(p)) > MaxBodyBytes-h.BodyBytes {
		return 0, w.draft.fail(fmt.Errorf("%w: its body has more than %d bytes", ErrTooLarge, uint64(MaxBodyBytes)))
	}
	n, err = w.write(p)
	h.BodyBytes += uint64(n)
	return n, err
}

// write appends to what the blocks hold.
func (w *Writer) write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if w.draft.ended != nil {
			return n, w.draft.ended
		}
		k := min(len(p), int(w.draft.header.dataBytes())-len(w.block))
		w.block = append(w.block, p[:k]...)
		p, n = p[k:], n+k
		if len(w.block) == int(w.draft.header.dataBytes()) {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, w.draft.ended
}

// flush writes the block, which is full or the last.
func (w *Writer) flush() error {
	block := w.block[:len(w.block)+sumBytes]
	w.block = w.block[:0]
	sealBlock(w.draft.seed, w.draft.blocks, block)
	return w.draft.writeBlock(block)
}

// Commit ends the body and returns the snapshot's header: it is on the disk, under its name, and is on the list. Any error
// ends the Writer as one of Write does; one that wraps ErrDiffers says that a snapshot of this index is there and is another.
func (w *Writer) Commit() (Header, error) {
	d := w.draft
	if d.ended != nil {
		return Header{}, d.ended
	}
	if len(w.block) > 0 {
		if err := w.flush(); err != nil {
			return Header{}, err
		}
	}
	d.header.MembershipDigest, d.header.Digest = d.digest.sums(d.header)
	if err := d.write(d.header.Encode(), 0); err != nil {
		return Header{}, err
	}
	return d.header, d.publish()
}

// Abort gives the snapshot up. After Commit, or an error, it does nothing. A file that it can't remove is in nobody's way: the
// next Writer makes it anew, and the next start removes it.
func (w *Writer) Abort() { w.draft.giveUp() }
