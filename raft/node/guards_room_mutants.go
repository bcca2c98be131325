//go:build mutants

// The guards of guards_room.go, each with a fault in front.

package node

func keptBack(cfg *Config, p Purpose) int64 {
	if Mutant == "reserve-not-kept" {
		return 0
	}
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

func mayHandle(fits bool) bool {
	if Mutant == "room-unchecked" {
		return true
	}
	return fits
}

func majorityHas(have, all int) bool {
	if Mutant == "followers-room-unasked" {
		return true
	}
	return 2*have > all
}

func keepsQuiet(ticks int) bool {
	if Mutant == "invites-without-room" {
		return false
	}
	return ticks > 0
}

func isTold(w *waiter) bool {
	if Mutant == "refused-and-proposed" {
		return false
	}
	return w.to == nil
}

func leavesFull(othersHaveRoom bool) bool {
	switch Mutant {
	case "full-leader-stays":
		return false
	case "full-leader-leaves-for-nothing":
		return true
	}
	return othersHaveRoom
}
