package wal_test

// Goal: appends, syncs, reads and segments made ahead may run at the same time. Method: one goroutine
// of each kind over real files, small segments, run with -race; at the end all is there.

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
