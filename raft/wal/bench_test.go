package wal_test

// Goal: what an append, a sync and a replay cost. Method: Go benchmarks on the folder of temporary files; the syncs measure
// the disk under it.

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

func openForBench(b *testing.B) *wal.Log {
	log, _, err := wal.Open(wal.Config{Dir: b.TempDir(), Cluster: testCluster, Node: testNode})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, log.Close()) })
	return log
}

// discarded is a folder whose files keep nothing: what is left is the log's own work.
type discarded struct{ wal.FS }

type discardedFile struct{ wal.File }

func (d discarded) Create(name string) (wal.File, error) {
	f, err := d.FS.Create(name)
	return discardedFile{f}, err
}
func (discardedFile) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (discardedFile) Sync() error                            { return nil }

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{0, 100, 4096, 256 << 10} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			folder, err := wal.OpenFolder(b.TempDir())
			require.NoError(b, err)
			log, _, err := wal.Open(wal.Config{FS: discarded{folder}, Cluster: testCluster, Node: testNode})
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, log.Close()) })
			rec := wal.Record{Term: 1, Log: true, Entries: []wal.Entry{entry(1, text(size))}}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				appendNext(b, log, &rec)
				if rec.Mark%uint64(min(64, 4<<20/(size+1))) == 0 {
					_, err := log.Sync()
					require.NoError(b, err)
					require.NoError(b, log.Preallocate())
				}
			}
		})
	}
}

// appendNext appends the record again, as the next one.
func appendNext(b *testing.B, log *wal.Log, rec *wal.Record) {
	rec.Mark++
	rec.Prev = protocol.Index(rec.Mark - 1)
	if err := log.Append(rec); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOpen opens a log of 1,000 records in the first of two segments of 16 MiB: both are zeroed again.
func BenchmarkOpen(b *testing.B) {
	cfg := wal.Config{Dir: b.TempDir(), Cluster: testCluster, Node: testNode}
	log, _, err := wal.Open(cfg)
	require.NoError(b, err)
	rec := wal.Record{Term: 1, Log: true, Entries: []wal.Entry{entry(1, text(1000))}}
	for range 1000 {
		appendNext(b, log, &rec)
	}
	_, err = log.Sync()
	require.NoError(b, err)
	require.NoError(b, log.Preallocate())
	for b.Loop() {
		require.NoError(b, log.Close())
		log, _, err = wal.Open(cfg)
		require.NoError(b, err)
	}
	require.NoError(b, log.Close())
}

func BenchmarkRead(b *testing.B) {
	log := openForBench(b)
	rec := wal.Record{Term: 1, Log: true, Entries: []wal.Entry{entry(1, text(1000))}}
	for range 1000 {
		appendNext(b, log, &rec)
	}
	_, err := log.Sync()
	require.NoError(b, err)
	into := make([]byte, 4096)
	b.ReportAllocs()
	for i := protocol.Index(0); b.Loop(); i++ {
		if _, err := log.Read(i%1000+1, into); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSync(b *testing.B) {
	log := openForBench(b)
	rec := wal.Record{Term: 1, Log: true, Entries: []wal.Entry{entry(1, text(1000))}}
	for b.Loop() {
		appendNext(b, log, &rec)
		if _, err := log.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplay reads a log of a million entries of one claim each, 8 to a record, as a start does before it applies
// them; "one by one" is what it did before there was ReadStretch. Time is an entry's.
func BenchmarkReplay(b *testing.B) {
	const entries, together = 1 << 20, 8
	log := openForBench(b)
	rec := wal.Record{Term: 1, Log: true}
	for range together {
		rec.Entries = append(rec.Entries, entry(1, text(60)))
	}
	for rec.Mark < entries/together {
		rec.Mark++
		rec.Prev = protocol.Index(together * (rec.Mark - 1))
		require.NoError(b, log.Append(&rec))
		if rec.Mark%1024 == 0 {
			_, err := log.Sync()
			require.NoError(b, err)
			require.NoError(b, log.Preallocate())
		}
	}
	b.Run("one by one", func(b *testing.B) {
		for i := protocol.Index(0); b.Loop(); i++ {
			if _, err := log.Read(i%entries+1, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stretches", func(b *testing.B) {
		var have []wal.Entry
		for i := protocol.Index(0); b.Loop(); i++ {
			if len(have) == 0 {
				found, err := log.ReadStretch(i%entries+1, entries, 1<<20)
				require.NoError(b, err)
				have = found
			}
			have = have[1:]
		}
	})
}

var benchEntries = flag.Int("entries", 40_000, "entries of the logs that BenchmarkOpenCompacted opens; 39 of 40 are below the base")

// BenchmarkOpenCompacted opens a log of which 39 of 40 entries are below the base: before anything is given back, and after.
func BenchmarkOpenCompacted(b *testing.B) {
	for _, reclaimed := range []bool{false, true} {
		b.Run(fmt.Sprintf("entries=%d/reclaimed=%t", *benchEntries, reclaimed), func(b *testing.B) {
			cfg := wal.Config{Dir: b.TempDir(), Cluster: testCluster, Node: testNode, SegmentBytes: 1 << 20}
			log, _, err := wal.Open(cfg)
			require.NoError(b, err)
			appendMany(b, log, *benchEntries)
			compactAt(b, log, protocol.Index(*benchEntries-*benchEntries/40))
			if reclaimed {
				require.NoError(b, log.Reclaim())
			}
			used := log.Room().Used
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, log.Close())
				log, _, err = wal.Open(cfg)
				require.NoError(b, err)
			}
			require.NoError(b, log.Close())
			b.ReportMetric(float64(used), "bytes-kept")
		})
	}
}

// appendMany appends entries of one claim each, 8 to a record.
func appendMany(b *testing.B, log *wal.Log, entries int) {
	rec := wal.Record{Term: 1, Log: true}
	for range 8 {
		rec.Entries = append(rec.Entries, entry(1, text(60)))
	}
	for log.LastIndex() < protocol.Index(entries) {
		rec.Mark++
		rec.Prev = log.LastIndex()
		require.NoError(b, log.Append(&rec))
		if rec.Mark%256 == 0 || log.LastIndex() >= protocol.Index(entries) {
			_, err := log.Sync()
			require.NoError(b, err)
			require.NoError(b, log.Preallocate())
		}
	}
}

func compactAt(b *testing.B, log *wal.Log, base protocol.Index) {
	require.NoError(b, log.Append(&wal.Record{Mark: 1 << 40, Term: 1, Commit: base, Base: base, BaseTerm: 1}))
	_, err := log.Sync()
	require.NoError(b, err)
}

// BenchmarkReclaim gives back the segments of a log of so many entries, all but the last one. Time is of all of them.
func BenchmarkReclaim(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		log, _, err := wal.Open(wal.Config{Dir: b.TempDir(), Cluster: testCluster, Node: testNode, SegmentBytes: 1 << 20})
		require.NoError(b, err)
		appendMany(b, log, *benchEntries)
		compactAt(b, log, log.LastIndex())
		segments := float64(log.Room().Covered >> 20)
		b.StartTimer()
		require.NoError(b, log.Reclaim())
		b.StopTimer()
		b.ReportMetric(segments, "segments")
		require.NoError(b, log.Close())
		b.StartTimer()
	}
}
