package server

import "github.com/eventstreamcore/semel/raft/node"

// Room is what a node's disk has room for.
type Room struct {
	State   node.RoomState `json:"state"`      // ok; low: less than 64 files of the log (1 GiB); none: new work is refused where this node leads
	Log     int64          `json:"log_bytes"`  // left in the files of the log that are made
	Disk    int64          `json:"disk_bytes"` // free in the file system, a second ago at most; -1: it does not say
	Refused uint64         `json:"refused"`    // calls and messages of other nodes that found no room, since the start
	Claims  int64          `json:"claims"`     // about so many more, if they are like those before; -1: not known
}

// claimBytes is what a claim takes of the log, where none tells: alone in its entry, without a value.
const claimBytes = 192

// fewCommands are too few to tell what the next ones take.
const fewCommands = 1000

// roomOf tells what a node has room for, which has applied so many commands.
func roomOf(now node.RoomStatus, refused, commands uint64) Room {
	room := Room{State: now.State, Log: now.Made, Disk: now.Free, Refused: refused, Claims: -1}
	if now.Free < 0 {
		return room
	}
	each := int64(claimBytes)
	if commands >= fewCommands {
		each = max(1, now.Used/int64(commands))
	}
	if room.Claims = max(0, now.Made+now.Free-now.Reserve) / each; now.State == node.RoomNone {
		room.Claims = 0
	}
	return room
}
