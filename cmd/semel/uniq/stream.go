package uniq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/records"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const (
	chunkBytes  = 256 << 10
	inFlight    = 6 // batches that are asked at once
	graceToStop = 5 * time.Second

	progressGap = 500 * time.Millisecond
)

// stream copies the records that are first. One goroutine, copy's own, does all but
// reading, asking and the write itself.
type stream struct {
	format    *records.Format
	namespace string
	ttl       time.Duration
	run       string
	drawn     bool // the run's name, which nobody knows then
	skip      place
	unmatched choice // what becomes of records without a key
	last      choice // and of a last record without a newline
	patience  time.Duration
	claim     func(context.Context, *cluster.Batch) ([]cluster.Answer, error)
	voice     *voice
	quiet     bool
	words     []string // of the command line, for the advice how to go on
	mostLines int      // of a batch; 0: as many as are good

	chain    chain
	watch    watch
	read     int64               // records taken off the input
	line     int64               // the line that the next record begins with, from 0
	cr       bool                // the last record ended with CRLF
	cut      bool                // the last record had no newline
	rest     []byte              // of the input, not taken yet
	held     *held               // a record that the last batch had no room for
	ended    error               // why no more input comes; io.EOF: it is over
	building *batch              // not asked yet
	asked    []*batch            // in order
	open     map[string]struct{} // the keys of building and asked
	named    bool                // the run's name was said
	again    bool                // it was said that the run was here before
	text     []byte              // to be written

	output  *output
	handed  bool // something was given to the output, which may have taken it
	decided place
	counts  counts
}

// held is a record and its key.
type held struct{ record, key []byte }

// chunk is a piece of the input, and how reading ended behind it.
type chunk struct {
	data []byte
	err  error
}

// copy writes the first occurrences of the input to out. Its error is a *records.Refusal where nothing was claimed, or else
// a *StoppedError.
func (u *stream) copy(ctx context.Context, in io.Reader, out io.Writer) error {
	u.begin(out)
	if err := u.output.check(); err != nil {
		return err
	}
	mended, err := u.output.mend()
	switch {
	case err != nil:
		return u.stopped(fmt.Errorf("write the output: %w", err))
	case mended:
		u.voice.say("the output ended within a line: that line was ended first, look at it")
	}
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	chunks, quit := make(chan chunk, 1), make(chan struct{})
	defer close(quit)
	go readChunks(&records.Input{From: in, For: "semel uniq"}, chunks, quit)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceToStop, cancel) })()
	tick := time.NewTicker(progressGap)
	defer tick.Stop()
	err = u.loop(ctx, asking, chunks, tick.C)
	u.watch.look(true)
	if err == nil {
		err = u.output.sync()
	}
	u.voice.end()
	var refused *records.Refusal
	if err != nil && !errors.As(err, &refused) {
		return u.stopped(err)
	}
	return err
}

func (u *stream) begin(out io.Writer) {
	u.output, u.chain, u.decided = newOutput(out), newChain(u.run), u.skip
	u.open, u.building = map[string]struct{}{}, newBatch()
	u.counts = counts{word: u.format.Word, dropped: u.unmatched == drop}
	u.watch = watch{voice: u.voice, word: u.format.Word, named: u.format.Named}
}

// loop goes on until the input is over and decided, or the first error.
func (u *stream) loop(ctx, asking context.Context, chunks <-chan chunk, tick <-chan time.Time) error {
	interrupted := ctx.Done()
	for began := time.Now(); ; {
		input, err := u.advance(asking, chunks)
		if err != nil {
			return err
		}
		if input == nil && len(u.asked) == 0 && u.ended != nil {
			return u.past()
		}
		select {
		case c := <-input:
			u.feed(c)
		case <-u.oldest():
			if err := u.write(ctx); err != nil {
				return err
			}
		case <-interrupted:
			u.interrupt()
			interrupted = nil
		case <-tick:
			u.voice.show(&u.counts, time.Since(began))
		}
	}
}

// advance takes records and asks for what is ripe, without waiting: a batch is ripe when
// it is full, or when there is no input just now. It returns where to wait for more.
func (u *stream) advance(ctx context.Context, chunks <-chan chunk) (<-chan chunk, error) {
	for {
		full := u.takeRecords()
		if full || len(u.building.lines) > 0 && (u.ended != nil || len(chunks) == 0) {
			if len(u.asked) == inFlight {
				return u.moreUnless(full, chunks), nil
			}
			if err := u.ask(ctx); err != nil {
				return nil, err
			}
			if full {
				continue
			}
		}
		if u.ended != nil {
			return nil, nil //nolint:nilerr // loop asks past for it, when all that was asked is decided
		}
		select {
		case c := <-chunks:
			u.feed(c)
		default:
			return chunks, nil
		}
	}
}

// moreUnless returns where to wait for input, unless the batch is full.
func (u *stream) moreUnless(full bool, chunks <-chan chunk) <-chan chunk {
	if full || u.ended != nil {
		return nil
	}
	return chunks
}

func (u *stream) feed(c chunk) {
	if u.ended != nil {
		return // interrupted
	}
	if len(u.rest) == 0 {
		u.rest = c.data
	} else {
		u.rest = append(u.rest, c.data...)
	}
	if u.ended = c.err; len(u.rest) > records.LongestRecord {
		u.ended = fmt.Errorf("the %s behind %d is longer than %d MiB", u.format.Word, u.read, records.LongestRecord>>20)
	}
}

// ask sends the batch that is being built off. What a reader that has gone away would never see is not claimed.
func (u *stream) ask(ctx context.Context) error {
	u.watch.look(false)
	if u.building.claims.Len() > 0 {
		if u.output.gone() {
			return errGone
		}
		u.nameRun()
	}
	go u.decide(ctx, u.building)
	u.asked = append(u.asked, u.building)
	u.building = newBatch()
	return nil
}

// nameRun says the run's name before the first claim, so that even who is killed right behind it can be asked again.
func (u *stream) nameRun() {
	if u.drawn && !u.named && !u.quiet {
		u.voice.say("run %s: if what it writes gets lost, the same input with --run %s is told the same again", u.run, u.run)
	}
	u.named = true
}

// oldest is closed when the batch is decided whose turn it is.
func (u *stream) oldest() <-chan struct{} {
	if len(u.asked) == 0 {
		return nil
	}
	return u.asked[0].done
}

// interrupt takes no more input; what is asked is waited for.
func (u *stream) interrupt() {
	u.end(context.Canceled)
	u.building = newBatch()
}

// end takes no more input; what was taken is asked and written.
func (u *stream) end(why error) {
	u.ended, u.rest, u.held = why, nil, nil
}

// past returns the error of the input that has ended.
func (u *stream) past() error {
	var refused *records.Refusal
	var record *recordError
	switch {
	case errors.Is(u.ended, io.EOF) && u.read < u.skip.records:
		return &records.Refusal{Why: fmt.Sprintf("--skip %v: the input is over after %d %ss: is it the same input?", &u.skip, u.read, u.format.Word)}
	case errors.Is(u.ended, io.EOF):
		return nil
	case errors.As(u.ended, &refused), errors.As(u.ended, &record), errors.Is(u.ended, context.Canceled):
		return u.ended
	}
	return fmt.Errorf("read the input: %w", u.ended)
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
