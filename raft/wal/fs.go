package wal

import "github.com/eventstreamcore/semel/raft/disk"

// The folder that a log is kept in, as raft/disk has it.
type (
	// FS is one folder, flat.
	FS = disk.FS
	// File is an open file.
	File = disk.File
)

// LockName is the first file that is made in a folder: it is locked while a log is open there.
const LockName = disk.LockName

// OpenFolder returns the folder dir as an FS; it is made where missing, durably.
func OpenFolder(dir string) (FS, error) { return disk.OpenFolder(dir) }
