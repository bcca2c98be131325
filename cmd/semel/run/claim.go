package run

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
)

// pauseAtLeast is how soon a holder is asked for again.
const pauseAtLeast = 50 * time.Millisecond

// claim returns the lease that was won, or nil and the exit code.
func (c *Config) claim(ctx context.Context) (*lease, int) {
	until := time.Now().Add(c.Wait)
	for {
		sent := time.Now()
		answer, err := c.Cluster.Claim(ctx, client.Claim{Record: c.Key, Owner: c.Owner, Lease: c.Lease})
		if err != nil {
			return nil, c.unanswered(ctx, err)
		}
		switch answer.Outcome {
		case dedup.Won:
			return newLease(answer.Token, sent, c.Lease, c.pace), 0
		case dedup.Duplicate:
			c.say("done before: not run")
			return nil, c.DuplicateCode
		case dedup.InProgress:
			if !c.waits(ctx, until, answer.RetryAfter) {
				c.say("IN PROGRESS: somebody else holds the key, for %v more unless it is extended: not run", answer.RetryAfter.Round(time.Millisecond))
				return nil, ExitInProgress
			}
		default:
			c.say("NOT RUN: the cluster answered %s", word(answer.Outcome))
			return nil, ExitUnavailable
		}
	}
}

// waits passes some time until a holder is asked for again; false when none is left.
func (c *Config) waits(ctx context.Context, until time.Time, retryAfter time.Duration) bool {
	left := time.Until(until)
	if left <= 0 {
		return false
	}
	timer := time.NewTimer(min(left, max(pauseAtLeast, min(retryAfter, time.Second))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (c *Config) unanswered(ctx context.Context, err error) int {
	var refused *client.RefusedError
	if errors.As(err, &refused) {
		c.say("%v", err)
		return ExitUsage
	}
	var unavailable *client.UnavailableError
	held := "nothing was claimed"
	if errors.As(err, &unavailable) && unavailable.Unknown {
		held = "if the claim stands all the same, the key is free again in " + c.Lease.String()
	}
	why := "NO ANSWER from the cluster"
	if ctx.Err() != nil {
		why = "stopped before the cluster answered"
	}
	c.say("%s: not run; %s: %v", why, held, err)
	return ExitUnavailable
}

func word(o dedup.Outcome) string { return strings.ToLower(o.String()) }
