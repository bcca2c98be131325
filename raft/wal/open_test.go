package wal_test

// Goal: a folder that is not this replica's whole log is refused, with an error that says so, and left
// alone. Method: a table of folders.

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const (
	firstSegment  = "0000000000000001.wal"
	secondSegment = "0000000000000002.wal"
)

func TestAFolderThatIsNotThisLogIsRefused(t *testing.T) {
	_, image, err := atRest(early)
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		change func(crashfs.Image)
		config func(*wal.Config)
		want   error
	}{
		{"another cluster", nil, func(c *wal.Config) { c.Cluster[3]++ }, wal.ErrForeign},
		{"another node", nil, func(c *wal.Config) { c.Node++ }, wal.ErrForeign},
		{"an earlier version", func(i crashfs.Image) { version(i[firstSegment], 1) }, nil, wal.ErrVersion},
		{"a later version", func(i crashfs.Image) { version(i[firstSegment], 6) }, nil, wal.ErrVersion},
		{"no first segment", func(i crashfs.Image) { delete(i, firstSegment) }, nil, wal.ErrDamaged},
		{"a segment is missing", func(i crashfs.Image) { delete(i, secondSegment) }, nil, wal.ErrDamaged},
		{"only the peers are left", func(i crashfs.Image) { keepOnly(i, "PEERS") }, nil, wal.ErrDamaged},
		{"a segment under another's name", func(i crashfs.Image) { i[firstSegment], i[secondSegment] = i[secondSegment], i[firstSegment] }, nil, wal.ErrDamaged},
		{"a segment cut short", func(i crashfs.Image) { i[firstSegment] = i[firstSegment][:2048] }, nil, wal.ErrDamaged},
		{"an empty segment", func(i crashfs.Image) { i[secondSegment] = nil }, nil, wal.ErrDamaged},
		{"a segment of an earlier life", func(i crashfs.Image) { i[secondSegment] = foreign(t)[secondSegment] }, nil, wal.ErrDamaged},
		{"peers of an earlier life", func(i crashfs.Image) { i["PEERS"] = foreign(t)["PEERS"] }, nil, wal.ErrDamaged},
		{"peers cut short", func(i crashfs.Image) { i["PEERS"] = i["PEERS"][:40] }, nil, wal.ErrDamaged},
		{"peers of one copy", func(i crashfs.Image) { i["PEERS"] = i["PEERS"][:4096] }, nil, wal.ErrDamaged},
		{"no peers, though there are records", func(i crashfs.Image) { delete(i, "PEERS") }, nil, wal.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := crashfs.Load(image, 0)
			changed, cfg := fs.Image(), configOn(nil)
			if c.change != nil {
				c.change(changed)
			}
			if c.config != nil {
				c.config(&cfg)
			}
			fs = crashfs.Load(changed, 0)
			cfg.FS = fs
			_, _, err := wal.Open(cfg)
			require.ErrorIs(t, err, c.want)
			require.True(t, sameImage(changed, fs.Image()))
		})
	}
}

// version writes a version into a segment's header, with the checksum that belongs to it.
func version(segment []byte, v uint64) {
	binary.LittleEndian.PutUint64(segment[8:], v)
	sum := crc32.Checksum(segment[:508], crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(segment[508:], sum)
}

func keepOnly(image crashfs.Image, name string) {
	for other := range image {
		if other != name {
			delete(image, other)
		}
	}
}

// foreign returns the folder of the same node of the same cluster after it was wiped.
func foreign(t *testing.T) crashfs.Image {
	fs := crashfs.New(0)
	cfg := configOn(fs)
	cfg.Incarnation = 77
	log, _, err := wal.Open(cfg)
	require.NoError(t, err)
	require.NoError(t, log.Preallocate())
	require.NoError(t, log.StorePeer(1, firstStart(1)))
	return fs.Image()
}

func sameImage(a, b crashfs.Image) bool {
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestAFolderIsTakenByOneProcessAtATime(t *testing.T) {
	cfg := configOn(nil)
	cfg.Dir = t.TempDir()
	log, _, err := wal.Open(cfg)
	require.NoError(t, err)
	_, _, err = wal.Open(cfg)
	require.ErrorIs(t, err, wal.ErrLocked)
	require.NoError(t, log.Close())
	log, _, err = wal.Open(cfg)
	require.NoError(t, err)
	require.NoError(t, log.Close())
}

func TestAFolderIsMadeWithItsParents(t *testing.T) {
	cfg := configOn(nil)
	cfg.Dir = t.TempDir() + "/a/b"
	cfg.Incarnation = 0
	log, got, err := wal.Open(cfg)
	require.NoError(t, err)
	require.NotZero(t, got.Incarnation)
	require.NoError(t, log.Close())
	_, again, err := wal.Open(cfg)
	require.NoError(t, err)
	require.Equal(t, got, again)
}

func TestConfigIsChecked(t *testing.T) {
	for name, change := range map[string]func(*wal.Config){
		"no folder":          func(c *wal.Config) { c.FS = nil },
		"no node":            func(c *wal.Config) { c.Node = protocol.Nil },
		"a node too high":    func(c *wal.Config) { c.Node = protocol.MaxNodeID + 1 },
		"half sectors":       func(c *wal.Config) { c.SegmentBytes = 4096 + 8 },
		"segments too small": func(c *wal.Config) { c.SegmentBytes = 1024 },
		"segments too big":   func(c *wal.Config) { c.SegmentBytes = 2 << 30 },
	} {
		cfg := configOn(crashfs.New(0))
		change(&cfg)
		_, _, err := wal.Open(cfg)
		require.ErrorContains(t, err, "wal config", name)
	}
}

func TestARecordThatDoesNotFollowIsRefusedAndNothingQueued(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{vote(3, 1), entries(3, 1, 2), entries(3)}))
	mark, term := r.records[2].Mark, protocol.Term(3)
	require.EqualValues(t, 1, r.commit())
	one := []wal.Entry{entry(3, nil)}
	for name, c := range map[string]struct {
		rec  wal.Record
		want error
	}{
		"the same mark":           {wal.Record{Mark: mark, Term: term, Commit: 1}, wal.ErrOrder},
		"an earlier term":         {wal.Record{Mark: mark + 1, Term: term - 1, Commit: 1}, wal.ErrOrder},
		"a vote for nobody":       {wal.Record{Mark: mark + 1, Term: term, Vote: 64, Commit: 1}, wal.ErrOrder},
		"a gap":                   {wal.Record{Mark: mark + 1, Term: term, Log: true, Prev: 3, Entries: one, Commit: 1}, wal.ErrOrder},
		"entries beside the log":  {wal.Record{Mark: mark + 1, Term: term, Entries: one, Commit: 1}, wal.ErrOrder},
		"committed less":          {wal.Record{Mark: mark + 1, Term: term}, wal.ErrOrder},
		"committed beyond":        {wal.Record{Mark: mark + 1, Term: term, Commit: 3}, wal.ErrOrder},
		"a cut of the committed":  {wal.Record{Mark: mark + 1, Term: term, Log: true, Entries: one, Commit: 1}, wal.ErrOrder},
		"too large":               {wal.Record{Mark: mark + 1, Term: term, Log: true, Prev: 2, Entries: []wal.Entry{entry(3, text(testSegment))}, Commit: 1}, wal.ErrTooLarge},
		"a term without bound":    {wal.Record{Mark: mark + 1, Term: protocol.MaxTerm + 1, Commit: 1}, wal.ErrOrder},
		"an entry of such a term": {wal.Record{Mark: mark + 1, Term: term, Log: true, Prev: 2, Entries: []wal.Entry{entry(protocol.MaxTerm+1, nil)}, Commit: 1}, wal.ErrOrder},
	} {
		require.ErrorIs(t, r.log.Append(&c.rec), c.want, name)
	}
	require.NoError(t, r.play([]step{sync, entries(4, 9), sync}))
	require.NoError(t, r.survive(0))
}

func TestTheLargestRecordFillsASegment(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{vote(1, 1), largest, sync, largest, sync, vote(1, 1), sync}))
	require.NoError(t, r.survive(0))
}

func TestAnEmptySegmentOfAnEarlierSizeIsMadeAgain(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{vote(1, 1), sync, preallocate}))
	r.segment *= 2
	require.NoError(t, r.play([]step{reopen, largest, sync}))
	require.NoError(t, r.survive(0))
}

func TestASegmentWhoseFirstRecordIsTornIsMadeAgain(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 3000), sync, entries(1, 3000), sync}))
	r.fs.Rot(secondSegment, func(b []byte) { clear(b[1024:1536]) })
	r.durable, r.segment = 1, 2*r.segment
	require.NoError(t, r.survive(0))
	require.NoError(t, r.play([]step{largest, sync}), "goes into the second segment, not past it")
	require.NoError(t, r.survive(0))
}

func TestAPeerKeepsItsIncarnation(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	require.Zero(t, r.log.Peer(3))
	require.NoError(t, r.storePeer(3, 30))
	calls := r.fs.Calls()
	require.NoError(t, r.storePeer(3, 30))
	require.Equal(t, calls, r.fs.Calls(), "the same again costs nothing")
	require.ErrorIs(t, r.log.StorePeer(3, firstStart(31)), wal.ErrIncarnation)
	require.Error(t, r.log.StorePeer(protocol.Nil, firstStart(31)))
	require.NoError(t, r.survive(0))
	require.EqualValues(t, 30, r.log.Peer(3))
}

func TestEntriesAreReadBeforeTheyAreWritten(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 5, 6), zeros(2000), entries(1, 3000), truncate(1, 2, 7)}))
	want := fold(r.records)
	calls := r.fs.Calls()
	require.NoError(t, r.checkReads(want))
	require.Equal(t, calls, r.fs.Calls(), "what is queued is read from memory")
}

func TestOneWriteAndOneSyncForAllThatQueued(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 5), vote(2, 1), entries(2, 600)}))
	calls := r.fs.Calls()
	require.NoError(t, r.sync())
	require.Equal(t, calls+2, r.fs.Calls())
	require.NoError(t, r.sync())
	require.Equal(t, calls+2, r.fs.Calls(), "a sync of nothing does nothing")
}

func TestASegmentMadeAheadSparesTheSync(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{entries(1, 3000), sync, preallocate, entries(1, 3000)}))
	calls := r.fs.Calls()
	require.NoError(t, r.play([]step{sync, preallocate}))
	require.NoError(t, r.play([]step{preallocate}))
	require.Equal(t, calls+2+6, r.fs.Calls(), "a write and a sync; making the next one is six calls, once")
}
