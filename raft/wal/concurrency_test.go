package wal_test

// Goal: appends, syncs, reads, segments made ahead and segments given back may run at the same time. Method: one goroutine
// of each kind over real files, small segments, run with -race; at the end all is there, above the base.

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

func TestAppendSyncReadAndPreallocateAtTheSameTime(t *testing.T) {
	const records = 2000
	cfg := configOn(nil)
	cfg.Dir, cfg.SegmentBytes = t.TempDir(), 64<<10
	log, _, err := wal.Open(cfg)
	require.NoError(t, err)

	var durable atomic.Uint64
	done := make(chan error, 3)
	go func() { done <- appendRecords(log, records) }()
	go func() { done <- until(&durable, records, func() error { return syncTo(log, &durable) }) }()
	go func() {
		done <- until(&durable, records, func() error {
			return errors.Join(log.Preallocate(), readBack(log, protocol.Index(durable.Load())))
		})
	}()
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.NoError(t, log.Close())
	_, got, err := wal.Open(cfg)
	require.NoError(t, err)
	require.EqualValues(t, records, got.State.Log.LastIndex())
}

func TestAppendSyncReadAndReclaimAtTheSameTime(t *testing.T) {
	const records = 4000
	cfg := configOn(nil)
	cfg.Dir, cfg.SegmentBytes = t.TempDir(), 16<<10
	log, _, err := wal.Open(cfg)
	require.NoError(t, err)

	var durable atomic.Uint64
	done := make(chan error, 4)
	go func() { done <- appendAndCompact(log, records) }()
	go func() { done <- until(&durable, records, func() error { return syncTo(log, &durable) }) }()
	go func() {
		done <- until(&durable, records, func() error { return errors.Join(log.Preallocate(), log.Reclaim()) })
	}()
	go func() { done <- until(&durable, records, func() error { return readAroundTheBase(log) }) }()
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.NoError(t, log.Reclaim())
	require.Less(t, log.Room().Used, 12*cfg.SegmentBytes, "of a log of more than 80 segments")
	base, _ := log.Base()
	require.NoError(t, log.Close())
	_, got, err := wal.Open(cfg)
	require.NoError(t, err)
	require.EqualValues(t, records, got.Mark)
	recovered, _ := got.State.Log.Base()
	require.Equal(t, base, recovered)
	require.EqualValues(t, 3528, base)
}

// appendAndCompact appends records, of which every 50th lets the log begin behind nine of ten entries.
func appendAndCompact(log *wal.Log, n uint64) error {
	for mark := uint64(1); mark <= n; mark++ {
		last := log.LastIndex()
		rec := wal.Record{Mark: mark, Term: 1}
		rec.Commit, _ = log.Base()
		if base := last * 9 / 10; mark%50 == 0 {
			rec.Commit, rec.Base, rec.BaseTerm = base, base, 1
		} else {
			rec.Log, rec.Prev, rec.Entries = true, last, []wal.Entry{entry(1, payload(last+1))}
		}
		err := log.Append(&rec)
		for ; errors.Is(err, wal.ErrNoRoom) && !errors.Is(err, wal.ErrFailed); err = log.Append(&rec) {
			if err := log.Preallocate(); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readAroundTheBase reads the last entries that a base covers, and the first that none does.
func readAroundTheBase(log *wal.Log) error {
	base, _ := log.Base()
	for i := max(base, 5) - 4; i <= min(base+5, log.LastIndex()); i++ {
		e, err := log.Read(i, nil)
		if errors.Is(err, wal.ErrCompacted) {
			continue
		}
		if err != nil {
			return err
		}
		if string(e.Payload) != string(payload(i)) {
			return violation("entry %d reads as %q", i, e.Payload)
		}
		if _, err := log.ReadStretch(i, i+30, 1<<20); err != nil && !errors.Is(err, wal.ErrCompacted) {
			return err
		}
	}
	return nil
}

// payload returns the bytes of entry i.
func payload(i protocol.Index) []byte { return text(int(i * 37 % 500)) }

func appendRecords(log *wal.Log, n int) error {
	for i := range protocol.Index(n) {
		rec := wal.Record{Mark: uint64(i + 1), Term: 1, Log: true, Prev: i, Entries: []wal.Entry{entry(1, payload(i+1))}}
		err := log.Append(&rec)
		for ; errors.Is(err, wal.ErrNoRoom); err = log.Append(&rec) {
			if err := log.Preallocate(); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func until(durable *atomic.Uint64, mark uint64, do func() error) error {
	for durable.Load() < mark {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func syncTo(log *wal.Log, durable *atomic.Uint64) error {
	mark, err := log.Sync()
	durable.Store(mark)
	return err
}

// readBack reads the last durable entry and the last appended one.
func readBack(log *wal.Log, durable protocol.Index) error {
	for _, i := range []protocol.Index{durable, log.LastIndex()} {
		if i == 0 {
			continue
		}
		e, err := log.Read(i, nil)
		if err != nil {
			return err
		}
		if string(e.Payload) != string(payload(i)) {
			return violation("entry %d reads as %q", i, e.Payload)
		}
	}
	return nil
}
