package node

import (
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// ReadAhead is Host's. There is room for one reading of each reader, so it never waits.
func (h *realHost) ReadAhead(r Reading) {
	pause := h.lulls.before(r, time.Now())
	if pause == 0 {
		h.reads <- r
		return
	}
	time.AfterFunc(pause, func() { h.reads <- r })
}

// lulls gives a peer that catches up half of the time: what it took to read a stretch, send it and have it on the peer's
// disk, the leader does nothing for that peer before the next. Who waits for the same disks and processors has them then.
type lulls [protocol.MaxNodeID + 1]time.Time

// longestLull bounds a pause, whatever the peer took.
const longestLull = 20 * time.Millisecond

// before is how long to wait before the next stretch is read, at the time at which it is asked for.
func (l *lulls) before(r Reading, now time.Time) (pause time.Duration) {
	if took := now.Sub(l[r.For]); r.Calm && took < longestLull {
		pause = took
	}
	l[r.For] = now.Add(pause)
	return pause
}

// readLoop reads one stretch after another, in the order asked for.
func (n *Node) readLoop() {
	for {
		select {
		case <-n.stopping:
			return
		case r := <-n.reads:
			if !n.read(r) {
				return
			}
		}
	}
}

func (n *Node) read(r Reading) bool {
	entries, err := n.readStretch(r)
	if err != nil {
		n.inbox.put(Failed(err))
		return false
	}
	n.inbox.put(WasRead(r.For, r.First, entries))
	return true
}

// readStretch reads entries until they have enough bytes, or the log, which may be cut meanwhile, or begin behind them, has no more.
func (n *Node) readStretch(r Reading) (entries []Entry, err error) {
	found, err := n.log.ReadStretch(r.First, r.Last, r.Bytes)
	for lacksDescriptor(err) && n.waits(descriptorPause) {
		found, err = n.log.ReadStretch(r.First, r.Last, r.Bytes)
	}
	if isNoEntry(err) {
		return nil, nil
	}
	for _, e := range found {
		entries = append(entries, Entry(e))
	}
	return entries, err
}

// descriptorPause is how long a read waits for a descriptor before it is tried again.
const descriptorPause = 20 * time.Millisecond

// lacksDescriptor reports whether a read failed only because the process may open no more files now: the log is whole.
func lacksDescriptor(err error) bool {
	return errors.Is(err, wal.ErrNoRoom) && !errors.Is(err, wal.ErrFailed)
}

// waits reports whether so much time has passed before the node was told to stop.
func (n *Node) waits(pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-n.stopping:
		return false
	case <-timer.C:
		return true
	}
}
