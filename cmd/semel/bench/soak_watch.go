package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// watch looks at the nodes of a soak.
type watch struct {
	*soak
	cluster *cluster
	load    *turnover
	start   time.Time

	follower int       // is killed, and comes back
	isAway   bool      // it was killed
	back     time.Time // it was started again

	folders [clusterNodes]folder // as they were seen last
	seen    [clusterNodes]int    // different snapshots
	live    int64                // bytes of all live keys, the most so far
	most    moment               // since the last row
	rows    []moment
	rowed   time.Duration // until then
	claims  int64
	broken  []string // what did not hold, in order
}

// moment is a row: what was seen from one look to another. Of the nodes it is the one with the most.
type moment struct {
	claims            int64
	perSecond         float64
	p50, p99, longest float64 // ms
	keys              uint64
	memory            int64 // MiB
	log, snapshots    int64 // bytes
	multiple          float64
	errors            map[string]int64
}

// rowsOfSoak are how many rows a soak has.
const rowsOfSoak = 60

// until looks until ctx ends, or enough is broken.
func (w *watch) until(ctx context.Context, out io.Writer) error {
	every, next := max(w.duration/rowsOfSoak, lookEach), time.Duration(0)
	for next += every; len(w.broken) < enoughBroken && wait.For(ctx, lookEach); {
		w.look(ctx)
		if err := w.miss(ctx); err != nil {
			return err
		}
		if now := time.Since(w.start); now >= next && w.duration-now > every/2 { // the last row is made when all is answered
			next += every
			w.row(ctx, out)
		}
	}
	return nil
}

// miss has the follower be away when it is time.
func (w *watch) miss(ctx context.Context) error {
	share := float64(time.Since(w.start)) / float64(w.duration)
	if !w.isAway && share >= awayFrom {
		w.isAway = true
		w.cluster.kill(w.follower)
	}
	if !w.back.IsZero() || share < awayTo {
		return nil
	}
	w.back = time.Now()
	return w.cluster.start(context.WithoutCancel(ctx), w.follower)
}

// look looks at disk, memory and keys.
func (w *watch) look(ctx context.Context) {
	for i, n := range w.cluster.Nodes {
		f := lookAt(n.Data)
		if f.newest > w.folders[i].newest {
			w.seen[i]++
		}
		w.folders[i] = f
		if s, err := statusOf(ctx, w.cluster.doors[i]); err == nil {
			w.most.keys = max(w.most.keys, s.Keys)
			w.live = max(w.live, w.soak.liveBytes(s.Keys))
			if bound := w.mostKeys(); s.Keys > bound {
				w.breaks("keys: node %d has %s, of which the claims of %v could leave %s at most", n.ID, grouped(float64(s.Keys)), w.ttl(), grouped(float64(bound)))
			}
		}
		w.most.memory = max(w.most.memory, residentMiB(fmt.Sprint(n.PID())))
		if f.bytes() > w.most.log+w.most.snapshots {
			w.most.log, w.most.snapshots = f.log, f.snapshots
		}
		w.most.multiple = max(w.most.multiple, float64(f.bytes())/float64(max(w.live, 1)))
		if bound := w.mostBytes(); f.bytes() > bound {
			w.breaks("disk: node %d has %d MiB of log and %d MiB of snapshots, at most %d MiB are stated for %d MiB of live keys",
				n.ID, f.log>>20, f.snapshots>>20, bound>>20, w.live>>20)
		}
	}
}

// What a node may have on its disk: so many times what its live keys are in a snapshot, or the log from one snapshot to the next
// where that is more; and segments of the log. And so much more while another node gets a snapshot from it. They are those of node.MostBytes.
const (
	diskMultiple = 6
	segmentBytes = 16 << 20
	moreSegments = 4

	givingMultiple = 2
	givingSegments = 2

	recordBytes = 54 // of a key in a snapshot, with a value
)

func (s *soak) liveBytes(keys uint64) int64 { return int64(keys) * int64(recordBytes+s.valueBytes) }

func (w *watch) mostBytes() int64 {
	multiple, segments := int64(diskMultiple), int64(moreSegments)
	if w.isGiving() {
		multiple, segments = multiple+givingMultiple, segments+givingSegments
	}
	return multiple*max(w.live, w.snapshot) + segments*segmentBytes
}

// isGiving reports whether the follower that was away may get a snapshot of another node: for a while after it is back.
func (w *watch) isGiving() bool {
	return !w.back.IsZero() && time.Since(w.back) < max(w.duration/20, 30*time.Second)
}

// mostKeys is how many slots may be in use: of what was claimed within a ttl, and what has expired and the sweep has yet to come by.
func (w *watch) mostKeys() uint64 {
	const spare = 10_000
	return w.load.ledger.mostAlive(time.Now())*5/4 + spare
}

// enoughBroken end a soak: a few say what all would.
const enoughBroken = 5

// breaks keeps what did not hold.
func (w *watch) breaks(format string, what ...any) {
	if len(w.broken) < enoughBroken {
		w.broken = append(w.broken, fmt.Sprintf("%.0f s: ", time.Since(w.start).Seconds())+fmt.Sprintf(format, what...))
	}
}

// row ends a row.
func (w *watch) row(ctx context.Context, out io.Writer) {
	w.look(ctx)
	now := time.Since(w.start)
	m, t := w.most, w.load.look()
	m.claims, m.errors = t.answered(), t.errors
	m.perSecond = float64(m.claims) / max((now-w.rowed).Seconds(), 0.001)
	quantile := func(q float64) float64 { return float64(t.latency.ValueAtQuantile(q)) / 1000 }
	m.p50, m.p99, m.longest = quantile(50), quantile(99), float64(t.latency.Max())/1000
	w.claims += m.claims
	w.rows, w.rowed, w.most = append(w.rows, m), now, moment{}
	besideTable(out).cells(fmt.Sprintf("%.0f", now.Seconds()), grouped(m.perSecond), millis(m.p50), millis(m.p99), millis(m.longest),
		grouped(float64(m.keys)), grouped(float64(m.memory)), grouped(float64(m.log>>20)), grouped(float64(m.snapshots>>20)),
		fmt.Sprintf("%.1f", m.multiple), fmt.Sprint(slices.Min(w.seen[:])), kinds(m.errors))
}
