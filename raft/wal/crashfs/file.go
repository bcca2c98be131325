package crashfs

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/eventstreamcore/semel/raft/wal"
)

// sectorBytes is what the disk writes whole or not at all.
const sectorBytes = 512

// inode is a file without its name.
type inode struct {
	visible []byte             // what a read sees
	durable []byte             // what a crash leaves at least
	dirty   map[int64][][]byte // by sector: each content since the last sync
}

// write changes what is visible; each sector it touches has one content more.
func (n *inode) write(p []byte, off int64) {
	if grow := off + int64(len(p)) - int64(len(n.visible)); grow > 0 {
		n.visible = append(n.visible, make([]byte, grow)...)
	}
	copy(n.visible[off:], p)
	for s := off / sectorBytes; s*sectorBytes < off+int64(len(p)); s++ {
		n.dirty[s] = append(n.dirty[s], slices.Clone(sector(n.visible, s)))
	}
}

// sync makes durable what was written since the last sync, failed or not: what a failed one
// dropped is not dirty any more.
func (n *inode) sync() { n.settle(choose(1, nil)) }

// settle makes durable, of each dirty sector, one content it has had; what is visible stays.
func (n *inode) settle(keep chooser) {
	sectors := make([]int64, 0, len(n.dirty))
	for s := range n.dirty {
		sectors = append(sectors, s)
	}
	slices.Sort(sectors)
	size := len(n.durable)
	if len(n.visible) > size && keep(1) == 1 {
		n.durable = append(n.durable, make([]byte, len(n.visible)-size)...)
	}
	for _, s := range sectors {
		contents := n.dirty[s]
		if k := keep(len(contents)); k > 0 && s*sectorBytes < int64(len(n.durable)) {
			copy(n.durable[s*sectorBytes:], contents[k-1])
		}
	}
	clear(n.dirty)
}

// sector returns sector s of b, less if b ends in it.
func sector(b []byte, s int64) []byte {
	return b[s*sectorBytes : min((s+1)*sectorBytes, int64(len(b)))]
}

// chooser picks how many of n changes in a row are kept, 0 to n.
type chooser func(n int) int

// choose returns the chooser of a seed: 0 keeps nothing, 1 all, others any.
func choose(seed uint64, rng *rand.Rand) chooser {
	switch seed {
	case 0:
		return func(int) int { return 0 }
	case 1:
		return func(n int) int { return n }
	}
	return func(n int) int { return rng.IntN(n + 1) }
}

// file is an open file of one life of the process.
type file struct {
	fs   *FS
	node *inode
	life int
	real wal.File // where the folder is mirrored
}

func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.fs.call(f.life, func(x fault) error {
		if x != nil {
			return x
		}
		if f.real != nil {
			n, err = f.real.ReadAt(p, off)
			return err
		}
		if off >= int64(len(f.node.visible)) {
			return io.EOF
		}
		if n = copy(p, f.node.visible[off:]); n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

// WriteAt writes all, or when it fails a first part of it that ends with a sector: the system
// copies a write into the page cache page by page.
func (f *file) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.fs.call(f.life, func(x fault) error {
		n = len(p)
		if x != nil {
			n = f.fs.cut(off, len(p))
		} else if n, err = f.fs.fits(f.node, n, off); err != nil {
			x = err
		}
		f.node.write(p[:n], off)
		if f.real != nil {
			if _, err := f.real.WriteAt(p[:n], off); err != nil {
				return err
			}
		}
		return x
	})
	return n, err
}

// cut picks how much of a write of n bytes at off is done: up to the end of some sector, or nothing.
func (f *FS) cut(off int64, n int) int {
	end := (off + f.rng.Int64N(int64(n)+1)) / sectorBytes * sectorBytes
	return int(max(0, end-off))
}

// dropCache lets the system drop its pages at once, or not: some file systems keep what they could
// not write, some read it from the disk again.
func (f *file) dropCache() error {
	if len(f.node.visible) != len(f.node.durable) || f.fs.rng.IntN(2) == 0 {
		return nil
	}
	f.node.visible = slices.Clone(f.node.durable)
	if f.real == nil {
		return nil
	}
	_, err := f.real.WriteAt(f.node.visible, 0)
	return err
}

// Sync does not sync a mirror: what of it survives is for Crash to say. A Sync that fails has written any part, and forgets the rest.
func (f *file) Sync() error {
	return f.fs.call(f.life, func(x fault) error {
		if x != nil {
			f.node.settle(choose(f.fs.rng.Uint64(), f.fs.rng))
			return errors.Join(x, f.dropCache())
		}
		f.node.sync()
		return nil
	})
}

func (f *file) Size() (size int64, err error) {
	err = f.fs.call(f.life, func(x fault) error {
		size = int64(len(f.node.visible))
		return x
	})
	return size, err
}

// Close never fails: nobody acts on it.
func (f *file) Close() error {
	if f.real != nil {
		return f.real.Close()
	}
	return nil
}
