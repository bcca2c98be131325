package snapshot

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// What was received whole is loaded, and perhaps not used: it stays received.tmp, which counts for nothing, until somebody adopts it. So there is one
// such file at most, and a start finds none that nobody chose.

// settle ends what is all here: it can be loaded from now on, and adopted or discarded.
func (d *draft) settle() error {
	if err := d.store.mayTake(d.header); err != nil {
		return d.fail(err)
	}
	if err := syncLast(d.file); err != nil {
		return d.fail(fmt.Errorf("sync %s: %w", d.temp, err))
	}
	d.store.isWhole(d.header)
	d.end(ErrEnded, nil)
	return nil
}

// isWhole notes that all of a snapshot is in received.tmp.
func (s *Store) isWhole(h Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lives++
	s.whole = &Snapshot{Header: h, Bytes: h.FileBytes(), life: s.lives, received: true}
}

// Received returns the snapshot that was received whole, and is neither adopted nor discarded.
func (s *Store) Received() (received Snapshot, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.whole == nil {
		return Snapshot{}, false
	}
	return *s.whole, true
}

// Adopt gives the snapshot of an index that was received whole its name, durably: from now on it is one of those that are listed. Of one that is
// listed it makes sure that its name is durable. To be called when a log begins behind it; after a start also of what Partial returns, which then
// can only be whole. An error wraps ErrNoSnapshot, ErrBusy while something is being received, ErrDiffers, ErrDisk or ErrNoRoom: call it again. Until then,
// and after a crash, the snapshot is there, under one name or the other.
func (s *Store) Adopt(index protocol.Index) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	received, err := s.claim(index)
	if err != nil {
		return fmt.Errorf("adopt snapshot of index %d: %w", index, err)
	}
	if received != nil {
		if err := s.name(received); err != nil {
			return err
		}
	}
	return s.syncChanged()
}

// claim takes received.tmp for the caller, as a Receiver does, if it holds all of the snapshot of an index. Nil, and no error: that is listed.
func (s *Store) claim(index protocol.Index) (received *Snapshot, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	received = s.whole
	if h := s.partial; received == nil && h != nil && s.came == h.FileBytes() { // as a start finds one that was whole
		s.lives++
		received = &Snapshot{Header: *h, Bytes: s.came, life: s.lives, received: true}
	}
	switch {
	case !s.receiving && received != nil && received.Index == index:
		s.receiving, s.partial, s.whole = true, nil, received
		return received, nil
	case s.find(index) >= 0:
		return nil, nil
	case s.receiving:
		return nil, ErrBusy
	}
	return nil, ErrNoSnapshot
}

// name renames received.tmp, and lists it. Holds naming.
func (s *Store) name(received *Snapshot) error {
	defer s.give(&s.receiving, nil)
	if err := s.mayTake(received.Header); err != nil {
		return err
	}
	name := fileName(received.Index)
	err := s.folder.Rename(receivedTemp, name)
	if missing(err) && s.isNamed(received) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("rename %s to %s: %w", receivedTemp, name, err)
	}
	s.add(received.Header)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole, s.came, s.unsynced = nil, 0, true
	return nil
}

// isNamed reports whether a snapshot stands under its name: a rename that failed may have been done.
func (s *Store) isNamed(received *Snapshot) bool {
	file, found, err := s.openFile(fileName(received.Index), received.Index)
	if err != nil {
		return false
	}
	file.Close()
	return found.Header == received.Header
}

// Discard throws away what was received, in part or whole, and is of no use any more: it gives its room back. It returns ErrBusy while
// something is being received. After any other error it is still there, and Partial says so: nothing can be loaded of it any more.
func (s *Store) Discard() error {
	there, err := s.takeReceived()
	if err != nil || there == nil {
		return err
	}
	err = s.folder.Remove(receivedTemp)
	if err == nil || missing(err) {
		there, err = nil, nil
		s.left(&s.receiving)
	}
	s.give(&s.receiving, there)
	if err != nil {
		return fmt.Errorf("remove %s: %w", receivedTemp, err)
	}
	return nil
}

// takeReceived takes received.tmp for the caller and returns the header of what it holds; nil, and nothing is taken: it is not there.
func (s *Store) takeReceived() (there *Header, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.receiving:
		return nil, fmt.Errorf("discard what was received: %w", ErrBusy)
	case s.whole != nil:
		there = &s.whole.Header
	default:
		there = s.partial
	}
	s.receiving, s.partial, s.whole = there != nil, nil, nil
	return there, nil
}
