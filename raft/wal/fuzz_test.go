package wal_test

// Goal: no bytes on disk make recovery panic, and what it accepts it accepts again. Method: segments
// with fuzzed records behind headers that are right, with their checksums as fuzzed or made right. The
// seeds are logs as crashes left them.

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func FuzzRecover(f *testing.F) {
	r := newReplica(crashfs.New(0))
	require.NoError(f, r.openAndPlay(early))
	image := r.fs.Image()
	f.Add([]byte(nil), []byte(nil), []byte(nil), false)
	f.Add(image[firstSegment][512:], image[secondSegment][512:], image["PEERS"], false)
	f.Add(image[firstSegment][512:1400], []byte(nil), []byte(nil), true)
	_, based, err := atRest([]step{entries(1, 9, 9, 9), sync, compact(1), sync, install(3, 7), sync, compact(0), sync})
	require.NoError(f, err)
	f.Add(based[firstSegment][512:], []byte(nil), []byte(nil), true) // made with a first record
	_, members, err := atRest([]step{configure(1, 30), sync, configure(2, 0), compact(2), sync, truncate(1, 2, -1), install(2, 4), configure(3, 50), sync})
	require.NoError(f, err)
	f.Add(members[firstSegment][512:], []byte(nil), []byte(nil), true)
	for call := 20; call < 80; call += 3 {
		if torn := tornImage(f, call); len(torn[firstSegment]) > 512 {
			f.Add(torn[firstSegment][512:], []byte(nil), torn["PEERS"], call%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, first, second, peers []byte, reseal bool) {
		fuzzed := crashfs.Image{
			firstSegment:  behindHeader(image[firstSegment], first, reseal),
			secondSegment: behindHeader(image[secondSegment], second, false),
			"PEERS":       image["PEERS"],
		}
		if len(peers) > 0 {
			fuzzed["PEERS"] = peers
		}
		fs := crashfs.Load(fuzzed, 0)
		dumped := wal.Dump(io.Discard, "", wal.DumpOptions{FS: fs})
		opened := openTwice(t, fs)
		require.Equal(t, opened == nil, dumped == nil, "open says %v, dump says %v", opened, dumped)
	})
}

// openTwice holds what a folder recovers to against what it recovers to once more.
func openTwice(t *testing.T, fs *crashfs.FS) error {
	log, got, err := wal.Open(configOn(fs))
	if err != nil {
		return err
	}
	require.Equal(t, log.LastIndex(), got.State.Log.LastIndex())
	base, _ := got.State.Log.Base()
	for i := base + 1; i <= log.LastIndex(); i++ {
		_, err := log.Read(i, nil)
		require.NoError(t, err, "an entry that was recovered is read")
	}
	require.NoError(t, fs.Crash(0))
	_, again, err := wal.Open(configOn(fs))
	require.NoError(t, err, "what was accepted once")
	require.False(t, again.Torn)
	got.Torn = false
	require.Equal(t, got, again)
	return nil
}

// tornImage returns the folder after a crash in a call of the script.
func tornImage(f *testing.F, call int) crashfs.Image {
	r := newReplica(crashfs.New(uint64(call)))
	r.fs.DieAt(call)
	require.True(f, gone(r.openAndPlay(script)))
	require.NoError(f, r.fs.Crash(uint64(call)))
	return r.fs.Image()
}

// behindHeader puts bytes where the records of a segment stand, cut or padded to its size.
func behindHeader(segment, records []byte, reseal bool) []byte {
	b := make([]byte, len(segment))
	copy(b, segment[:512])
	copy(b[512:], records)
	if reseal {
		wal.Reseal(b)
	}
	return b
}

// FuzzRecoverBehindABase: the first of the segments that are left, which says itself what was before it, and the next one.
func FuzzRecoverBehindABase(f *testing.F) {
	_, image, err := atRest(append(compacted[:len(compacted):len(compacted)], reclaim))
	require.NoError(f, err)
	const fourth, fifth = "0000000000000004.wal", "0000000000000005.wal"
	f.Add(image[fourth][512:], image[fifth][512:], false)
	f.Add(image[fourth][512:], image[fifth][512:], true)
	f.Add(image[fourth][512:1000], image[fifth][512:], true)
	f.Add(image[fourth][512:], image[fifth][512:2200], true)
	f.Fuzz(func(t *testing.T, first, second []byte, reseal bool) {
		fs := crashfs.Load(crashfs.Image{
			fourth: behindHeader(image[fourth], first, reseal), fifth: behindHeader(image[fifth], second, false), "PEERS": image["PEERS"],
		}, 0)
		dumped := wal.Dump(io.Discard, "", wal.DumpOptions{FS: fs})
		opened := openTwice(t, fs)
		require.Equal(t, opened == nil, dumped == nil, "open says %v, dump says %v", opened, dumped)
	})
}
