package wal

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// covering is a base on its way to the disk: once the mark is durable, segments before needed can go.
type covering struct {
	mark   uint64
	needed uint64
}

// cover takes note of the bases that are durable. The segment of a base's own record stays: so the first segment always has a
// durable record, and the newest base is always there. Holds mu.
//
// What is needed is as of the base's record, not as of now: a later record, not durable yet, may have cut off entries that a
// crash brings back.
func (l *Log) cover() {
	for len(l.covering) > 0 && baseHolds(l.covering[0].mark, l.synced) {
		l.needed, l.covering = max(l.needed, l.covering[0].needed), l.covering[1:]
	}
}

// mostRemoved bounds how many segments are removed before others may change the folder: who waits to make the next segment
// waits no longer than for these.
const mostRemoved = 8

// Reclaim gives back the segments that only hold what is below the durable base: one becomes the next segment where
// that is missing, see Preallocate, the others are removed, oldest first. To be called in the background, when a base has become durable
// and after a start; with nothing to give back it costs nothing. Appends, reads and syncs go on beside it, and Preallocate gets in
// between. An error wraps ErrNoRoom, which some file systems have for a removal too: try again; or ErrFailed, and stays.
func (l *Log) Reclaim() error {
	for more := true; more; {
		if l.Room().Covered > 0 {
			if err := l.Preallocate(); errors.Is(err, ErrFailed) {
				return err
			}
		}
		var err error
		if more, err = l.reclaimSome(); err != nil {
			return err
		}
	}
	return nil
}

// reclaimSome removes some segments; more is false if there are none.
func (l *Log) reclaimSome() (more bool, err error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	gone, err := l.covered()
	if err != nil || len(gone) == 0 {
		return false, err
	}
	return true, l.ended(l.remove(gone[:min(len(gone), mostRemoved)]))
}

// covered returns the segments that can go, oldest first.
func (l *Log) covered() (gone segments, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return nil, l.failure()
	}
	for _, s := range l.segments {
		if s.seq >= l.needed {
			break
		}
		gone = append(gone, s)
	}
	return gone, nil
}

// remove takes segments away for good. A crash leaves any of them, which the base still covers.
func (l *Log) remove(gone segments) error {
	for _, s := range gone {
		if err := removeFile(l.fs, segmentName(s.seq)); err != nil {
			return fmt.Errorf("remove %s: %w", segmentName(s.seq), err)
		}
	}
	if err := l.fs.SyncDir(); err != nil {
		return fmt.Errorf("remove %s: sync the folder: %w", segmentName(gone[0].seq), err)
	}
	l.forget(gone)
	return nil
}

// forget drops the first segments, which have no name any more.
func (l *Log) forget(gone segments) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil { // else it is closed
		l.segments = slices.Delete(l.segments, 0, len(gone))
		gone.close()
	}
}

// ended keeps a failure that is not for want of room.
func (l *Log) ended(err error) error {
	if err == nil || survivable(err) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail(err)
	return l.failure()
}

// recycle makes a segment out of the oldest one that can go; nil if there is none of its size. Its name is gone for good
// before it is written over: a segment that can be seen is whole.
func (l *Log) recycle(h segmentHeader) (*segment, error) {
	gone, err := l.covered()
	if err != nil || len(gone) == 0 || gone[0].bytes != h.bytes {
		return nil, err
	}
	name := segmentName(gone[0].seq)
	switch err := l.fs.Rename(name, segmentTemp); {
	case errors.Is(err, os.ErrNotExist): // an attempt to give it back ended for want of room
		return nil, l.remove(gone[:1])
	case err != nil:
		return nil, fmt.Errorf("recycle %s: %w", name, err)
	}
	if goneForGood() {
		if err := l.fs.SyncDir(); err != nil {
			return nil, fmt.Errorf("recycle %s: sync the folder: %w", name, err)
		}
	}
	l.forget(gone[:1])
	f, err := l.fs.openKept(segmentTemp)
	if err != nil {
		return nil, fmt.Errorf("recycle %s: %w", name, err)
	}
	return finishSegment(l.fs, f, h, nil)
}
