package redis

import (
	"slices"

	"github.com/eventstreamcore/semel/dedup/server"
)

// keptBytes is how large a buffer a connection keeps for its next replies.
const keptBytes = 4 * writeAheadBytes

// mostReplyBytes is about how many bytes the largest reply has.
const mostReplyBytes = 20 << 20

// buffers are large ones to use again: some tens of large replies a second would otherwise have the
// collector take more of the machine than the replies do.
type buffers chan []byte

func (b buffers) get() []byte {
	select {
	case buffer := <-b:
		return buffer
	default:
		return nil
	}
}

func (b buffers) put(buffer []byte) {
	if cap(buffer) > mostReplyBytes {
		return
	}
	select {
	case b <- buffer[:0]:
	default:
	}
}

// reserve makes room for the replies to a batch where their values are large, at once and not by doubling.
func (c *conn) reserve(answers []server.Answer) {
	need := len(c.said.buf)
	for i := range answers {
		need += len(answers[i].Value) + 32
	}
	c.place.Unread(len(c.out.buf) + need)
	if need <= keptBytes || need <= cap(c.out.buf)-len(c.out.buf) {
		return
	}
	c.out.buf = slices.Grow(append(c.door.large.get(), c.out.buf...), need)
}
