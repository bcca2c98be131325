package node

import "time"

// tellLevel says for all goroutines since when the node has all that anybody had been told by then.
func (n *Node) tellLevel() {
	since, known := n.replica.Level()
	if told := n.level.Load(); known && (told == nil || *told != since) {
		n.level.Store(&since)
	}
}

// Aged has look read the node's state machine, as it stands here without a leader, and returns how old that is at most: it has all that
// anybody had been told so long ago, counted when look has returned. False where the node does not know: it has heard of no leader
// that has a majority, or not applied what that one told, since it started.
func (n *Node) Aged(look func()) (age time.Duration, known bool) {
	since := n.level.Load() // before it looks: what it then has is no older
	look()
	if since == nil {
		return 0, false
	}
	return time.Duration(n.options.Clock.Now() - *since), true
}
