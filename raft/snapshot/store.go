package snapshot

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Snapshot is a file of the folder.
type Snapshot struct {
	Header       // of one whose header is damaged: Index alone, and that by its name
	Bytes  int64 // length of the file

	// Err is why the snapshot can't be loaded, as far as that is known: ErrDamaged, or ErrDisk for a header that can't be
	// read. Nil says that the header is whole; what is behind it nobody has read, or it was found whole.
	Err error

	life     uint64 // counts the files that were put on the list: which of them, should another take its place
	received bool   // it is in received.tmp: see Received
}

// file is the name of its file.
func (s Snapshot) file() string {
	if s.received {
		return receivedTemp
	}
	return fileName(s.Index)
}

// Store is the folder of a replica's snapshots. See doc.go for what may run at the same time.
type Store struct {
	cfg    Config
	folder disk.FS
	lock   io.Closer

	naming   sync.Mutex // held while a name is given or taken
	unsynced bool       // a file was adopted or removed, and the folder not synced since. Guarded by naming

	// mu is never held over I/O. It guards what follows.
	mu        sync.Mutex
	held      []Snapshot // newest first
	doomed    []Snapshot // taken off the list, and perhaps still there. Who changes it holds naming too
	writing   bool
	receiving bool
	lives     uint64
	partial   *Header   // of what received.tmp holds a part of, while nobody receives
	whole     *Snapshot // in received.tmp, while nobody receives
	own, came int64     // bytes of own.tmp and of received.tmp
}

// Open takes the folder and lists what is there. What a crash left half done goes, but for a snapshot that can still be
// received further: see Partial. Errors wrap ErrForeign, ErrVersion, ErrLocked, ErrDisk or ErrNoRoom; nothing was changed then.
//
// A snapshot that is damaged does not keep Open from returning. It stands in List, with its Err: the newest may be one.
func Open(cfg Config) (*Store, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	lock, err := cfg.FS.Lock()
	if err != nil {
		return nil, fmt.Errorf("open snapshots: lock the folder: %w", err)
	}
	s := &Store{cfg: cfg, folder: cfg.FS, lock: lock}
	if err := s.recover(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	return s, nil
}

// Close frees the folder. It waits for nobody: end what is written first.
func (s *Store) Close() error { return s.lock.Close() }

// List returns the snapshots, newest first, those that are known to be damaged among them. What was received and not adopted is none.
func (s *Store) List() []Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.held)
}

// Used returns how many bytes the folder's files have: those of snapshots, of what is written and received, and of what is off the list and
// could not be removed yet.
func (s *Store) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := s.own + s.came
	for _, there := range s.held {
		used += there.Bytes
	}
	for _, there := range s.doomed {
		used += there.Bytes
	}
	return used
}

// Partial returns the header of a snapshot that was received in part, by this process or one before, and can be received
// further: give Receive the same header. ok is false if there is none, or it is being received.
func (s *Store) Partial() (h Header, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.partial == nil {
		return Header{}, false
	}
	return *s.partial, true
}

// Lookup returns what Load opens: the snapshot of an index, or where there is none, or a damaged one, the one that was received whole. An error
// wraps ErrNoSnapshot. It never waits for the disk.
func (s *Store) Lookup(index protocol.Index) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(index)
	switch {
	case s.whole != nil && s.whole.Index == index && (k < 0 || s.held[k].Err != nil):
		return *s.whole, nil
	case k >= 0:
		return s.held[k], nil
	}
	return Snapshot{}, fmt.Errorf("%w: of index %d", ErrNoSnapshot, index)
}

// listed returns the snapshot of an index, of those that List returns.
func (s *Store) listed(index protocol.Index) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.find(index); k >= 0 {
		return s.held[k], nil
	}
	return Snapshot{}, fmt.Errorf("%w: of index %d", ErrNoSnapshot, index)
}

// find returns the place of an index in the list, or -1. Holds mu.
func (s *Store) find(index protocol.Index) int {
	return slices.IndexFunc(s.held, func(h Snapshot) bool { return h.Index == index })
}

// add puts a snapshot on the list, in place of one of the same index. Holds naming.
func (s *Store) add(h Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doomed = stillDoomed(s.doomed, h.Index)
	s.held = slices.DeleteFunc(s.held, func(old Snapshot) bool { return old.Index == h.Index })
	s.lives++
	s.held = append(s.held, Snapshot{Header: h, Bytes: h.FileBytes(), life: s.lives})
	slices.SortFunc(s.held, newestFirst)
}

func newestFirst(a, b Snapshot) int {
	switch {
	case a.Index > b.Index:
		return -1
	case a.Index < b.Index:
		return 1
	}
	return 0
}

// condemn notes damage that was found, unless another file has taken the place of the one it was found in.
func (s *Store) condemn(in Snapshot, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.find(in.Index); k >= 0 && sameFile(s.held[k], in) {
		s.held[k].Err = err
	}
	if s.whole != nil && sameFile(*s.whole, in) {
		s.whole.Err = err
	}
}

// take lets the caller write under a temporary name, or returns ErrBusy. Of received.tmp it returns the header of what that holds a
// part of, if it does.
func (s *Store) take(writing *bool) (partial *Header, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if busy(*writing) || writing == &s.receiving && s.whole != nil {
		return nil, ErrBusy
	}
	*writing = true
	if writing == &s.receiving {
		partial, s.partial = s.partial, nil
	}
	return partial, nil
}

// grew notes how long a temporary file is at least.
func (s *Store) grew(writing *bool, end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes := s.bytesOf(writing)
	*bytes = max(*bytes, end)
}

// left notes that a temporary file is there no more under that name.
func (s *Store) left(writing *bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.bytesOf(writing) = 0
}

// bytesOf holds mu.
func (s *Store) bytesOf(writing *bool) *int64 {
	if writing == &s.receiving {
		return &s.came
	}
	return &s.own
}

// give ends what take began. A header is of what stays in received.tmp.
func (s *Store) give(writing *bool, partial *Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*writing = false
	if writing == &s.receiving {
		s.partial = partial
	}
}
