package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// recover lists the folder, refuses what is not this replica's to read, and only then takes away what a crash left. What
// it lists is durable when it returns: a process before this one may have ended between a rename and its sync, and who
// sees a snapshot drops what it covers of the log.
func (s *Store) recover() error {
	names, err := s.folder.List()
	if err != nil {
		return fmt.Errorf("list the folder: %w", err)
	}
	for _, name := range names {
		index, ok := fileIndex(name)
		if !ok {
			continue
		}
		found, err := s.inspect(name, index)
		if err != nil {
			return err
		}
		s.held = append(s.held, found)
	}
	slices.SortFunc(s.held, newestFirst)
	if err := s.clear(names); err != nil {
		return err
	}
	if err := syncSeen(s.folder); err != nil {
		return fmt.Errorf("sync the folder: %w", err)
	}
	return nil
}

// inspect checks what can be said of a file without its blocks.
func (s *Store) inspect(name string, index protocol.Index) (Snapshot, error) {
	file, found, err := s.openFile(name, index)
	if err != nil {
		if refuses(err) || errors.Is(err, ErrNoRoom) {
			return found, err
		}
		return Snapshot{Header: Header{Index: index}, Bytes: found.Bytes, Err: err}, nil
	}
	return found, file.Close()
}

// refuses reports whether an error says that the folder is not for this program or cluster.
func refuses(err error) bool { return errors.Is(err, ErrVersion) || errors.Is(err, ErrForeign) }

// openFile opens a snapshot and checks its header, and its length against that. Of a file that was opened it closes what
// it does not return.
func (s *Store) openFile(name string, index protocol.Index) (_ disk.File, found Snapshot, err error) {
	file, err := s.folder.Open(name)
	if err != nil {
		return nil, found, fmt.Errorf("open snapshot %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if found.Bytes, err = file.Size(); err != nil {
		return nil, found, fmt.Errorf("size of snapshot %s: %w", name, err)
	}
	first := make([]byte, min(found.Bytes, HeaderBytes))
	if n, err := file.ReadAt(first, 0); n < len(first) && !short(err) {
		return nil, found, fmt.Errorf("read header of snapshot %s: %w", name, err)
	}
	found.Header, err = s.checkHeader(name, index, first, found.Bytes)
	return file, found, err
}

func (s *Store) checkHeader(name string, index protocol.Index, first []byte, bytes int64) (Header, error) {
	h, flaw, err := parseHeader(first)
	switch {
	case flaw != nil:
		return h, damaged(name, flaw.offset, "the header: %s", flaw.reason)
	case err != nil:
		return h, fmt.Errorf("snapshot %s: %w", name, err)
	case !ours(h, s.cfg.Cluster):
		return h, fmt.Errorf("%w: %s is of cluster %x, this is %x; use a folder of its own for each cluster", ErrForeign, name, h.Cluster, s.cfg.Cluster)
	case h.Index != index:
		return h, damaged(name, atIndex, "the file holds the snapshot of index %d", h.Index)
	case !sameLength(bytes, h):
		return h, damaged(name, min(bytes, h.FileBytes()), "the file is %d bytes long, by its header %d", bytes, h.FileBytes())
	}
	return h, nil
}

// clear removes temporary files, but for one that can be received further.
func (s *Store) clear(names []string) error {
	for _, name := range names {
		if name == receivedTemp {
			if err := s.inspectPartial(); err != nil {
				return err
			}
		}
		if name == ownTemp || name == receivedTemp && s.partial == nil {
			if err := s.folder.Remove(name); err != nil {
				return fmt.Errorf("remove %s: %w", name, err)
			}
		}
	}
	return nil
}

// inspectPartial notes what was being received, if it is worth going on: it is of this cluster, as long as it may be, and
// newer than what is there; or it is whole, and may be what a log begins behind. Its blocks are checked by who goes on. What can't be read is not worth it.
func (s *Store) inspectPartial() error {
	h, size, err := s.partialHeader()
	if errors.Is(err, ErrNoRoom) {
		return err
	}
	if err == nil && ours(h, s.cfg.Cluster) && size <= h.FileBytes() && isKept(size == h.FileBytes(), s.has(h.Index)) {
		s.partial, s.came = &h, size
	}
	return nil
}

// has reports whether a snapshot that is not known to be damaged covers an index.
func (s *Store) has(index protocol.Index) bool {
	return slices.ContainsFunc(s.held, func(there Snapshot) bool { return there.Err == nil && there.Index >= index })
}

func (s *Store) partialHeader() (h Header, size int64, err error) {
	file, err := s.folder.Open(receivedTemp)
	if err != nil {
		return h, 0, fmt.Errorf("open %s: %w", receivedTemp, err)
	}
	defer file.Close()
	if size, err = file.Size(); err != nil {
		return h, 0, err
	}
	h, err = readHeader(file)
	return h, size, err
}

// readHeader reads the header of a file that is being received.
func readHeader(file disk.File) (Header, error) {
	first := make([]byte, HeaderBytes)
	if n, err := file.ReadAt(first, 0); n < len(first) && !short(err) {
		return Header{}, err
	}
	return ParseHeader(first)
}

// missing reports whether an error says that there is no such file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// short reports whether a read ended because the file did.
func short(err error) bool { return errors.Is(err, io.EOF) }

// isDamage reports whether an error says that bytes are not what was written.
func isDamage(err error) bool { return errors.Is(err, ErrDamaged) }
