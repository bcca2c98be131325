package node_test

// Goal: the file of a snapshot that came and is of no use goes, whatever made it useless, and never one that something rests on. Method: one
// replica whose peers and host are the test (keeper_test.go, following_test.go).

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// drops has a replica ask for a leader's snapshot of entry 10, does what a story says, and returns an error where other files of that entry
// are dropped and kept.
func drops(name string, dropped, kept int, story func(k *keeper, first, second kept) error) error {
	first, err := snapshotOf(10)
	if err != nil {
		return err
	}
	second, err := snapshotOf(16)
	if err != nil {
		return err
	}
	k, err := following(interval(1 << 30))
	if err := errors.Join(err, k.feed(3), k.hear(2, 1, first.SnapshotID), story(k, first, second), k.holds()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	files := 0
	for _, there := range k.kept {
		if there.Index == 10 {
			files++
		}
	}
	for _, index := range k.dropped {
		if index != 10 {
			return fmt.Errorf("%s: the snapshot of entry %d is dropped", name, index)
		}
	}
	if len(k.dropped) != dropped || files != kept {
		return fmt.Errorf("%s: it is dropped %d times and kept %d times, expected %d and %d", name, len(k.dropped), files, dropped, kept)
	}
	return nil
}

// uselessFilesGo has a snapshot come, or be here, that is of no use any more.
func uselessFilesGo() error {
	return errors.Join(
		drops("another one is being fetched", 1, 0, func(k *keeper, first, second kept) error {
			return errors.Join(k.hear(3, 2, second.SnapshotID), k.fetch(first))
		}),
		drops("another one is asked for when it is here", 1, 0, func(k *keeper, first, second kept) error {
			return errors.Join(k.fetch(first), k.hear(3, 2, second.SnapshotID))
		}),
		drops("the log came first", 1, 0, func(k *keeper, first, _ kept) error {
			return errors.Join(k.feed(20), k.fetch(first))
		}),
		drops("the log came when it was here", 1, 0, func(k *keeper, first, _ kept) error {
			return errors.Join(k.fetch(first), k.feed(20))
		}),
	)
}

func TestTheFileOfAUselessSnapshotGoes(t *testing.T) { require.NoError(t, uselessFilesGo()) }

// whatStandsStays has a snapshot come that is of no use, of an entry of which there is one that is.
func whatStandsStays() error {
	return errors.Join(
		drops("the newest is of that entry", 0, 2, func(k *keeper, first, _ kept) error {
			return errors.Join(k.feed(10), k.handle(node.TakeSnapshot("me")), k.keep(), k.feed(20), k.fetch(first))
		}),
		drops("one of that entry is being taken", 0, 2, func(k *keeper, first, _ kept) error {
			return errors.Join(k.feed(10), k.handle(node.TakeSnapshot("me")), k.fetch(first), k.feed(20), k.keep())
		}),
		drops("the log begins behind that entry", 0, 2, func(k *keeper, first, _ kept) error {
			return errors.Join(k.fetch(first), k.hear(2, 1, first.SnapshotID), k.fetch(first), k.feed(20))
		}),
		drops("the log is to begin behind that entry", 0, 2, func(k *keeper, first, _ kept) error {
			took := func(at protocol.Index) error { return errors.Join(k.feed(at), k.handle(node.TakeSnapshot("me"))) }
			room := k.room
			err := errors.Join(took(10), k.keep(), took(20))
			k.room.Sure = 511 // there is none for the record
			err = errors.Join(err, k.keep(), k.fetch(first))
			k.room = room
			return err
		}),
		drops("it comes twice", 0, 2, func(k *keeper, first, _ kept) error {
			return errors.Join(k.fetch(first), k.fetch(first), k.hear(2, 1, first.SnapshotID))
		}),
	)
}

func TestTheFileOfASnapshotThatStandsStays(t *testing.T) { require.NoError(t, whatStandsStays()) }

// logComesFirst has a replica lack a snapshot, for whatever reason, and then the log bring what it stands for: there is nothing more to be said of it.
func logComesFirst() error {
	s, err := snapshotOf(10)
	if err != nil {
		return err
	}
	for name, lack := range map[string]func(k *keeper) error{
		"nobody gives it": func(k *keeper) error {
			return errors.Join(k.hear(2, 1, s.SnapshotID), k.handle(node.FetchFailed(10, errors.New("nobody gives it"))))
		},
		"it is contested": func(k *keeper) error {
			return errors.Join(k.handle(says(2, 77), says(3, 78)), k.hear(2, 1, s.SnapshotID))
		},
		"it is doubted": func(k *keeper) error {
			return errors.Join(k.hear(2, 1, s.SnapshotID), k.fetch(s), k.handle(says(3, 78)))
		},
	} {
		k, err := following(interval(1 << 30))
		if err := errors.Join(err, k.feed(3), lack(k), k.feed(9)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if k.replica.Status().FetchErr == nil {
			return fmt.Errorf("%s: it is not said, and the log has not all yet", name)
		}
		if err := k.feed(10); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := k.replica.Status().FetchErr; err != nil {
			return fmt.Errorf("%s: it is still said, and the log has come: %w", name, err)
		}
	}
	return nil
}

func TestWhatTheLogHasBroughtIsNotLacked(t *testing.T) { require.NoError(t, logComesFirst()) }
