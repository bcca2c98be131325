package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// inquiry is how a node asks the others how they are, for whoever polls it. Who would harm by that: hundreds of pollers, each of whom would
// have every node asked, and a node that hangs, which would keep all of them. So whoever comes within freshFor gets what was found
// last, those who come while a round runs share it, a round waits for askPatience at most, and of each node one question is open at a time:
// one that is overdue is waited for by nobody, and no other one is sent before it has ended.
type inquiry struct {
	ask   func(ctx context.Context, to uint8, deadline time.Time) ([]byte, error)
	own   func() Status
	peers func() []uint8

	mu    sync.Mutex
	round chan struct{} // closed when the round that runs is over; nil: none runs
	at    time.Time     // when view was found
	view  ClusterHealth
	asked map[uint8]*question
}

// question is what was asked of a node last, and what it said.
type question struct {
	open chan struct{} // closed when it has ended; nil: none is open

	told   time.Time // when it answered
	status *Status   // nil: it never did
	err    error     // of the last one that ended
}

const (
	freshFor    = 250 * time.Millisecond // what was found is told again
	askPatience = 500 * time.Millisecond // a round lasts at most
	askDeadline = 5 * time.Second        // a question is open at most
	wordLasts   = 2 * time.Second        // what a node said counts while it is asked anew
)

var errNoAnswer = fmt.Errorf("no answer within %v", askPatience)

// health is how the cluster is, as found within freshFor.
func (q *inquiry) health() ClusterHealth {
	q.mu.Lock()
	if q.asked == nil {
		q.asked = map[uint8]*question{}
	}
	if isFresh(time.Since(q.at)) {
		defer q.mu.Unlock()
		return q.view
	}
	if running := q.round; shares(running != nil) {
		q.mu.Unlock()
		<-running
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.view
	}
	over := make(chan struct{})
	q.round = over
	q.mu.Unlock()
	q.waitFor(q.askAll())
	own := q.own()

	q.mu.Lock()
	defer q.mu.Unlock()
	q.view, q.at, q.round = q.judge(&own), time.Now(), nil
	close(over)
	return q.view
}

// askAll asks whoever is not asked yet, and returns what to wait for.
func (q *inquiry) askAll() (opened []chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range q.peers() {
		if q.asked[id] == nil {
			q.asked[id] = &question{}
		}
		if one := q.asked[id]; mayAsk(one.open != nil) {
			one.open = make(chan struct{})
			opened = append(opened, one.open)
			go q.put(id, one, one.open)
		}
	}
	return opened
}

// put asks one node, and keeps what it says.
func (q *inquiry) put(id uint8, one *question, open chan struct{}) {
	var status Status
	told, err := q.ask(context.Background(), id, time.Now().Add(askDeadline))
	if err == nil {
		err = json.Unmarshal(told, &status)
	}
	if err == nil && status.Node != id {
		err = errors.New("it answers as another node")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if one.err = err; err == nil {
		one.told, one.status = time.Now(), &status
	}
	one.open = nil
	close(open)
}

func (q *inquiry) waitFor(opened []chan struct{}) {
	patience := time.NewTimer(patienceOf(askPatience))
	defer patience.Stop()
	for _, open := range opened {
		select {
		case <-open:
		case <-patience.C:
			return
		}
	}
}

// judge makes of what was told how the cluster is.
func (q *inquiry) judge(own *Status) ClusterHealth {
	nodes := []NodeHealth{{Node: own.Node, Answers: true, Status: own}}
	for _, id := range q.peers() {
		if one := q.asked[id]; one != nil { // one that has come just now is asked by the next round
			nodes = append(nodes, one.health(id))
		}
	}
	return Judge(own.Node, nodes)
}

// health is what is known of a node. What ended in an error says nothing; what is not answered yet counts as it was a moment ago.
func (o *question) health(id uint8) NodeHealth {
	n := NodeHealth{Node: id}
	switch {
	case o.err != nil && o.open == nil:
		n.Error = o.err.Error()
	case o.status == nil || time.Since(o.told) > wordLasts:
		n.Error = errNoAnswer.Error()
	default:
		n.Answers, n.Status = true, o.status
	}
	return n
}

// describer puts a node's status for others, at most so often.
type describer struct {
	opened chan struct{} // closed once there is a node
	own    func() Status

	mu   sync.Mutex
	at   time.Time
	told []byte
}

// describeAgain is how long what was put is told again: peers ask at most every freshFor each.
const describeAgain = 100 * time.Millisecond

func (d *describer) describe() []byte {
	select {
	case <-d.opened:
	default:
		return nil // it starts
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.at) > describeAgain {
		told, err := json.Marshal(d.own())
		if err != nil {
			return nil
		}
		d.told, d.at = told, time.Now()
	}
	return slices.Clone(d.told)
}
