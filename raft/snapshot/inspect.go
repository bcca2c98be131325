package snapshot

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/disk"
)

// Inspect lists the snapshots of a folder that no process has open, and changes nothing, also later: what it returns is for List, Received, Partial,
// Lookup, Verify and Load alone, and is not closed. A file of another version or cluster is listed with that as its Err. What was received whole is
// Received, if it can be read as such.
func Inspect(folder disk.FS, cluster [16]byte) (*Store, error) {
	s := &Store{cfg: Config{Cluster: cluster}, folder: disk.Told(folder)}
	names, err := s.folder.List()
	if err != nil {
		return nil, fmt.Errorf("inspect snapshots: %w", err)
	}
	for _, name := range names {
		if index, ok := fileIndex(name); ok {
			found, err := s.inspect(name, index)
			if err != nil {
				found = Snapshot{Header: Header{Index: index}, Bytes: found.Bytes, Err: err}
			}
			s.held = append(s.held, found)
		}
		if name == receivedTemp {
			s.inspectReceived()
		}
	}
	slices.SortFunc(s.held, newestFirst)
	return s, nil
}

// inspectReceived notes what was received, in part or whole.
func (s *Store) inspectReceived() {
	h, size, err := s.partialHeader()
	switch {
	case err != nil || !ours(h, s.cfg.Cluster):
	case size == h.FileBytes():
		s.whole = &Snapshot{Header: h, Bytes: size, received: true}
	default:
		s.partial, s.came = &h, size
	}
}

// Name is that of a snapshot's file in its folder.
func (s Snapshot) Name() string { return s.file() }
