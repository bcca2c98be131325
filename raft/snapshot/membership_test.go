package snapshot_test

// Goal: a snapshot says who decides at its index, as it was told, and is another one where others decide. Method: tables; files that
// differ in that alone.

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// under makes the file of the snapshot of entry 30 with who decides there.
func under(m snapshot.Membership) (snapshot.Header, []byte, error) {
	fs := crashfs.New(0)
	s, err := snapshot.Open(configOn(fs))
	if err != nil {
		return snapshot.Header{}, nil, err
	}
	w, err := s.CreateUnder(30, 1, 1, m)
	if err != nil {
		return snapshot.Header{}, nil, err
	}
	if _, err := w.Write(bodyOf(30)); err != nil {
		return snapshot.Header{}, nil, err
	}
	h, err := w.Commit()
	return h, fs.Image()[nameOf(30)], err
}

var (
	three = protocol.Configuration{Voters: 0b1110}
	four  = protocol.Configuration{Voters: 0b1110, Next: 0b11110}
)

// membersComeBack reads who decides before the body, and after it.
func membersComeBack() error {
	for _, m := range []snapshot.Membership{
		{}, {Configuration: three}, {Configuration: three, Members: []byte("a")},
		{Configuration: four, Members: bytes.Repeat([]byte("members "), snapshot.MaxMembersBytes/8)},
	} {
		_, file, err := under(m)
		if err != nil {
			return err
		}
		s, err := snapshot.Open(configOn(crashfs.Load(crashfs.Image{nameOf(30): file}, 0)))
		if err != nil {
			return err
		}
		for _, after := range []bool{false, true} {
			if err := comesBack(s, m, after); err != nil {
				return err
			}
		}
	}
	return nil
}

func comesBack(s *snapshot.Store, m snapshot.Membership, after bool) error {
	in, err := s.Load(30)
	if err != nil {
		return err
	}
	defer in.Close()
	if !after {
		if err := isUnder(in, m); err != nil {
			return err
		}
	}
	body, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(body, bodyOf(30)) {
		return violation("behind the members %d bytes are read, %w", len(body), said(err))
	}
	return isUnder(in, m)
}

func TestWhoDecidesComesBack(t *testing.T) { require.NoError(t, membersComeBack()) }

// configurationsDiffer makes snapshots that differ in who decides alone, and lays the blocks of one behind the header of another.
func configurationsDiffer() error {
	all := []snapshot.Membership{
		{Configuration: three, Members: []byte("a")}, {Configuration: four, Members: []byte("a")}, {Configuration: three, Members: []byte("b")},
		{Configuration: three, Members: nil}, {Configuration: three, Members: bodyOf(30)[:1]}, {},
	}
	for k, m := range all {
		h, file, err := under(m)
		if err != nil {
			return err
		}
		for _, o := range all[k+1:] {
			other, mixed, err := under(o)
			if err != nil {
				return err
			}
			if h.MembershipDigest == other.MembershipDigest || h.Digest != other.Digest {
				return violation("under %v and under %v the digest is %x, and of the same body %x and %x", m, o, h.MembershipDigest, h.Digest, other.Digest)
			}
			if len(file) != len(mixed) {
				continue
			}
			if err := refused(30, slices.Concat(file[:snapshot.HeaderBytes], mixed[snapshot.HeaderBytes:])); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestASnapshotUnderOthersIsAnother(t *testing.T) { require.NoError(t, configurationsDiffer()) }

func TestASnapshotUnderOthersDoesNotTakeItsPlace(t *testing.T) {
	_, file, err := under(snapshot.Membership{Configuration: three})
	require.NoError(t, err)
	s, err := snapshot.Open(configOn(crashfs.Load(crashfs.Image{nameOf(30): file}, 0)))
	require.NoError(t, err)
	w, err := s.CreateUnder(30, 1, 1, snapshot.Membership{Configuration: four})
	require.NoError(t, err)
	_, err = w.Write(bodyOf(30))
	require.NoError(t, err)
	_, err = w.Commit()
	require.ErrorIs(t, err, snapshot.ErrDiffers)
}

func TestASnapshotUnderNobodyIsNotMade(t *testing.T) {
	s, err := snapshot.Open(configOn(crashfs.New(0)))
	require.NoError(t, err)
	h, _, err := under(snapshot.Membership{Configuration: three, Members: []byte("a")})
	require.NoError(t, err)
	for _, m := range []snapshot.Membership{
		{Members: []byte("a")}, {Configuration: protocol.Configuration{Learners: 2}}, {Configuration: protocol.Configuration{Voters: 1}},
		{Configuration: three, Members: make([]byte, snapshot.MaxMembersBytes+1)},
	} {
		_, err := s.CreateUnder(30, 1, 1, m)
		require.Error(t, err)
		h.Configuration, h.MembersBytes = m.Configuration, uint64(len(m.Members))
		_, err = snapshot.ParseHeader(h.Encode())
		require.ErrorIs(t, err, snapshot.ErrRejected)
	}
	w, err := s.Create(30, 1, 1)
	require.NoError(t, err, "nobody holds the place")
	w.Abort()
}
