package wal_test

// Goal: what a sync costs on a zeroed file against a growing one. Method: a Go benchmark on the folder of temporary files.
// It is of calls that Linux has: fallocate and fdatasync.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// BenchmarkSyncByFile writes and syncs 1,088 bytes a time, as BenchmarkSync does, into a file that grows, one
// that was allocated only, and one that was zeroed: why segments are zeroed.
func BenchmarkSyncByFile(b *testing.B) {
	for _, c := range []struct {
		name    string
		prepare func(f *os.File) error
	}{
		{"growing", func(*os.File) error { return nil }},
		{"allocated", func(f *os.File) error { return unix.Fallocate(int(f.Fd()), 0, 0, benchFileBytes) }},
		{"zeroed", func(f *os.File) error {
			_, err := f.WriteAt(make([]byte, benchFileBytes), 0)
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/f")
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, f.Close()) })
			require.NoError(b, c.prepare(f))
			require.NoError(b, f.Sync())
			block := text(1088)
			for off := int64(0); b.Loop(); off = (off + int64(len(block))) % (benchFileBytes - int64(len(block))) {
				_, err := f.WriteAt(block, off)
				require.NoError(b, err)
				require.NoError(b, unix.Fdatasync(int(f.Fd())))
			}
		})
	}
}

const benchFileBytes = 64 << 20
