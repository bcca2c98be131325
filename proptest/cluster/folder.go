package cluster

import (
	"io"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// diskFolder is one of the two folders of a Disk.
type diskFolder struct {
	disk     *Disk
	fs       *crashfs.FS
	watch    *Shelf          // of the snapshots' folder; nil: of the other one
	unsynced map[string]*int // by file, writes since its last sync. Guarded by disk.mu
}

// lived is a folder as one life of a process has it: a disk.FS. What is left of a process that has ended finds it gone.
type lived struct {
	*diskFolder
	life int
}

// call does a call of a process that has not ended.
func (f lived) call(what, name string, do func() error) error {
	f.disk.pass(f.life, what, name)
	f.disk.calls.RLock()
	defer f.disk.calls.RUnlock()
	if f.disk.currentLife() != f.life {
		return crashfs.ErrPowerLost
	}
	return do()
}

// Create is disk.FS's.
func (f lived) Create(name string) (disk.File, error) { return f.open(f.fs.Create, name, true) }

// Open is disk.FS's.
func (f lived) Open(name string) (disk.File, error) { return f.open(f.fs.Open, name, false) }

func (f lived) open(how func(string) (disk.File, error), name string, anew bool) (file disk.File, err error) {
	err = f.call("open", name, func() error {
		opened, err := how(name)
		if err == nil {
			file = &diskFile{folder: f.diskFolder, name: name, file: opened, unsynced: f.track(name, anew), life: f.life, anew: anew}
		}
		return err
	})
	return file, err
}

// List is disk.FS's.
func (f lived) List() (names []string, err error) {
	err = f.call("list", "", func() error {
		names, err = f.fs.List()
		return err
	})
	return names, err
}

// Rename is disk.FS's.
func (f lived) Rename(from, to string) error {
	return f.call(renames, to, func() error {
		f.disk.mu.Lock()
		if writes, ok := f.unsynced[from]; ok {
			f.unsynced[to] = writes
			delete(f.unsynced, from)
		}
		f.disk.mu.Unlock()
		err := f.fs.Rename(from, to)
		if err == nil && f.watch != nil {
			content, _ := contentOf(f.fs, to) // nil: the process has just ended
			f.watch.isNamed(from, to, content)
		}
		return err
	})
}

// Remove is disk.FS's.
func (f lived) Remove(name string) error {
	return f.call("remove", name, func() error {
		err := f.fs.Remove(name)
		if f.watch != nil {
			f.watch.removed(name)
		}
		return err
	})
}

// SyncDir is disk.FS's.
func (f lived) SyncDir() error { return f.call("sync", "", f.fs.SyncDir) }

// Free is disk.FS's.
func (f lived) Free() (int64, error) { return f.fs.Free() }

// Lock is disk.FS's.
func (f lived) Lock() (lock io.Closer, err error) {
	err = f.call("lock", "", func() error {
		lock, err = f.fs.Lock()
		return err
	})
	return lock, err
}

// track returns the count of a file's writes that are not synced.
func (f *diskFolder) track(name string, anew bool) *int {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if anew || f.unsynced[name] == nil {
		f.unsynced[name] = new(int)
	}
	return f.unsynced[name]
}

// diskFile is an open file of a folder.
type diskFile struct {
	folder   *diskFolder
	name     string
	file     disk.File
	unsynced *int
	life     int
	anew     bool // it was made, not found
	resumed  bool // see Shelf, which guards it
}

func (f *diskFile) ReadAt(p []byte, off int64) (int, error) {
	f.waitBlock()
	f.folder.disk.calls.RLock()
	defer f.folder.disk.calls.RUnlock()
	if f.folder.watch != nil {
		f.folder.watch.read(f.name)
	}
	return f.file.ReadAt(p, off)
}

// waitBlock takes as long as a block of a snapshot takes on this disk longer than another one.
func (f *diskFile) waitBlock() {
	if f.folder.watch == nil {
		return
	}
	if by := f.folder.watch.takeSlowness(); by > 0 {
		f.folder.disk.wait(f.life, by)
	}
}

// WriteAt fails on a full disk where a file would grow, after some first part.
func (f *diskFile) WriteAt(p []byte, off int64) (n int, err error) {
	d := f.folder.disk
	f.waitBlock()
	if f.folder.watch != nil && f.folder.watch.takeFault() {
		err = d.failing(f.folder, func() error {
			n, err = f.file.WriteAt(p, off)
			return err
		})
		return n, err
	}
	d.calls.RLock()
	defer d.calls.RUnlock()
	if f.folder.watch != nil {
		f.folder.watch.writes(f, len(p), off)
	}
	d.mu.Lock()
	*f.unsynced++
	d.mu.Unlock()
	return f.file.WriteAt(p, off)
}

// Sync is slow or fails as the disk does. A process that ends meanwhile has synced nothing.
func (f *diskFile) Sync() error {
	d := f.folder.disk
	d.waitSync(f.life)
	if d.takeSyncFault() {
		return d.failing(f.folder, f.file.Sync)
	}
	d.calls.RLock()
	defer d.calls.RUnlock()
	d.mu.Lock()
	written := *f.unsynced
	d.mu.Unlock()
	err := f.file.Sync()
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.counts.Syncs++
		*f.unsynced -= written
	}
	return err
}

func (f *diskFile) Size() (int64, error) {
	f.folder.disk.calls.RLock()
	defer f.folder.disk.calls.RUnlock()
	return f.file.Size()
}

func (f *diskFile) Close() error { return f.file.Close() }
