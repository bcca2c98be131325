package bench

// Goal: a soak fails where a promise or a bound is broken, and only there. Method: times that a test makes, folders of few files, and a
// Redis door of few lines, honest or with one seeded fault each. A whole soak, and one without snapshots, which must
// fail, are `make soak`.

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOnlyYoungKeysAreRepeated(t *testing.T) {
	const ttl = time.Minute
	l, random, start := newLedger(ttl, 0.5), rand.New(rand.NewPCG(1, 1)), time.Now()
	var drawn []time.Time // when each key was drawn first
	repeats := 0
	for k := range 20_000 { // 200 s
		now := start.Add(time.Duration(k) * 10 * time.Millisecond)
		n := l.draw(random, now)
		if n < uint64(len(drawn)) {
			repeats++
			require.LessOrEqual(t, now.Sub(drawn[n]), ttl/2)
			continue
		}
		require.EqualValues(t, len(drawn), n)
		drawn = append(drawn, now)
	}
	require.InDelta(t, 10_000, repeats, 500)
	alive := l.mostAlive(start.Add(200 * time.Second))
	require.InDelta(t, aliveTTLs*60*50, alive, 60*50/4)
}

func TestALedgerJudgesWhatWasSaidInTime(t *testing.T) {
	const ttl = time.Minute
	random, start := rand.New(rand.NewPCG(1, 1)), time.Now()
	soon, late := start.Add(ttl/4), start.Add(ttl/2)
	for name, c := range map[string]struct {
		said   func(l *ledger)
		broken bool
	}{
		"won once, then a duplicate": {func(l *ledger) { l.wonAt(0, start, soon); l.duplicateAt(0, start, soon) }, false},
		"won twice":                  {func(l *ledger) { l.wonAt(0, start, soon); l.wonAt(0, start, soon) }, true},
		"won again, and late":        {func(l *ledger) { l.wonAt(0, start, soon); l.wonAt(0, start, late) }, false},
		"lost":                       {func(l *ledger) { l.duplicateAt(0, start, soon) }, true},
		"won late":                   {func(l *ledger) { l.wonAt(0, start, late); l.duplicateAt(0, start, soon) }, false},
		"not known who won":          {func(l *ledger) { l.unknown(0); l.duplicateAt(0, start, soon) }, false},
	} {
		for _, forgotten := range []bool{false, true} {
			l := newLedger(ttl, 0)
			for range 3 * pageKeys {
				l.draw(random, start)
			}
			c.said(l)
			if forgotten {
				for k := range 10 { // marks are made in passing
					l.draw(random, start.Add(time.Duration(k)*ttl))
				}
				require.Nil(t, l.pages[0].Load(), name)
			}
			if c.broken {
				require.ErrorIs(t, l.verdict(), ErrBroken, name)
			} else {
				require.NoError(t, l.verdict(), name)
			}
		}
	}
}

func TestAFolderIsSeenByItsFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "snapshots"), 0o700))
	require.Equal(t, folder{}, lookAt(filepath.Join(dir, "none")))
	for name, bytes := range map[string]int{
		"000000000000000b.wal": 100, "000000000000000a.wal": 100, "PEERS": 7, "segment.tmp": 50,
		"snapshots/000000000000002a.snapshot": 10, "snapshots/0000000000000100.snapshot": 20, "snapshots/own.tmp": 3, "snapshots/received.tmp": 4,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), make([]byte, bytes), 0o600))
	}
	require.Equal(t, folder{log: 257, snapshots: 37, first: 10, newest: 256, file: 20, received: 4, taking: true}, lookAt(dir))
}

// turned offers claims to a door until enough were answered.
func turned(t *testing.T, f *fake, enough int64) (*ledger, *tally) {
	l, all := newLedger(10*time.Second, 0.3), newTally()
	load := newTurnover([]door{{redis: f.serve(t)}}, 5000, 20, l)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.run(ctx)
	}()
	require.Eventually(t, func() bool {
		all.add(load.look())
		return all.answered() >= enough
	}, time.Minute, time.Millisecond)
	cancel()
	<-ended
	all.add(load.look())
	return l, all
}

func TestKeysAreTurnedOver(t *testing.T) {
	l, all := turned(t, &fake{}, 3000)
	require.NoError(t, l.verdict())
	require.Positive(t, all.duplicate)
	require.EqualValues(t, l.drawn.Load(), all.won)
	require.Empty(t, all.errors)
}

func TestADoorThatForgetsTooSoonIsFound(t *testing.T) {
	f := &fake{answer: func(n int, first bool) string { return honest(n, first || n%50 == 0) }}
	l, _ := turned(t, f, 3000)
	require.ErrorIs(t, l.verdict(), ErrBroken)
}

func TestADoorThatLosesKeysIsFound(t *testing.T) {
	f := &fake{answer: func(n int, first bool) string { return honest(n, first && n%50 != 0) }}
	l, _ := turned(t, f, 3000)
	require.ErrorIs(t, l.verdict(), ErrBroken)
}

// watched is a soak that saw folders.
func watched(folders [clusterNodes]folder, seen int) *watch {
	s := soakOf(2*time.Minute, 0)
	w := &watch{soak: &s, folders: folders, start: time.Now(), claims: 1_000_000, live: 10 << 20, load: &turnover{ledger: newLedger(time.Second, 0)}}
	for i := range w.seen {
		w.seen[i] = seen
	}
	for k := range 12 {
		w.rows = append(w.rows, moment{p50: 1, p99: 2, keys: 100, memory: int64(100 + 10*k), log: 32 << 20})
	}
	return w
}

func TestTheVerdictOnASoak(t *testing.T) {
	good := folder{log: 64 << 20, snapshots: 20 << 20, first: 3, newest: 1000}
	all := [clusterNodes]folder{good, good, good}
	var out bytes.Buffer
	require.NoError(t, watched(all, 40).verdict(&out))
	require.Contains(t, out.String(), "| memory MiB, most | 170.00 | 210.00 | 1.24 | grows |")
	require.Contains(t, out.String(), "| p99 ms, median of the rows | 2.00 | 2.00 | 1.00 | flat |")

	one := all
	one[2].first = 1
	require.ErrorIs(t, watched(one, 40).verdict(&out), ErrGrows, "a log that begins with its first entry")
	require.ErrorIs(t, watched(all, 1).verdict(&out), ErrGrows, "a snapshot once and never again")
	few := watched(all, 40)
	few.claims = 1000
	require.ErrorIs(t, few.verdict(&out), ErrUnavailable)
	full := watched(all, 40)
	for k := range 100 {
		full.breaks("disk: %d", k)
	}
	require.Len(t, full.broken, enoughBroken)
	require.ErrorIs(t, full.verdict(&out), ErrGrows)
}

func TestBoundsOfASoak(t *testing.T) {
	w := watched([clusterNodes]folder{}, 0)
	require.EqualValues(t, 60<<20+64<<20, w.mostBytes())
	w.live = 0
	require.EqualValues(t, 6<<20+64<<20, w.mostBytes(), "the log from one snapshot to the next")
	w.back = time.Now()
	require.EqualValues(t, 8<<20+96<<20, w.mostBytes(), "a log that is kept for who was away")
	w.back = time.Now().Add(-time.Minute)
	require.EqualValues(t, 6<<20+64<<20, w.mostBytes(), "level again")
	require.EqualValues(t, 10_000, w.mostKeys())
	for range 1000 {
		w.load.ledger.draw(rand.New(rand.NewPCG(1, 1)), w.start)
	}
	require.EqualValues(t, 11_250, w.mostKeys())

	week := soakOf(time.Hour, 0)
	require.EqualValues(t, 10_000_000, week.keys)
	require.InDelta(t, 257, week.ttl().Seconds(), 1)
	short := soakOf(2*time.Minute, 0)
	require.EqualValues(t, 30_000, short.keys)
	require.Equal(t, 3*time.Second, short.ttl())
	require.InDelta(t, 10_000, short.rate(), 1)
	require.EqualValues(t, 7, soakOf(2*time.Minute, 7).keys)
}

func TestASoakMayNotBeTooShort(t *testing.T) {
	c := Command()
	c.SetArgs([]string{"--cluster", "--parts", "soak", "--soak", "1s"})
	c.SilenceUsage, c.SilenceErrors = true, true
	require.EqualError(t, c.Execute(), fmt.Sprintf("--soak 1s: want at least %v", leastSoak))
}
