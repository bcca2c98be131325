package crashfs

import (
	"fmt"
	"math"
	"syscall"
)

// Fill leaves room for so many bytes more, from now on and over all lives: a write that makes a file longer than there
// is room for is done in part and returns an error that wraps syscall.ENOSPC. What is written in place of other
// bytes needs none; a file that is removed or replaced gives its room back.
func (f *FS) Fill(free int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full, f.most = true, f.used()+free
}

// Empty takes Fill back.
func (f *FS) Empty() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full = false
}

// Used returns how many bytes the files have.
func (f *FS) Used() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.used()
}

// Refused returns how many writes found no room, and how often Free said that there is less than a reader of its
// answer could want: none at all.
func (f *FS) Refused() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// Free returns how many bytes there is room for. It is no call that fails.
func (f *FS) Free() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	free := f.free()
	if free == 0 {
		f.refused++
	}
	return free, nil
}

func (f *FS) free() int64 {
	if !f.full {
		return math.MaxInt64 / 2
	}
	return max(0, f.most-f.used())
}

func (f *FS) used() (bytes int64) {
	for _, node := range f.names {
		bytes += int64(len(node.visible))
	}
	return bytes
}

// fits returns how many of n bytes at off there is room for, and an error if that is not all.
func (f *FS) fits(node *inode, n int, off int64) (int, error) {
	grow := off + int64(n) - int64(len(node.visible))
	if grow <= 0 || grow <= f.free() {
		return n, nil
	}
	f.refused++
	return max(0, n-int(grow-f.free())), fmt.Errorf("write %d bytes at offset %d: %w", n, off, syscall.ENOSPC)
}
