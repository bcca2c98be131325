package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
)

// Exit codes of a run that are not the command's own, where env, nice and timeout have theirs.
const (
	ExitNotRecorded = 120 // the command succeeded, and the claim could not be completed
	ExitLeaseLost   = 121 // the command was terminated, since its lease was over or another one's
	ExitInProgress  = 122 // somebody else is at it: not run
	ExitUnavailable = 123 // no answer, or no room: not run
	ExitUsage       = 125
	ExitCannotRun   = 126 // the command is there and can't be started
	ExitNotFound    = 127
)

// Cluster is what a run asks of a cluster; a *client.Client is one.
type Cluster interface {
	Claim(context.Context, client.Claim) (client.Answer, error)
	Extend(ctx context.Context, r client.Record, token uint64, lease time.Duration) (client.Answer, error)
	Complete(ctx context.Context, r client.Record, token uint64, response []byte, ttl time.Duration) (client.Answer, error)
	Release(ctx context.Context, r client.Record, token uint64) (client.Answer, error)
}

// Config says what is done once.
type Config struct {
	Cluster   Cluster
	Key       client.Record
	Nodes     string        // where the cluster is, if a person has to be told; else empty
	Owner     string        // names this execution; drawn fresh
	Lease     time.Duration // above 0
	TTL       time.Duration // how long the key stays done; 0: for ever
	Wait      time.Duration // how long to wait for somebody who is at it
	RecordFor time.Duration // how long to repeat a Complete that nobody answers

	Command       []string
	DuplicateCode int // the exit code where it was done before

	Signals  <-chan os.Signal // go to the command
	Watchdog []string         // a command that calls Watch with its standard input; empty: none
	Says     io.Writer        // a line for each thing that a person should know

	pace pace
}

// Do claims, runs and completes, and returns the exit code of the whole. A ctx that ends stops it until the
// command has started; from then on the command's end, a lost lease and the signals do.
func Do(ctx context.Context, c Config) int {
	dog, err := startWatchdog(c.Watchdog)
	if err != nil {
		c.say("the watchdog can't be started, nothing was claimed: %v", err)
		return ExitUsage
	}
	defer dog.dismiss()
	l, code := c.claim(ctx)
	if l == nil {
		return code
	}
	defer l.stop()
	job, err := start(c.Command, append(os.Environ(), "SEMEL_KEY="+string(c.Key.Key), "SEMEL_TOKEN="+strconv.FormatUint(l.token, 10)))
	if err != nil {
		c.say("%v: it was not run", err)
		c.release(l)
		return codeOfStart(err)
	}
	return c.attend(l, job, dog)
}

// attend is from the command's start to its end.
func (c *Config) attend(l *lease, job *job, dog *watchdog) int {
	dog.guard(job.target(), l.over)
	for {
		select {
		case end := <-job.ended:
			dog.dismiss()
			return c.ended(l, end)
		case s := <-c.Signals:
			job.signal(s)
		case <-l.due.C:
			l.extend(c)
		case told := <-l.told:
			if err := l.note(told); err != nil {
				return c.lost(l, job, err)
			}
			dog.guard(job.target(), l.over)
		case <-l.last.C:
			return c.lost(l, job, errors.New("no node has extended it in time"))
		}
	}
}

// lost ends a command whose lease is another one's, or may be soon.
func (c *Config) lost(l *lease, job *job, why error) int {
	c.say("LEASE LOST: %v. The command is terminated before it has ended; whoever claims the key next does the work.", why)
	job.terminate()
	select {
	case <-job.ended:
		job.killRest()
	case <-time.After(l.pace.grace):
		job.kill()
	}
	if !errors.Is(why, errTaken) {
		c.release(l)
	}
	return ExitLeaseLost
}

// ended tells the cluster how the command ended.
func (c *Config) ended(l *lease, end end) int {
	switch {
	case end.code == 0:
		return c.complete(l)
	case time.Now().After(l.over): // this process was stopped for that long, and the watchdog killed the command
		c.say("LEASE LOST: it was over before it could be extended, and the command was ended by %s", end.what)
		c.release(l)
		return ExitLeaseLost
	}
	c.say("the command ended with %s: the key is free, the next one may try", end.what)
	c.release(l)
	return end.code
}

// complete repeats until it is known whether the claim is completed.
func (c *Config) complete(l *lease) int {
	ctx, cancel := context.WithTimeout(context.Background(), c.RecordFor)
	defer cancel()
	for {
		answer, err := c.Cluster.Complete(ctx, c.Key, l.token, nil, c.TTL)
		var refused *client.RefusedError
		switch {
		case err == nil && answer.Outcome == dedup.OK:
			return 0
		case err == nil:
			return c.notRecorded(l, fmt.Sprintf("the key is %s: the lease was over, or it was forgotten", word(answer.Outcome)))
		case errors.As(err, &refused), ctx.Err() != nil:
			return c.notRecorded(l, err.Error())
		}
		if !wait.For(ctx, pauseAtLeast) {
			return c.notRecorded(l, err.Error())
		}
	}
}

func (c *Config) notRecorded(l *lease, why string) int {
	c.say("DONE, NOT RECORDED: the command has succeeded, and %s. Whoever claims the key next may do the work again. "+
		"To record it now: %s", why, c.completes(l.token))
	return ExitNotRecorded
}

// completes is the command that records it: of the same key at the same nodes, and for as long.
func (c *Config) completes(token uint64) string {
	line := fmt.Sprintf("semel complete %s --token %d", quoted(c.Key.Key), token)
	if c.Key.Namespace != "" {
		line += " --ns " + quoted([]byte(c.Key.Namespace))
	}
	if c.TTL > 0 {
		line += " --ttl " + c.TTL.String()
	}
	if c.Nodes != "" {
		line += " --nodes " + quoted([]byte(c.Nodes))
	}
	return line
}

// release gives the key up. Where that fails the lease ends it.
func (c *Config) release(l *lease) {
	ctx, cancel := context.WithTimeout(context.Background(), max(l.span, time.Second))
	defer cancel()
	if _, err := c.Cluster.Release(ctx, c.Key, l.token); err != nil {
		c.say("the key could not be released: it is free when the lease is over, in %v at most: %v", l.span, err)
	}
}

// say is for a person, never for a program.
func (c *Config) say(format string, args ...any) {
	fmt.Fprintf(c.Says, "semel run: "+format+"\n", args...)
}

// quoted is a key as a shell reads it.
func quoted(key []byte) string {
	return "'" + strings.ReplaceAll(string(key), "'", `'\''`) + "'"
}
