package wal

import (
	"errors"
	"os"
	"slices"
	"sync"
)

// mostRead bounds the files that are open to be read only: a log may have more segments than a process may open files.
const mostRead = 32

// files is a folder that opens the files of segments when they are used. One that is kept, because it is or will be
// written, stays open until it is let go: no write or sync needs a descriptor then, and each sync is told of all that
// was written before it. Of the others few are open, those that were used last.
//
// Its methods and those of its files may be called by several goroutines at once; a file's name changes only while
// nobody else uses the file.
type files struct {
	FS

	mu   sync.Mutex // never held over I/O
	uses uint64
	open []*segmentFile // those that are open and not kept
}

// segmentFile is the File of a segment.
type segmentFile struct {
	files *files
	name  string

	opening sync.Mutex // held by who opens it

	// Guarded by files.mu:
	file   File // nil: not open
	kept   bool
	users  int    // calls under way
	used   uint64 // when it was used last
	closed bool
}

func newFiles(fs FS) *files { return &files{FS: fs} }

// create makes a file that is kept.
func (d *files) create(name string) (*segmentFile, error) {
	f, err := d.Create(name)
	if err != nil {
		return nil, err
	}
	return &segmentFile{files: d, name: name, file: f, kept: true}, nil
}

// openKept opens a file that is kept.
func (d *files) openKept(name string) (*segmentFile, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	return &segmentFile{files: d, name: name, file: f, kept: true}, nil
}

// rename renames a file, which stays open if it is.
func (d *files) rename(f *segmentFile, to string) error {
	if err := d.Rename(f.name, to); err != nil {
		return err
	}
	f.name = to
	return nil
}

// ReadAt opens the file if it has to.
func (f *segmentFile) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.use(func(file File) error {
		n, err = file.ReadAt(p, off)
		return err
	})
	return n, err
}

// WriteAt keeps the file.
func (f *segmentFile) WriteAt(p []byte, off int64) (n int, err error) {
	file, err := f.keep()
	if err != nil {
		return 0, err
	}
	return file.WriteAt(p, off)
}

// Sync makes durable what was written since the file was kept.
func (f *segmentFile) Sync() error {
	file, err := f.keep()
	if err != nil {
		return err
	}
	return file.Sync()
}

// Size returns the length in bytes.
func (f *segmentFile) Size() (size int64, err error) {
	err = f.use(func(file File) error {
		size, err = file.Size()
		return err
	})
	return size, err
}

// Close ends the use of the file for good.
func (f *segmentFile) Close() error {
	file := f.forget()
	if file == nil {
		return nil
	}
	return file.Close()
}

func (f *segmentFile) forget() File {
	d := f.files
	d.mu.Lock()
	defer d.mu.Unlock()
	file := f.file
	f.file, f.closed = nil, true
	d.drop(f)
	return file
}

// drop takes the file off the list of those that may be closed. Holds mu.
func (d *files) drop(f *segmentFile) {
	if k := slices.Index(d.open, f); k >= 0 {
		d.open = slices.Delete(d.open, k, k+1)
	}
}

// keep opens the file and keeps it so.
func (f *segmentFile) keep() (File, error) {
	file, err := f.acquire()
	if err != nil {
		return nil, err
	}
	d := f.files
	d.mu.Lock()
	defer d.mu.Unlock()
	f.kept = true
	f.users--
	d.drop(f)
	return file, nil
}

// letGo lets the file be closed when it has not been used for long. All that was written to it was synced. No I/O.
func (f *segmentFile) letGo() {
	d := f.files
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.kept && f.file != nil {
		f.kept = false
		d.open = append(d.open, f)
	}
}

// use calls do with the open file, which stays open as long as that takes.
func (f *segmentFile) use(do func(File) error) error {
	file, err := f.acquire()
	if err != nil {
		return err
	}
	defer f.release()
	return do(file)
}

func (f *segmentFile) release() {
	f.files.mu.Lock()
	defer f.files.mu.Unlock()
	f.users--
}

func (f *segmentFile) acquire() (File, error) {
	if file, err := f.ifOpen(); file != nil || err != nil {
		return file, err
	}
	f.opening.Lock()
	defer f.opening.Unlock()
	if file, err := f.ifOpen(); file != nil || err != nil {
		return file, err
	}
	f.files.trim(mostRead - 1)
	file, err := f.files.Open(f.name)
	if err != nil {
		return nil, err
	}
	return f.opened(file)
}

// ifOpen returns the file, taken into use, or nil if it has to be opened.
func (f *segmentFile) ifOpen() (File, error) {
	d := f.files
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case f.closed:
		return nil, os.ErrClosed
	case f.file == nil:
		return nil, nil
	}
	d.uses++
	f.used, f.users = d.uses, f.users+1
	return f.file, nil
}

// opened takes a file that was opened into use, unless it was closed for good meanwhile.
func (f *segmentFile) opened(file File) (File, error) {
	d := f.files
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.closed {
		file.Close()
		return nil, os.ErrClosed
	}
	d.uses++
	f.file, f.used, f.users = file, d.uses, f.users+1
	d.open = append(d.open, f)
	return file, nil
}

// Create is FS's, but where the process has no descriptor left one of the files that are only read makes room.
func (d *files) Create(name string) (File, error) { return d.makingRoom(name, d.FS.Create) }

// Open is FS's, likewise.
func (d *files) Open(name string) (File, error) { return d.makingRoom(name, d.FS.Open) }

func (d *files) makingRoom(name string, open func(name string) (File, error)) (File, error) {
	for {
		file, err := open(name)
		if !errors.Is(err, ErrNoRoom) || !d.closeOldest(0) {
			return file, err
		}
	}
}

// trim closes those that were not used for longest until no more than so many are open.
func (d *files) trim(most int) {
	for d.closeOldest(most) {
	}
}

// closeOldest closes the file that was not used for longest, of those that nobody uses, where more than so many are open.
func (d *files) closeOldest(most int) bool {
	file := d.takeOldest(most)
	if file != nil {
		file.Close() // it was read only, or all that was written is synced
	}
	return file != nil
}

func (d *files) takeOldest(most int) File {
	d.mu.Lock()
	defer d.mu.Unlock()
	oldest := -1
	for k, f := range d.open {
		if f.users == 0 && (oldest < 0 || f.used < d.open[oldest].used) {
			oldest = k
		}
	}
	if oldest < 0 || !closesOne(len(d.open), most) {
		return nil
	}
	f := d.open[oldest]
	file := f.file
	f.file = nil
	d.open = slices.Delete(d.open, oldest, oldest+1)
	return file
}
