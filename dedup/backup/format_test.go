package backup_test

// Goal: a backup is read back exactly, and one that is damaged, cut, longer or of a later version is refused. Method: every bit of a small one, every
// length, and a body in pieces of any length.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/backup"
)

// small is a backup of something.
func small() []byte {
	body := bytes.Repeat([]byte("semel"), 30)
	h := backup.Header{Cluster: [16]byte{1}, Index: 2, Term: 3, Stamp: 4, BodyBytes: uint64(len(body)), Digest: sha256.Sum256(body)}
	return append(h.Encode(), body...)
}

// read reads a backup to its end.
func read(from io.Reader) (backup.Header, []byte, error) {
	r, err := backup.NewReader(from)
	if err != nil {
		return backup.Header{}, nil, err
	}
	body, err := io.ReadAll(r)
	return r.Header, body, err
}

func TestABackupIsReadBack(t *testing.T) {
	for _, pieces := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
		h, body, err := read(pieces(bytes.NewReader(small())))
		require.NoError(t, err)
		require.Equal(t, small(), append(h.Encode(), body...))
		require.EqualValues(t, len(small()), h.FileBytes())
	}
	_, _, err := read(io.MultiReader(bytes.NewReader(small()[:600]), iotest.ErrReader(errors.New("the disk"))))
	require.EqualError(t, err, "the disk")
}

func TestEveryRottenBitIsRefused(t *testing.T) {
	for bit := range 8 * len(small()) {
		rotten := small()
		rotten[bit/8] ^= 1 << (bit % 8)
		_, _, err := read(bytes.NewReader(rotten))
		require.ErrorIs(t, err, backup.ErrDamaged, "bit %d", bit)
	}
}

func TestABackupThatIsCutOrGoesOnIsRefused(t *testing.T) {
	whole := small()
	for length := range whole {
		_, _, err := read(bytes.NewReader(whole[:length]))
		require.ErrorIs(t, err, backup.ErrDamaged, "%d bytes", length)
	}
	_, _, err := read(bytes.NewReader(append(whole, 0)))
	require.ErrorContains(t, err, "it goes on behind its end")
}

func TestALaterVersionIsToldFromDamage(t *testing.T) {
	later := small()
	binary.LittleEndian.PutUint64(later[8:], 2)
	binary.LittleEndian.PutUint32(later[508:], crc32.Checksum(later[:508], crc32.MakeTable(crc32.Castagnoli)))
	_, _, err := read(bytes.NewReader(later))
	require.ErrorIs(t, err, backup.ErrVersion)
	require.ErrorContains(t, err, "it is of version 2, this program reads 1")
}
