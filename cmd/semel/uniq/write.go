package uniq

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// write writes what is first in the oldest batch, up to the first record that is not
// decided.
func (u *stream) write(ctx context.Context) error {
	b := u.asked[0]
	u.asked = u.asked[1:]
	if b.err != nil {
		return b.err
	}
	counts, decided := u.counts, u.decided
	u.text = u.text[:0]
	undecided := u.pick(b)
	u.handed = u.handed || len(u.text) > 0
	if err := u.output.put(ctx, u.text, graceToStop); err != nil {
		u.counts, u.decided = counts, decided
		return err
	}
	for _, key := range b.keys {
		delete(u.open, key)
	}
	return undecided
}

// pick puts what is first of a batch into text.
func (u *stream) pick(b *batch) error {
	for i := range b.lines {
		l := &b.lines[i]
		write, count, err := u.verdict(b, l)
		if err != nil {
			return err
		}
		if write {
			u.text = append(u.text, l.text...)
		}
		*count++
		u.counts.lines++
		u.decided = place{u.decided.records + 1, l.mark}
	}
	return nil
}

// verdict reports whether a record is written, and as what it counts.
func (u *stream) verdict(b *batch, l *line) (write bool, count *int64, err error) {
	switch l.claim {
	case header:
		return true, &u.counts.header, nil
	case withoutKey:
		return u.unmatched != drop, &u.counts.unmatched, nil
	case seenHere:
		return false, &u.counts.seen, nil
	}
	switch answer := &b.answers[l.claim]; answer.Outcome {
	case dedup.Won:
		u.noteAgain(answer)
		return true, &u.counts.first, nil
	case dedup.InProgress:
		u.counts.held++
		return false, &u.counts.seen, nil
	case dedup.Duplicate, dedup.Mismatch:
		return false, &u.counts.seen, nil
	case dedup.Full:
		return false, nil, exit.ErrFull
	default:
		return false, nil, fmt.Errorf("a claim was answered %v: is the cluster newer than this program?", answer.Outcome)
	}
}

// noteAgain counts what an earlier start of this run had won: it was written then, perhaps to an output that is lost.
func (u *stream) noteAgain(answer *cluster.Answer) {
	if !answer.Replayed || answer.Repeated {
		return
	}
	u.counts.again++
	if !u.again {
		u.again = true
		u.voice.say("run %s was here before, and what it wrote of the same %ss then is written again. Another input wants a run of its own", u.run, u.format.Word)
	}
}

// counts are records that are decided, by what became of them.
type counts struct {
	lines, first, seen, held, unmatched, header, again int64

	word    string
	dropped bool // records without a key are left out
	cut     bool // and so was the last one, which had no newline
}

// String tells what the user is told at the end.
func (c *counts) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %ss: %d first seen", c.lines, c.word, c.first)
	if c.again > 0 {
		fmt.Fprintf(&b, " (%d of them written again)", c.again)
	}
	fmt.Fprintf(&b, ", %d seen before", c.seen)
	if c.held > 0 {
		fmt.Fprintf(&b, " (%d of them claimed elsewhere with a lease, not completed)", c.held)
	}
	if c.unmatched > 0 {
		fmt.Fprintf(&b, ", %d without a key (%s)", c.unmatched, map[bool]string{true: "left out", false: "written"}[c.dropped])
	}
	if c.header > 0 {
		b.WriteString(", a header")
	}
	if c.cut {
		b.WriteString(", a last one cut off (left out)")
	}
	return b.String()
}

// show writes a line of progress over the one before.
func (v *voice) show(c *counts, since time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.progress && v.to != nil {
		fmt.Fprintf(v.to, wipeLine+"%d %ss, %.0f/s: %d first seen, %d seen before", c.lines, c.word, float64(c.lines)/since.Seconds(), c.first, c.seen)
		v.wipe = true
	}
}

// end wipes the line of progress.
func (v *voice) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.wipe && v.to != nil {
		fmt.Fprint(v.to, wipeLine)
	}
	v.wipe = false
}
