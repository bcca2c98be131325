package snapshot

import "io"

// ReadBodyAt reads the body from an offset of it, as io.ReaderAt does. Each block is checked before anything of it is given out, and read whole each time: read in
// long pieces.
func (s *Source) ReadBodyAt(p []byte, off int64) (n int, err error) {
	h := s.in.of.Header
	block := make([]byte, h.BlockBytes)
	for n < len(p) {
		at := h.MembersBytes + uint64(off) + uint64(n) // members stand in front
		if off < 0 || at >= h.contentBytes() {
			return n, io.EOF
		}
		k := at / h.dataBytes()
		raw := block[:h.length(k)]
		if err := s.in.readBlock(k, raw); err != nil {
			return n, err
		}
		n += copy(p[n:], raw[at-k*h.dataBytes():len(raw)-sumBytes])
	}
	return n, nil
}
