package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// fetch is a snapshot that a member gets from others: the header first, then block by block, from one node after the other.
type fetch struct {
	m     *Member
	index protocol.Index
	term  protocol.Term
	asked protocol.Term // in which it was asked for

	from   protocol.NodeID // asked last
	failed int             // requests in a row that came to nothing
	number int             // of the request that is waited for
	in     *snapshot.Receiver
	next   func() // what is done next to the folder; nil: it waits for others
}

// fetched is the snapshot that a member got last.
type fetched struct {
	index protocol.Index
	asked protocol.Term
}

// How long a node is waited for, and how many are tried before the replica is told so.
const (
	patience  = 60 * time.Millisecond
	mostTries = 5
)

// FetchSnapshot is node.Host's.
func (h *host) FetchSnapshot(from protocol.NodeID, index protocol.Index, term protocol.Term) {
	m := h.member()
	if f := m.fetching; f != nil {
		if f.index == index && f.term == term {
			return
		}
		f.leave()
	}
	f := &fetch{m: m, index: index, term: term, asked: m.world.termOf(from), from: from}
	m.fetching = f
	for _, there := range m.snapshots.store.List() {
		if there.Err == nil && there.Index == index && there.Term == term { // it lay here, beside a log without that entry
			f.wait(f.load)
			return
		}
	}
	if h, partial := m.snapshots.store.Partial(); partial && h.Index == index && h.Term == term {
		f.wait(func() { f.begin(h.Encode()) })
		return
	}
	f.ask()
}

// RefuseSnapshot is node.Host's. All machines of a world that is watched are right, and so are their snapshots.
func (h *host) RefuseSnapshot(id node.SnapshotID, why error) {
	m := h.member()
	m.breaks("OnlyTheGuilty", fmt.Errorf("the snapshot of entry %d is refused: %w", id.Index, why))
	m.withdraw(id.Index)
}

// DropSnapshot is node.Host's.
func (h *host) DropSnapshot(index protocol.Index) {
	m := h.member()
	if index == m.base {
		m.breaks("SnapshotStands", fmt.Errorf("the snapshot of entry %d is to go, and the log begins behind it", index))
	}
	m.snapped.Dropped++
	m.withdraw(index)
}

// IsDamaged is node.Host's.
func (h *host) IsDamaged(index protocol.Index) bool {
	for _, there := range h.snapshots.store.List() {
		if there.Index == index {
			return there.Err != nil
		}
	}
	return false
}

// withdraw removes the file of a snapshot, if there is one: at once, so that one of the same entry which is taken or got later stays.
func (m *Member) withdraw(index protocol.Index) {
	delete(m.snapshots.acknowledged, index)
	if err := m.snapshots.failsSome(func() error { return m.snapshots.store.Withdraw(index) }); err != nil && !errors.Is(err, snapshot.ErrNoSnapshot) {
		m.snapped.Failed++ // it is on no list, and the next removal takes it
	}
}

// termOf is the term that a member has seen.
func (w *World) termOf(id protocol.NodeID) protocol.Term {
	status, _ := w.At(id).Status()
	return status.Term
}

func (f *fetch) wait(next func()) {
	f.next = next
	f.m.aside(func() {
		if f.m.fetching == f {
			next()
		}
	})
}

// leave ends it, and keeps what has come.
func (f *fetch) leave() {
	if f.in != nil {
		_ = f.in.Close()
	}
	f.m.fetching = nil
}

// ask asks for what comes next, and another node where nothing comes.
func (f *fetch) ask() {
	f.next = nil
	f.number++
	f.m.snapped.Pieces++
	number, offset := f.number, int64(0)
	if f.in != nil {
		offset = f.in.Offset()
	}
	w := f.m.world
	f.m.during(patience+f.m.slowPieces+2*w.cfg.Carry.Most, func() { f.came(number, nil, errors.New("nothing came")) })
	peer := w.At(f.from)
	w.carry(f.m, peer, func() {
		piece, err := peer.serve(f.index, f.term, offset)
		w.carry(peer, f.m, func() { f.came(number, w.damage(f.m, piece), err) })
	})
}

// carry has something arrive at another member, unless it is lost on its way or nobody is there who listens.
func (w *World) carry(from, to *Member, arrives func()) {
	lost := max(w.cfg.Loss, from.lostPieces, to.lostPieces)
	if w.isCut(from.ID, to.ID) || w.film.Float64() < lost {
		from.snapped.Lost++
		to.snapped.Lost++
		return
	}
	life := to.life
	w.after(w.cfg.Delay.draw(w.film)+w.cfg.Carry.draw(w.film)+from.slowPieces, func() {
		if to.life == life && to.replica != nil && !to.inbox.hung && !w.isCut(from.ID, to.ID) {
			arrives()
		}
	})
}

// damage changes a bit of a piece where pieces are lost, at times.
func (w *World) damage(to *Member, piece []byte) []byte {
	if len(piece) > 0 && w.film.Float64() < to.lostPieces/2 {
		piece[w.film.IntN(len(piece))] ^= 1 << w.film.IntN(8)
		to.snapped.Lost++
	}
	return piece
}

// serve returns the header of a snapshot's file, or the block that begins at an offset.
func (m *Member) serve(index protocol.Index, term protocol.Term, offset int64) ([]byte, error) {
	source, err := m.snapshots.store.Source(index)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	switch {
	case source.Header().Term != term:
		return nil, fmt.Errorf("the snapshot of entry %d has term %d", index, source.Header().Term)
	case offset == 0:
		return source.Header().Encode(), nil
	}
	piece := make([]byte, blockBytes)
	n, err := source.ReadBlocks(piece, offset)
	return piece[:n], err
}

// came takes the answer to a request.
func (f *fetch) came(number int, piece []byte, err error) {
	if f.m.fetching != f || f.number != number || f.m.replica == nil {
		return
	}
	f.number++ // nothing else counts as its answer
	if f.m.inbox.hung {
		f.wait(f.ask)
		return
	}
	if err == nil && f.in == nil {
		f.begin(piece)
		return
	}
	if err == nil {
		err = f.m.snapshots.failsSome(func() error { return f.in.Append(piece, f.in.Offset()) })
	}
	f.goOn(err)
}

// begin begins to receive, or goes on with what is there already.
func (f *fetch) begin(header []byte) {
	h, err := snapshot.ParseHeader(header)
	if err == nil && (h.Index != f.index || h.Term != f.term) {
		err = fmt.Errorf("the snapshot of entry %d, term %d, came in place of %d, term %d: %w", h.Index, h.Term, f.index, f.term, snapshot.ErrRejected)
	}
	if err == nil {
		err = f.m.snapshots.failsSome(func() (err error) {
			f.in, err = f.m.snapshots.store.Receive(context.Background(), header)
			return err
		})
	}
	if err == nil && f.in.Offset() > snapshot.HeaderBytes {
		f.m.snapped.Resumed++
	}
	f.goOn(err)
}

// goOn asks for what comes next, of another node after an error; one of the own disk is the end.
func (f *fetch) goOn(err error) {
	switch {
	case errors.Is(err, snapshot.ErrDiffers):
		f.m.breaks("SameSnapshot", err)
		f.fail(err)
	case errors.Is(err, snapshot.ErrDisk), errors.Is(err, snapshot.ErrNoRoom), errors.Is(err, snapshot.ErrEnded):
		f.fail(diskError(err))
	case err != nil:
		f.another(err)
	case f.in.Offset() == f.in.Header().FileBytes():
		f.wait(f.commit)
	default:
		f.failed = 0
		f.ask()
	}
}

// another asks another node.
func (f *fetch) another(err error) {
	if f.failed++; f.failed >= mostTries {
		f.fail(err)
		return
	}
	servers := protocol.NodeID(len(f.m.world.Members))
	for range servers {
		f.from = f.from%servers + 1
		if f.from != f.m.ID && !f.m.world.At(f.from).lost {
			break
		}
	}
	if f.in != nil && f.in.Offset() > snapshot.HeaderBytes {
		f.m.snapped.Resumed++
	}
	f.ask()
}

func (f *fetch) fail(err error) {
	f.m.snapped.Failed++
	f.leave()
	f.m.put(node.FetchFailed(f.index, err))
}

func (f *fetch) commit() {
	err := f.m.snapshots.failsSome(func() error { return f.m.snapshots.commit(f.in) })
	if errors.Is(err, snapshot.ErrRejected) { // what came was not what the header says
		f.in = nil
		f.another(err)
		return
	}
	if err != nil {
		f.goOn(err)
		return
	}
	h := f.in.Header()
	f.in = nil
	f.m.snapped.Fetched++
	f.m.keep(h)
	f.wait(f.load)
}

// load has the machine load what has come, and tells the replica.
func (f *fetch) load() {
	s, err := f.m.load(f.m.instead(f.index))
	if err != nil {
		f.fail(err)
		return
	}
	s.Index, s.Term = f.index, f.term
	if f.m.does(NothingStays) {
		_ = errors.Join(f.m.snapshots.folder.Remove(fileOf(f.index)), f.m.snapshots.folder.SyncDir())
	}
	f.m.fetching, f.m.fetched = nil, fetched{f.index, f.asked}
	f.m.put(node.SnapshotFetched(s))
}

func (m *Member) load(index protocol.Index) (*node.Snapshot, error) {
	r, err := m.snapshots.store.Load(index)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	loaded, err := node.LoadSnapshot(m.machine, idOf(r.Header()), r.Header().FileBytes(), r)
	if err != nil {
		return nil, err
	}
	under, err := r.Membership()
	loaded.Under = node.Membership(under)
	return loaded, err
}

// digestOfBase is of the snapshot that a log begins behind, if that can be read.
func (m *Member) digestOfBase(log *protocol.Log) node.Digest {
	base, _ := log.Base()
	r, err := m.snapshots.store.Load(base)
	if err != nil {
		return node.Digest{}
	}
	defer r.Close()
	d, err := node.SnapshotDigest(base, r)
	if err != nil {
		return node.Digest{}
	}
	return d
}

// newest loads the newest snapshot that can be read and fits a log; nil where the log begins at its first entry, and there is
// none.
func (m *Member) newest(log *protocol.Log) (s *node.Snapshot, err error) {
	var damaged error
	for _, there := range m.snapshots.store.List() {
		if there.Err == nil && !idOf(there.Header).Fits(log) && !m.does(FitsUnasked) {
			if there.Index > log.LastIndex() {
				m.snapped.Ahead++
			}
			continue
		}
		if m.does(RotUnseen) {
			s, err = m.unchecked(&there)
		} else {
			s, err = m.load(there.Index)
		}
		if err == nil {
			break
		}
		damaged = errors.Join(damaged, err)
	}
	if s == nil {
		if base, _ := log.Base(); base > 0 {
			return nil, errors.Join(fmt.Errorf("the log begins behind %d, and no snapshot stands for that", base), damaged)
		}
	}
	if damaged != nil {
		m.snapped.FellBack++
	}
	return s, nil
}
