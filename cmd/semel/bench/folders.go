package bench

import (
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// folder is what a node has on its disk, as who looks from outside sees it: by the names of files and how long they are.
type folder struct {
	log       int64  // bytes of the log's segments, those made ahead too
	snapshots int64  // bytes of snapshots, those on their way too
	first     uint64 // number of the log's first segment; 1 until the log begins behind a base and was cut for it
	newest    uint64 // index of the newest snapshot; 0: none
	file      int64  // bytes of the newest snapshot
	received  int64  // bytes of one that is being received
	taking    bool   // one of its own
}

func (f *folder) bytes() int64 { return f.log + f.snapshots }

// Names of files: raft/wal/README.md and raft/snapshot/README.md.
const (
	segmentSuffix  = ".wal"
	snapshotSuffix = ".snapshot"
	receivedName   = "received.tmp"
	ownName        = "own.tmp"
)

// lookAt looks at the folder of a node. Files come and go meanwhile: what is gone counts no more.
func lookAt(dir string) (f folder) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil //nolint:nilerr // it is gone
		}
		info, err := entry.Info()
		if err != nil {
			return nil //nolint:nilerr // likewise
		}
		f.add(entry.Name(), info.Size())
		return nil
	})
	return f
}

func (f *folder) add(name string, bytes int64) {
	number, suffix := numberOf(name)
	switch {
	case suffix == snapshotSuffix:
		f.snapshots += bytes
		if number > f.newest {
			f.newest, f.file = number, bytes
		}
	case name == ownName:
		f.snapshots += bytes
		f.taking = true
	case name == receivedName:
		f.snapshots += bytes
		f.received = bytes
	default:
		f.log += bytes
		if suffix == segmentSuffix && (f.first == 0 || number < f.first) {
			f.first = number
		}
	}
}

// numberOf reads the number in a file's name, which is hexadecimal.
func numberOf(name string) (number uint64, suffix string) {
	suffix = filepath.Ext(name)
	number, err := strconv.ParseUint(strings.TrimSuffix(name, suffix), 16, 64)
	if err != nil {
		return 0, ""
	}
	return number, suffix
}
