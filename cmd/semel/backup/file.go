package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
)

// file is a file that is written beside its name and gets it when it is whole and on the disk.
type file struct {
	*os.File
	path  string
	force bool // what stands there may be replaced
}

// createFile begins one. Only its owner can read it.
func createFile(path string, force bool) (*file, error) {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder: name a file", path)
	case err == nil && !force:
		return nil, fmt.Errorf("%s is there already and is not overwritten: name a new file, or say --force", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, exit.With(exit.Unavailable, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return nil, exit.With(exit.Unavailable, fmt.Errorf("%w: name a file in a folder that is there and can be written", err))
	}
	return &file{f, path, force}, nil
}

func (f *file) restart() bool {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(err, f.Truncate(0)) == nil
}

// keep gives the file its name, durably.
func (f *file) keep() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = f.name()
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return exit.With(exit.Unavailable, err)
	}
	return nil
}

// name takes no name from a file that has come meanwhile, unless it may.
func (f *file) name() error {
	if f.force {
		return os.Rename(f.Name(), f.path)
	}
	if err := os.Link(f.Name(), f.path); err != nil {
		return err
	}
	return os.Remove(f.Name())
}

// giveUp removes what is not kept.
func (f *file) giveUp() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// stream is standard output.
type stream struct{ io.Writer }

func (stream) restart() bool { return false }
