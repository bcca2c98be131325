package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// never is so much log that no snapshot is taken.
const never = 1 << 40

// snapshotFlags tell nodes when to take a snapshot: after so much log, or not at all.
func snapshotFlags(bytes int64, uncompacted bool) []string {
	if uncompacted {
		bytes = never
	}
	return []string{"--snapshot-bytes", strconv.FormatInt(bytes, 10)}
}

// The load that fills a cluster.
const (
	fillCallers     = 1024
	fillConnections = 8
	fillPatience    = 10 * time.Minute
)

// claim has so many new keys claimed at a node, as fast as it goes.
func (c *cluster) claim(ctx context.Context, node, claims int, ttl time.Duration) error {
	show, end := progress(os.Stderr)
	defer end()
	load := Load{
		Redis: []string{c.doors[node].redis}, Callers: fillCallers, Connections: fillConnections, Duration: fillPatience,
		TTL: ttl, Most: uint64(claims), Progress: show,
	}
	for until := time.Now().Add(fillPatience); load.Most > 0; { // some may be refused
		result, err := load.Run(ctx)
		if err != nil {
			return err
		}
		load.Most -= min(load.Most, uint64(result.Claims))
		if load.Most > 0 && time.Now().After(until) {
			return fmt.Errorf("%w: %d of %d claims were not answered in %v: %v", ErrUnavailable, load.Most, claims, fillPatience, result.Errors)
		}
	}
	return nil
}

// rest waits until no node that runs takes a snapshot, for as long as one may take.
func (c *cluster) rest(ctx context.Context, but ...int) {
	const quiet, patience = 500 * time.Millisecond, time.Minute
	since := time.Now()
	wait.Until(ctx, patience, levelPause, func() bool {
		for i, n := range c.Nodes {
			if !slices.Contains(but, i) && lookAt(n.Data).taking {
				since = time.Now()
			}
		}
		return time.Since(since) > quiet
	})
}

// largest is the folder with the most.
func (c *cluster) largest() (most folder) {
	for _, n := range c.Nodes {
		if f := lookAt(n.Data); f.bytes() > most.bytes() {
			most = f
		}
	}
	return most
}

// keysOf is how many records a node tells it has.
func (c *cluster) keysOf(ctx context.Context, node int) uint64 {
	s, err := statusOf(ctx, c.doors[node])
	if err != nil {
		return 0
	}
	return s.Keys
}
