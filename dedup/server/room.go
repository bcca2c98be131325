package server

import "github.com/eventstreamcore/semel/raft/node"

// Room is what a node's disk has room for.
type Room struct {
	State   node.RoomState `json:"state"`      // ok; low: less than 64 files of the log (1 GiB), or too little for the next snapshot; none: new work is refused where this node leads
	Log     int64          `json:"log_bytes"`  // left in the files of the log that are made
	Disk    int64          `json:"disk_bytes"` // free in the file system, a second ago at most; -1: it does not say
	Refused uint64         `json:"refused"`    // calls and messages of other nodes that found no room, since the start

	// Claims are about so many more, if they are like those of late (applied since the start; alone in its entry, where those are too few) and
	// nothing is given back, as it is with each snapshot; -1: not known.
	Claims int64 `json:"claims"`

	// What a log that ends needs: room for the next snapshot, beside the log's next file.
	Snapshot int64 `json:"snapshot_bytes"` // about what the next one takes
	Lacking  int64 `json:"lacking_bytes"`  // so many more have to be free for it, or none is taken and the log grows; 0: none, or not known
	Folder   int64 `json:"folder_bytes"`   // what the files of the log and of snapshots take now, those on their way included
	Most     int64 `json:"most_bytes"`     // what they take at most while the table is no larger: see node.MostBytes
}

// claimBytes is what a claim takes of the log, where none tells: alone in its entry, without a value.
const claimBytes = 192

const (
	fewCommands  = 1000 // are too few to tell what the next ones take
	lateCommands = 8192 // once so many were counted they count half, and so on: those of late count most
)

// lately is what the log takes for commands, of those that were applied of late. What it counts does not shrink with the log.
type lately struct{ commands, bytes int64 }

// note counts an entry of so many commands, as if it had a record of its own: at most that is what it takes.
func (l *lately) note(commands uint64, payload int) {
	l.commands, l.bytes = l.commands+int64(commands), l.bytes+node.RecordBytes(1, payload)
	if fades(l.commands) {
		l.commands, l.bytes = l.commands/2, l.bytes/2
	}
}

// each is about what the next command takes.
func (l *lately) each() int64 {
	if l.commands < fewCommands {
		return claimBytes
	}
	return max(1, l.bytes/l.commands)
}

// What a snapshot has for a record of the table, beside its value and fingerprint.
const recordBytes = 48

// tableBytes is about how long a snapshot of a table is.
func tableBytes(keys, bytes uint64) int64 { return int64(keys*recordBytes + bytes) }

// roomOf tells what a node has room for, where a command takes so many bytes of its log.
func roomOf(now node.RoomStatus, folder node.Footprint, refused uint64, each int64) Room {
	room := Room{State: now.State, Log: now.Made, Disk: now.Free, Refused: refused, Claims: -1,
		Snapshot: folder.Next, Lacking: folder.Lacking, Folder: folder.Log + folder.Snapshots, Most: folder.Most}
	if isLow(room.Lacking) && room.State == node.RoomOK {
		room.State = node.RoomLow
	}
	if now.Free < 0 {
		return room
	}
	if room.Claims = max(0, now.Made+now.Free-now.Reserve) / each; now.State == node.RoomNone {
		room.Claims = 0
	}
	return room
}
