package wal_test

// Goal: bytes that were durable and changed are never served and never taken for a torn tail. Method:
// every byte of a log at rest is changed in turn, and every sector zeroed; the log must then refuse,
// or hold all that it held.

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryRottenByteIsRefused(t *testing.T) { require.NoError(t, rotEverywhere()) }

func TestNoRottenByteIsServed(t *testing.T) { require.NoError(t, rotWhileOpen()) }

// atRest plays steps and returns the history with the folder; all is synced.
func atRest(steps []step) (*replica, crashfs.Image, error) {
	r := configured(crashfs.New(0))
	err := r.openAndPlay(steps)
	return r, r.fs.Image(), err
}

// rotEverywhere: of a log from its very first record on, and of one whose first segments are gone.
func rotEverywhere() error {
	return errors.Join(rotAll(early, ""), rotAll(script, "PEERS"))
}

func rotAll(steps []step, but string) error {
	r, image, err := atRest(steps)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, name := range slices.DeleteFunc(sortedNames(image), func(name string) bool { return name == but }) {
		for off := range image[name] {
			rotten := flip(1 << rng.IntN(8))
			if off%7 == 0 {
				rotten = overwrite(rng)
			}
			if err := r.openRotten(image, name, func(b []byte) { rotten(b[off:]) }); err != nil {
				return fmt.Errorf("%s at offset %d: %w", name, off, err)
			}
		}
	}
	return nil
}

func sortedNames(image crashfs.Image) (names []string) {
	for name := range image {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func flip(bits byte) func(b []byte) { return func(b []byte) { b[0] ^= bits } }

// overwrite puts up to 300 bytes of noise, none of them 0, over what is there.
func overwrite(rng *rand.Rand) func(b []byte) {
	noise := make([]byte, 1+rng.IntN(300))
	for k := range noise {
		noise[k] = byte(1 + rng.IntN(255))
	}
	return func(b []byte) { copy(b, noise) }
}

// openRotten opens a copy of the folder with a change in it. Nothing of the history may be missing.
func (r *replica) openRotten(image crashfs.Image, name string, change func(b []byte)) error {
	copied := newReplica(crashfs.Load(image, 0))
	copied.records, copied.durable, copied.peers, copied.condemned = r.records, len(r.records), r.peers, r.condemned
	copied.starts, copied.began, copied.first = r.starts, slices.Clone(r.began), r.first
	copied.fs.Rot(name, change)
	before := copied.fs.Image()
	err := copied.open()
	switch {
	case errors.Is(err, wal.ErrDamaged):
		return wholeError(err, before, copied.fs.Image())
	case err != nil:
		return violation("rot is neither refused as damage nor harmless: %w", err)
	}
	return nil
}

// wholeError checks that the refusal says where, and left the folder alone.
func wholeError(err error, before, after crashfs.Image) error {
	var damage *wal.DamageError
	if !errors.As(err, &damage) || damage.File == "" || damage.Reason == "" {
		return violation("damage without a place: %v", err)
	}
	for name := range before {
		if !bytes.Equal(before[name], after[name]) {
			return violation("%s was changed although the log was refused", name)
		}
	}
	return nil
}

// rotWhileOpen changes bytes under an open log and reads every entry.
func rotWhileOpen() error {
	r, image, err := atRest(script)
	if err != nil {
		return err
	}
	want := r.fold()
	for _, name := range sortedNames(image) {
		for off := range image[name] {
			r.fs.Rot(name, func(b []byte) { b[off] ^= 0x10 })
			if err := r.readRotten(want); err != nil {
				return fmt.Errorf("%s at offset %d: %w", name, off, err)
			}
			r.fs.Rot(name, func(b []byte) { b[off] ^= 0x10 })
		}
	}
	return nil
}

func (r *replica) readRotten(log folded) error {
	want := log.entries
	for k := int(log.base); k < len(want); k++ {
		i, e := protocol.Index(k+1), want[k]
		got, err := r.log.Read(i, nil)
		if err := soundOrRefused(i, e, got, err); err != nil {
			return err
		}
		stretch, err := r.log.ReadStretch(i, i+1, 1<<20)
		for n, got := range stretch {
			if err := soundOrRefused(i+protocol.Index(n), want[k+n], got, err); err != nil {
				return err
			}
		}
		if err != nil && !errors.Is(err, wal.ErrDamaged) {
			return violation("entries from %d on: %w", i, err)
		}
	}
	return nil
}

func soundOrRefused(i protocol.Index, want, got wal.Entry, err error) error {
	switch {
	case errors.Is(err, wal.ErrDamaged):
	case err != nil:
		return violation("entry %d: %w", i, err)
	case !sameEntry(got, want):
		return violation("entry %d was served and is not what was written", i)
	}
	return nil
}

// A sector that reads as zero looks like one never written; only a later record tells it apart. The
// last record begins in the sector at 2048: before that all is said to be synced.
func TestAZeroedSectorIsDamageWhereALaterRecordSaysItWasSynced(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 900), sync, entries(1, 900), sync, entries(1, 900), sync}))
	image := r.fs.Image()
	zero := func(from int) func(b []byte) { return func(b []byte) { clear(b[from : from+512]) } }
	for from := 512; from < 2048; from += 512 {
		err := r.openRotten(image, "0000000000000001.wal", zero(from))
		require.NoError(t, err)
	}
}

// The limit that README.md states: in the last sync nothing tells a zeroed sector from a torn write.
func TestAZeroedSectorInTheLastSyncLooksLikeACrash(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 10), sync, entries(1, 2000), sync}))
	fs := crashfs.Load(r.fs.Image(), 0)
	fs.Rot("0000000000000001.wal", func(b []byte) { clear(b[1024:1536]) })
	log, got, err := wal.Open(configOn(fs))
	require.NoError(t, err)
	require.True(t, got.Torn)
	require.EqualValues(t, 1, got.Mark)
	require.NoError(t, log.Close())
}
