package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
)

// errTaken is why a lease is lost that the cluster does not know any more.
var errTaken = errors.New("the key is not this run's any more")

// lease is the claim that was won, and when it has to be extended. It is over a span after the call was sent
// that it was last given by: the cluster counts from a later moment on.
type lease struct {
	token uint64
	span  time.Duration
	over  time.Time
	pace  pace

	due, last *time.Timer // to extend it; to terminate the command
	told      chan extension
	underWay  bool
}

// extension is how a call to extend ended.
type extension struct {
	sent   time.Time
	answer client.Answer
	err    error
}

// pace is what else there is of times: as the lease is long, except in tests.
type pace struct {
	extend time.Duration // after this it is extended
	grace  time.Duration // that a command has to end itself before it is killed
}

// mostGrace bounds what a command has to end itself.
const mostGrace = 10 * time.Second

func (p pace) withDefaults(span time.Duration) pace {
	if p == (pace{}) {
		return pace{extend: span / 3, grace: min(span/3, mostGrace)}
	}
	return p
}

// newLease returns the lease that the call sent at a moment won.
func newLease(token uint64, sent time.Time, span time.Duration, p pace) *lease {
	l := &lease{token: token, span: span, pace: p.withDefaults(span), told: make(chan extension, 1)}
	l.due, l.last = time.NewTimer(span), time.NewTimer(span)
	l.begin(sent)
	return l
}

// begin sets the times of a lease that was given by a call sent at a moment: it is to be extended after a
// third, and again and again then; and where nobody answers the command has its grace to end.
func (l *lease) begin(sent time.Time) {
	l.over = sent.Add(l.span)
	l.due.Reset(time.Until(sent.Add(l.pace.extend)))
	l.last.Reset(time.Until(l.over.Add(-l.pace.grace)))
}

func (l *lease) stop() {
	l.due.Stop()
	l.last.Stop()
}

// extend asks for it once, beside all else. The answer comes through told.
func (l *lease) extend(c *Config) {
	if l.underWay {
		return
	}
	l.underWay = true
	sent, until := time.Now(), l.over
	go func() {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		defer cancel()
		answer, err := c.Cluster.Extend(ctx, c.Key, l.token, l.span)
		l.told <- extension{sent, answer, err}
	}()
}

// note takes an answer. The error says why the lease is lost.
func (l *lease) note(e extension) error {
	l.underWay = false
	switch {
	case e.err != nil:
		return l.unanswered(e.err)
	case e.answer.Outcome != dedup.OK:
		return fmt.Errorf("%w: the cluster says %s", errTaken, word(e.answer.Outcome))
	}
	l.begin(e.sent)
	return nil
}

// unanswered has it asked for again, until there is no time left; what no node would take differently is returned.
func (l *lease) unanswered(err error) error {
	var refused *client.RefusedError
	if errors.As(err, &refused) {
		return err
	}
	l.due.Reset(pauseAtLeast)
	return nil
}
