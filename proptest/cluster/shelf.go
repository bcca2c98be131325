package cluster

import (
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/snapshot"
)

// The files of a snapshots' folder, as package snapshot says.
const (
	snapshotSuffix = ".snapshot"
	takenTemp      = "own.tmp"
	receivedTemp   = "received.tmp"
)

// Shelf sees what happens in a node's folder of snapshots, by its calls of the disk. It is safe for concurrent use.
type Shelf struct {
	named func(from, name string, content []byte) // a file has its name; called by whoever gave it
	begun func()                                  // another node's begins to come; likewise

	mu        sync.Mutex
	taking    bool // a snapshot is written that has no name yet
	receiving bool // likewise, another node's
	blocks    int  // writes of it behind its header
	slow      time.Duration
	fails     bool
	rotten    map[string]bool // names of files that were made unreadable
	counts    ShelfCounts
}

// ShelfCounts tells what happened so far.
type ShelfCounts struct {
	Taken    int // own snapshots that got their name
	Received int // those of other nodes
	Resumed  int // of which a part was there, and was taken further
	Lent     int // reads of files that have their name
	Slowed   int // blocks that were read or written later than the disk does
	Failed   int // writes that were made to fail

	EndedTaking    int // lives that ended while one was written
	EndedReceiving int // while another node's was there in part
}

// Counts returns what happened so far.
func (s *Shelf) Counts() ShelfCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Slow has each block of a snapshot that is read or written take so much longer from now on.
func (s *Shelf) Slow(by time.Duration) { s.change(func() { s.slow = by }) }

// Fail lets each write of a snapshot fail from now on, or no more.
func (s *Shelf) Fail(fail bool) { s.change(func() { s.fails = fail }) }

// takeSlowness returns how much longer the next block takes.
func (s *Shelf) takeSlowness() (by time.Duration) {
	s.change(func() {
		if by = s.slow; by > 0 {
			s.counts.Slowed++
		}
	})
	return by
}

// takeFault reports whether the next write has to fail.
func (s *Shelf) takeFault() (fails bool) {
	s.change(func() {
		if fails = s.fails; fails {
			s.counts.Failed++
		}
	})
	return fails
}

// isRotten reports whether a file of that name was made unreadable once.
func (s *Shelf) isRotten(name string) (rotten bool) {
	s.change(func() { rotten = s.rotten[name] })
	return rotten
}

// Receiving reports whether another node's snapshot is there in part, and this process has written it.
func (s *Shelf) Receiving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receiving
}

// Blocks returns how many blocks of another node's snapshot this process has written that has no name yet.
func (s *Shelf) Blocks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocks
}

// Taking reports whether an own snapshot is there in part.
func (s *Shelf) Taking() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taking
}

// writes is called before so many bytes of a file are written. What an earlier reception left is written again where a later one
// goes on with it.
func (s *Shelf) writes(f *diskFile, bytes int, off int64) {
	begins := false
	switch f.name {
	case takenTemp:
		s.change(func() { s.taking = true })
	case receivedTemp:
		size, err := f.file.Size()
		s.change(func() {
			begins, s.receiving = !s.receiving, true
			if off >= snapshot.HeaderBytes {
				s.blocks++
			}
			if !f.anew && !f.resumed && err == nil && off >= snapshot.HeaderBytes && off+int64(bytes) <= size {
				f.resumed = true
				s.counts.Resumed++
			}
		})
	}
	if begins && s.begun != nil {
		s.begun()
	}
}

// isNamed is called when a file has got its name.
func (s *Shelf) isNamed(from, name string, content []byte) {
	if !strings.HasSuffix(name, snapshotSuffix) {
		return
	}
	s.change(func() {
		if from == receivedTemp {
			s.receiving, s.blocks = false, 0
			s.counts.Received++
		} else {
			s.taking = false
			s.counts.Taken++
		}
	})
	if s.named != nil && content != nil {
		s.named(from, name, content)
	}
}

func (s *Shelf) removed(name string) {
	s.change(func() {
		s.taking = s.taking && name != takenTemp
		if name == receivedTemp {
			s.receiving, s.blocks = false, 0
		}
	})
}

func (s *Shelf) read(name string) {
	if strings.HasSuffix(name, snapshotSuffix) {
		s.change(func() { s.counts.Lent++ })
	}
}

// end is the end of a life.
func (s *Shelf) end() {
	s.change(func() {
		if s.taking {
			s.counts.EndedTaking++
		}
		if s.receiving {
			s.counts.EndedReceiving++
		}
		s.taking, s.receiving, s.blocks = false, false, 0
	})
}

func (s *Shelf) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}
