package snapshot

import (
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Source reads the file of a snapshot as it stands, to send it to another node's Receiver. Several goroutines may use it at
// once. It goes on when the snapshot is removed or replaced.
type Source struct{ in *input }

// Source opens a snapshot that is listed, to send it. An error wraps ErrNoSnapshot, ErrDamaged, ErrDisk or ErrNoRoom.
func (s *Store) Source(index protocol.Index) (*Source, error) {
	in, err := s.input(index, s.listed)
	if err != nil {
		return nil, err
	}
	return &Source{in}, nil
}

// Header returns the snapshot's header; encoded it is the first HeaderBytes bytes of the file, which Receive is given.
func (s *Source) Header() Header { return s.in.of.Header }

// ReadBlocks reads blocks into p, as many as it has room for and are there, from the one on that begins at an offset of the
// file: HeaderBytes or what a Receiver's Offset was when it was made or had refused a block. It returns how many bytes
// that is, with an error too: those are whole. Each block is checked before it is given out; whether all of them are the body is for the Receiver to say. At the
// end of the file it returns io.EOF, for any other offset ErrOrder, where p is shorter than the block io.ErrShortBuffer.
func (s *Source) ReadBlocks(p []byte, off int64) (n int, err error) {
	h := s.in.of.Header
	if off == h.FileBytes() {
		return 0, io.EOF
	}
	k := uint64(off-HeaderBytes) / h.BlockBytes
	if off < HeaderBytes || off > h.FileBytes() || h.offset(k) != off {
		return 0, fmt.Errorf("%w: no block of snapshot %s begins at %d", ErrOrder, fileName(h.Index), off)
	}
	for ; k < h.blocks() && h.length(k) <= len(p)-n; k++ {
		raw := p[n:][:h.length(k)]
		if err := s.in.readBlock(k, raw); err != nil {
			return n, err
		}
		n += len(raw)
	}
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

// Close ends the sending.
func (s *Source) Close() error { return s.in.file.Close() }
