package cluster

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Clock is the clocks of one node. Its monotonic clock has a zero of its own in each life and never goes back. It is
// safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	since time.Time // when rate was set
	value int64     // of the monotonic clock then, in ns
	rate  float64
	jump  time.Duration // of the wall clock
}

// NewClock returns clocks that are right.
func NewClock() *Clock { return &Clock{since: time.Now(), rate: 1} }

// Now is node.Clock's.
func (c *Clock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() int64 { return c.value + int64(c.rate*float64(time.Since(c.since))) }

// Wall is node.Clock's.
func (c *Clock) Wall() uint64 { return uint64(c.Time().UnixNano()) }

// Time returns what the wall clock shows.
func (c *Clock) Time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.jump)
}

// SetRate lets the monotonic clock run at a rate from now on: 1 is right, 0 stands still.
func (c *Clock) SetRate(rate float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value, c.since, c.rate = c.now(), time.Now(), rate
}

// Jump moves the wall clock, forth or back, beside what it was moved before.
func (c *Clock) Jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jump += by
}

// boot gives the monotonic clock another zero, as a process that starts anew finds one.
func (c *Clock) boot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value, c.since = rand.Int64N(1<<50), time.Now()
}
