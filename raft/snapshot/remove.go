package snapshot

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Remove removes the snapshot of an index, durably. It returns ErrNewest for the newest, and for the newest that is not known
// to be damaged; ErrNoSnapshot for one that is not there. After another error it is off the list all the same, and Sweep, or the next removal,
// tries again. Who reads it goes on.
func (s *Store) Remove(index protocol.Index) error { return s.remove(index, false) }

// Withdraw is Remove that takes the newest too: of what is not to be loaded, whatever else is there. Nothing may need it: no log begins
// behind it.
func (s *Store) Withdraw(index protocol.Index) error { return s.remove(index, true) }

// Sweep removes what could not be removed before, and nothing else.
func (s *Store) Sweep() error {
	s.naming.Lock()
	defer s.naming.Unlock()
	return s.removeDoomed()
}

func (s *Store) remove(index protocol.Index, withdrawn bool) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	if err := s.doom(index, withdrawn); err != nil {
		return err
	}
	return s.removeDoomed()
}

// doom takes a snapshot off the list: nobody opens it any more. Holds naming.
func (s *Store) doom(index protocol.Index, withdrawn bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(index)
	switch {
	case k < 0:
		return fmt.Errorf("%w: of index %d", ErrNoSnapshot, index)
	case stays(withdrawn, s.mayGo(index)):
		return fmt.Errorf("%w: of index %d", ErrNewest, index)
	}
	s.doomed = append(s.doomed, s.held[k])
	s.held = append(s.held[:k:k], s.held[k+1:]...)
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

// removeDoomed removes the files of what is off the list, oldest first as they came there. Holds naming.
func (s *Store) removeDoomed() error {
	for len(s.doomed) > 0 {
		name := s.doomed[0].file()
		if err := s.folder.Remove(name); err != nil && !missing(err) {
			return fmt.Errorf("remove snapshot %s: %w", name, err)
		}
		s.mu.Lock()
		s.doomed, s.unsynced = s.doomed[1:], true
		s.mu.Unlock()
	}
	return s.syncChanged()
}

// syncChanged makes durable what changed of the folder's names. Holds naming.
func (s *Store) syncChanged() error {
	if !s.unsynced {
		return nil
	}
	if err := syncNames(s.folder); err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	s.unsynced = false
	return nil
}
