package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// payment is an event of the stream. The same id may come again.
type payment struct {
	id, account string
	amount      int
}

const (
	stream  = "payments"
	batch   = 16 // payments in one entry
	keepFor = 4  // entries after which the books are kept
)

// Why the books do not fit the log.
var (
	errOlderLog  = errors.New("the log lacks the entry that the books were kept behind: its folder is an older copy")
	errAhead     = errors.New("the books are ahead of the log's checkpoint")
	errTakenOver = errors.New("another owner has moved the checkpoint: another program works on this stream")
)

// engine books the payments of a stream.
type engine struct {
	replica *server.Replica
	books   books
	dir     string
	applied atomic.Uint64     // up to where the log is applied here; see Config.Applied
	step    func(name string) // is told of each step, for tests
}

// open starts the node and reads the books.
func open(dir string, config *server.Config, step func(string)) (*engine, error) {
	e := &engine{dir: dir, step: step}
	var err error
	if e.books, err = readBooks(dir); err != nil {
		return nil, err
	}
	config.Applied = func(index uint64) { e.applied.Store(index) } // returns at once: the node waits for it
	if e.replica, err = server.Open(*config); err != nil {
		return nil, err
	}
	step("opened")
	return e, nil
}

// run books all payments, as far as that was not done.
func (e *engine) run(ctx context.Context, payments []payment) error {
	if err := e.check(ctx); err != nil {
		return err
	}
	for e.books.Offset < len(payments) {
		next := payments[e.books.Offset:min(e.books.Offset+batch, len(payments))]
		answers, err := e.claim(ctx, next)
		if err != nil {
			return err
		}
		e.step("answered")
		for k, p := range next {
			if isBooked(answers[k+1].Outcome) {
				e.books.Balances[p.account] += p.amount
				e.books.Booked++
			}
		}
		e.books.Offset += len(next)
		e.step("booked")
		if e.applied.Load() >= e.books.Index+keepFor {
			if err := e.keep(); err != nil {
				return err
			}
		}
	}
	return e.keep()
}

// keep writes the books as they are behind the entry that is applied last. No call is open: of this stream the log has nothing behind that,
// and up to there nothing that is not booked. The hook may yet have to tell of the entry that was answered last; the status knows it.
func (e *engine) keep() error {
	e.books.Index = e.replica.Status().Applied
	return e.books.keep(e.dir, e.step)
}

// check finds out whether the books fit the log.
func (e *engine) check(ctx context.Context) error {
	secret, err := e.secret(ctx)
	if err != nil {
		return err
	}
	query := dedup.AppendCheckpointQuery(nil, dedup.CheckpointQuery{Key: dedup.Digest(&secret, stream, []byte("0"))})
	told, err := e.do(ctx, query, 1)
	if err != nil {
		return err
	}
	switch now := e.replica.Status().Applied; {
	case lacksEntry(now, e.books.Index):
		return fmt.Errorf("%w: entry %d of %d", errOlderLog, now, e.books.Index)
	case told[0].Offset < uint64(e.books.Offset):
		return fmt.Errorf("%w: %d of %d", errAhead, e.books.Offset, told[0].Offset)
	}
	e.books.Offset = resumeAt(e.books.Offset, told[0].Offset)
	return nil
}

// claim stores the offset behind some payments and claims each, in one entry.
func (e *engine) claim(ctx context.Context, next []payment) ([]server.Answer, error) {
	secret, err := e.secret(ctx)
	if err != nil {
		return nil, err
	}
	c := dedup.Checkpoint{Key: dedup.Digest(&secret, stream, []byte("0")), Owner: e.owner(&secret, "stream"), Offset: uint64(e.books.Offset + len(next))}
	for k, p := range next {
		owner := e.owner(&secret, fmt.Sprint(e.books.Offset+k))
		c.Claims = append(c.Claims, dedup.Claim{Key: dedup.Digest(&secret, server.Namespace, []byte(p.id)), Owner: owner})
	}
	e.step("before the call")
	answers, err := e.do(ctx, dedup.AppendCheckpoint(nil, c), 1+len(next))
	if err == nil && answers[0].Outcome != dedup.OK {
		err = fmt.Errorf("%w: %v", errTakenOver, answers[0].Outcome)
	}
	return answers, err
}

// owner is who reads a place of the stream: the same in each life of this program.
func (e *engine) owner(secret *dedup.Secret, place string) dedup.Owner {
	return dedup.OwnerDigest(secret, []byte(e.books.Name+"/"+place))
}

// do makes a call, and the same again until it is answered or ctx ends: an outcome that is unknown is found out by that.
func (e *engine) do(ctx context.Context, commands []byte, answers int) (told []server.Answer, err error) {
	for ctx.Err() == nil {
		answered := make(chan error, 1)
		e.replica.Do(commands, answers, server.Within(time.Second), func(given []server.Answer, err error) {
			told = append(told[:0], given...)
			answered <- err
		})
		e.step("called")
		switch err = <-answered; {
		case err == nil:
			return told, nil
		case errors.Is(err, server.ErrStopped):
			return nil, err
		}
	}
	return nil, errors.Join(ctx.Err(), err)
}

// secret is what digests are made with. The cluster's first entry has it.
func (e *engine) secret(ctx context.Context) (dedup.Secret, error) {
	for {
		if secret, loaded := e.replica.Secret(); loaded {
			return secret, nil
		}
		select {
		case <-ctx.Done():
			return dedup.Secret{}, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
