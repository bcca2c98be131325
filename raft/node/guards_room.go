//go:build !mutants

package node

// The decisions about room on the disk. guards_room_mutants.go holds a wrong one for each fault.

// keptBack is what has to be left of the log's room behind an append for a purpose. The first half of the reserve is for reads,
// the next quarter for what ends work. Another eighth is for what a leader appends all the same, such as its first entry,
// and for a disk that is a little fuller than the leader's; the last is for votes and terms alone.
func keptBack(cfg *Config, p Purpose) int64 {
	switch p {
	case Begin:
		return int64(cfg.RoomReserve)
	case Look:
		return int64(cfg.RoomReserve) / 2
	case Finish:
		return int64(cfg.RoomReserve) / 4
	}
	return int64(cfg.RoomReserve) / 8
}

// mayHandle is whether something is handed to the core of which it is known whether all that may be written for it fits.
func mayHandle(fits bool) bool { return fits }

// majorityHas reports whether so many with room of all are enough to commit.
func majorityHas(have, all int) bool { return 2*have > all }

// keepsQuiet is whether a leader is not told again what it knows: see lack.
func keepsQuiet(ticks int) bool { return ticks > 0 }

// isTold reports whether a proposal that waits has its verdict, and leaves the queue.
func isTold(w *waiter) bool { return w.to == nil }

// leavesFull reports whether a leader that refuses new work for want of room leaves, where others need not refuse it.
func leavesFull(othersHaveRoom bool) bool { return othersHaveRoom }
