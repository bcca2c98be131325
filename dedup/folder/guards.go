//go:build !mutants

package folder

import "github.com/eventstreamcore/semel/dedup/backup"

// The decisions of a verification. guards_mutants.go holds a wrong one for each fault.

// isWhole reports whether a folder is, of which so much was found wrong.
func isWhole(damage []Damage) bool { return len(damage) == 0 }

// isSameState compares what a snapshot's file holds with what the log comes to.
func isSameState(replayed, file [32]byte) bool { return replayed == file }

// stampOfBackup is log time where a restored cluster goes on: nothing expires early, and no window is longer than by the time that lies between.
func stampOfBackup(h *backup.Header) uint64 { return h.Stamp }
