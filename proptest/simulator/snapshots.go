package simulator

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// snapshots are the files of a member's snapshots: package snapshot over a folder in memory that loses its process and its power
// at the same moment as the log's.
type snapshots struct {
	cfg    snapshot.Config
	folder *crashfs.FS
	store  *snapshot.Store // nil: no process
	random *rand.Rand

	acknowledged map[protocol.Index]protocol.Term // that were said to be durable and are not forgotten since
	gone         error                            // one of them was not found
	failing      bool                             // what is written next fails
}

// blockBytes is small, so that snapshots have several blocks.
const blockBytes = 512

func newSnapshots(seed uint64) *snapshots {
	s := &snapshots{folder: crashfs.New(seed), random: rand.New(rand.NewPCG(seed, 0xF11E)), acknowledged: map[protocol.Index]protocol.Term{}}
	s.cfg = snapshot.Config{FS: s.folder, Cluster: [16]byte{1}, BlockBytes: blockBytes, SyncBytes: 2 * blockBytes}
	return s
}

// open is the start of a process: what is found is durable from now on.
func (s *snapshots) open() error {
	store, err := snapshot.Open(s.cfg)
	if err != nil {
		return err
	}
	s.store = store
	found := map[protocol.Index]protocol.Term{}
	for _, there := range store.List() {
		if there.Err == nil {
			found[there.Index] = there.Term
		}
	}
	for index, term := range s.acknowledged {
		if found[index] != term && s.gone == nil {
			s.gone = fmt.Errorf("the snapshot of entry %d, term %d, was durable and is not found", index, term)
		}
	}
	s.acknowledged = found
	return nil
}

// acknowledge is where the host says of a snapshot that it is durable.
func (s *snapshots) acknowledge(h snapshot.Header) { s.acknowledged[h.Index] = h.Term }

// cover reports whether a log may begin behind a base: a snapshot that was acknowledged says what stands up to there, and goes no
// further than the log.
func (s *snapshots) cover(base protocol.Index, term protocol.Term, last protocol.Index) bool {
	for index, of := range s.acknowledged {
		if index > base && index <= last || index == base && of == term {
			return true
		}
	}
	return false
}

// body reads a snapshot: the header's bytes and the body.
func (s *snapshots) body(index protocol.Index) (header, body []byte, err error) {
	r, err := s.store.Load(index)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	body, err = io.ReadAll(r)
	return r.Header().Encode(), body, err
}

// commit ends what was received, and lists it. After an error nothing of it is to be found.
func (s *snapshots) commit(in *snapshot.Receiver) error {
	if err := in.Commit(); err != nil {
		return err
	}
	index := in.Header().Index
	err := s.store.Adopt(index)
	if err != nil {
		_, _ = s.store.Discard(), s.store.Withdraw(index)
	}
	return err
}

// forget removes what is older than a base.
func (s *snapshots) forget(base protocol.Index) error {
	for _, there := range s.store.List() {
		if there.Index >= base {
			continue
		}
		delete(s.acknowledged, there.Index)
		if err := s.store.Remove(there.Index); err != nil && !errors.Is(err, snapshot.ErrNewest) {
			return diskError(err)
		}
	}
	return nil
}

// failsSome lets one of the next calls fail, if it is to.
func (s *snapshots) failsSome(do func() error) error {
	if s.failing {
		s.folder.FailAt(s.folder.Calls() + 1 + s.random.IntN(2))
		defer s.folder.FailAt(0)
	}
	return do()
}

// die lets the process end within what it was about to do next, mostly.
func (s *snapshots) die(next []func()) {
	for _, do := range next {
		if s.random.IntN(4) > 0 {
			s.folder.DieAt(s.folder.Calls() + 1 + s.random.IntN(6))
			do()
		}
	}
	s.folder.Kill()
	s.store, s.failing = nil, false
}

func (s *snapshots) losePower() error { return s.folder.Crash(s.random.Uint64N(crashes)) }

func (s *snapshots) copy() (restore func()) {
	files := s.folder.Image()
	return func() {
		s.folder = crashfs.Load(files, s.random.Uint64())
		s.cfg.FS, s.acknowledged = s.folder, map[protocol.Index]protocol.Term{}
	}
}

func (s *snapshots) fill(full bool) {
	if full {
		s.folder.Fill(s.random.Int64N(8 * blockBytes))
		return
	}
	s.folder.Empty()
}

// rot makes the newest snapshot unreadable that a log fits, if there is another way back for it. The process is down.
func (s *snapshots) rot(log *protocol.Log) (index protocol.Index, rotten bool) {
	store, err := snapshot.Open(s.cfg)
	if err != nil {
		return 0, false
	}
	listed := store.List()
	s.folder.Kill()
	ways := 0
	if base, _ := log.Base(); base == 0 {
		ways++
	}
	for _, there := range listed {
		if there.Err == nil && idOf(there.Header).Fits(log) {
			index, ways = max(index, there.Index), ways+1
		}
	}
	if index == 0 || ways < 2 {
		return 0, false
	}
	at, bit := s.random.Int(), s.random.IntN(8) // the same of what is seen as of what is durable
	s.folder.Rot(fileOf(index), func(b []byte) { b[at%len(b)] ^= 1 << bit })
	delete(s.acknowledged, index)
	return index, true
}

// fileOf is the name of the file of a snapshot.
func fileOf(index protocol.Index) string { return fmt.Sprintf("%016x.snapshot", uint64(index)) }

func idOf(h snapshot.Header) node.SnapshotID {
	return node.SnapshotID{Index: h.Index, Term: h.Term, Stamp: h.Stamp}
}

// diskError is an error of a folder as a replica is told it.
func diskError(err error) error {
	if errors.Is(err, snapshot.ErrNoRoom) {
		return fmt.Errorf("%w: %w", node.ErrNoRoom, err)
	}
	return fmt.Errorf("%w: %w", ErrDisk, err)
}
