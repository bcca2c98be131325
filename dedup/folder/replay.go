package folder

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

func idOf(s snapshot.Snapshot) node.SnapshotID {
	return node.SnapshotID{Index: s.Index, Term: s.Term, Stamp: s.Stamp}
}

// replayed is the state that a folder comes to.
type replayed struct {
	machine *dedup.Machine
	from    protocol.Index // of the snapshot; 0: none
	at      node.Digest    // of the entry applied last
	term    protocol.Term  // of that entry
	stamp   uint64         // and its stamp
}

// replay makes the state anew out of the oldest snapshot and the log, and compares it with the newer ones on the way.
func (v *verification) replay() error {
	base, _ := v.found.State.Log.Base()
	last := v.found.State.Log.LastIndex()
	if base > 0 && len(v.sound) == 0 {
		v.damaged(snapshotsName, errLost(base, last), toDoSnapshot)
		return nil
	}
	state := &replayed{machine: dedup.New()}
	if base > 0 {
		if err := state.load(v.files, v.sound[0]); err != nil {
			v.damaged(filepath.Join(snapshotsName, v.sound[0].Name()), err, toDoState)
			return nil
		}
	}
	committed, until := node.Digest{}, v.committed()
	var compared []uint64
	err := state.apply(v.log, func() error {
		if state.at.Index == until {
			committed = state.at
		}
		return v.compare(state, &compared)
	})
	if errors.Is(err, wal.ErrDisk) {
		return err
	}
	if err != nil {
		v.damaged(fmt.Sprintf("entry %d", state.at.Index+1), err, toDoState)
		return nil
	}
	v.report.State = state.told(committed, compared)
	return nil
}

// committed is up to where the log is known to be: what a snapshot has is.
func (v *verification) committed() protocol.Index {
	until := v.found.State.Commit
	for _, s := range v.sound {
		until = max(until, s.Index)
	}
	return until
}

// told is the state in numbers.
func (s *replayed) told(committed node.Digest, compared []uint64) *State {
	usage := s.machine.Usage()
	return &State{
		Snapshot: uint64(s.from), Applied: s.machine.AppliedIndex(), Digest: fmt.Sprintf("%016x", committed.Sum), DigestAt: uint64(committed.Index),
		Number: s.machine.Number(), Keys: usage.Keys, Bytes: usage.Bytes, LogTime: time.Unix(0, int64(s.machine.TimeNanos())).UTC(), Compared: compared,
	}
}

// compare looks at the snapshot of the entry applied last, if there is one, whether it is of this state.
func (v *verification) compare(state *replayed, compared *[]uint64) error {
	for _, s := range v.sound {
		if s.Index != state.at.Index {
			continue
		}
		digest, err := state.bodyDigest()
		if err != nil {
			return err
		}
		if !isSameState(digest, s.Digest) {
			return fmt.Errorf("the snapshot of that entry has a body of digest %x, and the snapshot before it with the log behind comes to %x", s.Digest, digest)
		}
		*compared = append(*compared, uint64(s.Index))
	}
	return nil
}

// load begins with a snapshot.
func (s *replayed) load(files *snapshot.Store, of snapshot.Snapshot) error {
	body, err := files.Load(of.Index)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it is only read
	if s.at, err = node.SnapshotDigest(of.Index, body); err != nil {
		return err
	}
	var loader dedup.Loader
	if _, err := io.Copy(&loader, body); err != nil {
		return err
	}
	if s.machine, err = loader.Machine(); err != nil {
		return err
	}
	if applied := s.machine.AppliedIndex(); applied != uint64(of.Index) {
		return fmt.Errorf("the snapshot is of entry %d, and its body of entry %d", of.Index, applied)
	}
	s.from, s.term, s.stamp = of.Index, of.Term, of.Stamp
	return nil
}

// apply applies the log, and calls behind each entry.
func (s *replayed) apply(log wal.FS, behind func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("%w: %v", node.ErrInvariant, broken)
		}
	}()
	if s.from > 0 {
		if err := behind(); err != nil {
			return err
		}
	}
	var results dedup.Results
	return wal.ReadEntries(log, s.at.Index, func(k protocol.Index, e wal.Entry) error {
		entry, err := dedup.ParseEntry(e.Payload)
		if err != nil {
			return err
		}
		if err := s.machine.Apply(uint64(k), e.Payload, &results); err != nil {
			return err
		}
		s.at, s.term, s.stamp = s.at.Then(e.Payload, s.machine.Hash()), e.Term, entry.StampNanos
		return behind()
	})
}

// bodyDigest is that of the body of a snapshot of the state.
func (s *replayed) bodyDigest() (digest [32]byte, err error) {
	sum := sha256.New()
	err = s.writeBody(sum)
	return [32]byte(sum.Sum(nil)), err
}

// writeBody writes the body of a snapshot of the state.
func (s *replayed) writeBody(w io.Writer) error {
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, s.at.Sum)); err != nil {
		return err
	}
	return writeState(w, s.machine)
}

// writeState writes the state of a machine to which nothing is applied meanwhile.
func writeState(w io.Writer, m *dedup.Machine) error {
	told, err := m.Snapshot(stateLimit)
	if err != nil {
		return err
	}
	defer told.Close()
	for piece := []byte(nil); ; {
		if piece, err = told.Next(piece[:0]); errors.Is(err, dedup.ErrSnapshotEnd) {
			return nil
		} else if err != nil {
			return err
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
}

// stateLimit is what a state that does not change may hold while it is told.
const stateLimit = 1 << 20
