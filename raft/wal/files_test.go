package wal_test

// Goal: a log may have more segments than its process may open files, and the descriptors that others leave it are enough.
// Method: a folder that counts the files that are open and refuses one more than so many, as the system does.

import (
	gosync "sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// counted is a folder of whose files so many may be open at once.
type counted struct {
	*crashfs.FS
	mu               gosync.Mutex
	open, seen, most int
}

type countedFile struct {
	wal.File
	fs *counted
}

func (c *counted) take(f wal.File, err error) (wal.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case c.open >= c.most:
		return nil, syscall.EMFILE
	}
	c.open++
	c.seen = max(c.seen, c.open)
	return countedFile{f, c}, nil
}

func (c *counted) Create(name string) (wal.File, error) { return c.take(c.FS.Create(name)) }
func (c *counted) Open(name string) (wal.File, error)   { return c.take(c.FS.Open(name)) }

func (f countedFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.fs.open--
	return f.File.Close()
}

// allow sets how many files may be open, and counts anew.
func (c *counted) allow(most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most, c.seen = most, c.open
}

const manySegments = 100

// fewFilesOpen writes a log of many segments, opens it again and reads it through.
func fewFilesOpen() error {
	folder := &counted{FS: crashfs.New(0), most: 1000}
	log, _, err := wal.Open(configOn(folder))
	if err != nil {
		return err
	}
	if err := appendSegments(log, 0, manySegments); err != nil {
		return err
	}
	if folder.seen > 40 {
		return violation("%d files are open to write a log of %d segments", folder.seen, manySegments)
	}
	if err := log.Close(); err != nil {
		return err
	}
	if folder.open != 0 {
		return violation("a log that was closed has %d files open", folder.open)
	}
	folder.allow(1000)
	log, _, err = wal.Open(configOn(folder))
	if err != nil {
		return err
	}
	if err := readAll(log); err != nil {
		return err
	}
	if folder.seen > 40 {
		return violation("%d files are open to read a log of %d segments", folder.seen, manySegments)
	}
	return nil
}

// appendSegments appends records of which two fill a segment, each synced.
func appendSegments(log *wal.Log, last protocol.Index, segments int) error {
	for k := range protocol.Index(2 * segments) {
		at := last + k + 1
		rec := wal.Record{Mark: uint64(at), Term: 1, Log: true, Prev: at - 1, Entries: []wal.Entry{entry(1, text(1500))}}
		if err := log.Append(&rec); err != nil {
			return err
		}
		if _, err := log.Sync(); err != nil {
			return err
		}
		if err := log.Preallocate(); err != nil {
			return err
		}
	}
	return nil
}

func readAll(log *wal.Log) error {
	for k := range log.LastIndex() {
		if _, err := log.Read(k+1, nil); err != nil {
			return err
		}
	}
	_, err := log.ReadStretch(1, log.LastIndex(), 1<<30)
	return err
}

func TestALogOfManySegmentsHasFewFilesOpen(t *testing.T) {
	require.NoError(t, fewFilesOpen())
}

func TestALogMakesDoWithTheDescriptorsThatOthersLeave(t *testing.T) {
	folder := &counted{FS: crashfs.New(0), most: 1000}
	log, _, err := wal.Open(configOn(folder))
	require.NoError(t, err)
	require.NoError(t, appendSegments(log, 0, manySegments))
	require.NoError(t, readAll(log))

	folder.allow(4) // fewer than are open: the process has no other left
	require.NoError(t, readAll(log), "files that are not needed make room for those that are")
	require.NoError(t, log.Append(&wal.Record{Mark: 2*manySegments + 1, Term: 1, Log: true, Prev: 2 * manySegments, Entries: []wal.Entry{entry(1, text(1500))}}))
	_, err = log.Sync()
	require.NoError(t, err, "a file to be written is open already")
	require.NoError(t, log.Close())

	log, recovered, err := wal.Open(configOn(folder))
	require.NoError(t, err, "nor does a start need more")
	require.EqualValues(t, 2*manySegments+1, recovered.State.Log.LastIndex())
	require.NoError(t, readAll(log))
	require.NoError(t, appendSegments(log, log.LastIndex(), 5))

	folder.allow(0)
	require.ErrorIs(t, readAll(log), wal.ErrNoRoom, "where there is none at all that is said, and the log has not failed")
	folder.allow(4)
	require.NoError(t, readAll(log))
	require.NoError(t, appendSegments(log, log.LastIndex(), 5))
}

func TestSegmentsAreReadByManyWhileTheyAreOpenedAndClosed(t *testing.T) {
	folder := &counted{FS: crashfs.New(0), most: 1000}
	log, _, err := wal.Open(configOn(folder))
	require.NoError(t, err)
	require.NoError(t, appendSegments(log, 0, manySegments))
	failed := make(chan error, 8)
	for range 7 {
		go func() { failed <- readAll(log) }()
	}
	go func() { failed <- appendSegments(log, 2*manySegments, 20) }()
	for range cap(failed) {
		require.NoError(t, <-failed)
	}
	require.LessOrEqual(t, folder.seen, 60, "one for each reader, beside what is kept")
}
