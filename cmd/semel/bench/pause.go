package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// pause measures how long entries take to be applied while a snapshot is taken, and while none is: a node within this process, alone, with
// its log and its snapshots on the disk, and a machine that is timed at its door.
func (o *options) pause(ctx context.Context, out io.Writer) error {
	keys := uint64(pausedKeys)
	if o.keys > 0 {
		keys = o.keys
	}
	dir := filepath.Join(o.data, "pause")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	t := newTimed()
	replica, err := server.Open(server.Config{
		Cluster: "pause", Node: 1, Dir: dir, Peers: map[uint8]string{1: ports.Free()},
		CapacityKeys: 2 * keys, CapacityBytes: 32 * 2 * keys, Logger: slog.New(slog.DiscardHandler),
		Tune: func(o *node.Options) {
			t.StateMachine, o.Machine = o.Machine, t
		},
	})
	if err != nil {
		return err
	}
	err = t.drive(ctx, replica, keys)
	replica.Close() // one more snapshot may be under way
	if err == nil {
		t.write(out, keys)
	}
	return err
}

const (
	pausedKeys      = 10_000_000
	pausedSnapshots = 3
	pausedEntries   = 100 // at least, during them
	pausePatience   = 10 * time.Minute
)

// timed is a state machine whose calls are timed from without.
type timed struct {
	node.StateMachine
	taking atomic.Bool
	counts atomic.Bool

	// The loop's, until the replica is closed or is at rest.
	during, without *hdrhistogram.Histogram // ns of an entry
	begin           *hdrhistogram.Histogram // ns of beginning a snapshot
	pieces          *hdrhistogram.Histogram // of who takes it
	taken           atomic.Int64            // that counted from their beginning to their end
	entries         atomic.Int64            // during them
}

func newTimed() *timed {
	nanos := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, longestMicros*1000, latencyDigits) }
	return &timed{during: nanos(), without: nanos(), begin: nanos(), pieces: nanos()}
}

func record(h *hdrhistogram.Histogram, since time.Time) {
	_ = h.RecordValue(min(max(time.Since(since).Nanoseconds(), 1), longestMicros*1000)) // within bounds: no error
}

// Apply is of node.StateMachine.
func (t *timed) Apply(index uint64, payload []byte) error {
	taking, start := t.taking.Load(), time.Now()
	err := t.StateMachine.Apply(index, payload)
	switch {
	case !t.counts.Load():
	case taking:
		record(t.during, start)
		t.entries.Add(1)
	default:
		record(t.without, start)
	}
	return err
}

// Snapshot is of node.StateMachine.
func (t *timed) Snapshot() (node.Body, error) {
	start := time.Now()
	b, err := t.StateMachine.Snapshot()
	if err != nil {
		return nil, err
	}
	counts := t.counts.Load()
	if counts {
		record(t.begin, start)
	}
	t.taking.Store(true)
	return &timedBody{b, t, counts}, nil
}

type timedBody struct {
	node.Body
	timed  *timed
	counts bool
}

func (b *timedBody) Next(dst []byte) ([]byte, error) {
	start := time.Now()
	dst, err := b.Body.Next(dst)
	if b.counts && err == nil {
		record(b.timed.pieces, start)
	}
	return dst, err
}

func (b *timedBody) Close() {
	b.Body.Close()
	b.timed.taking.Store(false)
	if b.counts {
		b.timed.taken.Add(1)
	}
}

// drive fills the machine, and then has keys come, go and change while some snapshots are taken, and for as long between them.
func (t *timed) drive(ctx context.Context, s *server.Replica, keys uint64) error {
	ctx, cancel := context.WithTimeout(ctx, pausePatience)
	defer cancel()
	if err := ready(ctx, s); err != nil {
		return err
	}
	p := newProposer(ctx, s)
	for from := uint64(0); from < keys && p.err() == nil; from += fillCommands {
		var commands []byte
		n := min(fillCommands, keys-from)
		for k := range n {
			commands = dedup.AppendClaim(commands, dedup.Claim{Key: scatteredKey(from + k), Owner: 1, Value: pausedValue})
		}
		p.propose(commands, int(n))
	}
	p.wait()
	t.counts.Store(true)
	ended, random := make(chan error, 1), rand.New(rand.NewPCG(1, 1))
	go func() { ended <- t.photograph(ctx, s) }()
	for commands := 1; p.err() == nil; commands = 1 + churnCommands - commands {
		select {
		case err := <-ended:
			p.wait()
			return errors.Join(err, p.err())
		default:
			p.propose(churn(random, keys, commands), commands)
		}
	}
	p.wait()
	return p.err()
}

// photograph has snapshots taken, one after another.
func (t *timed) photograph(ctx context.Context, s *server.Replica) error {
	for n := 0; n < pausedSnapshots || t.entries.Load() < pausedEntries; n++ {
		start := time.Now()
		if _, err := s.TakeSnapshot(ctx); err != nil {
			return err
		}
		wait.For(ctx, time.Since(start))
	}
	return nil
}

const (
	fillCommands  = 1000
	churnCommands = 500
)

var pausedValue = []byte("was-here")

// churn is commands at random keys: of four, one removes, one claims anew or is told a duplicate, two overwrite.
func churn(random *rand.Rand, keys uint64, commands int) (all []byte) {
	for range commands {
		k := scatteredKey(random.Uint64N(keys))
		switch random.IntN(4) {
		case 0:
			all = dedup.AppendForget(all, dedup.Forget{Key: k})
		case 1:
			all = dedup.AppendClaim(all, dedup.Claim{Key: k, Owner: 2})
		default:
			all = dedup.AppendPut(all, dedup.Put{Key: k, Value: pausedValue})
		}
	}
	return all
}

// write writes what was timed.
func (t *timed) write(out io.Writer, keys uint64) {
	_, _ = fmt.Fprintf(out, "\nApplying an entry at the door of the state machine, in ms: of commands at random among %s keys, proposed one and %d at a time, %d proposals on their way; %d snapshots:\n\n",
		grouped(float64(keys)), churnCommands, proposedAtOnce, t.taken.Load())
	table := besideTable(out)
	table.cells("", "how many", "p50", "p99", "p99.9", "p99.99", "longest")
	table.cells(slices.Concat([]string{":---"}, slices.Repeat([]string{"---:"}, 6))...)
	rows := []struct {
		name string
		h    *hdrhistogram.Histogram
	}{
		{"entries, no snapshot", t.without}, {"entries, during a snapshot", t.during}, {"beginning a snapshot", t.begin}, {"telling a piece of one", t.pieces},
	}
	for _, r := range rows {
		at := func(quantile float64) string { return fmt.Sprintf("%.3f", float64(r.h.ValueAtQuantile(quantile))/1e6) }
		table.cells(r.name, grouped(float64(r.h.TotalCount())), at(50), at(99), at(99.9), at(99.99), fmt.Sprintf("%.3f", float64(r.h.Max())/1e6))
	}
	longest := float64(t.during.Max()) / 1e6
	word := "below"
	if longest > mostPauseMillis {
		word = "above"
	}
	_, _ = fmt.Fprintf(out, "\nThe longest that an entry took during a snapshot, %.2f ms, is %s the %d ms it may take, and %.1f times the longest without one.\n",
		longest, word, mostPauseMillis, longest/max(float64(t.without.Max())/1e6, 0.001))
}

const mostPauseMillis = 10
