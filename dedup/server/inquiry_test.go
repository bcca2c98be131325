package server

// Goal: however many poll, and whoever is silent, a node asks each of the others seldom, one question at a time, and answers within a
// moment. Method: hundreds of pollers; two others, of which one answers and one does not.

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// polled is what pollers of a node saw, and what the others did.
type polled struct {
	asked, open int64         // of the one that answers, in all; of the silent one, at once at most
	rounds      int64         // that ran
	untold      int           // how often somebody was told that the one which answers does not
	longest     time.Duration // that anybody waited
	may         int64         // run, in the time that it took
	last        ClusterHealth
}

// crowd has so many poll, each so often with a pause.
func crowd(pollers, polls int, pause time.Duration) (p polled) {
	nodes := mesh(3)
	var mu sync.Mutex
	var asked, open, ran atomic.Int64
	q := &inquiry{peers: func() []uint8 { return []uint8{2, 3} }, own: func() Status { ran.Add(1); return *nodes[0].Status }}
	q.ask = func(_ context.Context, to uint8, deadline time.Time) ([]byte, error) {
		if to == 2 {
			asked.Add(1)
			<-time.After(20 * time.Millisecond)
			return json.Marshal(nodes[1].Status)
		}
		mu.Lock()
		p.open = max(p.open, open.Add(1))
		mu.Unlock()
		defer open.Add(-1)
		<-time.After(time.Until(deadline))
		return nil, errors.New("silent")
	}
	began := time.Now()
	var polling sync.WaitGroup
	for range pollers {
		polling.Go(func() {
			for range polls {
				began := time.Now()
				h := q.health()
				took := time.Since(began)
				mu.Lock()
				if p.longest, p.last = max(p.longest, took), h; !h.Nodes[1].Answers {
					p.untold++
				}
				mu.Unlock()
				<-time.After(pause)
			}
		})
	}
	polling.Wait()
	p.may = 2 + int64(time.Since(began)/freshFor)
	p.asked, p.rounds = asked.Load(), ran.Load()
	return p
}

func TestACrowdOfPollersAsksSeldom(t *testing.T) {
	p := crowd(300, 10, 100*time.Millisecond)
	require.LessOrEqual(t, p.asked, p.may)
	require.LessOrEqual(t, p.rounds, p.may)
	require.EqualValues(t, 1, p.open)
	require.Zero(t, p.untold)
	require.Less(t, p.longest, 2*time.Second) // half a second, on a machine with nothing else to do
	require.True(t, p.last.Nodes[1].Answers)
	require.False(t, p.last.Nodes[2].Answers)
	require.Equal(t, "no answer within 500ms", p.last.Nodes[2].Error)
}

func TestWhoAnswersAsSomebodyElseIsNotBelieved(t *testing.T) {
	nodes := mesh(2)
	q := &inquiry{peers: func() []uint8 { return []uint8{2} }, own: func() Status { return *nodes[0].Status }}
	q.ask = func(context.Context, uint8, time.Time) ([]byte, error) { return json.Marshal(nodes[0].Status) }
	require.Equal(t, "it answers as another node", q.health().Nodes[1].Error)
}

func TestANodeThatStartsSaysNothingOfItself(t *testing.T) {
	d := describer{opened: make(chan struct{}), own: func() Status { return Status{Node: 4} }}
	require.Nil(t, d.describe())
	close(d.opened)
	require.Contains(t, string(d.describe()), `"node":4`)
}
