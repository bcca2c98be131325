package gate

import "sync"

// Bounds over all doors of a process together.
const (
	DefaultBytes  = 64 << 20  // of requests
	DefaultUnread = 256 << 20 // of answers that wait to be read
)

// FreeBytes is what a connection may hold without being counted: the number of connections bounds it.
const FreeBytes = 16 << 10

// Bytes bounds what connections of a process hold, over all its doors. It is safe for concurrent use.
type Bytes struct {
	mu     sync.Mutex
	most   int64
	used   int64
	fits   func(bytes, most int64) bool
	oldest *holder // of those that may be cut, the one that began to hold bytes first
	newest *holder
}

// holder is what Bytes knows of a connection.
type holder struct {
	conn           *Conn
	held           int64
	listed         bool // may be cut
	before, behind *holder
}

// NewBytes returns a bound for requests: those that are not whole yet, those that are being done, and the buffers that idle
// connections keep for the next one (up to half). 0: DefaultBytes.
func NewBytes(most int64) *Bytes { return newBytes(most, DefaultBytes, fits) }

// NewUnread returns a bound for answers that wait for their clients to read them. 0: DefaultUnread.
func NewUnread(most int64) *Bytes { return newBytes(most, DefaultUnread, unreadFits) }

func newBytes(most, standard int64, fits func(bytes, most int64) bool) *Bytes {
	if most == 0 {
		most = standard
	}
	return &Bytes{most: most, fits: fits}
}

// Used returns how many bytes are held now.
func (b *Bytes) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Most returns the bound.
func (b *Bytes) Most() int64 { return b.most }

// hold lets a holder have so many bytes. Where all hold too many, those who began first are dropped, and returned to be cut; not
// ok: the holder itself is the first.
func (b *Bytes) hold(h *holder, bytes int64) (cut []*Conn, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes > 0 && !h.listed {
		b.list(h)
	}
	for !b.fits(b.used-h.held+bytes, b.most) && bytes > h.held {
		first := b.oldest
		if first == h || first == nil {
			return cut, false
		}
		b.drop(first)
		cut = append(cut, first.conn)
	}
	b.used, h.held = b.used-h.held+bytes, bytes
	return cut, true
}

// take lets a holder have so many bytes, as the last of all. Where all hold too many, those in front of it are dropped, and
// returned to be cut.
func (b *Bytes) take(h *holder, bytes int64) (cut []*Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(h)
	if bytes == 0 {
		return nil
	}
	for b.oldest != nil && !b.fits(b.used+bytes, b.most) {
		cut = append(cut, b.oldest.conn)
		b.drop(b.oldest)
	}
	b.list(h)
	b.used, h.held = b.used+bytes, bytes
	return cut
}

func (b *Bytes) keep(h *holder, bytes int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.used-h.held+bytes <= b.most/2 || bytes == 0
	if kept {
		b.used, h.held = b.used-h.held+bytes, bytes
	}
	return kept
}

// whole keeps the bytes of a request that has come, which is not cut any more.
func (b *Bytes) whole(h *holder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlist(h)
}

func (b *Bytes) release(h *holder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(h)
}

func (b *Bytes) drop(h *holder) {
	b.unlist(h)
	b.used -= h.held
	h.held = 0
}

func (b *Bytes) list(h *holder) {
	h.listed, h.before, h.behind = true, b.newest, nil
	if b.newest != nil {
		b.newest.behind = h
	} else {
		b.oldest = h
	}
	b.newest = h
}

func (b *Bytes) unlist(h *holder) {
	if !h.listed {
		return
	}
	if h.before != nil {
		h.before.behind = h.behind
	} else {
		b.oldest = h.behind
	}
	if h.behind != nil {
		h.behind.before = h.before
	} else {
		b.newest = h.before
	}
	h.listed, h.before, h.behind = false, nil, nil
}
