//go:build unix && !linux

package disk

import "os"

// syncData falls back to fsync where there is no fdatasync to rely on.
func syncData(f *os.File) error { return f.Sync() }
