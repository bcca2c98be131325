package cluster

import (
	"io"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// Disk is the folder of one node: crashfs over real files, and what crashfs has not: slow syncs, a sync that hangs,
// a failure that hits a sync whichever call that is, no space. It is safe for concurrent use.
type Disk struct {
	*crashfs.FS

	sync  time.Duration // that each sync takes at least
	calls sync.RWMutex  // held alone while a call is made to fail

	mu       sync.Mutex
	slow     time.Duration
	hangs    bool
	changed  chan struct{} // closed when slow or hangs changes, and when a life ends
	failSync bool
	life     int
	unsynced map[string]*int // by file, writes since its last sync
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

func newDisk(dir string, seed uint64, sync time.Duration) (*Disk, error) {
	real, err := wal.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	return &Disk{FS: crashfs.Over(real, seed), sync: sync, changed: make(chan struct{}), unsynced: map[string]*int{}}, nil
}

// Slow makes each sync take so much longer from now on.
func (d *Disk) Slow(by time.Duration) { d.set(func() { d.slow = by }) }

// Hang lets syncs begin and not end from now on: what was written stays in the page cache.
func (d *Disk) Hang() { d.set(func() { d.hangs = true }) }

// FailSync lets the next sync fail, or no more.
func (d *Disk) FailSync(fail bool) { d.set(func() { d.failSync = fail }) }

// Fill leaves no room for anything new from now on, or has room again. What is written in place of other bytes needs none.
func (d *Disk) Fill(full bool) {
	if full {
		d.FS.Fill(0)
	} else {
		d.FS.Empty()
	}
}

// Mend ends all that Slow, Hang, FailSync and Fill began.
func (d *Disk) Mend() {
	d.set(func() { d.slow, d.hangs, d.failSync = 0, false, false })
	d.Fill(false)
}

// Counts returns what the disk has done so far.
func (d *Disk) Counts() DiskCounts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

// Kill ends the process: the page cache stays.
func (d *Disk) Kill() {
	d.FS.Kill()
	d.set(func() { d.life, d.counts.Kills = d.life+1, d.counts.Kills+1 })
}

// LosePower takes what was not synced, or any part of it as the seed picks: see crashfs.FS.Crash.
func (d *Disk) LosePower(seed uint64) error {
	err := d.Crash(seed)
	d.set(func() {
		d.life, d.counts.PowerLosses = d.life+1, d.counts.PowerLosses+1
		clear(d.unsynced)
	})
	return err
}

func (d *Disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	close(d.changed)
	d.changed = make(chan struct{})
}

// Create is wal.FS's.
func (d *Disk) Create(name string) (wal.File, error) { return d.open(d.FS.Create, name, true) }

// Open is wal.FS's.
func (d *Disk) Open(name string) (wal.File, error) { return d.open(d.FS.Open, name, false) }

func (d *Disk) open(how func(string) (wal.File, error), name string, anew bool) (wal.File, error) {
	d.calls.RLock()
	defer d.calls.RUnlock()
	f, err := how(name)
	if err != nil {
		return nil, err
	}
	return &diskFile{disk: d, file: f, unsynced: d.track(name, anew), life: d.currentLife()}, nil
}

// List is wal.FS's.
func (d *Disk) List() ([]string, error) {
	d.calls.RLock()
	defer d.calls.RUnlock()
	return d.FS.List()
}

// Rename is wal.FS's.
func (d *Disk) Rename(from, to string) error {
	d.calls.RLock()
	defer d.calls.RUnlock()
	d.mu.Lock()
	d.unsynced[to] = d.unsynced[from]
	delete(d.unsynced, from)
	d.mu.Unlock()
	return d.FS.Rename(from, to)
}

// Remove is wal.FS's.
func (d *Disk) Remove(name string) error {
	d.calls.RLock()
	defer d.calls.RUnlock()
	return d.FS.Remove(name)
}

// SyncDir is wal.FS's.
func (d *Disk) SyncDir() error {
	d.calls.RLock()
	defer d.calls.RUnlock()
	return d.FS.SyncDir()
}

// Lock is wal.FS's.
func (d *Disk) Lock() (io.Closer, error) {
	d.calls.RLock()
	defer d.calls.RUnlock()
	return d.FS.Lock()
}

// failing does a call that has to fail: crashfs fails a call by its number, so that no other may come between.
func (d *Disk) failing(do func() error) error {
	d.calls.Lock()
	defer d.calls.Unlock()
	d.FailAt(d.Calls() + 1)
	defer d.FailAt(0)
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

// Unsynced returns how many writes a power loss now would not find synced.
func (d *Disk) Unsynced() (writes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.unsynced {
		writes += *n
	}
	return writes
}

// track returns the count of a file's writes that are not synced.
func (d *Disk) track(name string, anew bool) *int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if anew || d.unsynced[name] == nil {
		d.unsynced[name] = new(int)
	}
	return d.unsynced[name]
}

func (d *Disk) wrote(unsynced *int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*unsynced++
}

func (d *Disk) written(unsynced *int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return *unsynced
}

func (d *Disk) synced(unsynced *int, writes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts.Syncs++
	*unsynced -= writes
}

func (d *Disk) currentLife() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.life
}

// diskFile is an open file on a Disk.
type diskFile struct {
	disk     *Disk
	file     wal.File
	unsynced *int
	life     int
}

func (f *diskFile) ReadAt(p []byte, off int64) (int, error) {
	f.disk.calls.RLock()
	defer f.disk.calls.RUnlock()
	return f.file.ReadAt(p, off)
}

// WriteAt fails on a full disk where a file would grow, after some first part.
func (f *diskFile) WriteAt(p []byte, off int64) (int, error) {
	f.disk.calls.RLock()
	defer f.disk.calls.RUnlock()
	f.disk.wrote(f.unsynced)
	return f.file.WriteAt(p, off)
}

// Sync is slow or fails as the disk does. A process that ends meanwhile has synced nothing.
func (f *diskFile) Sync() error {
	f.disk.waitSync(f.life)
	if f.disk.takeSyncFault() {
		return f.disk.failing(f.file.Sync)
	}
	f.disk.calls.RLock()
	defer f.disk.calls.RUnlock()
	written := f.disk.written(f.unsynced)
	err := f.file.Sync()
	if err == nil {
		f.disk.synced(f.unsynced, written)
	}
	return err
}

func (f *diskFile) Size() (int64, error) {
	f.disk.calls.RLock()
	defer f.disk.calls.RUnlock()
	return f.file.Size()
}

func (f *diskFile) Close() error { return f.file.Close() }
