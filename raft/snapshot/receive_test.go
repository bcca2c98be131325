package snapshot_test

// Goal: a transfer that breaks costs what was not synced, and no more; one of another snapshot begins at its beginning. Method:
// transfers that end at each offset, by Close, a kill, or a loss of power that keeps nothing that was not synced.

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// wholeBlocks returns where the block that holds an offset begins.
func wholeBlocks(off int64) int64 {
	return max(snapshot.HeaderBytes, off/testBlock*testBlock)
}

// progressIsKept breaks a transfer at each offset.
func progressIsKept() error {
	const of = protocol.Index(140)
	for end := int64(snapshot.HeaderBytes); end < int64(len(fileOf(of))); end += 37 {
		for how, least := range map[string]int64{
			"closed":    wholeBlocks(end),
			"killed":    wholeBlocks(end),
			"cut off":   wholeBlocks(end) - testBlock, // a sync is of two blocks
			"in pieces": wholeBlocks(end),
		} {
			if err := breakOff(of, end, least, how); err != nil {
				return fmt.Errorf("%s at offset %d: %w", how, end, err)
			}
		}
	}
	return nil
}

func breakOff(of protocol.Index, end, least int64, how string) error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10)}); err != nil {
		return err
	}
	in, err := receive(r.store, of, end)
	if err != nil {
		return err
	}
	switch how {
	case "killed":
		r.fs.Kill()
		err = r.open()
	case "cut off":
		err = r.survive(0)
	case "closed":
		if err = in.Close(); err == nil {
			err = r.survive(0)
		}
	case "in pieces": // the same process goes on, after others have read and written
		if err = in.Close(); err == nil {
			err = r.play([]step{take(20), keep(1), verify})
		}
	}
	if err != nil {
		return err
	}
	in, err = receive(r.store, of, 0)
	if err != nil {
		return err
	}
	if off := in.Offset(); off < least || off > wholeBlocks(end) {
		return violation("it goes on at offset %d, at least %d were synced", off, least)
	}
	if err := in.Close(); err != nil {
		return err
	}
	return r.play([]step{receiveAll(of), reopen})
}

func TestWhatWasSyncedIsNotAskedForAgain(t *testing.T) { require.NoError(t, progressIsKept()) }

// anotherComes receives a part of one snapshot and then another one: of another index, or of the same index, term and stamp, as a
// sender that has gone astray would have it.
func anotherComes() error {
	body := bodyOf(140)
	body[0] ^= 1
	astray := fileWith(140, body)
	for _, again := range []bool{false, true} {
		r := newReplica(crashfs.New(0))
		if err := r.open(); err != nil {
			return err
		}
		in, err := r.store.Receive(context.Background(), astray[:snapshot.HeaderBytes])
		if err == nil {
			err = in.Append(astray[snapshot.HeaderBytes:2100], snapshot.HeaderBytes)
		}
		if err == nil {
			err = in.Close()
		}
		if err == nil && again {
			r.fs.Kill()
			r.store, err = snapshot.Open(configOn(r.fs))
		}
		if err != nil {
			return err
		}
		if err := r.play([]step{receiveAll(140), receiveTo(190, 1500), receiveAll(40), reopen}); err != nil {
			return err
		}
		if err := r.survive(0); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatWasReceivedOfAnotherSnapshotIsThrownAway(t *testing.T) {
	require.NoError(t, anotherComes())
}

func TestWhatWasReceivedInPartIsThrownAwayWhenNobodyReceivesIt(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	require.NoError(t, r.store.Discard(), "there is nothing")
	in, err := receive(r.store, 140, 1000)
	require.NoError(t, err)
	require.ErrorIs(t, r.store.Discard(), snapshot.ErrBusy)
	require.NoError(t, in.Close())
	_, ok := r.store.Partial()
	require.True(t, ok)
	r.fs.FailAt(r.fs.Calls() + 1)
	require.Error(t, r.store.Discard())
	_, ok = r.store.Partial()
	require.True(t, ok, "it could not be removed, and is not forgotten")
	require.NoError(t, r.store.Discard())
	_, ok = r.store.Partial()
	require.False(t, ok)
	require.NotContains(t, r.fs.Image(), "received.tmp")
	in, err = receive(r.store, 140, 1000)
	require.NoError(t, err, "it begins anew")
	require.NoError(t, in.Close())
}

// counted is a context that ends when it was looked at so often.
type counted struct {
	context.Context
	left int
}

func (c *counted) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// resumesAreInterrupted has whoever goes on with a part give that up before each of its blocks: nothing of it is lost.
func resumesAreInterrupted() error {
	const of, blocks = protocol.Index(140), 4
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10)}); err != nil {
		return err
	}
	in, err := receive(r.store, of, snapshot.HeaderBytes+blocks*testBlock)
	if err != nil {
		return err
	}
	offset := in.Offset()
	if err := in.Close(); err != nil {
		return err
	}
	for before := range blocks {
		_, err := r.store.Receive(&counted{context.Background(), before}, fileOf(of)[:snapshot.HeaderBytes])
		if !errors.Is(err, context.Canceled) {
			return violation("given up before block %d it goes on: %w", before, said(err))
		}
		if part, ok := r.store.Partial(); !ok || part.Index != of {
			return violation("given up before block %d the part is lost", before)
		}
	}
	in, err = r.store.Receive(context.Background(), fileOf(of)[:snapshot.HeaderBytes])
	if err == nil && in.Offset() != offset {
		err = violation("it goes on at %d, not at %d", in.Offset(), offset)
	}
	return err
}

func TestWhoGoesOnMayGiveThatUp(t *testing.T) { require.NoError(t, resumesAreInterrupted()) }
