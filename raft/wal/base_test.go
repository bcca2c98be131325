package wal_test

// Goal: a log that begins behind a base is the same log, with less of it; what a base does not cover never goes, and what is
// missing without one is damage. Method: tables of records and of folders.

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestABaseIsAdmittedOnlyWhereItIsCommittedAndRises(t *testing.T) {
	require.NoError(t, admitBases())
}

// admitBases appends to a log of 8 entries, of terms 1, 1, 1, 1, 3, 3, 3, 3, that begins behind 2 and is committed to 5.
func admitBases() error {
	three := []wal.Entry{entry(3, nil), entry(3, nil), entry(4, nil)}
	for name, c := range map[string]struct {
		rec  wal.Record
		want error
	}{
		"the base again":                         {wal.Record{Commit: 5, Base: 2, BaseTerm: 1}, wal.ErrOrder},
		"a base that falls":                      {wal.Record{Commit: 5, Base: 1, BaseTerm: 1}, wal.ErrOrder},
		"a term without a base":                  {wal.Record{Commit: 5, BaseTerm: 1}, wal.ErrOrder},
		"within the log":                         {wal.Record{Commit: 5, Base: 4, BaseTerm: 1}, nil},
		"up to what is committed":                {wal.Record{Commit: 5, Base: 5, BaseTerm: 3}, nil},
		"up to what is committed now":            {wal.Record{Commit: 8, Base: 8, BaseTerm: 3}, nil},
		"beyond what is committed":               {wal.Record{Commit: 5, Base: 6, BaseTerm: 3}, wal.ErrOrder},
		"of another term":                        {wal.Record{Commit: 5, Base: 4, BaseTerm: 2}, wal.ErrOrder},
		"of a later term than the record":        {wal.Record{Commit: 9, Log: true, Prev: 9, Base: 9, BaseTerm: 5}, wal.ErrOrder},
		"beyond the log":                         {wal.Record{Commit: 8, Base: 9, BaseTerm: 3}, wal.ErrOrder},
		"a snapshot beyond the log":              {wal.Record{Commit: 20, Log: true, Prev: 20, Base: 20, BaseTerm: 4}, nil},
		"a snapshot and what follows":            {wal.Record{Commit: 21, Log: true, Prev: 20, Entries: three, Base: 20, BaseTerm: 4}, nil},
		"a snapshot that replaces a conflict":    {wal.Record{Commit: 7, Log: true, Prev: 7, Entries: three, Base: 7, BaseTerm: 4}, nil},
		"a snapshot of what the log has":         {wal.Record{Commit: 7, Log: true, Prev: 7, Base: 7, BaseTerm: 3}, nil},
		"a snapshot not committed":               {wal.Record{Commit: 5, Log: true, Prev: 7, Base: 7, BaseTerm: 4}, wal.ErrOrder},
		"a snapshot of the committed":            {wal.Record{Commit: 5, Log: true, Prev: 5, Base: 5, BaseTerm: 3}, nil},
		"one of another term":                    {wal.Record{Commit: 5, Log: true, Prev: 5, Base: 5, BaseTerm: 2}, wal.ErrOrder},
		"a snapshot that cuts the committed":     {wal.Record{Commit: 5, Log: true, Prev: 4, Base: 4, BaseTerm: 1}, wal.ErrOrder},
		"a cut below the base":                   {wal.Record{Commit: 5, Log: true, Prev: 1}, wal.ErrOrder},
		"entries, then a base among the kept":    {wal.Record{Commit: 6, Log: true, Prev: 6, Entries: three, Base: 6, BaseTerm: 3}, nil},
		"entries, then a base below them":        {wal.Record{Commit: 6, Log: true, Prev: 8, Entries: three, Base: 6, BaseTerm: 3}, nil},
		"entries, then a base among them":        {wal.Record{Commit: 9, Log: true, Prev: 6, Entries: three, Base: 9, BaseTerm: 4}, nil},
		"entries, then a base of another term":   {wal.Record{Commit: 9, Log: true, Prev: 6, Entries: three, Base: 9, BaseTerm: 3}, wal.ErrOrder},
		"entries behind a gap, and a base":       {wal.Record{Commit: 10, Log: true, Prev: 9, Entries: three, Base: 10, BaseTerm: 3}, wal.ErrOrder},
		"a base behind the end of the entries":   {wal.Record{Commit: 10, Log: true, Prev: 6, Entries: three, Base: 10, BaseTerm: 4}, wal.ErrOrder},
		"a base beyond what an index can be":     {wal.Record{Commit: protocol.MaxIndex + 1, Log: true, Prev: protocol.MaxIndex + 1, Base: protocol.MaxIndex + 1, BaseTerm: 4}, wal.ErrOrder},
		"a base beyond all numbers":              {wal.Record{Commit: 1<<64 - 1, Log: true, Prev: 1<<64 - 1, Entries: three, Base: 1<<64 - 1, BaseTerm: 4}, wal.ErrOrder},
		"a base in a record that does not fit":   {wal.Record{Commit: 8, Log: true, Prev: 8, Entries: []wal.Entry{entry(3, text(testSegment-512-72-17))}, Base: 8, BaseTerm: 3}, wal.ErrTooLarge},
		"a base in the largest record that fits": {wal.Record{Commit: 8, Log: true, Prev: 8, Entries: []wal.Entry{entry(3, text(testSegment-512-72-17-48-7))}, Base: 8, BaseTerm: 3}, nil},
	} {
		if err := admitBase(c.rec, c.want); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func admitBase(rec wal.Record, want error) error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{preallocate, entries(1, 1, 2, 3, 4), compact(2), entries(3, 1, 2, 3, 4), sync}); err != nil {
		return err
	}
	rec.Mark, rec.Term = r.records[len(r.records)-1].Mark+1, 4
	five := wal.Record{Mark: rec.Mark, Term: 4, Commit: 5}
	if err := r.log.Append(&five); err != nil {
		return err
	}
	rec.Mark++
	err := r.log.Append(&rec)
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		return violation("%+v was appended with error %v, want %v", rec, err, want)
	}
	r.records = append(r.records, five)
	if err == nil {
		r.records = append(r.records, rec)
	}
	if err := r.play([]step{sync, func(r *replica) error { return r.checkReads(r.fold()) }}); err != nil {
		return err
	}
	if base, term := r.log.Base(); base != fold(r.records).base || term != fold(r.records).baseTerm {
		return violation("the base is %d of term %d", base, term)
	}
	return r.survive(0)
}

// compacted is a log of eight segments that begins behind entry 6 of 9, in its fourth segment; nothing is given back yet. Two
// entries fill a segment.
var compacted = []step{
	entries(1, 1500), sync, preallocate, entries(1, 1500), sync, preallocate,
	entries(1, 1500), sync, preallocate, entries(1, 1500), sync, preallocate,
	entries(1, 1500), sync, preallocate, entries(1, 1500), sync, preallocate,
	entries(2, 1500), sync, preallocate, entries(2, 1500), sync, preallocate,
	entries(2, 1500), sync, compact(3), sync,
}

func segmentNames(image crashfs.Image) (names []string) {
	for _, name := range sortedNames(image) {
		if strings.HasSuffix(name, ".wal") {
			names = append(names, strings.TrimLeft(strings.TrimSuffix(name, ".wal"), "0"))
		}
	}
	return names
}

func TestSegmentsBelowADurableBaseAreGivenBack(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted))
	require.Equal(t, []string{"1", "2", "3", "4", "5"}, segmentNames(r.fs.Image()))
	before := r.log.Room()
	require.EqualValues(t, 3*testSegment, before.Covered)
	require.NoError(t, reclaim(r))
	require.Equal(t, []string{"4", "5", "6"}, segmentNames(r.fs.Image()), "the first became the sixth")
	after := r.log.Room()
	require.Equal(t, before.Used-3*testSegment, after.Used)
	require.Equal(t, before.Made+testSegment-512, after.Made)
	require.Zero(t, after.Covered)
	calls := r.fs.Calls()
	require.NoError(t, reclaim(r))
	require.Equal(t, calls, r.fs.Calls(), "with nothing to give back it costs nothing")
	require.NoError(t, r.play([]step{reopen, entries(3, 3000), sync, reopen, reclaim}))
	require.NoError(t, r.survive(0))
}

func TestACompactedLogGoesOnOnAFullDisk(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted))
	r.fs.Fill(0)
	for k := range 20 {
		require.NoError(t, r.play([]step{entries(3, 3000), sync, compact(1), sync, preallocate}), "entry %d", k)
	}
	require.NoError(t, r.play([]step{reclaim, reopen}))
	require.NoError(t, r.survive(0))
}

func TestALogOfAnotherSegmentSizeIsGivenBackNotReused(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted))
	r.segment *= 2
	require.NoError(t, r.play([]step{reopen, reclaim}))
	require.Equal(t, []string{"4", "5", "6"}, segmentNames(r.fs.Image()))
	require.NoError(t, r.play([]step{largest, sync}))
	require.NoError(t, r.survive(0))
}

func TestABaseCountsWhenItIsDurable(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted[:len(compacted)-1]))
	require.Zero(t, r.log.Room().Covered)
	require.NoError(t, reclaim(r))
	require.Equal(t, []string{"1", "2", "3", "4", "5"}, segmentNames(r.fs.Image()))
	r.durable = len(r.records) - 1
	require.NoError(t, r.survive(0))
	require.Zero(t, fold(r.records).base, "a crash took it back")
}

// removals is a folder that counts files removed, and the most of them between two syncs of it.
type removals struct {
	*crashfs.FS
	all, since, most int
}

func (d *removals) Remove(name string) error {
	err := d.FS.Remove(name)
	if err == nil {
		d.all, d.since = d.all+1, d.since+1
		d.most = max(d.most, d.since)
	}
	return err
}

func (d *removals) SyncDir() error {
	d.since = 0
	return d.FS.SyncDir()
}

// Who gives back a thousand segments must not hold up who needs the next one.
func TestManySegmentsAreGivenBackAFewAtATime(t *testing.T) {
	folder := &removals{FS: crashfs.New(0)}
	log, _, err := wal.Open(configOn(folder))
	require.NoError(t, err)
	require.NoError(t, appendSegments(log, 0, manySegments))
	last := log.LastIndex()
	require.NoError(t, log.Append(&wal.Record{Mark: uint64(last) + 1, Term: 1, Commit: last, Base: last, BaseTerm: 1}))
	_, err = log.Sync()
	require.NoError(t, err)
	require.EqualValues(t, (manySegments-1)*testSegment, log.Room().Covered)
	require.NoError(t, log.Reclaim())
	require.Zero(t, log.Room().Covered)
	require.Equal(t, manySegments-1, folder.all)
	require.Equal(t, 8, folder.most)
}

// A record that is not durable cut off what stood in the fourth segment; a crash takes that back.
func TestWhatIsCutButNotDurablyIsNotGivenBack(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted))
	require.NoError(t, r.play([]step{truncate(3, 4, 10), reclaim}))
	require.NoError(t, r.survive(0))
	require.EqualValues(t, 9, r.last())
}

func TestAMissingSegmentIsDamageUnlessABaseCoversIt(t *testing.T) { require.NoError(t, loseSegments()) }

// loseSegments takes segments of logs away. What is then opened is all of the log, or it is refused as damage.
func loseSegments() error {
	votes := []step{vote(1, 1), sync, largest, sync, preallocate, vote(2, 1), sync, vote(3, 1), sync}
	for name, story := range map[string][]step{
		"compacted": compacted, "given back": slices.Concat(compacted, []step{reclaim}), "never compacted": compacted[:len(compacted)-2],
		"the script": script, "votes": votes,
	} {
		r, image, err := atRest(story)
		if err != nil {
			return err
		}
		names := slices.DeleteFunc(sortedNames(image), func(n string) bool { return !strings.HasSuffix(n, ".wal") })
		behind := fold(r.records)
		for lost := 1; lost < 1<<len(names); lost++ {
			if err := r.openWithout(image, names, lost, behind.base > 0); err != nil {
				return fmt.Errorf("%s, without %b of %v: %w", name, lost, names, err)
			}
		}
	}
	return nil
}

// openWithout opens a copy of the folder without some segments. That the last ones with records were there is for a peer
// to say.
func (r *replica) openWithout(image crashfs.Image, names []string, lost int, based bool) error {
	copied := newReplica(nil)
	left, end := maps.Clone(image), 0
	for k, name := range names {
		if image[name][512] != 0 {
			end = k
		}
		if lost>>k&1 == 1 {
			delete(left, name)
		}
	}
	if lost>>end == 1<<(len(names)-end)-1 {
		return nil // the end of the log
	}
	copied.fs = crashfs.Load(left, 0)
	copied.records, copied.durable, copied.peers, copied.condemned = r.records, len(r.records), r.peers, r.condemned
	copied.starts, copied.began, copied.first = r.starts, slices.Clone(r.began), r.first
	err := copied.open()
	switch {
	case errors.Is(err, wal.ErrDamaged):
		return wholeError(err, left, copied.fs.Image())
	case err != nil:
		return err
	case !based:
		return violation("a log without a base was opened without its segments")
	}
	return copied.play([]step{entries(9, 3000), sync, reclaim, func(r *replica) error { return r.survive(0) }})
}

func TestASegmentThatWasGivenBackAndComesAgainGoesAgain(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted))
	before := r.fs.Image()
	require.NoError(t, r.play([]step{reclaim, entries(3, 3000), sync}))
	after := r.fs.Image()
	after[secondSegment] = before[secondSegment]
	after[firstSegment] = []byte("whatever: it is not read")
	var out strings.Builder
	require.NoError(t, wal.Dump(&out, "", wal.DumpOptions{FS: crashfs.Load(after, 0)}))
	require.Contains(t, out.String(), "the log begins behind index 6, of term 1\n"+
		"below the base, and removed by the next start: "+firstSegment+" "+secondSegment)
	require.Contains(t, out.String(), "committed to 6  begins behind 6 of term 1\n")
	require.NotContains(t, out.String(), "0000000000000001.wal  4096 bytes")
	r.fs = crashfs.Load(after, 0)
	require.NoError(t, r.open())
	require.Equal(t, []string{"4", "5", "6"}, segmentNames(r.fs.Image()))
	require.NoError(t, r.survive(0))
}

func TestAnOlderCopyOfASegmentIsRefused(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(compacted[:len(compacted)-7])) // one record in the fourth
	older := r.fs.Image()
	require.NoError(t, r.play(compacted[len(compacted)-7:]))
	require.NoError(t, r.play([]step{reclaim, vote(7, 1), sync, vote(8, 1), sync}))
	newer := r.fs.Image()
	for name := range older {
		if newer[name] == nil || !strings.HasSuffix(name, ".wal") {
			continue
		}
		require.NoError(t, r.openRotten(newer, name, func(b []byte) { copy(b, older[name]) }), name)
	}
	mixed := crashfs.Load(newer, 0).Image()
	mixed["0000000000000004.wal"] = older["0000000000000004.wal"]
	_, _, err := wal.Open(configOn(crashfs.Load(mixed, 0)))
	require.ErrorIs(t, err, wal.ErrDamaged)
}

func TestALogWhoseFirstRecordIsNotWholeIsRefused(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(slices.Concat(compacted, []step{reclaim})))
	image := r.fs.Image()
	for what, change := range map[string]func(b []byte){
		"its header":  func(b []byte) { b[520]++ },
		"its payload": func(b []byte) { b[700]++ },
		"all of it":   func(b []byte) { clear(b[512:]) },
		"a sector":    func(b []byte) { clear(b[1024:1536]) },
	} {
		fs := crashfs.Load(image, 0)
		fs.Rot("0000000000000004.wal", change)
		_, _, err := wal.Open(configOn(fs))
		require.ErrorIs(t, err, wal.ErrDamaged, what)
	}
}

// A record of the last sync that reads as zeros looks like one that was never written. Of a base that is told all the same: what
// was given back for it is missing.
func TestABaseThatIsGoneIsMissedOnceSegmentsWentForIt(t *testing.T) {
	for _, given := range [][]step{nil, {reclaim}} {
		r := newReplica(crashfs.New(0))
		require.NoError(t, r.openAndPlay(slices.Concat(compacted, given)))
		at := bytes.LastIndex(r.fs.Image()["0000000000000005.wal"], []byte("CORD"))
		require.Equal(t, 2104, at)
		r.fs.Rot("0000000000000005.wal", func(b []byte) { clear(b[at:]) })
		log, got, err := wal.Open(configOn(crashfs.Load(r.fs.Image(), 0)))
		if given != nil {
			require.ErrorIs(t, err, wal.ErrDamaged)
			continue
		}
		require.NoError(t, err)
		base, _ := got.State.Log.Base()
		require.Zero(t, base)
		require.EqualValues(t, 9, log.LastIndex(), "nothing was given back yet")
	}
}

func TestWithoutItsPeersACompactedLogIsRefusedToo(t *testing.T) {
	_, image, err := atRest(slices.Concat(compacted, []step{reclaim}))
	require.NoError(t, err)
	delete(image, "PEERS")
	_, _, err = wal.Open(configOn(crashfs.Load(image, 0)))
	require.ErrorIs(t, err, wal.ErrDamaged)
}

func TestACopyFromBeforeACompactionIsToldByAPeer(t *testing.T) {
	r, peer := newReplica(crashfs.New(0)), newReplica(crashfs.New(1))
	require.NoError(t, peer.open())
	require.NoError(t, r.openAndPlay(compacted))
	older := r.fs.Image()
	require.NoError(t, r.play([]step{reopen, reclaim}))
	require.NoError(t, peer.log.StorePeer(testNode, r.log.Lineage()))
	copied := newReplica(crashfs.Load(older, 0))
	copied.records, copied.durable, copied.began = r.records, len(r.records), make([]uint64, 2)
	require.NoError(t, copied.open(), "it is a whole log")
	require.ErrorIs(t, peer.log.VerifyPeer(testNode, copied.log.Lineage()), wal.ErrRolledBack)
}
