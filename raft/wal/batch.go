package wal

// batch is what is queued for one sync: encoded records, in runs that stand together in a segment.
type batch struct {
	bytes []byte
	spans []span
	mark  uint64 // of the last record
}

// span is bytes[from:to] of a batch and where they go.
type span struct {
	place
	from, to int
}

func (b *batch) empty() bool { return len(b.spans) == 0 }

func (b *batch) reset() { b.bytes, b.spans = b.bytes[:0], b.spans[:0] }

// extend says that the last n bytes of the batch go to the place.
func (b *batch) extend(at place, n int) {
	if k := len(b.spans) - 1; k >= 0 && b.spans[k].end() == at {
		b.spans[k].to += n
		return
	}
	b.spans = append(b.spans, span{at, len(b.bytes) - n, len(b.bytes)})
}

func (s span) end() place { return place{s.seq, s.off + int64(s.to-s.from)} }

// copyAt fills p with what will stand at the place; false if that is not in this batch.
func (b *batch) copyAt(p []byte, at place) bool {
	for _, s := range b.spans {
		if s.seq == at.seq && s.off <= at.off && at.off+int64(len(p)) <= s.end().off {
			copy(p, b.bytes[s.from+int(at.off-s.off):])
			return true
		}
	}
	return false
}
