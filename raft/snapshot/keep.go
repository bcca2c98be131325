package snapshot

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Keep removes what is older than the newest n snapshots, at least one, that are not known to be damaged. Oldest goes first, and
// the removals are durable when it returns. After an error some may be gone, the next Keep or Remove tries the others
// again, and the list does not have them. Who reads one goes on.
func (s *Store) Keep(n int) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	s.mu.Lock()
	s.doom(s.surplus(max(n, 1)))
	s.mu.Unlock()
	return s.removeDoomed()
}

// surplus returns the indices that Keep(n) removes, newest first. Holds mu.
func (s *Store) surplus(n int) (indices []protocol.Index) {
	for k, there := range s.held {
		if n <= 0 && s.mayGo(there.Index) {
			indices = append(indices, there.Index)
		}
		if counts(s.held[k]) {
			n--
		}
	}
	return indices
}

// Remove removes the snapshot of an index, durably. It returns ErrNewest for the newest, and for the newest that is not known
// to be damaged; ErrNoSnapshot for one that is not there. Who reads it goes on.
func (s *Store) Remove(index protocol.Index) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	if err := s.doomOne(index); err != nil {
		return err
	}
	return s.removeDoomed()
}

// Withdraw removes the snapshot of an index, durably, also where it is the newest: of what is not to be loaded, whatever else is there.
// It returns ErrNoSnapshot for one that is not there. Nothing may need it: no log begins behind it.
func (s *Store) Withdraw(index protocol.Index) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	s.mu.Lock()
	if s.find(index) < 0 {
		s.mu.Unlock()
		return fmt.Errorf("%w: of index %d", ErrNoSnapshot, index)
	}
	s.doom([]protocol.Index{index})
	s.mu.Unlock()
	return s.removeDoomed()
}

func (s *Store) doomOne(index protocol.Index) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.find(index) < 0:
		return fmt.Errorf("%w: of index %d", ErrNoSnapshot, index)
	case !s.mayGo(index):
		return fmt.Errorf("%w: of index %d", ErrNewest, index)
	}
	s.doom([]protocol.Index{index})
	return nil
}

// mayGo holds mu.
func (s *Store) mayGo(index protocol.Index) bool {
	sound := s.held[0].Index
	for _, there := range s.held {
		if there.Err == nil {
			sound = there.Index
			break
		}
	}
	return mayRemove(index, s.held[0].Index, sound)
}

// doom takes snapshots, newest first, off the list: nobody opens one any more. Holds naming and mu.
func (s *Store) doom(indices []protocol.Index) {
	for k := len(indices) - 1; k >= 0; k-- {
		at := s.find(indices[k])
		s.held = append(s.held[:at:at], s.held[at+1:]...)
		s.doomed = append(s.doomed, indices[k])
	}
}

// removeDoomed removes the files of what is off the list. Holds naming.
func (s *Store) removeDoomed() error {
	if len(s.doomed) == 0 {
		return nil
	}
	for ; len(s.doomed) > 0; s.doomed = s.doomed[1:] {
		name := fileName(s.doomed[0])
		if err := s.folder.Remove(name); err != nil && !missing(err) {
			return fmt.Errorf("remove snapshot %s: %w", name, err)
		}
	}
	if err := syncNames(s.folder); err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	return nil
}
