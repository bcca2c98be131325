package wal_test

// Goal: a log says who decides at its base and from then on, nothing else than it said before, and what it does not know it does not
// guess. Method: tables of records; members of the largest size; every sector of the record that a log was made with zeroed.

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestABaseIsUnderWhatTheLogSays(t *testing.T) { require.NoError(t, admitMemberships()) }

// admitMemberships appends to a log of 9 entries, each third of which says who decides, from the second on, that is committed to 5.
func admitMemberships() error {
	under := func(k protocol.Index, size int) *wal.Membership {
		return &wal.Membership{Configuration: votersAt(k), Members: text(size)}
	}
	said := wal.Entry{Term: 4, Value: protocol.Configured, Configuration: votersAt(40), Payload: text(5)}
	for name, c := range map[string]struct {
		rec  wal.Record
		want error
	}{
		"as the log says":                   {wal.Record{Commit: 5, Base: 4, BaseTerm: 2}, nil},
		"as it is said again":               {wal.Record{Commit: 5, Base: 4, BaseTerm: 2, Under: under(2, 20)}, nil},
		"as an entry at it says":            {wal.Record{Commit: 5, Base: 5, BaseTerm: 2, Under: under(5, 0)}, nil},
		"as an entry says that comes":       {wal.Record{Commit: 10, Log: true, Prev: 9, Entries: []wal.Entry{said}, Base: 10, BaseTerm: 4, Under: under(40, 5)}, nil},
		"as was said before one that comes": {wal.Record{Commit: 9, Log: true, Prev: 9, Entries: []wal.Entry{said}, Base: 9, BaseTerm: 3, Under: under(8, 30)}, nil},
		"of the index behind":               {wal.Record{Commit: 5, Base: 4, BaseTerm: 2, Under: under(5, 0)}, wal.ErrOrder},
		"members of the index behind":       {wal.Record{Commit: 5, Base: 4, BaseTerm: 2, Under: under(2, 0)}, wal.ErrOrder},
		"of the index before":               {wal.Record{Commit: 5, Base: 5, BaseTerm: 2, Under: under(2, 20)}, wal.ErrOrder},
		"a base that says nothing":          {wal.Record{Commit: 5, Base: 4, BaseTerm: 2, Under: &wal.Membership{}}, wal.ErrOrder},
		"without a base":                    {wal.Record{Commit: 5, Under: under(2, 20)}, wal.ErrOrder},
		"a snapshot's own":                  {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4, Under: under(9, 9)}, nil},
		"a snapshot's, and an entry's":      {wal.Record{Commit: 21, Log: true, Prev: 20, Base: 20, BaseTerm: 4, Under: under(9, 9), Entries: []wal.Entry{said}}, nil},
		"a snapshot in place of a conflict": {wal.Record{Commit: 8, Log: true, Prev: 8, Base: 8, BaseTerm: 4, Under: under(9, 9)}, nil},
		"a snapshot of the committed":       {wal.Record{Commit: 5, Log: true, Prev: 5, Base: 5, BaseTerm: 2, Under: under(5, 0)}, nil},
		"another of the committed":          {wal.Record{Commit: 5, Log: true, Prev: 5, Base: 5, BaseTerm: 2, Under: under(9, 9)}, wal.ErrOrder},
		"a snapshot that says nothing":      {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4}, wal.ErrOrder},
		"what nobody makes":                 {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4, Under: &wal.Membership{Configuration: protocol.Configuration{Learners: 2}}}, wal.ErrOrder},
		"members of nobody":                 {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4, Under: &wal.Membership{Members: text(3)}}, wal.ErrOrder},
		"members without end":               {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4, Under: under(9, 4000)}, wal.ErrTooLarge},
		"an entry that nobody makes": {wal.Record{Commit: 5, Log: true, Prev: 9, Entries: []wal.Entry{
			{Term: 4, Value: protocol.Configured, Configuration: protocol.Configuration{Voters: 1}}}}, wal.ErrOrder},
		"an entry that says nothing": {wal.Record{Commit: 5, Log: true, Prev: 9, Entries: []wal.Entry{{Term: 4, Value: protocol.Configured}}}, wal.ErrOrder},
		"a command that says who decides": {wal.Record{Commit: 5, Log: true, Prev: 9, Entries: []wal.Entry{
			{Term: 4, Value: protocol.Command, Configuration: votersAt(1)}}}, wal.ErrOrder},
	} {
		if err := admitMembership(c.rec, c.want); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func admitMembership(rec wal.Record, want error) error {
	r := configured(crashfs.New(0))
	if err := r.openAndPlay([]step{preallocate, configure(1, 20), configure(2, 0), configure(3, 30), sync}); err != nil {
		return err
	}
	rec.Mark, rec.Term = r.records[len(r.records)-1].Mark+1, 4
	five := wal.Record{Mark: rec.Mark, Term: 4, Commit: 5}
	rec.Mark++
	if err := r.log.Append(&five); err != nil {
		return err
	}
	r.records = append(r.records, five)
	err := r.log.Append(&rec)
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		return violation("%+v was appended with error %v, want %v", rec, err, want)
	}
	if err == nil {
		r.records = append(r.records, rec)
	}
	if err := r.play([]step{sync, func(r *replica) error { return r.checkReads(r.fold()) }}); err != nil {
		return err
	}
	return r.survive(0)
}

func TestMembersOfTheLargestSizeComeBack(t *testing.T) {
	r := configured(crashfs.New(0))
	r.segment = 1 << 20
	r.first.Members = text(wal.MaxMembersBytes)
	require.NoError(t, r.openAndPlay([]step{reopen, configure(1, wal.MaxMembersBytes), compact(1), sync, reopen, configure(2, 3), sync}))
	require.NoError(t, r.survive(0))
	most := wal.Record{Log: true, Prev: r.last(), Entries: []wal.Entry{
		{Term: 9, Value: protocol.Configured, Configuration: votersAt(1), Payload: text(wal.MaxMembersBytes + 1)}}}
	require.ErrorIs(t, r.append(most), wal.ErrTooLarge)
	small := configured(crashfs.New(0))
	small.first.Members = text(4000)
	require.ErrorIs(t, small.open(), wal.ErrTooLarge)
	cfg := configOn(crashfs.New(0))
	cfg.First = &wal.Membership{Configuration: votersAt(1), Members: text(wal.MaxMembersBytes + 1)}
	_, _, err := wal.Open(cfg)
	require.ErrorIs(t, err, wal.ErrTooLarge)
}

// A log of many entries that say who decides keeps those of the entries above its base, and no more.
func TestRoomForABaseIsWhatItSays(t *testing.T) {
	r := configured(crashfs.New(0))
	r.segment = 1 << 20
	require.NoError(t, r.openAndPlay([]step{configure(1, 1000), sync}))
	for _, size := range []int{0, 1, 7, 8, 9, 1000} {
		before := r.log.Room().Sure
		require.NoError(t, r.play([]step{configure(1, size)}))
		took := before - r.log.Room().Sure
		require.LessOrEqual(t, took, wal.RecordBytes(3, 10+size)+wal.ConfiguredBytes)
		require.Greater(t, took, wal.RecordBytes(3, 10+size)+wal.ConfiguredBytes-8)
		before = r.log.Room().Sure
		require.NoError(t, r.play([]step{compact(1)}))
		require.LessOrEqual(t, before-r.log.Room().Sure, wal.RecordBytes(0, 0)+wal.BaseBytes(size))
		require.Greater(t, before-r.log.Room().Sure, wal.RecordBytes(0, 0)+wal.BaseBytes(size)-8)
	}
}

func TestTheRecordThatALogWasMadeWithIsNeverTorn(t *testing.T) { require.NoError(t, zeroFirst()) }

// zeroFirst zeroes the sectors of a log's first record, and all behind: a log of nothing else, and one of a record more.
func zeroFirst() error {
	for _, more := range [][]step{nil, {entries(1, 20), sync}, {entries(1, 20), sync, vote(2, 1), sync}} {
		r := configured(crashfs.New(0))
		r.first.Members = text(1200)
		if err := r.openAndPlay(more); err != nil {
			return err
		}
		image := r.fs.Image()
		for from := 512; from < 512+72+48+1200; from += 512 {
			for _, end := range []int{from + 512, testSegment} {
				err := r.openRotten(image, firstSegment, func(b []byte) { clear(b[from:end]) })
				if err != nil {
					return fmt.Errorf("%d to %d: %w", from, end, err)
				}
			}
		}
	}
	return nil
}

// A crash while a log is made leaves nothing, or the log with who decides in it; and ReadIdentity says which.
func TestALogIsMadeWithItsFirstRecordOrNotAtAll(t *testing.T) {
	first, other := configured(nil).first, &wal.Membership{Configuration: votersAt(3), Members: text(50)}
	made, notMade := 0, 0
	for call := 1; ; call++ {
		for seed := range uint64(6) {
			fs := crashfs.New(seed)
			cfg := configOn(fs)
			cfg.First = first
			fs.DieAt(call)
			_, _, err := wal.Open(cfg)
			if err == nil {
				require.Positive(t, made)
				require.Positive(t, notMade)
				return
			}
			require.NoError(t, fs.Crash(seed))
			cfg.First, cfg.Incarnation = other, 5
			id, err := wal.ReadIdentity(wal.Config{FS: fs})
			want := other
			if err == nil {
				require.Equal(t, wal.Identity{Cluster: testCluster, Node: testNode, Incarnation: testIncarnation}, id)
				want, made = first, made+1
			} else {
				require.ErrorIs(t, err, wal.ErrNoLog)
				notMade++
			}
			_, got, err := wal.Open(cfg)
			require.NoError(t, err)
			require.Equal(t, want.Configuration, got.State.Log.BaseConfiguration())
			require.Equal(t, want.Members, got.BaseMembers)
		}
	}
}

func TestTheIdentityOfAFolderIsReadBesideItsOwner(t *testing.T) {
	fs := crashfs.New(0)
	_, err := wal.ReadIdentity(wal.Config{FS: fs})
	require.ErrorIs(t, err, wal.ErrNoLog)
	r := configured(fs)
	require.NoError(t, r.openAndPlay(slices.Concat(compacted, []step{reclaim})))
	before := fs.Image()
	id, err := wal.ReadIdentity(wal.Config{FS: fs})
	require.NoError(t, err)
	require.Equal(t, wal.Identity{Cluster: testCluster, Node: testNode, Incarnation: testIncarnation}, id)
	require.True(t, sameImage(before, fs.Image()))
	fs.Rot("0000000000000004.wal", func(b []byte) { version(b, 4) })
	_, err = wal.ReadIdentity(wal.Config{FS: fs})
	require.ErrorIs(t, err, wal.ErrVersion)
	missing := t.TempDir() + "/missing"
	_, err = wal.ReadIdentity(wal.Config{Dir: missing})
	require.ErrorIs(t, err, wal.ErrNoLog)
	require.NoDirExists(t, missing)
}

func TestTheDumpSaysWhoDecides(t *testing.T) {
	r := configured(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{configure(1, 20), compact(1), sync}))
	text := dump(t, wal.DumpOptions{FS: r.fs})
	require.Contains(t, text, "       512  mark 0 (synced 0)  term 0  vote 0  committed to 0  under {1 2 3}, 200 bytes of members\n")
	require.Contains(t, text, "  term 1  configuration {1 2 3}+{6}  20 bytes, not shown\n")
	require.Contains(t, text, "  begins behind 2 of term 1  under {1 2 3}+{6}, 20 bytes of members\n")
}
