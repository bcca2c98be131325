package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// absence is a follower that was away while so many keys were claimed, which all live.
type absence struct {
	name   string
	claims int
	flags  []string // of the nodes
	beside bool     // claims go on while it comes back
}

const (
	missed       = 1_000_000
	missedMore   = 4_000_000
	rebuiltKeys  = 10_000_000
	smallLog     = 4 << 20
	unlimited    = 1 << 40 // bytes/s
	rejoinTakes  = 5 * time.Minute
	besideFor    = 5 * time.Second
	fetchedEvery = 2 * time.Millisecond
)

func (o *options) absences() []absence {
	keys := rebuiltKeys
	if o.keys > 0 {
		keys = int(o.keys)
	}
	fast := []string{"--snapshot-rate", strconv.FormatInt(unlimited, 10)}
	some, more := min(missed, keys), min(missedMore, keys)
	return []absence{
		{"in the log", some, snapshotFlags(0, true), false},
		{"below the base", some, slices.Concat(snapshotFlags(smallLog, false), fast), false},
		{"below the base", more, snapshotFlags(smallLog, false), true},
		{"rebuilt, without a limit", keys, slices.Concat(snapshotFlags(wholeSnapshot, false), fast), true},
		{"rebuilt, at the usual rate", keys, snapshotFlags(wholeSnapshot, false), true},
	}
}

// rejoin measures how long a follower that was away takes to be level, and what those notice who claim meanwhile.
func (o *options) rejoin(ctx context.Context, out io.Writer) (failed error) {
	speed, err := writeSpeed(o.data)
	if err != nil {
		return fmt.Errorf("measure the disk: %w", err)
	}
	_, _ = fmt.Fprintf(out, "\nA follower that was away, from its start; %d callers at the leader while it is away, while it comes and once it is level. "+
		"The disk alone takes %s MB/s, synced every %d MiB:\n\n",
		honestCallers, grouped(speed), syncEach>>20)
	t := besideTable(out)
	t.cells("what it missed is", "claims missed", "level s", "fetched MB", "in s", "MB/s", "of the disk", "loaded in s", "p50 ms: it is away", "it comes", "it is level",
		"p99 ms: it is away", "it comes", "it is level", "× of away", "× of level", "leader MiB before", "most", "errors")
	t.cells(slices.Concat([]string{":---"}, slices.Repeat([]string{"---:"}, 18))...)
	for k, a := range o.absences() {
		err := o.withCluster(ctx, fmt.Sprintf("rejoin-%d", k), func(c *cluster) error { return a.measure(ctx, out, c, speed) }, a.flags...)
		if err != nil {
			err = fmt.Errorf("%s: %w", a.name, err)
		}
		if failed = errors.Join(failed, err); ctx.Err() != nil {
			return failed
		}
	}
	return failed
}

func (a *absence) measure(ctx context.Context, out io.Writer, c *cluster, speed float64) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	away := (leader + 1) % clusterNodes
	if err := c.settle(ctx, away); err != nil {
		return err
	}
	c.kill(away)
	if err := c.claim(ctx, leader, a.claims, usualTTL); err != nil {
		return err
	}
	c.rest(ctx, away)
	var calls besides
	if a.beside {
		if calls.away, err = claims(ctx, c, leader, besideFor); err != nil {
			return err
		}
	}
	leading := strconv.Itoa(c.Nodes[leader].PID())
	before, largest := residentMiB(leading), watchResident(ctx, leading)
	level, err := c.startToLevel(ctx, away, rejoinTakes)
	if err != nil {
		return err
	}
	fetch := watchFetch(ctx, c.Nodes[away].Data)
	var isLevel atomic.Bool
	ended := make(chan error, 1)
	if a.beside {
		go func() {
			var err error
			calls.comes, err = c.claimsUntil(ctx, leader, &isLevel)
			ended <- err
		}()
	} else {
		ended <- nil
	}
	took, err := level()
	isLevel.Store(true)
	err = errors.Join(err, <-ended)
	most, fetched := largest(), fetch()
	if a.beside && err == nil {
		c.rest(ctx)
		calls.level, err = claims(ctx, c, leader, besideFor)
	}
	a.row(out, took, fetched, speed, &calls, before, most)
	return err
}

// besides is what callers at the leader had. While a node is away the others have the machine to themselves: what its coming costs is
// told by how it is once it is level.
type besides struct{ away, comes, level Result }

func (a *absence) row(out io.Writer, took time.Duration, f fetched, speed float64, calls *besides, before, most int64) {
	cells := []string{a.name, grouped(float64(a.claims)), fmt.Sprintf("%.2f", took.Seconds())}
	if f.bytes == 0 {
		cells = append(cells, "", "", "", "", "")
	} else {
		perSecond := float64(f.bytes) / 1e6 / f.took.Seconds()
		cells = append(cells, grouped(float64(f.bytes)/1e6), fmt.Sprintf("%.2f", f.took.Seconds()), grouped(perSecond),
			fmt.Sprintf("%.0f %%", 100*perSecond/speed), fmt.Sprintf("%.2f", f.loaded.Seconds()))
	}
	if a.beside {
		away, comes, level := &calls.away, &calls.comes, &calls.level
		cells = append(cells, millis(away.P50), millis(comes.P50), millis(level.P50),
			millis(away.P99), millis(comes.P99), millis(level.P99), ratio(away.P99, comes.P99), ratio(level.P99, comes.P99))
	} else {
		cells = append(cells, "", "", "", "", "", "", "", "")
	}
	besideTable(out).cells(append(cells, grouped(float64(before)), grouped(float64(most)), kinds(calls.comes.Errors))...)
}

// claimsUntil claims as an honest client does, until it is enough.
func (c *cluster) claimsUntil(ctx context.Context, leader int, enough *atomic.Bool) (Result, error) {
	load := Load{
		Redis: []string{c.doors[leader].redis}, Callers: honestCallers, Connections: honestCallers, Duration: rejoinTakes, enough: enough,
	}
	return load.Run(ctx)
}

// fetched is a snapshot that a node has got from another one.
type fetched struct {
	bytes  int64         // 0: none
	took   time.Duration // until its last byte was written
	loaded time.Duration // and from then on, until its state was made of it
}

// watchFetch looks at the folder of a node, until it is asked what came.
func watchFetch(ctx context.Context, dir string) (what func() fetched) {
	ctx, stop := context.WithCancel(ctx)
	found := make(chan fetched, 1)
	go func() {
		var f fetched
		var began, grew time.Time
		var there int64
		for ctx.Err() == nil {
			now, at := lookAt(dir), time.Now()
			if now.received > 0 && began.IsZero() {
				began = at
			}
			if now.received > there {
				there, grew = now.received, at
			}
			if now.received == 0 && there > 0 && f.bytes == 0 {
				f = fetched{now.file, grew.Sub(began), at.Sub(grew)}
			}
			wait.For(ctx, fetchedEvery)
		}
		found <- f
	}()
	return func() fetched {
		stop()
		return <-found
	}
}
