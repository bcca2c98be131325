package snapshot_test

// Goal: no bytes, on the disk or sent, make this package panic, allocate by what they say, or end well without being the body
// of the digest in their header. Method: files and leftovers of fuzzed bytes, with the header's checksum as fuzzed or made right.

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func FuzzOpen(f *testing.F) {
	f.Add([]byte(nil), []byte(nil), false)
	f.Add(fileOf(30), fileOf(40)[:1400], false)
	f.Add(fileOf(50), fileOf(40), true)
	f.Add(forged(30), forged(40), false)
	f.Add(fileOf(30)[:600], fileOf(30)[:511], true)
	f.Fuzz(func(t *testing.T, file, partial []byte, right bool) {
		if right {
			file, partial = resealed(file), resealed(partial)
		}
		fs := crashfs.Load(crashfs.Image{nameOf(30): file, "received.tmp": partial}, 0)
		s, err := snapshot.Open(configOn(fs))
		if err != nil {
			require.True(t, errors.Is(err, snapshot.ErrVersion) || errors.Is(err, snapshot.ErrForeign), "%v", err)
			return
		}
		require.Len(t, s.List(), 1)
		readsWell(t, s, s.List()[0])
		goOn(t, s, partial)
	})
}

// resealed returns a copy whose header's checksum is right.
func resealed(file []byte) []byte {
	b := append([]byte(nil), file...)
	if len(b) >= snapshot.HeaderBytes {
		reseal(b[:snapshot.HeaderBytes])
	}
	return b
}

func readsWell(t *testing.T, s *snapshot.Store, found snapshot.Snapshot) {
	body, err := read(s, found.Index)
	if err != nil {
		require.ErrorIs(t, err, snapshot.ErrDamaged)
		return
	}
	in, err := s.Load(found.Index)
	require.NoError(t, err)
	defer in.Close()
	m, err := in.Membership()
	require.NoError(t, err)
	require.Equal(t, found.Configuration, m.Configuration)
	require.Len(t, m.Members, int(found.MembersBytes))
	require.Equal(t, found.Digest, sha256.Sum256(body))
	if m.Configuration != (protocol.Configuration{}) {
		require.Equal(t, found.MembershipDigest, sha256.Sum256(slices.Concat(found.Encode()[104:128], m.Members)))
	}
	require.Len(t, body, int(found.BodyBytes))
}

// goOn receives further what a leftover is a part of, and gets the rest of it from the fuzzed bytes again.
func goOn(t *testing.T, s *snapshot.Store, file []byte) {
	h, ok := s.Partial()
	if !ok {
		return
	}
	in, err := s.Receive(context.Background(), h.Encode())
	if err != nil {
		require.True(t, errors.Is(err, snapshot.ErrNoRoom) || errors.Is(err, snapshot.ErrDiffers), "%v", err)
		return
	}
	off := in.Offset()
	require.LessOrEqual(t, off, int64(len(file)), "what is there is taken for received, no more")
	if err := in.Append(file[off:], off); err != nil {
		require.ErrorIs(t, err, snapshot.ErrRejected)
	}
	if err := in.Commit(); err != nil {
		require.True(t, errors.Is(err, snapshot.ErrRejected) || errors.Is(err, snapshot.ErrIncomplete), "%v", err)
		in.Abort()
		return
	}
	require.NoError(t, s.Verify(h.Index))
}

func FuzzReceive(f *testing.F) {
	f.Add(fileOf(30)[:512], fileOf(30)[512:], uint16(7), false)
	f.Add(forged(30)[:512], forged(30)[512:], uint16(700), false)
	f.Add(fileOf(50), []byte(nil), uint16(0), true)
	f.Fuzz(func(t *testing.T, header, rest []byte, piece uint16, right bool) {
		if right {
			header = resealed(header)
		}
		s, err := snapshot.Open(configOn(crashfs.New(0)))
		require.NoError(t, err)
		in, err := s.Receive(context.Background(), header)
		if err != nil {
			return
		}
		for off := int64(0); off < int64(len(rest)) && err == nil; off += int64(piece) + 1 {
			end := min(off+int64(piece)+1, int64(len(rest)))
			err = in.Append(rest[off:end], snapshot.HeaderBytes+off)
		}
		if errors.Join(err, in.Commit()) != nil {
			return
		}
		found, ok := s.Received()
		require.True(t, ok)
		readsWell(t, s, found)
	})
}
