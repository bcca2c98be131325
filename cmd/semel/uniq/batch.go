package uniq

import (
	"cmp"
	"context"
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
	header // written, and not claimed
)

// line is a record and which claim of its batch decides it.
type line struct {
	text  []byte // with its newline
	claim int32
	mark  uint32 // of the chain behind it
}

// batch is neighbouring records that are decided by one call.
type batch struct {
	lines  []line
	bytes  int
	keys   []string
	claims cluster.Batch

	done    chan struct{} // closed when answers or err is there
	answers []cluster.Answer
	err     error
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func (u *stream) full(b *batch) bool {
	return len(b.lines) >= cmp.Or(u.mostLines, mostLines) || b.bytes >= mostText
}

func (b *batch) add(text []byte, claim int32, mark uint32) {
	b.lines = append(b.lines, line{text, claim, mark})
	b.bytes += len(text)
}

// take puts a record into the batch, or reports that it has no room for one more claim. The record's text is in the chain already.
//
// A key of a record that is not decided yet is not claimed again: batches overtake one
// another on their way, and the later record might win. Whatever the earlier one is told,
// it is seen when this one's turn comes; that a --ttl ends in between would be late, which
// is allowed, and never early.
func (u *stream) take(b *batch, record, key []byte) bool {
	mark := u.chain.mark()
	if _, open := u.open[string(key)]; open {
		b.add(record, seenHere, mark)
		return true
	}
	if !b.claims.Add(&cluster.Claim{Record: cluster.Record{Namespace: u.namespace, Key: key}, Owner: u.chain.owner(), TTL: u.ttl}) {
		return false
	}
	b.add(record, int32(len(b.keys)), mark)
	name := string(key)
	b.keys = append(b.keys, name)
	u.open[name] = struct{}{}
	return true
}

// decide asks for the answers of a batch, and again while the service is full: records
// expire. It is asked with the same owners, so what was won stays won, also where its
// window ended since and another has the key now.
func (u *stream) decide(ctx context.Context, b *batch) {
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
