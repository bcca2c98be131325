package gate

import "sync"

// DefaultBytes is how many bytes requests hold at most, of all doors of a process together.
const DefaultBytes = 64 << 20

// FreeBytes is what a connection may hold without being counted: the number of connections bounds it.
const FreeBytes = 16 << 10

// Bytes bounds what the requests of a process hold: those that are not whole yet, those that are being done, and the
// buffers that idle connections keep for the next one (up to half). It is safe for concurrent use.
type Bytes struct {
	mu     sync.Mutex
	most   int64
	used   int64
	oldest *Conn // of those that are not whole, the one that began to hold bytes first
	newest *Conn
}

// holder is what Bytes knows of a connection.
type holder struct {
	held           int64
	listed         bool // may be cut
	before, behind *Conn
}

// NewBytes returns a bound of so many bytes; 0: DefaultBytes.
func NewBytes(most int64) *Bytes {
	if most == 0 {
		most = DefaultBytes
	}
	return &Bytes{most: most}
}

// Used returns how many bytes are held now.
func (b *Bytes) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Most returns the bound.
func (b *Bytes) Most() int64 { return b.most }

// Hold says how many bytes the request that comes in holds, or is about to. If all hold too much the requests that
// have been under way for longest are cut; ErrBytes: this one is.
func (c *Conn) Hold(bytes int) error {
	if c == nil {
		return nil
	}
	counted := max(0, int64(bytes)-FreeBytes)
	if counted == 0 && !c.holds {
		return nil
	}
	c.holds = counted > 0
	cut, ok := c.gate.config.Bytes.hold(c, counted)
	for _, other := range cut {
		other.end(ErrBytes)
		other.gate.outOfBytes(other)
	}
	if !ok {
		c.gate.outOfBytes(c)
		return ErrBytes
	}
	return nil
}

// Keep reports whether a connection may keep that many bytes for requests that have not come yet: else it gives them back.
func (c *Conn) Keep(bytes int) bool {
	if c == nil {
		return true
	}
	counted := max(0, int64(bytes)-FreeBytes)
	if counted == 0 && !c.holds {
		return true
	}
	c.holds = true
	return c.gate.config.Bytes.keep(c, counted)
}

func (g *Gate) outOfBytes(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.OutOfBytes++
	g.notices.Note("bytes", "requests hold too many bytes: the one under way for longest was cut", "most", g.config.Bytes.most, "source", c.source.name)
}

func (b *Bytes) hold(c *Conn, bytes int64) (cut []*Conn, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := &c.holder
	if bytes > 0 && !h.listed {
		b.list(c)
	}
	for !fits(b.used-h.held+bytes, b.most) && bytes > h.held {
		slowest := b.oldest
		if slowest == c || slowest == nil {
			return cut, false
		}
		b.drop(slowest)
		cut = append(cut, slowest)
	}
	b.used, h.held = b.used-h.held+bytes, bytes
	return cut, true
}

func (b *Bytes) keep(c *Conn, bytes int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := &c.holder
	kept := b.used-h.held+bytes <= b.most/2 || bytes == 0
	if kept {
		b.used, h.held = b.used-h.held+bytes, bytes
	}
	return kept
}

// whole keeps the bytes of a request that has come, which is not cut any more.
func (b *Bytes) whole(c *Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlist(c)
}

func (b *Bytes) release(c *Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(c)
}

func (b *Bytes) drop(c *Conn) {
	b.unlist(c)
	b.used -= c.holder.held
	c.holder.held = 0
}

func (b *Bytes) list(c *Conn) {
	h := &c.holder
	h.listed, h.before, h.behind = true, b.newest, nil
	if b.newest != nil {
		b.newest.holder.behind = c
	} else {
		b.oldest = c
	}
	b.newest = c
}

func (b *Bytes) unlist(c *Conn) {
	h := &c.holder
	if !h.listed {
		return
	}
	if h.before != nil {
		h.before.holder.behind = h.behind
	} else {
		b.oldest = h.behind
	}
	if h.behind != nil {
		h.behind.holder.before = h.before
	} else {
		b.newest = h.before
	}
	h.listed, h.before, h.behind = false, nil, nil
}
