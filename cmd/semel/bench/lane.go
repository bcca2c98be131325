package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// run is what the lanes of one run share.
type run struct {
	book    *book
	repeats float64 // share of the requests, 0 to 1
	reads   bool    // of keys that were claimed before; else claims
	ttl     time.Duration
	most    uint64    // keys, 0: any number
	from    time.Time // answers count from here
	to      time.Time // until here; nothing is asked later
	enough  *atomic.Bool
}

// goesOn reports whether claims are asked still.
func (r *run) goesOn(now time.Time) bool {
	return now.Before(r.to) && (r.enough == nil || !r.enough.Load()) && (r.most == 0 || r.book.drawn.Load() < r.most)
}

// draw returns the key to claim, or to read, next.
func (r *run) draw(random *rand.Rand) uint64 {
	return r.book.draw(random, r.reads || random.Float64() < r.repeats)
}

// unknown notes that nobody knows what became of a claim; of a read there is nothing to know.
func (r *run) unknown(key uint64) {
	if !r.reads {
		r.book.unknown(key)
	}
}

func (r *run) measures(now time.Time) bool { return !now.Before(r.from) && now.Before(r.to) }

const (
	answerPatience = 10 * time.Second // a node is asked no more that has not answered for so long
	reconnectPause = 10 * time.Millisecond
	refusedPause   = 5 * time.Millisecond // after answers that were all errors
	readBytes      = 64 << 10
)

// asked is a claim on its way.
type asked struct {
	key uint64
	at  time.Time
}

// lane is one connection to a Redis door, its callers, and the one goroutine that serves them.
type lane struct {
	run       *run
	addresses []string // the next one after a connection broke
	callers   int
	tally     *tally
	random    *rand.Rand
	owner     string

	conn    net.Conn
	patient time.Time // the read deadline that is set
	pending []asked   // a ring: the claims on their way, the oldest at head
	head    int
	count   int
	in, out []byte
}

func newLane(r *run, number, callers int, addresses []string, t *tally) *lane {
	return &lane{
		run: r, addresses: addresses, callers: callers, tally: t, random: rand.New(rand.NewPCG(rand.Uint64(), uint64(number))),
		owner: fmt.Sprintf("lane%04d", number%10_000), pending: make([]asked, callers),
		in: make([]byte, 0, readBytes), out: make([]byte, 0, callers*claimBytes),
	}
}

// serve asks until the run is over, and again from the start when a connection broke.
func (l *lane) serve(ctx context.Context) {
	for try := 0; l.run.goesOn(time.Now()) && ctx.Err() == nil; try++ {
		err := l.talk(ctx, l.addresses[try%len(l.addresses)])
		if err == nil {
			return
		}
		l.lose(err)
		wait.For(ctx, reconnectPause)
	}
}

// lose gives up what was on its way: nobody knows what became of it.
func (l *lane) lose(err error) {
	l.tally.mu.Lock()
	defer l.tally.mu.Unlock()
	kind := "connection broke"
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		kind = "no answer"
	}
	l.tally.errors[kind] += int64(max(l.count, 1))
	for ; l.count > 0; l.count-- {
		l.run.unknown(l.pending[l.head].key)
		l.head = (l.head + 1) % len(l.pending)
	}
	l.in, l.out = l.in[:0], l.out[:0]
}

// talk asks over one connection until the run is over and all is answered.
func (l *lane) talk(ctx context.Context, address string) (err error) {
	dialer := net.Dialer{Timeout: time.Second}
	if l.conn, err = dialer.DialContext(ctx, "tcp", address); err != nil {
		return err
	}
	defer func() { _ = l.conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = l.conn.Close() })()
	l.patient = time.Time{}
	now := time.Now()
	for range l.callers {
		l.ask(now)
	}
	for {
		if err := l.write(); err != nil {
			return err
		}
		if l.count == 0 {
			return nil
		}
		if now, err = l.read(); err != nil {
			return err
		}
		refused, err := l.answers(now)
		if err != nil {
			return err
		}
		if refused {
			wait.For(ctx, refusedPause)
		}
	}
}

// claimBytes is more than one claim is long.
const claimBytes = 96

// ask draws a caller's next claim.
func (l *lane) ask(now time.Time) {
	key := l.run.draw(l.random)
	if l.run.reads {
		l.out = appendGet(l.out, l.run.book, key)
	} else {
		l.out = appendSet(l.out, l.run.book, key, l.owner, l.run.ttl)
	}
	l.pending[(l.head+l.count)%len(l.pending)] = asked{key, now}
	l.count++
}

func (l *lane) write() error {
	if len(l.out) == 0 {
		return nil
	}
	_, err := l.conn.Write(l.out)
	l.out = l.out[:0]
	return err
}

// read waits for bytes behind those that are there.
func (l *lane) read() (time.Time, error) {
	if now := time.Now(); l.patient.Sub(now) < answerPatience/2 { // not with every read: it costs a lock
		l.patient = now.Add(answerPatience)
		if err := l.conn.SetReadDeadline(l.patient); err != nil {
			return now, err
		}
	}
	if len(l.in) == cap(l.in) {
		return l.patient, fmt.Errorf("answer %.40q…: no end of the line in %d bytes", l.in, len(l.in))
	}
	n, err := l.conn.Read(l.in[len(l.in):cap(l.in)])
	l.in = l.in[:len(l.in)+n]
	return time.Now(), err
}

// answers takes all answers that are there, and draws a claim for each caller that has one. It reports
// whether all of them were errors.
func (l *lane) answers(now time.Time) (refused bool, err error) {
	l.tally.mu.Lock()
	defer l.tally.mu.Unlock()
	counts, goesOn := l.run.measures(now), l.run.goesOn(now)
	rest, good, bad := l.in, 0, 0
	for {
		line, behind, whole := l.next(rest)
		if !whole {
			break
		}
		ok, err := l.answer(line, now, counts)
		if err != nil {
			return false, err
		}
		if rest = behind; ok {
			good++
		} else {
			bad++
		}
		if goesOn {
			l.ask(now)
		}
	}
	l.in = l.in[:copy(l.in[:cap(l.in)], rest)]
	return bad > 0 && good == 0, nil
}

// next is the next line of what came, or the value that it announces; false where that is not all there.
func (l *lane) next(in []byte) (line, behind []byte, whole bool) {
	line, behind, whole = bytes.Cut(in, []byte("\n"))
	if line = bytes.TrimSuffix(line, []byte("\r")); whole && l.run.reads && string(line) == valueHead {
		line, behind, whole = bytes.Cut(behind, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return line, behind, whole
}

// answer takes one answer to the oldest claim: a simple string won, nil is a duplicate; or to the oldest read: a value.
func (l *lane) answer(line []byte, now time.Time, counts bool) (ok bool, err error) {
	if l.count == 0 || len(line) == 0 {
		return false, fmt.Errorf("answer %q: want one line to each claim", line)
	}
	oldest := l.pending[l.head]
	l.head, l.count = (l.head+1)%len(l.pending), l.count-1
	switch {
	case l.run.reads && line[0] != '-':
		l.run.judgeRead(line)
		if counts {
			l.tally.read++
		}
	case string(line) == "+OK":
		l.run.book.won(oldest.key)
		if counts {
			l.tally.won++
		}
	case string(line) == "$-1" || string(line) == "_":
		l.run.book.duplicate(oldest.key)
		if counts {
			l.tally.duplicate++
		}
	case line[0] == '-':
		l.refused(line[1:], oldest.key)
		return false, nil
	default:
		return false, fmt.Errorf("answer %q to SET NX: want +OK, nil or an error", line)
	}
	if counts {
		l.tally.took(now.Sub(oldest.at))
	}
	return true, nil
}

// refused counts an error by its first word.
func (l *lane) refused(text []byte, key uint64) {
	kind, _, _ := bytes.Cut(text, []byte(" "))
	if !isOfNoEffect(string(kind)) {
		l.run.unknown(key)
	}
	l.tally.errors[string(kind)]++
}

// isOfNoEffect reports whether an error, by its first word, says that nothing was applied.
func isOfNoEffect(kind string) bool {
	return slices.Contains([]string{"LOADING", "TRYAGAIN", "MASTERDOWN", "MISCONF", "OOM"}, kind)
}
