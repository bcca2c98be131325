package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// The other side of an ask. It has few places of its own, each for a time: however many ask, and whatever they do, they take nothing that
// nodes need but, until they have proved that they have the secret and said that they ask, what any stranger takes.

// answerAsker is the acceptor's side of the hellos of one that asks. Who is accepted has one of the places, until leaveAsked.
func (t *Transport) answerAsker(conn io.Writer, theirs *hello) error {
	own := hello{kind: kindAsk, min: t.cfg.versions.min, max: t.cfg.versions.max, from: t.cfg.Node}
	refused := t.judgeAsker(&own, theirs)
	err := say(conn, &own, refused)
	if err != nil && refused == nil {
		t.leaveAsked()
	}
	return err
}

// judgeAsker takes a place for one that asks, or returns why it gets none.
func (t *Transport) judgeAsker(own, theirs *hello) *RefusedError {
	refusal, detail := otherVersion(own, theirs)
	if refusal == 0 && !theirs.isNobody() {
		refusal, detail = OtherNode, fmt.Sprintf("who asks names no node and no cluster, this one says it is node %d", theirs.from)
	}
	if refusal == 0 {
		select {
		case t.asked <- struct{}{}:
			return nil
		default:
			refusal, detail = NotNow, fmt.Sprintf("%d others ask now", cap(t.asked))
		}
	}
	return &RefusedError{refusal, theirs.from, false, detail}
}

func (t *Transport) leaveAsked() { <-t.asked }

// hear is the rest of the life of a connection by which somebody asks: one request, and its response.
func (t *Transport) hear(c *secured, from net.Addr, version uint8) {
	defer t.leaveAsked()
	err := t.hearOne(c, from, version)
	if errors.Is(err, ErrFrame) || errors.Is(err, errTooLarge) {
		t.sayOnce(&t.strangers, "closed a connection of one that asked", err, "from", source(from))
	}
}

func (t *Transport) hearOne(c *secured, from net.Addr, version uint8) error {
	if err := c.SetDeadline(time.Now().Add(timeToAsk(t.cfg.AskTime))); err != nil {
		return err
	}
	reader := frameReader{from: c, most: mostAsk(), version: version}
	kind, request, err := reader.next()
	switch {
	case err != nil:
		return err
	case kind != frameRequest:
		return strayFrame(kind, kindAsk)
	case reader.end > reader.start:
		return badFrame("%d bytes behind the one request", reader.end-reader.start)
	}
	gone, replies := make(chan struct{}), make(chan []byte, 1)
	t.goroutine.Go(func() {
		defer close(gone)
		t.awaitEnd(c)
	})
	t.cfg.Handler.Asked(from, request, replyOnce(replies))
	select {
	case <-gone:
		return errBroken
	case response := <-replies:
		return respond(c, response, version)
	}
}

// awaitEnd returns when who asks is gone, or says more than there is to say, or its time is over.
func (t *Transport) awaitEnd(c *secured) {
	_, err := c.Read(make([]byte, 1))
	if !endsAsk(err) {
		pause(t.running, timeToAsk(t.cfg.AskTime), nil)
	}
}

// replyOnce returns what a host replies by; only its first word counts, and it never waits.
func replyOnce(replies chan<- []byte) func([]byte) {
	var replied atomic.Bool
	return func(response []byte) {
		if !replied.Swap(true) {
			replies <- bytes.Clone(response)
		}
	}
}

func respond(c *secured, response []byte, version uint8) error {
	if len(response) > MaxAskedBytes {
		return fmt.Errorf("%w: a response of %d bytes, at most %d", errTooLarge, len(response), MaxAskedBytes)
	}
	_, err := c.Write(appendFrameOf(version, nil, frameResponse, nil, response))
	return err
}
