package crashfs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/eventstreamcore/semel/raft/wal"
)

var (
	// ErrInjected is what a call returns that was told to fail.
	ErrInjected = errors.New("injected fault")
	// ErrPowerLost is what every call returns from a crash until Crash or Kill starts the next life.
	ErrPowerLost = errors.New("the process is gone")
)

// fault is why a call has to fail; nil if it must not.
type fault error

// FS is a folder. It may be used by several goroutines at once.
type FS struct {
	mu      sync.Mutex
	real    wal.FS // mirrored there, and read from there; nil: in memory
	rng     *rand.Rand
	names   map[string]*inode // as they are seen
	durable map[string]*inode
	changes []change // of the folder, not synced
	life    int
	gone    bool
	locked  int // the life that holds the lock, 0 for none
	calls   int
	failAt  int
	failBy  error // what that call returns
	dieAt   int
	most    int64 // bytes that all files may have together; see Fill
	full    bool
	refused int
}

// change is one atomic change of the folder: what each name means after it; nil means gone.
type change map[string]*inode

// New returns an empty folder in memory; what its faults leave behind follows from the seed.
func New(seed uint64) *FS {
	return &FS{
		rng:   rand.New(rand.NewPCG(seed, 0x5EED)),
		names: map[string]*inode{}, durable: map[string]*inode{}, life: 1,
	}
}

// Over returns an empty folder whose files also stand in real, which must be empty, and are read
// from there. After a Crash real holds what the crash left.
func Over(real wal.FS, seed uint64) *FS {
	f := New(seed)
	f.real = real
	return f
}

// Calls returns how many calls the folder has had; Close is none.
func (f *FS) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// FailAt lets the call of that number fail, counted from 1 over all lives; 0 none.
func (f *FS) FailAt(call int) { f.FailBy(call, nil) }

// FailBy is FailAt with an error that what the call returns wraps too, such as syscall.EIO; nil for none.
func (f *FS) FailBy(call int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failAt, f.failBy = call, err
}

// DieAt ends the process in the call of that number: it is done in part, later ones fail; 0 none.
func (f *FS) DieAt(call int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dieAt = call
}

// call counts a call and does it, with a fault if it is told to.
func (f *FS) call(life int, do func(fault) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone || life != f.life {
		return ErrPowerLost
	}
	f.calls++
	switch f.calls {
	case f.dieAt:
		f.gone = true
		_ = do(ErrPowerLost)
		return ErrPowerLost
	case f.failAt:
		return do(f.injected())
	}
	return do(nil)
}

func (f *FS) injected() error {
	if f.failBy != nil {
		return fmt.Errorf("%w in call %d: %w", ErrInjected, f.calls, f.failBy)
	}
	return fmt.Errorf("%w in call %d", ErrInjected, f.calls)
}

// Kill ends the process: its files are closed and its lock is free, the page cache stays.
func (f *FS) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.life++
	f.gone, f.locked, f.failAt, f.dieAt = false, 0, 0, 0
}

// Crash cuts the power and starts again: of what was not synced, what the seed picks is left. Seed 0
// keeps nothing of it, 1 everything, others any part.
func (f *FS) Crash(seed uint64) error {
	f.Kill()
	f.mu.Lock()
	defer f.mu.Unlock()
	keep := choose(seed, rand.New(rand.NewPCG(seed, 0xC0FFEE)))
	f.settleNames(keep)
	for _, name := range slices.Sorted(maps.Keys(f.durable)) {
		node := f.durable[name]
		node.settle(keep)
		node.visible = slices.Clone(node.durable)
	}
	f.names = maps.Clone(f.durable)
	return f.rebuild()
}

// settleNames makes durable a subset of the changes of the folder.
func (f *FS) settleNames(keep chooser) {
	for _, c := range f.changes {
		if keep(1) == 1 {
			c.apply(f.durable)
		}
	}
	f.changes = nil
}

func (c change) apply(names map[string]*inode) {
	for name, node := range c {
		if node == nil {
			delete(names, name)
		} else {
			names[name] = node
		}
	}
}

// rebuild makes the mirror what the folder is.
func (f *FS) rebuild() error {
	if f.real == nil {
		return nil
	}
	names, err := f.real.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := f.real.Remove(name); err != nil {
			return err
		}
	}
	for name, node := range f.names {
		if err := writeFile(f.real, name, node.visible); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(fs wal.FS, name string, b []byte) error {
	g, err := fs.Create(name)
	if err != nil {
		return err
	}
	if _, err := g.WriteAt(b, 0); err != nil {
		return err
	}
	return g.Close()
}

// change makes a change of the folder visible. A call that fails may have done it or not.
func (f *FS) change(x fault, c change, mirror func() error) error {
	if x != nil && f.rng.IntN(2) == 0 {
		return x
	}
	c.apply(f.names)
	f.changes = append(f.changes, c)
	if f.real != nil {
		if err := mirror(); err != nil {
			return err
		}
	}
	return x
}

// List returns the names that are seen, sorted.
func (f *FS) List() (names []string, err error) {
	err = f.call(f.now(), func(x fault) error {
		names = slices.Sorted(maps.Keys(f.names))
		return x
	})
	return names, err
}

// Create makes an empty file.
func (f *FS) Create(name string) (wal.File, error) {
	g := &file{fs: f, node: &inode{dirty: map[int64][][]byte{}}, life: f.now()}
	err := f.call(g.life, func(x fault) error {
		return f.change(x, change{name: g.node}, func() (err error) {
			g.real, err = f.real.Create(name)
			return err
		})
	})
	return g, err
}

// Open opens a file.
func (f *FS) Open(name string) (wal.File, error) {
	g := &file{fs: f, life: f.now()}
	err := f.call(g.life, func(x fault) (err error) {
		if g.node = f.names[name]; g.node == nil && x == nil {
			return fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
		}
		if f.real != nil && x == nil {
			g.real, err = f.real.Open(name)
			return err
		}
		return x
	})
	return g, err
}

// Rename gives a file another name, atomically.
func (f *FS) Rename(from, to string) error {
	return f.call(f.now(), func(x fault) error {
		if f.names[from] == nil {
			return cmp.Or(error(x), fmt.Errorf("rename %s: %w", from, fs.ErrNotExist))
		}
		return f.change(x, change{from: nil, to: f.names[from]}, func() error { return f.real.Rename(from, to) })
	})
}

// Remove takes a file away.
func (f *FS) Remove(name string) error {
	return f.call(f.now(), func(x fault) error {
		if f.names[name] == nil {
			return cmp.Or(error(x), fmt.Errorf("remove %s: %w", name, fs.ErrNotExist))
		}
		return f.change(x, change{name: nil}, func() error { return f.real.Remove(name) })
	})
}

// SyncDir makes the changes of the folder durable; when it fails, any of them, and forgets the rest.
func (f *FS) SyncDir() error {
	return f.call(f.now(), func(x fault) error {
		if x != nil {
			f.settleNames(choose(f.rng.Uint64(), f.rng))
			return x
		}
		f.durable, f.changes = maps.Clone(f.names), nil
		return nil
	})
}

// Lock takes the folder for this life of the process.
func (f *FS) Lock() (io.Closer, error) {
	life := f.now()
	err := f.call(life, func(x fault) error {
		switch {
		case x != nil:
			return x
		case f.locked != 0:
			return fmt.Errorf("%w: life %d holds it", wal.ErrLocked, f.locked)
		}
		f.locked = life
		return nil
	})
	return unlock{f, life}, err
}

func (f *FS) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.life
}

type unlock struct {
	fs   *FS
	life int
}

func (u unlock) Close() error {
	u.fs.mu.Lock()
	defer u.fs.mu.Unlock()
	if u.fs.locked == u.life {
		u.fs.locked = 0
	}
	return nil
}
