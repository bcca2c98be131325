package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const (
	chunkBytes  = 256 << 10
	inFlight    = 6 // batches that are asked at once
	graceToStop = 5 * time.Second
	progressGap = 500 * time.Millisecond
)

// uniqStream copies the lines that are first. One goroutine, copy's own, does all but
// reading and asking.
type uniqStream struct {
	keyOf     keyOf
	namespace string
	ttl       time.Duration
	run       string
	skip      int64
	drop      bool // leave lines without a key out
	patience  time.Duration
	claim     func(context.Context, *cluster.Batch) ([]cluster.Answer, error)
	progress  io.Writer // nil: none
	mostLines int       // of a batch; 0: as many as are good

	read     int64               // lines taken off the input
	rest     []byte              // of the input, not taken yet
	scanned  int                 // so much of rest has no newline
	ended    error               // why no more input comes; io.EOF: it is over
	building *uniqBatch          // not asked yet
	asked    []*uniqBatch        // in order
	open     map[string]struct{} // the keys of building and asked
	owner    []byte
	counts   uniqCounts
}

// uniqCounts are lines that are decided, by what became of them.
type uniqCounts struct {
	lines, first, seen, held, unmatched int64
	dropped                             bool
}

// String tells what the user is told at the end.
func (c *uniqCounts) String() string {
	text := fmt.Sprintf("%d lines: %d first seen, %d seen before", c.lines, c.first, c.seen)
	if c.held > 0 {
		text += fmt.Sprintf(" (%d of them claimed elsewhere with a lease, not completed)", c.held)
	}
	if c.unmatched > 0 {
		text += fmt.Sprintf(", %d without a key (%s)", c.unmatched, map[bool]string{true: "left out", false: "written"}[c.dropped])
	}
	return text
}

// chunk is a piece of the input, and how reading ended behind it.
type chunk struct {
	data []byte
	err  error
}

// copy writes the first occurrences of the input to out. Its error tells behind which line it
// stopped; all up to that line is decided and written.
func (u *uniqStream) copy(ctx context.Context, in io.Reader, out io.Writer) error {
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	u.open, u.building, u.counts = map[string]struct{}{}, newUniqBatch(), uniqCounts{dropped: u.drop}
	chunks, quit := make(chan chunk, 1), make(chan struct{})
	defer close(quit)
	go readChunks(in, chunks, quit)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceToStop, cancel) })()
	tick := time.NewTicker(progressGap)
	defer tick.Stop()
	err := u.loop(ctx, asking, chunks, tick.C, bufio.NewWriterSize(out, chunkBytes))
	if u.progress != nil {
		fmt.Fprint(u.progress, "\r\x1b[K")
	}
	if err != nil {
		return u.stopped(err)
	}
	return nil
}

// loop goes on until the input is over and decided, or the first error.
func (u *uniqStream) loop(ctx, asking context.Context, chunks <-chan chunk, tick <-chan time.Time, out *bufio.Writer) error {
	interrupted := ctx.Done()
	for began := time.Now(); ; {
		input := u.advance(asking, chunks)
		if input == nil && len(u.asked) == 0 && u.ended != nil {
			return past(u.ended)
		}
		select {
		case c := <-input:
			u.feed(c)
		case <-u.oldest():
			if err := u.write(out); err != nil {
				return err
			}
		case <-interrupted:
			u.interrupt()
			interrupted = nil
		case <-tick:
			u.showProgress(time.Since(began))
		}
	}
}

// advance takes lines and asks for what is ripe, without waiting: a batch is ripe when
// it is full, or when there is no input just now. It returns where to wait for more.
func (u *uniqStream) advance(ctx context.Context, chunks <-chan chunk) <-chan chunk {
	for {
		full := u.takeLines()
		switch {
		case full && len(u.asked) == inFlight:
			return nil
		case full:
			u.ask(ctx)
			continue
		case u.ended != nil:
			if len(u.building.lines) > 0 && len(u.asked) < inFlight {
				u.ask(ctx)
			}
			return nil
		}
		select {
		case c := <-chunks:
			u.feed(c)
			continue
		default:
		}
		if len(u.building.lines) > 0 && len(u.asked) < inFlight {
			u.ask(ctx)
		}
		return chunks
	}
}

// takeLines takes lines off rest until there is none or the batch is full.
func (u *uniqStream) takeLines() (full bool) {
	for {
		if u.full(u.building) {
			return true
		}
		end := bytes.IndexByte(u.rest[u.scanned:], '\n') + 1 + u.scanned
		if end == u.scanned {
			if u.scanned = len(u.rest); !errors.Is(u.ended, io.EOF) || len(u.rest) == 0 {
				return false
			}
			end = len(u.rest) // the last line has no newline
		}
		if u.read >= u.skip && !u.take(u.building, u.rest[:end:end]) {
			return true
		}
		u.read++
		u.rest, u.scanned = u.rest[end:], 0
	}
}

func (u *uniqStream) feed(c chunk) {
	if u.ended != nil {
		return // interrupted
	}
	if len(u.rest) == 0 {
		u.rest = c.data
	} else {
		u.rest = append(u.rest, c.data...)
	}
	u.ended = c.err
}

// ask sends the batch that is being built off.
func (u *uniqStream) ask(ctx context.Context) {
	go u.decide(ctx, u.building)
	u.asked = append(u.asked, u.building)
	u.building = newUniqBatch()
}

// oldest is closed when the batch is decided whose turn it is.
func (u *uniqStream) oldest() <-chan struct{} {
	if len(u.asked) == 0 {
		return nil
	}
	return u.asked[0].done
}

// interrupt takes no more input; what is asked is waited for.
func (u *uniqStream) interrupt() {
	u.ended, u.rest, u.scanned, u.building = context.Canceled, nil, 0, newUniqBatch()
}

var errFull = errors.New("the cluster is full: raise its capacity, use a --ttl, or wait until keys expire")

// write writes what is first in the oldest batch, up to the first line that is not
// decided.
func (u *uniqStream) write(out *bufio.Writer) error {
	b, written := u.asked[0], u.counts.lines
	u.asked = u.asked[1:]
	if b.err != nil {
		return b.err
	}
	undecided := u.writeLines(out, b)
	if err := out.Flush(); err != nil {
		u.counts.lines = written
		return fmt.Errorf("write the output (some behind this line may be written): %w", err)
	}
	for _, key := range b.keys {
		delete(u.open, key)
	}
	return undecided
}

// writeLines leaves errors of out to Flush, which repeats them.
func (u *uniqStream) writeLines(out *bufio.Writer, b *uniqBatch) error {
	for _, line := range b.lines {
		if err := u.writeLine(out, b, line); err != nil {
			return err
		}
	}
	return nil
}

func (u *uniqStream) writeLine(out *bufio.Writer, b *uniqBatch, line uniqLine) error {
	write, count := false, &u.counts.seen
	switch {
	case line.claim == withoutKey:
		write, count = !u.drop, &u.counts.unmatched
	case line.claim >= 0:
		switch b.answers[line.claim].Outcome {
		case dedup.Won:
			write, count = true, &u.counts.first
		case dedup.InProgress:
			u.counts.held++
		case dedup.Duplicate, dedup.Mismatch:
		case dedup.Full:
			return errFull
		default:
			return fmt.Errorf("a claim was answered %v: is the cluster newer than this program?", b.answers[line.claim].Outcome)
		}
	}
	if write {
		_, _ = out.Write(line.text)
	}
	*count++
	u.counts.lines++
	return nil
}

func (u *uniqStream) showProgress(since time.Duration) {
	if u.progress == nil {
		return
	}
	c := &u.counts
	fmt.Fprintf(u.progress, "\r\x1b[K%d lines, %.0f/s: %d first seen, %d seen before", c.lines, float64(c.lines)/since.Seconds(), c.first, c.seen)
}

// past is the error of an input that ended.
func past(ended error) error {
	if errors.Is(ended, io.EOF) {
		return nil
	}
	return fmt.Errorf("read the input: %w", ended)
}

// stopped says how to go on.
func (u *uniqStream) stopped(err error) error {
	line := max(u.skip, 0) + u.counts.lines
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	return &exitError{exitUnavailable, fmt.Errorf("uniq: stopped behind line %d: %w\n"+
		"Up to that line all is decided and written. Go on with the same input and flags, and append:\n"+
		"  semel uniq --run %s --skip %d ... < input >> output", line, err, u.run, line)}
}

// readChunks reads until the input ends or quit is closed. No memory is read into twice:
// lines stay part of their chunk until they are written.
func readChunks(in io.Reader, chunks chan<- chunk, quit <-chan struct{}) {
	var free []byte
	for {
		if len(free) < chunkBytes/8 {
			free = make([]byte, chunkBytes)
		}
		n, err := in.Read(free)
		select {
		case chunks <- chunk{free[:n:n], err}:
			free = free[n:]
		case <-quit:
			return
		}
		if err != nil {
			return
		}
	}
}
