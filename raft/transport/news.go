package transport

import "sync"

// news remembers what was said, so that a fault that comes again and again is logged once.
type news struct {
	mu   sync.Mutex
	said map[string]bool
}

// mostSaid bounds what strangers can make us remember; past it everything is news again.
const mostSaid = 256

// first reports whether text was not said before.
func (n *news) first(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.said[text] {
		return false
	}
	if n.said == nil || len(n.said) >= mostSaid {
		n.said = make(map[string]bool)
	}
	n.said[text] = true
	return true
}

// forget makes everything news again.
func (n *news) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = nil
}
