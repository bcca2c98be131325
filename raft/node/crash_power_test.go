package node_test

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// power is what the folders of a node have in common: it counts the calls that change something, and goes in one of them.
type power struct {
	calls, dieAt int
	gone         bool
	stuck        *crashfs.FS // of which nothing can be removed: there is no room for that
	nameless     *crashfs.FS // of which nothing can be renamed
}

// use is for each call, before it.
func (p *power) use(fs *crashfs.FS) error {
	if p.gone {
		return crashfs.ErrPowerLost
	}
	if p.calls++; p.calls == p.dieAt {
		p.gone = true
		fs.DieAt(fs.Calls() + 1)
	}
	return nil
}

// lose cuts the power of a node, or only kills its process, and leaves of what was not synced what the seed picks.
func (m *member) lose(seed uint64) error {
	m.power.gone, m.power.dieAt, m.Stepped = false, 0, nil
	if seed%4 == 3 {
		m.log.Kill()
		m.files.Kill()
		return nil
	}
	return errors.Join(m.log.Crash(seed), m.files.Crash(seed/2))
}

// folder is a folder that loses its power with others.
type folder struct {
	*crashfs.FS
	power *power
}

func (f *folder) List() ([]string, error) {
	if f.power.gone {
		return nil, crashfs.ErrPowerLost
	}
	return f.FS.List()
}

func (f *folder) Create(name string) (disk.File, error) {
	if err := f.power.use(f.FS); err != nil {
		return nil, err
	}
	g, err := f.FS.Create(name)
	return &powered{g, f}, err
}

func (f *folder) Open(name string) (disk.File, error) {
	if f.power.gone {
		return nil, crashfs.ErrPowerLost
	}
	g, err := f.FS.Open(name)
	return &powered{g, f}, err
}

func (f *folder) Rename(from, to string) error {
	if err := f.power.use(f.FS); err != nil {
		return err
	}
	if f.power.nameless == f.FS {
		return fmt.Errorf("rename %s: %w", from, syscall.ENOSPC)
	}
	return f.FS.Rename(from, to)
}

func (f *folder) Remove(name string) error {
	if err := f.power.use(f.FS); err != nil {
		return err
	}
	if f.power.stuck == f.FS {
		return fmt.Errorf("remove %s: %w", name, syscall.ENOSPC)
	}
	return f.FS.Remove(name)
}

func (f *folder) SyncDir() error {
	if err := f.power.use(f.FS); err != nil {
		return err
	}
	return f.FS.SyncDir()
}

type powered struct {
	disk.File
	folder *folder
}

func (f *powered) WriteAt(p []byte, off int64) (int, error) {
	if err := f.folder.power.use(f.folder.FS); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f *powered) ReadAt(p []byte, off int64) (int, error) {
	if f.folder.power.gone {
		return 0, crashfs.ErrPowerLost
	}
	return f.File.ReadAt(p, off)
}

func (f *powered) Sync() error {
	if err := f.folder.power.use(f.folder.FS); err != nil {
		return err
	}
	return f.File.Sync()
}
