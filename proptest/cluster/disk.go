package cluster

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// Disk is the disk of one node, with two folders, that of the log and that of the snapshots: crashfs over real files, and what
// crashfs has not: slow syncs, a sync that hangs, a failure that hits a sync whichever call that is, no space. What happens to it
// happens to both folders, at the same moment. It is safe for concurrent use.
type Disk struct {
	Shelf *Shelf // what happens in the snapshots' folder

	dir   string
	seed  uint64
	sync  time.Duration // that each sync takes at least
	calls sync.RWMutex  // held alone while a call is made to fail, and while the power goes
	held  atomic.Pointer[standstill]

	mu       sync.Mutex
	log      *diskFolder
	shelf    *diskFolder // the snapshots'
	wiped    int
	slow     time.Duration
	hangs    bool
	changed  chan struct{} // closed when slow or hangs changes, and when a life ends
	failSync bool
	life     int
	counts   DiskCounts
}

// DiskCounts tells what a disk has done so far.
type DiskCounts struct {
	Syncs       int // that succeeded
	SlowSyncs   int // that took longer than the disk does
	FailedSyncs int
	PowerLosses int
	Kills       int
}

// newDisk makes a disk whose files stand in dir.
func newDisk(dir string, seed uint64, sync time.Duration) (*Disk, error) {
	d := &Disk{dir: dir, seed: seed, sync: sync, changed: make(chan struct{}), Shelf: &Shelf{rotten: map[string]bool{}}}
	var err error
	d.log, d.shelf, err = d.make(dir)
	return d, err
}

// make makes the two folders, empty.
func (d *Disk) make(dir string) (log, snapshots *diskFolder, err error) {
	for _, f := range []struct {
		folder **diskFolder
		dir    string
	}{{&log, dir}, {&snapshots, filepath.Join(dir, "snapshots")}} {
		real, err := disk.OpenFolder(f.dir)
		if err != nil {
			return nil, nil, err
		}
		*f.folder = &diskFolder{disk: d, fs: crashfs.Over(real, d.seed), unsynced: map[string]*int{}}
	}
	snapshots.watch = d.Shelf
	return log, snapshots, nil
}

// folders are the two that there are now.
func (d *Disk) folders() []*diskFolder {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []*diskFolder{d.log, d.shelf}
}

// Log is the folder of the log, for a process that begins now.
func (d *Disk) Log() disk.FS { return lived{d.folders()[0], d.currentLife()} }

// Snapshots is the folder of the snapshots, likewise.
func (d *Disk) Snapshots() disk.FS { return lived{d.folders()[1], d.currentLife()} }

// DiskImage is a disk at rest, with all that is seen.
type DiskImage struct{ Log, Snapshots crashfs.Image }

// Image returns a copy of what is seen.
func (d *Disk) Image() DiskImage { return DiskImage{d.log.fs.Image(), d.shelf.fs.Image()} }

// putBack puts an image in the place of all that is there; nothing runs on the disk.
func (d *Disk) putBack(image DiskImage, seed uint64) {
	d.log.fs, d.shelf.fs = crashfs.Load(image.Log, seed), crashfs.Load(image.Snapshots, seed)
}

// Slow makes each sync take so much longer from now on.
func (d *Disk) Slow(by time.Duration) { d.set(func() { d.slow = by }) }

// Hang lets syncs begin and not end from now on: what was written stays in the page cache.
func (d *Disk) Hang() { d.set(func() { d.hangs = true }) }

// FailSync lets the next sync fail, or no more.
func (d *Disk) FailSync(fail bool) { d.set(func() { d.failSync = fail }) }

// Fill leaves no room for anything new from now on, or has room again. What is written in place of other bytes needs none, and
// what a folder gives back it has again.
func (d *Disk) Fill(full bool) {
	for _, f := range d.folders() {
		if full {
			f.fs.Fill(0)
		} else {
			f.fs.Empty()
		}
	}
}

// Mend ends all that Slow, Hang, FailSync and Fill began.
func (d *Disk) Mend() {
	d.set(func() { d.slow, d.hangs, d.failSync = 0, false, false })
	d.Fill(false)
	d.Shelf.Slow(0)
	d.Shelf.Fail(false)
}

// Counts returns what the disk has done so far.
func (d *Disk) Counts() DiskCounts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

// Kill ends the process: the page cache stays.
func (d *Disk) Kill() {
	d.calls.Lock()
	defer d.calls.Unlock()
	for _, f := range d.folders() {
		f.fs.Kill()
	}
	d.Shelf.end()
	d.set(func() { d.counts.Kills++ })
	d.endLife()
}

// LosePower takes what was not synced, or any part of it as the seed picks: see crashfs.FS.Crash.
func (d *Disk) LosePower(seed uint64) error {
	d.calls.Lock()
	defer d.calls.Unlock()
	for _, f := range d.folders() {
		if err := f.fs.Crash(seed); err != nil {
			return err
		}
	}
	d.Shelf.end()
	d.set(func() {
		d.counts.PowerLosses++
		clear(d.log.unsynced)
		clear(d.shelf.unsynced)
	})
	d.endLife()
	return nil
}

// Wipe ends the process, and loses all that is in both folders: whoever begins next finds them empty, on a disk that is as it was.
func (d *Disk) Wipe() error {
	d.Kill()
	d.wiped++
	log, snapshots, err := d.make(filepath.Join(d.dir, fmt.Sprint("folder-", d.wiped)))
	if err != nil {
		return err
	}
	d.Shelf.change(func() { clear(d.Shelf.rotten) })
	d.set(func() { d.log, d.shelf = log, snapshots })
	return nil
}

func (d *Disk) endLife() {
	d.held.Store(nil)
	d.set(func() { d.life++ })
}

func (d *Disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	close(d.changed)
	d.changed = make(chan struct{})
}

// failing does a call of a folder that has to fail: crashfs fails a call by its number, so that no other may come between.
func (d *Disk) failing(f *diskFolder, do func() error) error {
	d.calls.Lock()
	defer d.calls.Unlock()
	f.fs.FailAt(f.fs.Calls() + 1)
	defer f.fs.FailAt(0)
	return do()
}

// takeSyncFault reports, once, whether the next sync has to fail.
func (d *Disk) takeSyncFault() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	fails := d.failSync
	d.failSync = false
	if fails {
		d.counts.FailedSyncs++
	}
	return fails
}

// waitSync takes as long as a sync takes on this disk, or until the life ends in which the file was opened.
func (d *Disk) waitSync(life int) {
	began, counted := time.Now(), false
	for {
		d.mu.Lock()
		left, hangs, changed := d.sync+d.slow-time.Since(began), d.hangs, d.changed
		if d.life != life || !hangs && left <= 0 {
			d.mu.Unlock()
			return
		}
		if !counted && (hangs || d.slow > 0) {
			d.counts.SlowSyncs, counted = d.counts.SlowSyncs+1, true
		}
		d.mu.Unlock()
		var due <-chan time.Time
		if !hangs {
			due = time.After(left)
		}
		select {
		case <-due:
		case <-changed:
		}
	}
}

// wait waits, or until the life ends in which it began.
func (d *Disk) wait(life int, by time.Duration) {
	due := time.After(by)
	for {
		d.mu.Lock()
		ended, changed := d.life != life, d.changed
		d.mu.Unlock()
		if ended {
			return
		}
		select {
		case <-due:
			return
		case <-changed:
		}
	}
}

// rot makes the newest snapshot unreadable that reaches a log which begins behind base, if another one does, or the log is whole. Nothing
// runs on the disk.
func (d *Disk) rot(base uint64) (name string) {
	ways := 0
	if base == 0 {
		ways++
	}
	for there := range d.shelf.fs.Image() {
		index, ok := indexOf(there)
		if !ok || index < base || d.Shelf.isRotten(there) {
			continue
		}
		name, ways = max(name, there), ways+1 // of one length: the greatest is the newest
	}
	if name == "" || ways < 2 {
		return ""
	}
	d.Shelf.change(func() { d.Shelf.rotten[name] = true })
	at, bit := rand.Int(), rand.IntN(8) // the same of what is seen as of what is durable
	d.shelf.fs.Rot(name, func(b []byte) { b[at%len(b)] ^= 1 << bit })
	if err := d.shelf.fs.Crash(1); err != nil { // so that the file it stands in follows
		return ""
	}
	return name
}

// Unsynced returns how many writes a power loss now would not find synced.
func (d *Disk) Unsynced() (writes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range []*diskFolder{d.log, d.shelf} {
		for _, n := range f.unsynced {
			writes += *n
		}
	}
	return writes
}

func (d *Disk) currentLife() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.life
}
