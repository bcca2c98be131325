package disk

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
)

// toldFS is a folder whose errors say what they mean.
type toldFS struct{ fs FS }

// Told returns the folder with errors that say what they mean, its own and those of its files: each wraps ErrNoRoom or
// ErrDisk, so that whoever ends a process for one knows which it was.
func Told(fs FS) FS { return toldFS{fs} }

// full are the errors of a file system or a quota that have run out.
var full = []error{syscall.ENOSPC, syscall.EDQUOT}

// lacks are those of a process's limits. None of them, nor of the others, says that something is broken.
var lacks = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EFBIG}

// Tell returns err with ErrNoRoom, ErrFull too where that is so, or ErrDisk, but for what is no fault: the end of a file, a lock that another holds.
func Tell(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, ErrLocked) {
		return err
	}
	is := func(other error) bool { return errors.Is(err, other) }
	switch {
	case slices.ContainsFunc(full, is):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case slices.ContainsFunc(lacks, is):
		return fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return fmt.Errorf("%w: %w", ErrDisk, err)
}

func (d toldFS) List() ([]string, error) {
	names, err := d.fs.List()
	return names, Tell(err)
}

func (d toldFS) Create(name string) (File, error) {
	f, err := d.fs.Create(name)
	return toldFile{f}, Tell(err)
}

func (d toldFS) Open(name string) (File, error) {
	f, err := d.fs.Open(name)
	return toldFile{f}, Tell(err)
}

func (d toldFS) Lock() (io.Closer, error) {
	lock, err := d.fs.Lock()
	return lock, Tell(err)
}

func (d toldFS) Rename(from, to string) error { return Tell(d.fs.Rename(from, to)) }
func (d toldFS) Remove(name string) error     { return Tell(d.fs.Remove(name)) }
func (d toldFS) SyncDir() error               { return Tell(d.fs.SyncDir()) }
func (d toldFS) Free() (int64, error)         { return d.fs.Free() }

// toldFile is a file of a toldFS.
type toldFile struct{ File }

func (f toldFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	return n, Tell(err)
}

func (f toldFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, Tell(err)
}

func (f toldFile) Sync() error { return Tell(f.File.Sync()) }

func (f toldFile) Size() (int64, error) {
	size, err := f.File.Size()
	return size, Tell(err)
}
