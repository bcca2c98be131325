package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// probes ask for one new claim every probeEvery at each of some doors, whatever became of those before: who waits for an answer
// holds up nobody. What they note is when claims were answered.
type probes struct {
	asking   context.Context
	end      context.CancelFunc
	running  sync.WaitGroup
	mu       sync.Mutex
	answered []time.Time
	count    atomic.Int64
}

const (
	probeEvery    = 2 * time.Millisecond
	probePatience = 5 * time.Second // for an answer
	probesAtOnce  = 1000            // at each door; beyond, nothing is asked
	probesWarm    = 100             // answers that show that all is well
)

func startProbes(doors []door) *probes {
	p := &probes{}
	p.asking, p.end = context.WithCancel(context.Background())
	for _, d := range doors {
		p.running.Go(func() { p.ask(d.redis) })
	}
	return p
}

// ask starts a claim at each tick, over a connection that none waits on.
func (p *probes) ask(address string) {
	idle, open := make(chan net.Conn, probesAtOnce), make(chan struct{}, probesAtOnce)
	var calls sync.WaitGroup
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for p.asking.Err() == nil {
		select {
		case <-p.asking.Done():
		case <-tick.C:
			select {
			case open <- struct{}{}:
				calls.Go(func() { p.call(address, idle); <-open })
			default:
			}
		}
	}
	calls.Wait()
	close(idle)
	for c := range idle {
		_ = c.Close()
	}
}

// call makes one claim, and keeps the connection for the next one if it was answered.
func (p *probes) call(address string, idle chan net.Conn) {
	var c net.Conn
	select {
	case c = <-idle:
	default:
		var err error
		if c, err = (&net.Dialer{Timeout: probePatience}).DialContext(p.asking, "tcp", address); err != nil {
			return
		}
	}
	stop := context.AfterFunc(p.asking, func() { _ = c.Close() })
	key := rand.Text()
	_ = c.SetDeadline(time.Now().Add(probePatience))
	_, err := fmt.Fprintf(c, "*6\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$1\r\n1\r\n$2\r\nNX\r\n$2\r\nEX\r\n$2\r\n60\r\n", len(key), key)
	line := ""
	if err == nil {
		line, err = bufio.NewReader(c).ReadString('\n')
	}
	if !stop() || err != nil {
		_ = c.Close()
		return
	}
	if line == "+OK\r\n" {
		p.note(time.Now())
	}
	idle <- c
}

func (p *probes) note(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered = append(p.answered, now)
	p.count.Add(1)
}

// awaitAnswers waits for so many more.
func (p *probes) awaitAnswers(ctx context.Context, more int64) error {
	return p.awaitAnswersFor(ctx, more, leaderPatience)
}

func (p *probes) awaitAnswersFor(ctx context.Context, more int64, patience time.Duration) error {
	before := p.count.Load()
	if wait.Until(ctx, patience, probeEvery, func() bool { return p.count.Load() >= before+more }) {
		return nil
	}
	return fmt.Errorf("%w: %d claims were answered in %v", ErrUnavailable, p.count.Load()-before, patience)
}

// stop asks for no more. Stop again does nothing.
func (p *probes) stop() {
	p.end()
	p.running.Wait()
}

// first is how long after began a claim was answered first. The probes have stopped.
func (p *probes) first(began time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.SortFunc(p.answered, time.Time.Compare)
	for _, at := range p.answered {
		if at.After(began) {
			return at.Sub(began)
		}
	}
	return 0
}

// longest is the longest time without an answer, of those that ended after began. The probes have stopped.
func (p *probes) longest(began time.Time) (gap time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.SortFunc(p.answered, time.Time.Compare)
	for k := 1; k < len(p.answered); k++ {
		if p.answered[k].After(began) {
			gap = max(gap, p.answered[k].Sub(p.answered[k-1]))
		}
	}
	return gap
}
