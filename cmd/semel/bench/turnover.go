package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// turnover is a load of claims whose keys expire, offered at a rate, whatever is answered. A claim's time counts from when it was due.
type turnover struct {
	addresses []string // of the Redis doors; connections are spread over them
	rate      float64  // claims/s
	value     string
	ledger    *ledger

	start  time.Time
	mu     sync.Mutex
	window *tally // of the claims that were answered since the last look
}

const turnoverConnections = 12

func newTurnover(doors []door, rate float64, valueBytes int, l *ledger) *turnover {
	t := &turnover{rate: rate, value: strings.Repeat("v", valueBytes), ledger: l, window: newTally()}
	for _, d := range doors {
		t.addresses = append(t.addresses, d.redis)
	}
	return t
}

// run offers claims until ctx ends, and then waits for what is on its way.
func (t *turnover) run(ctx context.Context) {
	t.start = time.Now()
	var lanes sync.WaitGroup
	for i := range turnoverConnections {
		l := &turnoverLane{turnover: t, addresses: rotated(t.addresses, i), random: rand.New(rand.NewPCG(rand.Uint64(), uint64(i)))}
		lanes.Go(func() { l.serve(ctx) })
	}
	lanes.Wait()
}

// look returns what was answered since it was called last.
func (t *turnover) look() *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.window
	t.window = newTally()
	return was
}

func (t *turnover) fails(kind string, times int) {
	if times == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.window.errors[kind] += int64(times)
}

// turnoverLane is one connection of it, to one door after another where they break.
type turnoverLane struct {
	*turnover
	addresses []string
	random    *rand.Rand
	sent      int // claims ever offered

	mu      sync.Mutex
	pending []dueClaim // on their way, the oldest first
}

type dueClaim struct {
	key        uint64
	due, asked time.Time
}

func (l *turnoverLane) serve(ctx context.Context) {
	for try := 0; ctx.Err() == nil; try++ {
		if err := l.talk(ctx, l.addresses[try%len(l.addresses)]); err != nil {
			l.fails("connection broke", 1)
		}
		for _, c := range l.pending { // nobody knows what became of them
			l.ledger.unknown(c.key)
		}
		l.fails("no answer", len(l.pending))
		l.pending = l.pending[:0]
		wait.For(ctx, reconnectPause)
	}
}

// talk offers claims over one connection until ctx ends and all is answered, or it breaks.
func (l *turnoverLane) talk(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	read := make(chan error, 1)
	go func() {
		read <- l.read(conn)
		_ = conn.Close() // no more is written either
	}()
	err = l.write(ctx, conn)
	if err == nil && l.isAnswered(ctx) {
		_ = conn.Close()
		<-read //nolint:errcheck // it ends because the connection was closed
		return nil
	}
	_ = conn.Close()
	return errors.Join(err, <-read)
}

// isAnswered waits until nothing is on its way.
func (l *turnoverLane) isAnswered(ctx context.Context) bool {
	return wait.Until(context.WithoutCancel(ctx), answerPatience, openStep, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.pending) == 0
	})
}

// write writes what is due until ctx ends. Where the node does not read, it falls behind, and what is due waits.
func (l *turnoverLane) write(ctx context.Context, conn net.Conn) error {
	rate := l.rate / turnoverConnections
	var out []byte
	for ctx.Err() == nil {
		now := time.Now()
		out = out[:0]
		l.mu.Lock()
		for float64(l.sent) < rate*now.Sub(l.start).Seconds() && len(out) < readBytes {
			due := l.start.Add(time.Duration(float64(l.sent) / rate * float64(time.Second)))
			key := l.ledger.draw(l.random, now)
			out = appendSet(out, l.ledger.book, key, l.value, l.ledger.ttl)
			l.pending = append(l.pending, dueClaim{key, due, now})
			l.sent++
		}
		l.mu.Unlock()
		_ = conn.SetWriteDeadline(now.Add(answerPatience))
		if _, err := conn.Write(out); err != nil {
			return err
		}
		if len(out) < readBytes {
			wait.For(ctx, openStep)
		}
	}
	return nil
}

func (l *turnoverLane) read(conn net.Conn) error {
	lines := bufio.NewReaderSize(conn, readBytes)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(answerPatience))
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		if err := l.answer(strings.TrimSpace(line), time.Now()); err != nil {
			return err
		}
	}
}

// answer takes the answer to the oldest claim.
func (l *turnoverLane) answer(line string, now time.Time) error {
	l.mu.Lock()
	if len(l.pending) == 0 || line == "" {
		l.mu.Unlock()
		return fmt.Errorf("answer %q: want one line to each claim", line)
	}
	oldest := l.pending[0]
	l.pending = l.pending[1:]
	l.mu.Unlock()
	t := l.turnover
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case line == "+OK":
		l.ledger.wonAt(oldest.key, oldest.asked, now)
		t.window.won++
	case line == "$-1" || line == "_":
		l.ledger.duplicateAt(oldest.key, oldest.asked, now)
		t.window.duplicate++
	case line[0] == '-':
		kind := firstWord(line[1:])
		if !isOfNoEffect(kind) {
			l.ledger.unknown(oldest.key)
		}
		t.window.errors[kind]++
		return nil
	default:
		return fmt.Errorf("answer %q to SET NX: want +OK, nil or an error", line)
	}
	t.window.took(now.Sub(oldest.due))
	return nil
}
