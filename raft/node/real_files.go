package node

import (
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/wal"
)

// How long after a file could not be made it is tried again: twice as long each time, up to the most.
const (
	firstRetry = 100 * time.Millisecond
	mostRetry  = 5 * time.Second
)

// fileLoop makes the log's next file ahead of its use, and says how much room is left. Want of room is survived: the
// file is tried again, now and then, not with every sync, and when room was given back.
func (n *Node) fileLoop() {
	watch := time.NewTicker(time.Second)
	defer watch.Stop()
	var retry <-chan time.Time
	files, wait := n.files, firstRetry
	for {
		select {
		case <-n.stopping:
			return
		case <-watch.C:
			n.log.Measure()
			n.warn()
			continue
		case <-files:
		case <-retry:
		case <-n.givenBack:
		}
		switch err := n.makeFile(); {
		case errors.Is(err, wal.ErrFailed):
			return
		case err != nil:
			files, retry = nil, time.After(wait)
			wait = min(2*wait, mostRetry)
		default:
			files, retry, wait = n.files, nil, firstRetry
		}
	}
}

// makeFile makes the log's next file, and tells how that went.
func (n *Node) makeFile() error {
	err := n.log.Preallocate()
	switch {
	case errors.Is(err, wal.ErrFailed):
		n.inbox.put(Failed(err))
		return err
	case err == nil:
		n.inbox.put(RoomMade())
	}
	n.warn()
	return err
}

// RoomState says how far a node is from having no room.
type RoomState string

// The states.
const (
	RoomOK   RoomState = "ok"
	RoomLow  RoomState = "low"  // less than lowSegments segments of the log: see to it
	RoomNone RoomState = "none" // new work is refused where this node leads
)

// lowSegments are how many segments of the log there should still be room for: 1 GiB.
const lowSegments = 64

// RoomStatus is what a node's disk has room for.
type RoomStatus struct {
	wal.Room
	State   RoomState
	Reserve int64 // bytes that are kept from new work
}

// Room returns what the node's disk has room for, as far as was known a second ago.
func (n *Node) Room() RoomStatus {
	r := RoomStatus{Room: n.log.Room(), State: RoomOK, Reserve: int64(n.options.RoomReserve)}
	switch {
	case r.Lacking != nil && r.Sure < 2*r.Reserve:
		r.State = RoomNone
	case r.Lacking != nil, r.Free >= 0 && r.Made+r.Free < lowSegments*n.options.SegmentBytes:
		r.State = RoomLow
	}
	return r
}

// warnAgain is how long a warning is not repeated.
const warnAgain = time.Minute

// warn logs that there is little room, when that changes and each minute.
func (n *Node) warn() {
	room := n.Room()
	if room.State == n.warned.state && (room.State == RoomOK || time.Since(n.warned.at) < warnAgain) {
		return
	}
	before := n.warned.state
	n.warned.state, n.warned.at = room.State, time.Now()
	told := []any{"log_bytes", room.Made, "disk_bytes", room.Free}
	if room.Lacking != nil {
		told = append(told, "reason", room.Lacking)
	}
	switch {
	case room.State == RoomNone:
		n.options.Logger.Error("there is no room on the disk for more of the log: make room; new claims are refused where this node leads", told...)
	case room.State == RoomLow:
		n.options.Logger.Warn("there is little room on the disk for more of the log: make room", told...)
	case before != "":
		n.options.Logger.Info("there is room on the disk again", told...)
	}
}

// warning is what was logged of the room last.
type warning struct {
	state RoomState
	at    time.Time
}
