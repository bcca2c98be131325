package node

import "github.com/eventstreamcore/semel/raft/protocol"

// cacheSlots is the most entries in a cache, a power of two.
const cacheSlots = 4096

// cache is the payloads of the last entries of the log. It holds more than fits until trim is called, so that what
// a step has found there is there to the step's end.
type cache struct {
	first, next protocol.Index // holds first to next-1
	bytes, most int
	slots       [cacheSlots]slot // entry k at k modulo cacheSlots
}

type slot struct {
	term    protocol.Term
	payload []byte
}

// put adds the entry at k; what stood there and above is gone.
func (c *cache) put(k protocol.Index, term protocol.Term, payload []byte) {
	c.truncate(k)
	if k != c.next {
		c.first, c.next = k, k
	}
	*c.slot(k) = slot{term, payload}
	c.next++
	c.bytes += len(payload)
	if c.next-c.first == cacheSlots {
		c.dropFirst()
	}
}

// trim drops the oldest until what is left fits, in bytes and in entries, with room for those of a step.
func (c *cache) trim() {
	for c.bytes > c.most || c.next-c.first > cacheSlots-2*entriesPerMessage {
		c.dropFirst()
	}
}

func (c *cache) dropFirst() {
	c.drop(c.first)
	c.first++
}

// forget drops what stands at k and below.
func (c *cache) forget(k protocol.Index) {
	for c.first <= k && c.first < c.next {
		c.dropFirst()
	}
}

// bytesAfter is how many bytes the entries after k have, of those that are here.
func (c *cache) bytesAfter(k protocol.Index) (bytes int) {
	for k = max(k+1, c.first); k < c.next; k++ {
		bytes += len(c.slot(k).payload)
	}
	return bytes
}

// truncate drops what stands at k and above.
func (c *cache) truncate(k protocol.Index) {
	for c.next > max(k, c.first) {
		c.next--
		c.drop(c.next)
	}
}

// get returns the payload of the entry at k of a term.
func (c *cache) get(k protocol.Index, term protocol.Term) ([]byte, bool) {
	if k < c.first || k >= c.next || c.slot(k).term != term {
		return nil, false
	}
	return c.slot(k).payload, true
}

func (c *cache) drop(k protocol.Index) {
	s := c.slot(k)
	c.bytes -= len(s.payload)
	*s = slot{}
}

func (c *cache) slot(k protocol.Index) *slot { return &c.slots[k%cacheSlots] }
