package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// soak is what a soak is told.
type soak struct {
	duration   time.Duration
	keys       uint64 // that live at once
	turnovers  int    // how often they are all replaced
	valueBytes int
	snapshot   int64 // bytes of log from one snapshot to the next at least: what the nodes are told, and what they are held to
}

// A week in an hour: keys that live half a day are turned over 14 times. A short soak is for what does not depend on the machine:
// the fewer keys, the more often the log is compacted.
const (
	wholeSoak      = 30 * time.Minute
	wholeTurnovers = 14
	wholeValue     = 8
	wholeSnapshot  = 64 << 20

	shortTurnovers = 40
	shortKeys      = 250 // for each second
	shortValue     = 256
	shortSnapshot  = 1 << 20
)

// soakOf returns the soak of a duration. keys may be 0.
func soakOf(duration time.Duration, keys uint64) soak {
	if duration >= wholeSoak {
		return soak{duration: duration, keys: cmp.Or(keys, 10_000_000), turnovers: wholeTurnovers, valueBytes: wholeValue, snapshot: wholeSnapshot}
	}
	keys = cmp.Or(keys, max(1, shortKeys*uint64(duration.Seconds())))
	return soak{duration: duration, keys: keys, turnovers: shortTurnovers, valueBytes: shortValue, snapshot: shortSnapshot}
}

func (s *soak) ttl() time.Duration { return s.duration / time.Duration(s.turnovers) }

func (s *soak) rate() float64 { return float64(s.keys) / s.ttl().Seconds() }

// leastSoak is the shortest that has rows.
const leastSoak = 10 * time.Second

// soakRepeats is the share of claims that repeat a young key.
const soakRepeats = 0.1

// soak turns keys over for as long as it is told, and says whether memory, disk and latencies stay what they are.
func (o *options) soak(ctx context.Context, out io.Writer) error {
	s := soakOf(o.soaks, o.keys)
	return o.withCluster(ctx, "soak", func(c *cluster) error { return s.run(ctx, out, c) }, snapshotFlags(s.snapshot, o.uncompacted)...)
}

// In shares of a soak, a follower is away: for so long that what it missed is in no log any more.
const awayFrom, awayTo = 0.4, 0.5

// lookEach is how often a soak looks at the disk.
const lookEach = time.Second

func (s *soak) run(ctx context.Context, out io.Writer, c *cluster) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	s.announce(out)
	l := newLedger(s.ttl(), soakRepeats)
	load := newTurnover(c.doors, s.rate()/(1-soakRepeats), s.valueBytes, l)
	offering, end := context.WithTimeout(ctx, s.duration)
	defer end()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.run(offering)
	}()
	w := &watch{soak: s, cluster: c, load: load, start: time.Now(), follower: (leader + 1) % clusterNodes}
	failed := w.until(offering, out)
	end()
	<-ended
	w.row(ctx, out)
	for i := range c.Nodes {
		if len(w.broken) == 0 {
			failed = errors.Join(failed, c.settle(ctx, i))
		}
	}
	return errors.Join(w.verdict(out), l.verdict(), failed, ctx.Err())
}

func (s *soak) announce(out io.Writer) {
	_, _ = fmt.Fprintf(out, "\nA soak of %v: %s keys live at once, with values of %d bytes, and are replaced every %.3g s: %s claims/s, one in ten a repeat. "+
		"A snapshot is due after %d MiB of log, or as much as the last one was. From %.0f to %.0f %% of the time a follower that was killed is away. "+
		"Of the three nodes the one with the most:\n\n",
		s.duration, grouped(float64(s.keys)), s.valueBytes, s.ttl().Seconds(), grouped(s.rate()/(1-soakRepeats)), s.snapshot>>20, 100*awayFrom, 100*awayTo)
	t := besideTable(out)
	t.cells("s", "claims/s", "p50 ms", "p99 ms", "longest ms", "keys", "memory MiB", "log MiB", "snapshots MiB", "disk / live", "snapshots", "errors")
	t.cells(slices.Repeat([]string{"---:"}, 12)...)
}
