//go:build unix

package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// LockName is the first file that is made in a folder: it is locked while the folder is in use.
const LockName = "LOCK"

// folder is a folder of the operating system.
type folder struct {
	dir      string
	readOnly bool // Open opens files to read only
}

// ReadOnlyFolder returns the folder dir as an FS whose files are opened to be read only; nothing is made where it is missing. Lock
// takes what is there: several may hold it so at once, beside nobody who has the folder to write; the error wraps fs.ErrNotExist where the folder
// has no such file.
func ReadOnlyFolder(dir string) FS { return folder{dir: dir, readOnly: true} }

// OpenFolder returns the folder dir as an FS; it is made where missing, durably.
func OpenFolder(dir string) (FS, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder %q: %w", dir, err)
	}
	if err := makeFolder(abs); err != nil {
		return nil, fmt.Errorf("open folder %q: %w", dir, err)
	}
	return folder{dir: abs}, nil
}

// makeFolder makes dir and its parents. The parent is synced even if dir was there: an earlier
// run may have ended before it came to that.
func makeFolder(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, os.ErrNotExist) {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	made := os.Mkdir(dir, 0o700)
	if made != nil && !errors.Is(made, os.ErrExist) {
		return made
	}
	err := syncDir(parent)
	if made != nil && notOurs(err) {
		return nil
	}
	return err
}

// notOurs reports that a folder can't be synced by who did not make what is in it: no right to read it,
// or a mount that is read-only or syncs no folders.
func notOurs(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EROFS) || errors.Is(err, unix.EINVAL)
}

func (d folder) path(name string) string { return filepath.Join(d.dir, name) }

func (d folder) List() ([]string, error) {
	files, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if f.Type().IsRegular() {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// Create removes what was there first, so that the content of the old file is not cut in place.
func (d folder) Create(name string) (File, error) {
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(d.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return osFile{f}, err
}

func (d folder) Open(name string) (File, error) {
	flag := os.O_RDWR
	if d.readOnly {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(d.path(name), flag, 0)
	return osFile{f}, err
}

func (d folder) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }
func (d folder) Remove(name string) error     { return os.Remove(d.path(name)) }
func (d folder) SyncDir() error               { return syncDir(d.dir) }
func (d folder) Free() (int64, error)         { return freeBytes(d.dir) }

func (d folder) Lock() (io.Closer, error) {
	flag, how := os.O_RDWR|os.O_CREATE, unix.LOCK_EX
	if d.readOnly {
		flag, how = os.O_RDONLY, unix.LOCK_SH
	}
	f, err := os.OpenFile(d.path(LockName), flag, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: %s is locked; stop that process first", ErrLocked, d.dir)
	}
	return nil, fmt.Errorf("lock %s: %w", d.path(LockName), err)
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// osFile is a file of the operating system.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return syncData(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
