package main

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// A batch of lines is sent when it has as many claims as one entry holds, or so many
// lines or bytes that output would wait.
const (
	mostLines = 1 << 14
	mostText  = 4 << 20
)

// What stands in a line in place of the number of its claim.
const (
	seenHere = -1 - iota // the key of a line further up that is not decided yet
	withoutKey
)

// uniqLine is a line and which claim of its batch decides it.
type uniqLine struct {
	text  []byte // with its newline, if it has one
	claim int32
}

// uniqBatch is neighbouring lines that are decided by one call.
type uniqBatch struct {
	lines  []uniqLine
	bytes  int
	keys   []string
	claims cluster.Batch

	done    chan struct{} // closed when answers or err is there
	answers []cluster.Answer
	err     error
}

func newUniqBatch() *uniqBatch { return &uniqBatch{done: make(chan struct{})} }

func (u *uniqStream) full(b *uniqBatch) bool {
	return len(b.lines) >= cmp.Or(u.mostLines, mostLines) || b.bytes >= mostText
}

func (b *uniqBatch) add(text []byte, claim int32) {
	b.lines = append(b.lines, uniqLine{text, claim})
	b.bytes += len(text)
}

// take puts a line into the batch, or reports that it has no room for one more claim.
//
// A key of a line that is not decided yet is not claimed again: batches overtake one
// another on their way, and the later line might win. Whatever the earlier one is told,
// it is seen when this one's turn comes; that a --ttl ends in between would be late, which
// is allowed, and never early.
func (u *uniqStream) take(b *uniqBatch, text []byte) bool {
	key, ok := u.keyOf(withoutNewline(text))
	if !ok {
		b.add(text, withoutKey)
		return true
	}
	key = shorten(key)
	if _, open := u.open[string(key)]; open {
		b.add(text, seenHere)
		return true
	}
	owner := strconv.AppendInt(append(u.owner[:0], u.run+"/"...), u.read+1, 10)
	u.owner = owner
	if !b.claims.Add(&cluster.Claim{Record: cluster.Record{Namespace: u.namespace, Key: key}, Owner: string(owner), TTL: u.ttl}) {
		return false
	}
	b.add(text, int32(len(b.keys)))
	name := string(key)
	b.keys = append(b.keys, name)
	u.open[name] = struct{}{}
	return true
}

func withoutNewline(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\n' {
		return text[:n-1]
	}
	return text
}

// decide asks for the answers of a batch, and again while the service is full: records
// expire. It is asked with the same owners, so what was won stays won, also where its
// window ended since and another has the key now.
func (u *uniqStream) decide(ctx context.Context, b *uniqBatch) {
	defer close(b.done)
	if b.claims.Len() == 0 {
		return
	}
	deadline := time.Now().Add(u.patience)
	for {
		before := b.answers
		b.answers, b.err = u.claim(ctx, &b.claims)
		for i := range before {
			if b.err == nil && before[i].Outcome == dedup.Won {
				b.answers[i] = before[i]
			}
		}
		if b.err != nil || !isFull(b.answers) || time.Now().After(deadline) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(time.Second, u.patience/10)):
		}
	}
}

func isFull(answers []cluster.Answer) bool {
	for i := range answers {
		if answers[i].Outcome == dedup.Full {
			return true
		}
	}
	return false
}
