package snapshot

import (
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// input is an open snapshot whose header is whole. It stays what it is when the snapshot is removed or replaced.
type input struct {
	store *Store
	of    Snapshot
	file  disk.File
	seed  uint32
}

// input opens the snapshot of an index, as it is found. Damage that it finds is noted.
func (s *Store) input(index protocol.Index, find func(protocol.Index) (Snapshot, error)) (*input, error) {
	for {
		there, err := find(index)
		switch {
		case err != nil:
			return nil, err
		case there.Err != nil:
			return nil, there.Err
		}
		in, err := s.open(there)
		if err == nil {
			return in, nil
		}
		now, gone := find(index)
		switch {
		case gone != nil:
			return nil, gone // it was removed meanwhile
		case now.life != there.life || now.received != there.received:
			continue // another one has taken its place, or it has another name
		case missing(err):
			err = damaged(there.file(), 0, "the file is missing")
		}
		return nil, (&input{store: s, of: there}).noted(err)
	}
}

// open opens the file of a snapshot, which has to have the header that it had.
func (s *Store) open(there Snapshot) (*input, error) {
	file, found, err := s.openFile(there.file(), there.Index)
	if err != nil {
		return nil, err
	}
	if !found.same(there.Header) {
		file.Close()
		return nil, damaged(there.file(), 0, "the header is not what it was when the folder was opened")
	}
	in := &input{store: s, of: there, file: file}
	in.of.Header, in.seed = found.Header, found.seed() // one in its place may have other blocks
	return in, nil
}

// noted returns an error, and notes it if it is damage.
func (in *input) noted(err error) error {
	if isDamage(err) {
		in.store.condemn(in.of, err)
	}
	return err
}

// readBlock reads block k into raw, which is as long, and checks it.
func (in *input) readBlock(k uint64, raw []byte) error {
	name, off := in.of.file(), in.of.offset(k)
	n, err := in.file.ReadAt(raw, off)
	switch {
	case n < len(raw) && short(err):
		return in.noted(damaged(name, off+int64(n), "the file ends here, by its header at %d", in.of.FileBytes()))
	case n < len(raw):
		return fmt.Errorf("read snapshot %s at offset %d: %w", name, off, err)
	case !soundBlock(in.seed, k, raw):
		return in.noted(damaged(name, off, "the checksum of the block is wrong"))
	}
	return nil
}

// Reader reads the body of a snapshot. It holds one block in memory. One goroutine uses it at a time.
type Reader struct {
	in     *input
	digest *digests
	next   uint64 // block
	block  []byte
	rest   []byte // of the block that was read: what was not given out
	err    error  // what Read returns behind that

	members []byte // as many as the header says, once they were read
}

// Load opens the snapshot that Lookup returns, to read its body. An error wraps ErrNoSnapshot, ErrDamaged, ErrDisk or ErrNoRoom.
func (s *Store) Load(index protocol.Index) (*Reader, error) {
	in, err := s.input(index, s.Lookup)
	if err != nil {
		return nil, err
	}
	return &Reader{in: in, digest: in.of.digests(), block: make([]byte, 0, min(in.of.BlockBytes, in.of.contentBytes()+sumBytes))}, nil
}

// Header returns the snapshot's header.
func (r *Reader) Header() Header { return r.in.of.Header }

// Read gives out the body, and not what is said of members: see Membership. NOTHING THAT IT GAVE OUT MAY BE BELIEVED BEFORE IT HAS RETURNED io.EOF: each block is checked
// before any byte of it is given out, but that all of them together are the body is known only at the end, where an error
// that wraps ErrDamaged stands in place of io.EOF if they are not. So load it into something that can still be thrown
// away. Every error stays.
func (r *Reader) Read(p []byte) (int, error) {
	if err := r.readMembers(); err != nil {
		return 0, err
	}
	return r.read(p)
}

func (r *Reader) read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err == nil {
			r.err = r.advance()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// advance reads the next block, or at the end compares the digest.
func (r *Reader) advance() error {
	h := r.in.of.Header
	if r.next == h.blocks() {
		if wrong := r.digest.differ(h); wrong != "" {
			return r.in.noted(damaged(r.in.of.file(), atDigest, "%s", wrong))
		}
		return io.EOF
	}
	raw := r.block[:h.length(r.next)]
	if err := r.in.readBlock(r.next, raw); err != nil {
		return err
	}
	r.rest = raw[:len(raw)-sumBytes]
	r.digest.write(r.rest)
	r.next++
	return nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.in.file.Close() }

// Verify reads a whole snapshot, and returns what Load or Read would.
func (s *Store) Verify(index protocol.Index) error {
	r, err := s.Load(index)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}
