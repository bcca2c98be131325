package wal

// batch is what is queued for one sync: encoded records, in runs that stand together in a segment.
//
// Records are kept in chunks, which never grow: one buffer for a queue of many megabytes would be copied again and
// again, each time into memory that is touched for the first time, and hold up an append for as long.
type batch struct {
	chunks [][]byte // a record is whole in one
	spare  [][]byte // chunks of an earlier batch
	spans  []span
	mark   uint64 // of the last record
}

const (
	leastChunk  = 4 << 10
	chunkBytes  = 1 << 20 // but for a record that is larger by itself
	spareChunks = 4       // of chunkBytes
)

// span is bytes of a chunk and where they go.
type span struct {
	place
	chunk    int
	from, to int
}

func (b *batch) empty() bool { return len(b.spans) == 0 }

// content is the bytes of a span.
func (b *batch) content(s span) []byte { return b.chunks[s.chunk][s.from:s.to] }

// reset empties the batch. Some of its chunks stay, the larger ones.
func (b *batch) reset() {
	for k, c := range b.chunks {
		last := k == len(b.chunks)-1 && len(b.spare) == 0
		if cap(c) <= chunkBytes && len(b.spare) < spareChunks && (last || cap(c) == chunkBytes) {
			b.spare = append(b.spare, c[:0])
		}
		b.chunks[k] = nil
	}
	b.chunks, b.spans = b.chunks[:0], b.spans[:0]
}

// room returns the chunk that the next record, of n bytes, goes behind.
func (b *batch) room(n int) *[]byte {
	last := len(b.chunks) - 1
	if last >= 0 && chunkHas(b.chunks[last], n) {
		return &b.chunks[last]
	}
	b.chunks = append(b.chunks, b.fresh(n, last))
	return &b.chunks[last+1]
}

// fresh returns an empty chunk for n bytes: a spare one, or twice the last one.
func (b *batch) fresh(n, last int) []byte {
	if k := len(b.spare) - 1; k >= 0 && cap(b.spare[k]) >= n {
		c := b.spare[k]
		b.spare[k], b.spare = nil, b.spare[:k]
		return c
	}
	size := leastChunk
	if last >= 0 {
		size = min(2*cap(b.chunks[last]), chunkBytes)
	}
	return make([]byte, 0, max(n, size))
}

// extend says that the last n bytes of the last chunk go to the place.
func (b *batch) extend(at place, n int) {
	chunk := len(b.chunks) - 1
	end := len(b.chunks[chunk])
	if k := len(b.spans) - 1; k >= 0 && b.spans[k].end() == at && b.spans[k].chunk == chunk {
		b.spans[k].to = end
		return
	}
	b.spans = append(b.spans, span{at, chunk, end - n, end})
}

func (s span) end() place { return place{s.seq, s.off + int64(s.to-s.from)} }

// copyAt fills p with what will stand at the place; false if that is not in this batch.
func (b *batch) copyAt(p []byte, at place) bool {
	for _, s := range b.spans {
		if s.seq == at.seq && s.off <= at.off && at.off+int64(len(p)) <= s.end().off {
			copy(p, b.content(s)[at.off-s.off:])
			return true
		}
	}
	return false
}
