package dedup_test

// Goal: what a snapshot holds harms nobody: not the answers, not who pinned a value, not the snapshot behind it. Method: stories of a few
// entries, each of which fails with a seeded bug of its own.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// snapshotStories are the stories by the bug that each shows.
var snapshotStories = map[string]func() error{
	"given-up-frees-at-once":          gaveUpInTheMidstOfAnEntry,
	"arena-given-back-under-snapshot": theLastValueGoes,
	"idle-value-pinned-is-reused":     aHeldValueIsPinned,
	"slot-kept-twice":                 aRecordThatChangesAgainAndAgain,
	"told-value-stays-held":           aToldValueIsFreeAtOnce,
	"copied-value-not-held":           aCopiedValueIsOverwritten,
	"given-up-frees-copied":           aSnapshotOutgrowsItsLimitWithACopyUntold,
	"snapshot-without-limit":          aSnapshotOutgrowsItsLimit,
	"length-waited-for":               aLengthThatNoRecordHas,
	"cut-state-loads":                 aStateEndsEarly,
	"key-twice-loads":                 aKeyStandsTwice,
	"snapshot-sees-later-head":        everyFieldOfTheHeadMoves,
	"hold-mark-in-state":              aStateSavedWhileAnotherIsTold,
}

func TestStoriesOfSnapshots(t *testing.T) {
	for id, story := range snapshotStories {
		t.Run(id, func(t *testing.T) { require.NoError(t, story()) })
	}
}

var longest = bytes.Repeat([]byte("a long value "), dedup.MaxValueBytes)[:dedup.MaxValueBytes]

// stage is a machine with values under keys 1 to n, and what applies entries to it.
type stage struct {
	*dedup.Machine
	results dedup.Results
	index   uint64
}

func newStage(values ...[]byte) *stage {
	s := &stage{Machine: dedup.New()}
	limits := dedup.Bootstrap{Secret: secret, CapacityKeys: 100, CapacityBytes: 8 << 20}
	s.apply(dedup.AppendBootstrap(nil, startNanos, &limits))
	for i, v := range values {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(i + 1), Value: v}))
	}
	return s
}

func header() []byte { return dedup.AppendHeader(nil, startNanos) }

// apply panics on what can't be.
func (s *stage) apply(payload []byte) {
	s.index++
	if err := s.Apply(s.index, payload, &s.results); err != nil {
		panic(err)
	}
}

// begin begins a snapshot of what it returns as well.
func (s *stage) begin(limit uint64) (*dedup.Snapshot, []byte) {
	want := s.AppendState(nil)
	snapshot, err := s.Snapshot(limit)
	if err != nil {
		panic(err)
	}
	return snapshot, want
}

// finish compares the rest of a snapshot.
func finish(s *dedup.Snapshot, want []byte) error {
	var got []byte
	for {
		var err error
		if got, err = s.Next(got); errors.Is(err, dedup.ErrSnapshotEnd) {
			break
		} else if err != nil {
			return err
		}
	}
	if !bytes.Equal(want, got) {
		return fmt.Errorf("other than the state of then from byte %d of %d", commonPrefix(want, got), len(want))
	}
	return nil
}

// The second command makes the snapshot hold a value, the third makes it give itself up: the fourth may not write where the answer
// to the first points.
func gaveUpInTheMidstOfAnEntry() error {
	s := newStage(longest, longest)
	snapshot, _ := s.begin(100_000)
	payload := dedup.AppendQuery(header(), dedup.Query{Key: key(1)})
	payload = dedup.AppendQuery(payload, dedup.Query{Key: key(1)})
	payload = dedup.AppendPut(payload, dedup.Put{Key: key(1), Value: []byte("short")})
	payload = dedup.AppendPut(payload, dedup.Put{Key: key(2), Value: []byte("short")})
	payload = dedup.AppendPut(payload, dedup.Put{Key: key(3), Value: bytes.Repeat([]byte("z"), dedup.MaxValueBytes)})
	s.apply(payload)
	if _, err := snapshot.Next(nil); !errors.Is(err, dedup.ErrSnapshotOutgrown) {
		return fmt.Errorf("not given up: %w", err)
	}
	if !bytes.Equal(s.results.Value(1), longest) {
		return errors.New("an answer has changed")
	}
	return nil
}

func theLastValueGoes() error {
	s := newStage(longest)
	snapshot, want := s.begin(math.MaxUint64)
	s.apply(dedup.AppendForget(header(), dedup.Forget{Key: key(1)}))
	for range 2 {
		s.apply(dedup.AppendNoOp(nil, startNanos))
	}
	if err := finish(snapshot, want); err != nil {
		return err
	}
	s.apply(dedup.AppendNoOp(nil, startNanos))
	cells := s.Cells()
	s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: longest}))
	if s.Cells() != cells && cells != 0 {
		return fmt.Errorf("%d cells, and %d before: what was held is not used again", s.Cells(), cells)
	}
	return nil
}

func aHeldValueIsPinned() error {
	s := newStage(longest)
	read := dedup.AppendQuery(dedup.AppendQuery(header(), dedup.Query{Key: key(1)}), dedup.Query{Key: key(1)})
	s.apply(read)
	pinned := s.Pin(&s.results, 1)
	snapshot, _ := s.begin(math.MaxUint64)
	s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: []byte("short")}))
	snapshot.Close()
	cells := s.Cells()
	for i := range 4 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(2), Value: bytes.Repeat([]byte{byte(i)}, dedup.MaxValueBytes)}))
		if !bytes.Equal(pinned.Append(nil), longest) {
			return errors.New("a pinned value has changed")
		}
	}
	s.Unpin(pinned)
	before := s.Cells()
	for range 4 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(3), Value: longest}))
	}
	if s.Cells() > before+before-cells {
		return fmt.Errorf("%d cells, and %d before: what was pinned is not used again", s.Cells(), before)
	}
	return nil
}

// What is held of it does not grow.
func aRecordThatChangesAgainAndAgain() error {
	s := newStage([]byte("v"))
	snapshot, want := s.begin(math.MaxUint64)
	held := uint64(0)
	for n := range 1000 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: []byte{byte(n)}}))
		if n == 0 {
			held = snapshot.Bytes()
		}
	}
	if snapshot.Bytes() != held {
		return fmt.Errorf("holds %d bytes of a record, and %d at first", snapshot.Bytes(), held)
	}
	return finish(snapshot, want)
}

// The first snapshot needs the block of a record that is extended meanwhile; the second has told that record before it is overwritten.
func aToldValueIsFreeAtOnce() error {
	s := newStage()
	claim := dedup.Claim{Key: key(1), Owner: 1, LeaseMillis: 1000, Fingerprint: []byte("a fingerprint")}
	s.apply(dedup.AppendClaim(dedup.AppendClaim(header(), claim), dedup.Claim{Key: key(2), Owner: 1}))
	extend := dedup.AppendExtend(header(), dedup.Extend{Key: key(1), Token: s.results.Answers[0].Token, LeaseMillis: 2000})
	first, want := s.begin(math.MaxUint64)
	s.apply(extend)
	if err := finish(first, want); err != nil {
		return err
	}
	second, want := s.begin(math.MaxUint64)
	for range 2 { // the head and a record, and the other one
		if err := second.CopyRecords(1); err != nil {
			return err
		}
		want = want[len(second.Append(nil, len(want))):]
	}
	s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: []byte("other")}))
	if held := second.Bytes(); held > 0 {
		return fmt.Errorf("%d bytes held of what was told", held)
	}
	return nil
}

// The entry behind a copy gives up the value that is yet to be told, the next one takes what is free.
func aCopiedValueIsOverwritten() error {
	s := newStage(longest)
	snapshot, want := s.begin(math.MaxUint64)
	if err := snapshot.Copy(); err != nil {
		return err
	}
	for n := range 2 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: bytes.Repeat([]byte{byte(n)}, dedup.MaxValueBytes)}))
	}
	return finish(snapshot, want)
}

// The same, and the snapshot may not hold so much: what was copied is told, and then nothing.
func aSnapshotOutgrowsItsLimitWithACopyUntold() error {
	s := newStage(longest)
	snapshot, want := s.begin(0)
	if err := snapshot.Copy(); err != nil {
		return err
	}
	for n := range 3 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: bytes.Repeat([]byte{byte(n)}, dedup.MaxValueBytes)}))
	}
	if _, err := s.Snapshot(0); !errors.Is(err, dedup.ErrSnapshotUnderWay) {
		return fmt.Errorf("another one begins while what was copied is told: %s", fmt.Sprint(err))
	}
	if got := snapshot.Append(nil, len(want)); !bytes.Equal(want, got) {
		return fmt.Errorf("other than the state of then from byte %d of %d", commonPrefix(want, got), len(want))
	}
	if err := snapshot.Copy(); !errors.Is(err, dedup.ErrSnapshotOutgrown) {
		return fmt.Errorf("not given up: %s", fmt.Sprint(err))
	}
	cells := s.Cells()
	for range 3 {
		s.apply(dedup.AppendPut(header(), dedup.Put{Key: key(1), Value: longest}))
	}
	if s.Cells() > cells {
		return fmt.Errorf("%d cells, and %d before: what was held is not used again", s.Cells(), cells)
	}
	return nil
}

func aSnapshotOutgrowsItsLimit() error {
	for _, limit := range []uint64{0, 1, 10_000, 20_000, 90_000} {
		s := newStage(longest, longest, longest)
		snapshot, _ := s.begin(limit)
		for n := 1; n <= 3; n++ {
			s.apply(dedup.AppendForget(header(), dedup.Forget{Key: key(n)}))
			if held := snapshot.Bytes(); held > limit {
				return fmt.Errorf("holds %d bytes, may hold %d", held, limit)
			}
		}
		if _, err := snapshot.Next(nil); !errors.Is(err, dedup.ErrSnapshotOutgrown) || snapshot.Bytes() > 0 {
			return fmt.Errorf("limit %d: %w", limit, err)
		}
		again, want := s.begin(0)
		if err := finish(again, want); err != nil {
			return fmt.Errorf("the one behind it: %w", err)
		}
	}
	return nil
}

func aLengthThatNoRecordHas() error {
	s := newStage([]byte("v"))
	state := s.AppendState(nil)
	record := len(state) - 1 - 6 - 48
	for _, length := range []uint32{dedup.MaxValueBytes + 1, math.MaxUint32} {
		broken := bytes.Clone(state)
		binary.LittleEndian.PutUint32(broken[record+48+2:], length)
		var l dedup.Loader
		if _, err := l.Write(broken); !errors.Is(err, dedup.ErrMalformed) {
			return fmt.Errorf("a value of %d bytes is waited for: %s", length, fmt.Sprint(err))
		}
		if _, err := l.Write(state); !errors.Is(err, dedup.ErrMalformed) {
			return fmt.Errorf("written on to: %w", err)
		}
	}
	return nil
}

func aStateEndsEarly() error {
	state := newStage([]byte("v"), []byte("w")).AppendState(nil)
	const record = 48 + 6 + 1
	for n := 1; n <= 2; n++ { // between two records
		if _, err := dedup.LoadState(state[:len(state)-n*record]); !errors.Is(err, dedup.ErrMalformed) {
			return fmt.Errorf("without %d records: %s", n, fmt.Sprint(err))
		}
	}
	return nil
}

// Found by what the chains are made of: keys that are alike in half, claims and checkpoints of one key are not the same.
func aKeyStandsTwice() error {
	s := newStage()
	payload := dedup.AppendClaim(header(), dedup.Claim{Key: dedup.Key{1, 15: 1}, Owner: 1})
	payload = dedup.AppendClaim(payload, dedup.Claim{Key: dedup.Key{1, 15: 2}, Owner: 1})
	payload = dedup.AppendCheckpoint(payload, dedup.Checkpoint{Key: dedup.Key{1, 15: 1}, Owner: 1})
	s.apply(payload)
	state := s.AppendState(nil)
	if _, err := dedup.LoadState(state); err != nil {
		return err
	}
	const record = 48
	second := len(state) - record - 6 - 8 - record // of the three, the last has an offset
	copy(state[second:], state[second-record : second][:len(dedup.Key{})])
	if _, err := dedup.LoadState(state); !errors.Is(err, dedup.ErrMalformed) {
		return fmt.Errorf("loaded: %s", fmt.Sprint(err))
	}
	return nil
}

// Time, numbers, the hand, the capacity and the answers move, and no record does.
func everyFieldOfTheHeadMoves() error {
	s := newStage([]byte("v"))
	snapshot, want := s.begin(0)
	payload := dedup.AppendResize(dedup.AppendHeader(nil, startNanos+milli), dedup.Resize{CapacityKeys: 7, CapacityBytes: 1 << 20})
	s.apply(payload)
	return finish(snapshot, want)
}

func aStateSavedWhileAnotherIsTold() error {
	s, twin := newStage(longest, []byte("v")), newStage(longest, []byte("v"))
	snapshot, want := s.begin(math.MaxUint64)
	for _, on := range []*stage{s, twin} {
		on.apply(dedup.AppendForget(header(), dedup.Forget{Key: key(1)}))
	}
	if !bytes.Equal(s.AppendState(nil), twin.AppendState(nil)) {
		return errors.New("the same log, another state")
	}
	if _, err := dedup.LoadState(s.AppendState(nil)); err != nil {
		return err
	}
	return finish(snapshot, want)
}
