package wal_test

// Goal: whatever a read finds in a file that is given back and written over meanwhile, what it says is so. Method: a folder in which
// a read stands still.

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// halting is a folder in which one read of a file waits.
type halting struct {
	wal.FS
	entered, gate chan struct{}
}

type haltingFile struct {
	wal.File
	fs *halting
}

func (h *halting) Open(name string) (wal.File, error) {
	f, err := h.FS.Open(name)
	return haltingFile{f, h}, err
}

func (f haltingFile) ReadAt(p []byte, off int64) (int, error) {
	if f.fs.entered != nil {
		f.fs.entered <- struct{}{}
		<-f.fs.gate
	}
	return f.File.ReadAt(p, off)
}

func TestAReadThatABasePassesIsToldSo(t *testing.T) { require.NoError(t, readWhileReclaimed()) }

// readWhileReclaimed reads entries while the first segment becomes another one: below the base by then, or cut off and replaced.
func readWhileReclaimed() error {
	below := haltReads(compacted[:len(compacted)-2], []wal.Record{{Commit: 6, Base: 6, BaseTerm: 1}},
		func(log *wal.Log) error { return isCompacted(log.Read(1, nil)) },
		func(log *wal.Log) error { return isCompacted(log.ReadStretch(2, 9, 1<<20)) })
	replaced := haltReads(compacted[:5], []wal.Record{{Log: true, Prev: 1, Entries: []wal.Entry{entry(3, text(2500))}}, {Commit: 1, Base: 1, BaseTerm: 1}},
		func(log *wal.Log) error { return isAnother(log.Read(2, nil)) },
		func(log *wal.Log) error {
			e, err := log.ReadStretch(2, 9, 1<<20)
			return isAnother(slices.Concat(e, []wal.Entry{{}})[0], err)
		})
	return errors.Join(below, replaced)
}

// haltReads opens the log that the story leaves, begins the reads, appends the records, gives back what is covered, and lets
// the reads go on.
func haltReads(story []step, records []wal.Record, reads ...func(*wal.Log) error) error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay(story); err != nil {
		return err
	}
	r.fs.Kill()
	folder := &halting{FS: r.fs}
	log, got, err := wal.Open(configOn(folder))
	if err != nil {
		return err
	}
	folder.entered, folder.gate = make(chan struct{}), make(chan struct{})
	ended := make(chan error, len(reads))
	for _, read := range reads {
		go func() { ended <- read(log) }()
		<-folder.entered
	}
	folder.entered = nil
	if err := appendAndReclaim(log, got, records); err != nil {
		return err
	}
	if names := segmentNames(r.fs.Image()); names[0] == "1" {
		return violation("the first segment is still there: %v", names)
	}
	close(folder.gate)
	for range reads {
		err = errors.Join(err, <-ended)
	}
	return err
}

func appendAndReclaim(log *wal.Log, got wal.Recovered, records []wal.Record) error {
	for _, rec := range records {
		got.Mark++
		rec.Mark, rec.Term = got.Mark, 3
		rec.Commit = max(rec.Commit, got.State.Commit)
		if err := log.Append(&rec); err != nil {
			return err
		}
	}
	if _, err := log.Sync(); err != nil {
		return err
	}
	return log.Reclaim()
}

func isCompacted(_ any, err error) error {
	if !errors.Is(err, wal.ErrCompacted) || errors.Is(err, wal.ErrDamaged) {
		return violation("what is below the base by now reads with error %v", err)
	}
	return nil
}

func isAnother(e wal.Entry, err error) error {
	if err != nil || e.Term != 3 || len(e.Payload) != 2500 {
		return violation("an entry that was replaced reads as one of term %d and %d bytes, error %v", e.Term, len(e.Payload), err)
	}
	return nil
}
