package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// proposer has commands on their way to a service within this process, some at a time. What is refused is proposed again.
type proposer struct {
	ctx     context.Context
	service server.Service
	places  chan struct{}
	calls   sync.WaitGroup
	mu      sync.Mutex
	failed  error
}

const (
	proposedAtOnce   = 64
	proposedPatience = 10 * time.Second
)

func newProposer(ctx context.Context, s server.Service) *proposer {
	return &proposer{ctx: ctx, service: s, places: make(chan struct{}, proposedAtOnce)}
}

// propose waits for a place, and proposes commands with as many answers.
func (p *proposer) propose(commands []byte, answers int) {
	select {
	case p.places <- struct{}{}:
		p.calls.Go(func() {
			p.fail(p.once(commands, answers))
			<-p.places
		})
	case <-p.ctx.Done():
		p.fail(p.ctx.Err())
	}
}

func (p *proposer) once(commands []byte, answers int) error {
	for {
		done := make(chan error, 1)
		p.service.Do(commands, answers, server.Within(proposedPatience), func(_ []server.Answer, err error) { done <- err })
		err := <-done
		if !errors.Is(err, server.ErrOverloaded) {
			return err
		}
		if !wait.For(p.ctx, refusedPause) {
			return p.ctx.Err()
		}
	}
}

func (p *proposer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = err
	}
}

func (p *proposer) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// wait waits until all is answered.
func (p *proposer) wait() { p.calls.Wait() }

// ready waits until a service answers.
func ready(ctx context.Context, s server.Service) error {
	if wait.Until(ctx, leaderPatience, levelPause, func() bool { return s.Status().Ready }) {
		return nil
	}
	return fmt.Errorf("%w: the node is not ready %v after its start", ErrUnavailable, leaderPatience)
}

// scatteredKey is key n of many, as a digest would scatter them.
func scatteredKey(n uint64) (k dedup.Key) {
	for i := range 2 { // splitmix64
		x := (2*n + uint64(i) + 1) * 0x9E3779B97F4A7C15
		x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
		x = (x ^ x>>27) * 0x94D049BB133111EB
		binary.LittleEndian.PutUint64(k[8*i:], x^x>>31)
	}
	return k
}
