package wal

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// disk is a folder whose errors say what they mean: each wraps ErrNoRoom or ErrDisk, so that whoever ends a
// process for one knows which it was.
type disk struct{ fs FS }

// lacks are the errors of a file system, a quota or a process's limits that have run out. None of them
// says that something is broken.
var lacks = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EFBIG}

// told returns err with ErrNoRoom or ErrDisk, but for what is no fault: the end of a file, a lock that another holds.
func told(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, ErrLocked) {
		return err
	}
	for _, lack := range lacks {
		if errors.Is(err, lack) {
			return fmt.Errorf("%w: %w", ErrNoRoom, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrDisk, err)
}

func (d disk) List() ([]string, error) {
	names, err := d.fs.List()
	return names, told(err)
}

func (d disk) Create(name string) (File, error) {
	f, err := d.fs.Create(name)
	return diskFile{f}, told(err)
}

func (d disk) Open(name string) (File, error) {
	f, err := d.fs.Open(name)
	return diskFile{f}, told(err)
}

func (d disk) Lock() (io.Closer, error) {
	lock, err := d.fs.Lock()
	return lock, told(err)
}

func (d disk) Rename(from, to string) error { return told(d.fs.Rename(from, to)) }
func (d disk) Remove(name string) error     { return told(d.fs.Remove(name)) }
func (d disk) SyncDir() error               { return told(d.fs.SyncDir()) }
func (d disk) Free() (int64, error)         { return d.fs.Free() }

// diskFile is a file of a disk.
type diskFile struct{ File }

func (f diskFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	return n, told(err)
}

func (f diskFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	return n, told(err)
}

func (f diskFile) Sync() error { return told(f.File.Sync()) }

func (f diskFile) Size() (int64, error) {
	size, err := f.File.Size()
	return size, told(err)
}
