package wal_test

// Goal: a disk that has no room is survived, whichever call says so, and a disk that is broken is not. Method: a folder
// with room for so much and no more; the script with each call failed in turn, by want of room and by a fault; a
// folder whose files take for ever to be made.

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestALogOnAFullDiskTakesWhatItHasRoomForAndGoesOnWhenThereIsMore(t *testing.T) {
	require.NoError(t, fillUp())
}

// fillUp appends until there is no room, makes room and goes on.
func fillUp() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{vote(1, 1), entries(1, 100), sync}); err != nil {
		return err
	}
	r.fs.Fill(0)
	if err := r.appendAll(); err != nil {
		return err
	}
	last := len(r.records)
	for range 3 {
		if err := r.log.Preallocate(); !errors.Is(err, wal.ErrNoRoom) || errors.Is(err, wal.ErrFailed) {
			return violation("a full disk is %v", err)
		}
	}
	if room := r.log.Room(); room.Lacking == nil || room.Free != 0 {
		return violation("the room is %+v", room)
	}
	if err := r.play([]step{sync, reopen}); err != nil {
		return err
	}
	if len(r.records) != last {
		return violation("%d records are left of %d", len(r.records), last)
	}
	r.fs.Empty()
	if err := r.play([]step{entries(1, 3000), sync, preallocate}); err != nil {
		return err
	}
	return r.survive(0)
}

// appendAll appends small records as long as Room says that there is room for them, and no longer.
func (r *replica) appendAll() error {
	for {
		rec := wal.Record{Mark: uint64(len(r.records)) + 1, Term: 1, Vote: 1, Log: true, Prev: r.last(), Entries: []wal.Entry{entry(1, text(50))}}
		fits := r.log.Room().Sure >= wal.RecordBytes(1, 50)
		err := r.log.Append(&rec)
		switch {
		case fits && err != nil:
			return violation("there is room for a record: %w", err)
		case errors.Is(err, wal.ErrNoRoom) && !errors.Is(err, wal.ErrFailed):
			return nil
		case err != nil:
			return err
		}
		r.records = append(r.records, rec)
	}
}

func TestRoomIsSureWhateverTheRecordsAre(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 2000), preallocate}))
	r.fs.Fill(0)
	room := r.log.Room()
	require.EqualValues(t, testSegment-512, room.Sure, "the second segment is empty")
	require.Greater(t, room.Made, room.Sure)
	require.NoError(t, entries(1, 2500)(r), "does not fit behind the first")
	require.Less(t, r.log.Room().Made, int64(testSegment-512-2500))
	require.Equal(t, r.log.Room().Made, r.log.Room().Sure)
	require.EqualValues(t, 2*testSegment, r.log.Room().Used+r.log.Room().Made)
}

func TestAStartOnAFullDiskComesUpWithAllItHas(t *testing.T) {
	for name, story := range map[string][]step{
		"in the middle of a segment":         {entries(1, 500), sync, peer(1)},
		"with an empty segment ahead":        {entries(1, 500), sync, peer(1), preallocate},
		"at the beginning of the second one": {entries(1, 3000), sync, preallocate, entries(1, 3000), sync, peer(3)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplica(crashfs.New(0))
			require.NoError(t, r.openAndPlay(story))
			before := r.log.Room()
			r.fs.Fill(0)
			for range 3 {
				require.NoError(t, reopen(r))
				require.Equal(t, before.Made, r.log.Room().Made, "no room is lost by a start")
			}
			require.NoError(t, r.survive(0))
			require.NoError(t, r.play([]step{vote(9, 2), sync}))
			require.NoError(t, r.storePeer(7, 70), "room for it was kept")
			require.NoError(t, r.survive(0))
		})
	}
}

func TestAStartFreesWhatItLeftItselfFirst(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 500), sync}))
	left, err := r.fs.Create("segment.tmp")
	require.NoError(t, err)
	_, err = left.WriteAt(text(testSegment), 0)
	require.NoError(t, err)
	r.fs.Fill(0)
	require.NoError(t, reopen(r))
	require.NotContains(t, r.fs.Image(), "segment.tmp")
	require.NoError(t, r.play([]step{entries(1, 3400), sync}), "in the room that it took")
	require.NoError(t, r.survive(0))
}

func TestAnEmptySegmentOfAnEarlierSizeWaitsForRoom(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{vote(1, 1), sync, preallocate}))
	r.fs.Fill(0)
	r.segment *= 2
	require.NoError(t, r.play([]step{reopen, vote(2, 1), sync, reopen}))
	require.ErrorIs(t, r.log.Preallocate(), wal.ErrNoRoom)
	require.NoError(t, r.survive(0))
	r.fs.Empty()
	require.NoError(t, r.play([]step{largest, sync}))
	require.NoError(t, r.survive(0))
}

func TestPeersAreKeptOnAFullDisk(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{vote(1, 1), sync}))
	r.fs.Fill(0)
	require.NoError(t, r.play([]step{peer(3), condemn(2, wal.Diverged), reopen, peer(5), condemn(3, wal.RolledBack)}))
	require.NoError(t, r.survive(0))
}

func TestAFirstStartWithoutRoomSaysSo(t *testing.T) {
	fs := crashfs.New(0)
	fs.Fill(testSegment / 2)
	_, _, err := wal.Open(configOn(fs))
	require.ErrorIs(t, err, wal.ErrNoRoom)
	require.NotErrorIs(t, err, wal.ErrDisk)
	fs.Empty()
	_, _, err = wal.Open(configOn(fs))
	require.NoError(t, err)
}

var lacks = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE}

func TestWhatRunsOutInAnyCallIsSurvivedOrSaid(t *testing.T) {
	for _, lack := range lacks {
		survived := 0
		require.NoError(t, failEverywhere(2, func(call int, seed uint64) (err error) {
			return lackIn(call, seed, lack, &survived)
		}))
		require.Greater(t, survived, 10, "%v", lack)
	}
}

// lackIn lets one call of the script find nothing left. Where that is survived the script goes on; where not it says so.
func lackIn(call int, seed uint64, lack error, survived *int) error {
	r := configured(crashfs.New(seed))
	r.fs.FailBy(call, lack)
	err := r.open()
	if errors.Is(err, wal.ErrNoRoom) {
		r.fs.Kill()
		err = r.open()
	}
	for k := 0; err == nil && k < len(script); k++ {
		if err = script[k](r); errors.Is(err, wal.ErrNoRoom) && !errors.Is(err, wal.ErrFailed) {
			*survived++
			if r.log == nil {
				return err
			}
			if room := r.log.Room(); room == (wal.Room{Free: -1}) { // a reopen that failed
				r.fs.Kill()
			}
			if err = script[k](r); errors.Is(err, wal.ErrLocked) {
				return violation("a log that goes on is locked: %w", err)
			}
		}
	}
	switch {
	case errors.Is(err, errViolated):
		return err
	case err != nil && !errors.Is(err, wal.ErrFailed):
		return violation("want of room ended in %w", err)
	case errors.Is(err, wal.ErrFailed):
		if err := r.staysFailed(); err != nil {
			return err
		}
	}
	return r.survive(seed)
}

func TestABrokenDiskIsNoFullOne(t *testing.T) { require.NoError(t, failEverywhere(1, breakIn)) }

// breakIn lets one call fail by a fault: whatever returns it says that the disk failed, and an open log has failed.
func breakIn(call int, seed uint64) error {
	r := configured(crashfs.New(seed))
	r.fs.FailBy(call, syscall.EIO)
	opened := r.open()
	err := opened
	if opened == nil {
		err = r.play(script)
	}
	switch {
	case errors.Is(err, errViolated):
		return err
	case !errors.Is(err, wal.ErrDisk), !errors.Is(err, syscall.EIO), errors.Is(err, wal.ErrNoRoom):
		return violation("a fault of the disk is told as %v", err)
	}
	return nil
}

// gated is a folder in which writes to files that are being made wait.
type gated struct {
	*crashfs.FS
	entered, gate chan struct{}
}

type gatedFile struct {
	wal.File
	fs *gated
}

func (g *gated) Create(name string) (wal.File, error) {
	f, err := g.FS.Create(name)
	if name != "segment.tmp" || g.gate == nil {
		return f, err
	}
	return gatedFile{f, g}, err
}

func (f gatedFile) WriteAt(p []byte, off int64) (int, error) {
	f.fs.entered <- struct{}{}
	<-f.fs.gate
	return f.File.WriteAt(p, off)
}

func TestAFileThatTakesForEverToBeMadeHoldsUpNothing(t *testing.T) {
	disk := &gated{FS: crashfs.New(0)}
	log, _, err := wal.Open(configOn(disk))
	require.NoError(t, err)
	disk.entered, disk.gate = make(chan struct{}), make(chan struct{})
	made := make(chan error, 1)
	go func() { made <- log.Preallocate() }()
	<-disk.entered
	for k := range protocol.Index(10) {
		require.NoError(t, log.Append(&wal.Record{Mark: uint64(k) + 1, Term: 1, Log: true, Prev: k, Entries: []wal.Entry{entry(1, text(100))}}))
		mark, err := log.Sync()
		require.NoError(t, err)
		require.EqualValues(t, k+1, mark)
		e, err := log.Read(k+1, nil)
		require.NoError(t, err)
		require.Len(t, e.Payload, 100)
	}
	require.NoError(t, log.Room().Lacking, "it is being made")
	go func() {
		for range disk.entered {
		}
	}()
	close(disk.gate)
	require.NoError(t, <-made)
	require.NoError(t, log.Append(&wal.Record{Mark: 11, Term: 1, Log: true, Prev: 10, Entries: []wal.Entry{entry(1, text(3000))}}))
	_, err = log.Sync()
	require.NoError(t, err)
}

func ExampleLog_Room() {
	log, _, _ := wal.Open(wal.Config{FS: crashfs.New(1), Cluster: testCluster, Node: 1, SegmentBytes: 1 << 20})
	defer log.Close()
	room := log.Room()
	fmt.Println(room.Sure >= wal.RecordBytes(3, 1000), room.Made, room.Lacking)
	// Output: true 1048064 <nil>
}
