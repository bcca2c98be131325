package snapshot_test

// Goal: a judge of what a folder of snapshots may hold. Method: a replica that takes and receives snapshots whose bodies follow
// from their indices, and remembers which must be there, because a call returned that said so, and which may be. Whatever is
// there has to be whole, byte for byte.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

var testCluster = [16]byte{'s', 'e', 'm', 'e', 'l', 1}

const testBlock = 512

// errViolated marks a broken promise.
var errViolated = errors.New("promise broken")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errViolated, fmt.Errorf(format, args...))
}

// said is what a call returned, nil too, to be wrapped.
func said(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

func configOn(fs *crashfs.FS) snapshot.Config {
	return snapshot.Config{FS: fs, Cluster: testCluster, BlockBytes: testBlock, SyncBytes: 2 * testBlock}
}

// bodyOf returns the body of the snapshot of an index: none, less than a block, whole blocks, some blocks and a rest.
func bodyOf(index protocol.Index) []byte {
	n := []int{0, 5, 3 * (testBlock - 4), 1500, 2600}[index/10%5]
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(uint64(index)*31 + uint64(k)*uint64(k)/7)
	}
	return b
}

// membershipOf returns who decides at an index: nobody is named, or some, of whom nothing is said, less than a block, or more.
func membershipOf(index protocol.Index) (m snapshot.Membership) {
	k := index / 10 % 4
	if k > 0 {
		m.Configuration = protocol.Configuration{Voters: 0b1110, Next: protocol.NodeSet(k/2) << 2, Learners: 1 << (4 + index%50)}
		m.Members = bytes.Repeat([]byte{byte(index), 1}, []int{0, 15, 300, 0}[k])
	}
	return m
}

func termOf(index protocol.Index) protocol.Term { return protocol.Term(index/20 + 1) }
func stampOf(index protocol.Index) uint64       { return uint64(index) * 1e9 }

var files sync.Map // by index

// fileOf returns the file of the snapshot of an index, as a node without faults writes it.
func fileOf(index protocol.Index) []byte {
	file, ok := files.Load(index)
	if !ok {
		file, _ = files.LoadOrStore(index, fileWith(index, bodyOf(index)))
	}
	return file.([]byte)
}

func fileWith(index protocol.Index, body []byte) []byte {
	fs := crashfs.New(0)
	s, err := snapshot.Open(configOn(fs))
	if err == nil {
		err = write(s, index, body)
	}
	if err != nil {
		panic(err)
	}
	return fs.Image()[nameOf(index)]
}

func nameOf(index protocol.Index) string { return fmt.Sprintf("%016x.snapshot", uint64(index)) }

// write takes a snapshot, in pieces of many lengths.
func write(s *snapshot.Store, index protocol.Index, body []byte) error {
	w, err := s.CreateUnder(index, termOf(index), stampOf(index), membershipOf(index))
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := writePieces(w, body, 0); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

func writePieces(w io.Writer, body []byte, k int) error {
	for len(body) > 0 {
		n := min(len(body), []int{1, 700, 130, 508, 2000}[k%5])
		if got, err := w.Write(body[:n]); err != nil || got != n {
			return err
		}
		body = body[n:]
		k++
	}
	return nil
}

type replica struct {
	fs    *crashfs.FS
	store *snapshot.Store
	must  map[protocol.Index]bool // a call said that they are there, and none that they shall go
	may   map[protocol.Index]bool // a call that would make or remove them did not return, or failed
	came  protocol.Index          // what was received whole, since a call said so, and is not adopted; 0: nothing
}

func newReplica(fs *crashfs.FS) *replica {
	return &replica{fs: fs, must: map[protocol.Index]bool{}, may: map[protocol.Index]bool{}}
}

// open opens the folder and judges it. What is seen has to stay from now on.
func (r *replica) open() error {
	s, err := snapshot.Open(configOn(r.fs))
	if err != nil {
		return err
	}
	r.store = s
	return r.judge()
}

// judge holds the list against what must and may be there, and the files against what they should be.
func (r *replica) judge() error {
	listed := map[protocol.Index]bool{}
	for _, found := range r.store.List() {
		listed[found.Index] = true
		switch {
		case errors.Is(found.Err, crashfs.ErrPowerLost), errors.Is(found.Err, crashfs.ErrInjected):
			return found.Err
		case found.Err != nil:
			return violation("a crash or a fault left a snapshot that is damaged: %w", found.Err)
		case !r.must[found.Index] && !r.may[found.Index]:
			return violation("snapshot %d is there and should not be", found.Index)
		}
		if err := r.whole(found); err != nil {
			return err
		}
	}
	for index := range r.must {
		if !listed[index] {
			return violation("snapshot %d is gone", index)
		}
	}
	r.must, r.may = listed, map[protocol.Index]bool{}
	return r.judgeTemporaries()
}

func (r *replica) judgeTemporaries() error {
	image := r.fs.Image()
	if _, there := image["own.tmp"]; there {
		return violation("a start leaves own.tmp")
	}
	h, ok := r.store.Partial()
	if _, there := image["received.tmp"]; there != ok {
		return violation("received.tmp is there: %v, and can be received further: %v", there, ok)
	}
	if ok && !bytes.Equal(h.Encode(), fileOf(h.Index)[:snapshot.HeaderBytes]) {
		return violation("received.tmp goes on for a header that nobody sent: %+v", h)
	}
	return nil
}

// whole reads a snapshot.
func (r *replica) whole(found snapshot.Snapshot) error {
	want := fileOf(found.Index)
	if got := r.fs.Image()[nameOf(found.Index)]; !bytes.Equal(got, want) {
		return violation("the file of snapshot %d has %d bytes and is not the %d that it should be", found.Index, len(got), len(want))
	}
	return r.readsAs(found.Index)
}

type step func(r *replica) error

// play runs steps until one fails.
func (r *replica) play(steps []step) error {
	for _, s := range steps {
		if err := s(r); err != nil {
			return err
		}
	}
	return nil
}

func (r *replica) openAndPlay(steps []step) error {
	if err := r.open(); err != nil {
		return err
	}
	return r.play(steps)
}

// made notes what a call that makes a snapshot returned.
func (r *replica) made(index protocol.Index, err error) error {
	if err != nil {
		r.may[index] = true
		return err
	}
	r.must[index] = true
	return r.listIsMust()
}

// listIsMust holds the list of an open store against what must be there.
func (r *replica) listIsMust() error {
	var listed []protocol.Index
	for _, found := range r.store.List() {
		listed = append(listed, found.Index)
		if found.Err != nil {
			return violation("snapshot %d: %w", found.Index, found.Err)
		}
	}
	if want := r.newestFirst(); !slices.Equal(listed, want) {
		return violation("the list is %v, it should be %v", listed, want)
	}
	return nil
}

func (r *replica) newestFirst() (indices []protocol.Index) {
	for index := range r.must {
		indices = append(indices, index)
	}
	slices.Sort(indices)
	slices.Reverse(indices)
	return indices
}

// going notes which snapshots a call may remove, and returns what its outcome says.
func (r *replica) going(indices []protocol.Index, do func() error) error {
	for _, index := range indices {
		delete(r.must, index)
		r.may[index] = true
	}
	if err := do(); err != nil {
		return err
	}
	for _, index := range indices {
		delete(r.may, index)
	}
	return r.listIsMust()
}

func take(index protocol.Index) step {
	return func(r *replica) error { return r.made(index, write(r.store, index, bodyOf(index))) }
}

// abort writes some of a snapshot and gives it up.
func abort(index protocol.Index) step {
	return func(r *replica) error {
		w, err := r.store.Create(index, 1, 1)
		if err != nil {
			return err
		}
		if err := writePieces(w, bodyOf(index), 0); err != nil {
			return err
		}
		w.Abort()
		return nil
	}
}

// receiveTo receives a snapshot up to an offset of its file, and closes the Receiver.
func receiveTo(index protocol.Index, end int64) step {
	return func(r *replica) error {
		r.came = 0
		in, err := receive(r.store, index, end)
		if err != nil {
			return err
		}
		return in.Close()
	}
}

// receive receives up to an offset. What came whole before, and nobody adopted, makes place.
func receive(s *snapshot.Store, index protocol.Index, end int64) (*snapshot.Receiver, error) {
	if _, whole := s.Received(); whole {
		if err := s.Discard(); err != nil {
			return nil, err
		}
	}
	file := fileOf(index)
	in, err := s.Receive(context.Background(), file[:snapshot.HeaderBytes])
	if err != nil {
		return nil, err
	}
	for k := 0; in.Offset() < min(end, int64(len(file))); k++ {
		off := in.Offset()
		n := min([]int64{1, 600, 512, 90, 1200}[k%5], min(end, int64(len(file)))-off)
		if err := in.Append(file[off:off+n], off); err != nil {
			in.Abort()
			return nil, err
		}
	}
	return in, nil
}

// receiveWhole receives all of a snapshot, which counts for nothing yet.
func receiveWhole(index protocol.Index) step {
	return func(r *replica) error {
		r.came = 0
		in, err := receive(r.store, index, 1<<20)
		if err == nil {
			err = in.Commit()
		}
		switch {
		case errors.Is(err, snapshot.ErrRejected):
			return violation("what an honest node sends is refused: %w", err)
		case err != nil:
			return err
		}
		r.came = index
		if there, ok := r.store.Received(); !ok || there.Index != index || there.Err != nil {
			return violation("what was received whole is not there: %v, %+v", ok, there)
		}
		for _, there := range r.store.List() {
			if there.Index == index && there.Err == nil && !r.must[index] && !r.may[index] {
				return violation("snapshot %d is listed, and nobody has adopted it", index)
			}
		}
		return r.readsAs(index)
	}
}

// readsAs reads the snapshot of an index, listed or not.
func (r *replica) readsAs(index protocol.Index) error {
	in, err := r.store.Load(index)
	if err != nil {
		return err
	}
	defer in.Close()
	body, err := io.ReadAll(in)
	if errors.Is(err, snapshot.ErrDamaged) || err == nil && !bytes.Equal(body, bodyOf(index)) {
		return violation("snapshot %d reads as %d bytes, %w", index, len(body), said(err))
	}
	if err != nil {
		return err
	}
	return isUnder(in, membershipOf(index))
}

// isUnder holds who decides, as a snapshot says that is being read or was, against who does.
func isUnder(in *snapshot.Reader, want snapshot.Membership) error {
	got, err := in.Membership()
	if err == nil && (got.Configuration != want.Configuration || !bytes.Equal(got.Members, want.Members)) {
		return violation("snapshot %d is under %v with %q, want %v with %q", in.Header().Index, got.Configuration, got.Members, want.Configuration, want.Members)
	}
	return err
}

// adopt makes what was received whole, by this process or one before, one of the folder's snapshots.
func adopt(r *replica) error {
	index := r.came
	if index == 0 {
		return nil
	}
	err := r.store.Adopt(index)
	if err == nil || errors.Is(err, snapshot.ErrNoSnapshot) {
		r.came = 0
	}
	if errors.Is(err, snapshot.ErrNoSnapshot) { // it was adopted by a call that failed, and removed
		return nil
	}
	return r.made(index, err)
}

// discard throws away what was received, in part or whole.
func discard(r *replica) error {
	r.came = 0
	if err := r.store.Discard(); err != nil {
		return err
	}
	if _, there := r.fs.Image()["received.tmp"]; there {
		return violation("what was thrown away is there")
	}
	return r.listIsMust()
}

func receiveAll(index protocol.Index) step {
	return func(r *replica) error {
		if err := receiveWhole(index)(r); err != nil {
			return err
		}
		return adopt(r)
	}
}

// takeBesideReceiving takes a snapshot while a part of another is received.
func takeBesideReceiving(own, received protocol.Index, end int64) step {
	return func(r *replica) error {
		w, err := r.store.CreateUnder(own, termOf(own), stampOf(own), membershipOf(own))
		if err != nil {
			return r.made(own, err)
		}
		defer w.Abort()
		body := bodyOf(own)
		err = writePieces(w, body[:len(body)/2], 1)
		if err == nil {
			err = receiveTo(received, end)(r)
		}
		if err == nil {
			err = writePieces(w, body[len(body)/2:], 2)
		}
		if err == nil {
			_, err = w.Commit()
		}
		return r.made(own, err)
	}
}

// keep removes all but the newest n.
func keep(n int) step {
	return func(r *replica) error {
		indices := r.newestFirst()
		old := indices[min(n, len(indices)):]
		return r.going(old, func() (err error) {
			for _, index := range slices.Backward(old) {
				err = errors.Join(err, r.store.Remove(index))
			}
			return errors.Join(err, r.store.Sweep()) // of those before, too
		})
	}
}

// remove removes the oldest, if it is not the newest too.
func remove(r *replica) error {
	indices := r.newestFirst()
	if len(indices) < 2 {
		return r.store.Sweep()
	}
	return r.goes(indices[len(indices)-1], r.store.Remove)
}

// withdraw removes the newest.
func withdraw(r *replica) error {
	indices := r.newestFirst()
	if len(indices) == 0 {
		return r.store.Sweep()
	}
	return r.goes(indices[0], r.store.Withdraw)
}

// goes removes one. It may be off the list already, and not gone.
func (r *replica) goes(index protocol.Index, by func(protocol.Index) error) error {
	return r.going([]protocol.Index{index}, func() error {
		if err := by(index); !errors.Is(err, snapshot.ErrNoSnapshot) {
			return err
		}
		return r.store.Sweep()
	})
}

func reopen(r *replica) error {
	if err := r.store.Close(); err != nil {
		return err
	}
	return r.open()
}

// verify reads all that is listed.
func verify(r *replica) error {
	for _, found := range r.store.List() {
		if err := r.whole(found); err != nil {
			return err
		}
	}
	return nil
}

// script: snapshots of all lengths taken, given up, received in parts, beside one another and again; some go.
var script = []step{
	take(10), abort(20), take(20), verify,
	receiveTo(30, 1100), reopen, receiveTo(30, 1700), receiveAll(30), keep(2),
	takeBesideReceiving(40, 60, 600), receiveTo(90, 1400), // the part of 60 goes
	takeBesideReceiving(70, 90, 2300), reopen, keep(2), receiveAll(90),
	take(90), verify, // once more, the same
	take(50), remove, receiveTo(140, 2700), reopen, receiveAll(140), keep(1), verify, reopen,
	receiveWhole(160), reopen, adopt, receiveWhole(190), discard, withdraw, withdraw, receiveWhole(180), take(170), adopt, keep(2), verify, reopen,
}
