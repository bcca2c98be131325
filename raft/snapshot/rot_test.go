package snapshot_test

// Goal: bytes that changed are never given out, a body that is not what was written never ends well, and what is refused is
// told with its place. Method: every byte of a folder at rest is changed in turn; files are cut and made longer; blocks trade
// places, within a file and between files; files are made whose checksums are right and whose digests are not.

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// folderOf returns a folder of whole snapshots.
func folderOf(indices ...protocol.Index) crashfs.Image {
	image := crashfs.Image{}
	for _, index := range indices {
		image[nameOf(index)] = fileOf(index)
	}
	return image
}

// with returns a copy of the folder in which a file is another.
func with(image crashfs.Image, name string, b []byte) crashfs.Image {
	changed := crashfs.Image{name: b}
	for n, there := range image {
		if n != name {
			changed[n] = there
		}
	}
	return changed
}

func rotEverywhere() error {
	for _, index := range []protocol.Index{50, 30, 10, 20} {
		file := fileOf(index)
		for off := range file {
			for _, bits := range []byte{1 << (off % 8), 0xFF} {
				rotten := slices.Clone(file)
				rotten[off] ^= bits
				if err := refused(index, rotten); err != nil {
					return fmt.Errorf("snapshot %d, byte %d: %w", index, off, err)
				}
			}
		}
	}
	return nil
}

// refused opens a folder of two snapshots, of which one is not what was written, and reads that: it must be refused with
// its place, and no byte given out that is not the body's.
func refused(index protocol.Index, rotten []byte) error {
	fs := crashfs.Load(with(folderOf(5, index), nameOf(index), rotten), 0)
	s, err := snapshot.Open(configOn(fs))
	if err != nil {
		return violation("a damaged snapshot keeps the folder shut: %w", err)
	}
	got, err := read(s, index)
	var damage *snapshot.DamageError
	switch {
	case !bytes.HasPrefix(bodyOf(index), got):
		return violation("%d bytes were given out, not all of them the body's", len(got))
	case !errors.As(err, &damage) || !errors.Is(err, snapshot.ErrDamaged):
		return violation("what is not what was written is read to its end, with %w", said(err))
	case damage.File != nameOf(index) || damage.Offset < 0 || damage.Offset > int64(len(rotten)) || damage.Reason == "":
		return violation("damage without a place: %w", err)
	}
	return refusedFromNowOn(fs, s, index)
}

// refusedFromNowOn checks what a store says of a snapshot that it has found damaged, and of the others.
func refusedFromNowOn(fs *crashfs.FS, s *snapshot.Store, index protocol.Index) error {
	calls := fs.Calls()
	_, loadErr := s.Load(index)
	_, sourceErr := s.Source(index)
	for _, err := range []error{loadErr, sourceErr, s.Verify(index), s.List()[0].Err} {
		if !errors.Is(err, snapshot.ErrDamaged) {
			return violation("damage that was found is forgotten: %w", said(err))
		}
	}
	if fs.Calls() != calls {
		return violation("damage that is known is read again")
	}
	if body, err := read(s, 5); err != nil || !bytes.Equal(body, bodyOf(5)) {
		return violation("the other snapshot can't be read: %w", said(err))
	}
	return nil
}

// read returns what is given out of a body, and the error that ends it, nil for io.EOF.
func read(s *snapshot.Store, index protocol.Index) ([]byte, error) {
	in, err := s.Load(index)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

func TestEveryRottenByteIsRefused(t *testing.T) { require.NoError(t, rotEverywhere()) }

func cutAndExtend() error {
	for _, index := range []protocol.Index{50, 10, 20} {
		file := fileOf(index)
		for n := range file {
			if err := refused(index, file[:n]); err != nil {
				return fmt.Errorf("snapshot %d cut to %d bytes: %w", index, n, err)
			}
		}
		for _, n := range []int{1, 4, 5, testBlock, 3 * testBlock} {
			if err := refused(index, append(slices.Clone(file), make([]byte, n)...)); err != nil {
				return fmt.Errorf("snapshot %d with %d bytes more: %w", index, n, err)
			}
		}
	}
	return nil
}

func TestAFileThatIsShorterOrLongerIsRefused(t *testing.T) { require.NoError(t, cutAndExtend()) }

// A file that is cut while it is open was whole when it was opened.
func TestAFileThatIsCutWhileItIsReadIsRefused(t *testing.T) {
	s, err := snapshot.Open(snapshot.Config{FS: cut{crashfs.Load(folderOf(30), 0), 1100}, Cluster: testCluster})
	require.NoError(t, err)
	got, err := read(s, 30)
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	require.Equal(t, bodyOf(30)[:testBlock-4], got)
}

const firstBlock, secondBlock = snapshot.HeaderBytes, snapshot.HeaderBytes + testBlock

// blocksTradePlaces puts blocks where they do not belong: the same file's, and another snapshot's at the same place.
func blocksTradePlaces() error {
	file := fileOf(30)
	swapped := slices.Clone(file)
	copy(swapped[firstBlock:], file[secondBlock:][:testBlock])
	copy(swapped[secondBlock:], file[firstBlock:][:testBlock])
	if err := refused(30, swapped); err != nil {
		return fmt.Errorf("blocks of a file trade places: %w", err)
	}
	for name, other := range map[string][]byte{
		"another index": fileWith(40, bodyOf(30)),
		"another block": slices.Concat(file[:firstBlock], file[secondBlock:][:testBlock], file[secondBlock:]),
	} {
		mixed := slices.Clone(file)
		copy(mixed[firstBlock:], other[firstBlock:][:testBlock])
		copy(mixed[firstBlock+testBlock-4:], other[firstBlock+testBlock-4:][:4])
		s, err := snapshot.Open(configOn(crashfs.Load(with(nil, nameOf(30), mixed), 0)))
		if err != nil {
			return err
		}
		if got, err := read(s, 30); len(got) > 0 || !errors.Is(err, snapshot.ErrDamaged) {
			return violation("%s: %d bytes of a block that belongs elsewhere were given out: %w", name, len(got), said(err))
		}
	}
	return nil
}

func TestABlockThatStandsElsewhereIsRefused(t *testing.T) { require.NoError(t, blocksTradePlaces()) }

// reseal gives a header the checksum of a whole one.
func reseal(header []byte) []byte {
	sum := crc32.Checksum(header[:508], crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(header[508:512], sum)
	return header
}

// forged returns the file of a snapshot whose blocks are those of another body of the same length, all checksums right.
func forged(index protocol.Index) []byte {
	body := bodyOf(index)
	body[0] ^= 1
	return slices.Concat(fileOf(index)[:snapshot.HeaderBytes], fileWith(index, body)[snapshot.HeaderBytes:])
}

// digestsDiffer reads and receives a file whose checksums are right and whose digest is not.
func digestsDiffer() error {
	for _, index := range []protocol.Index{30, 40} {
		file := forged(index)
		s, err := snapshot.Open(configOn(crashfs.Load(with(nil, nameOf(index), file), 0)))
		if err != nil {
			return err
		}
		if _, err := read(s, index); !errors.Is(err, snapshot.ErrDamaged) {
			return violation("a body of another digest is read to its end: %w", said(err))
		}
		if err := receiveForged(index, file); err != nil {
			return err
		}
	}
	return nil
}

func receiveForged(index protocol.Index, file []byte) error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10)}); err != nil {
		return err
	}
	in, err := r.store.Receive(context.Background(), file[:snapshot.HeaderBytes])
	if err == nil {
		err = in.Append(file[snapshot.HeaderBytes:], snapshot.HeaderBytes)
	}
	if err != nil {
		return err
	}
	if err := in.Commit(); !errors.Is(err, snapshot.ErrRejected) {
		return violation("a body of another digest is received: %w", said(err))
	}
	if err := r.play([]step{reopen, receiveAll(index)}); err != nil {
		return err
	}
	return r.survive(0)
}

func TestABodyOfAnotherDigestIsRefusedAtItsEnd(t *testing.T) { require.NoError(t, digestsDiffer()) }

// foreign opens folders that are not for this program or cluster: they stay as they are, temporary files too.
func foreign() error {
	later, another := slices.Clone(fileOf(30)), slices.Clone(fileOf(30))
	later[8]++
	another[16]++
	for want, header := range map[error][]byte{snapshot.ErrVersion: reseal(later), snapshot.ErrForeign: reseal(another)} {
		fs := crashfs.Load(with(with(folderOf(10, 50), nameOf(30), header), "own.tmp", []byte("x")), 0)
		before := fs.Image()
		_, err := snapshot.Open(configOn(fs))
		if !errors.Is(err, want) || errors.Is(err, snapshot.ErrDamaged) {
			return violation("a folder that is not ours (%w) is opened, with %w", want, said(err))
		}
		for name, b := range before {
			if !bytes.Equal(b, fs.Image()[name]) {
				return violation("%s was changed although the folder was refused", name)
			}
		}
		s, err := snapshot.Open(configOn(crashfs.New(0)))
		if err != nil {
			return err
		}
		if _, err := s.Receive(context.Background(), header[:snapshot.HeaderBytes]); !errors.Is(err, want) {
			return violation("a snapshot that is not ours (%w) is received, with %w", want, said(err))
		}
	}
	return nil
}

func TestALaterVersionAndAnotherClusterAreToldFromDamage(t *testing.T) {
	require.NoError(t, foreign())
}

func TestARottenVersionIsDamage(t *testing.T) {
	file := slices.Clone(fileOf(30))
	file[8]++ // the version, and the checksum says that this is rot
	require.NoError(t, refused(30, file))
}

func TestALeftoverThatIsNotOursGoes(t *testing.T) {
	later, another, long := slices.Clone(fileOf(30)), slices.Clone(fileOf(30)), append(slices.Clone(fileOf(30)), 0)
	later[8]++
	another[16]++
	for what, file := range map[string][]byte{
		"later": reseal(later), "another cluster's": reseal(another), "too long": long, "empty": nil, "noise": bytes.Repeat([]byte{7}, 2000),
		"old": fileOf(10)[:515],
	} {
		fs := crashfs.Load(with(folderOf(20), "received.tmp", file), 0)
		s, err := snapshot.Open(configOn(fs))
		require.NoError(t, err, what)
		_, ok := s.Partial()
		require.False(t, ok, what)
		require.NotContains(t, fs.Image(), "received.tmp", what)
	}
}
