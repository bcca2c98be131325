package virtualcluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/node"
)

// client makes one call after another.
type client struct {
	run    *run
	script *workload.Client
	open   *attempt
}

// attempt is a call that is open.
type attempt struct {
	client *client
	call   workload.Call
	first  int // operation in the history
	over   bool
	age    *int64 // that a stale read was told, in ms; nil: not
}

// How long what a client sends is on its way, and what it is told; how long a client goes on waiting behind its
// patience; how long it rests after a call that nobody took.
const (
	way      = time.Millisecond
	grace    = 50 * time.Millisecond
	backOff  = 20 * time.Millisecond
	noticing = 2 * time.Millisecond // that a connection broke
)

// next makes the client's next call when it has thought.
func (c *client) next() {
	call, think, ok := c.script.Next()
	if !ok {
		c.run.working--
		return
	}
	if call.Attempt > 0 {
		think = time.Duration(call.Attempt) * backOff
	}
	c.run.world.After(think, func() { c.send(call) })
}

func (c *client) send(call workload.Call) {
	call.Door = workload.Service
	a := &attempt{client: c, call: call, first: c.run.recorder.Call(call.Operations(&c.run.secret)...)}
	c.open = a
	c.run.world.After(way, a.arrive)
	c.run.world.After(call.Patience+grace, func() { a.fail(linearizability.Unknown, "the client's patience is over") })
}

// arrive is where the call reaches its node.
func (a *attempt) arrive() {
	r := a.client.run
	m := r.cluster.at(a.call.Node)
	switch {
	case a.over:
	case m == nil || !m.Running() || m.Err() != nil:
		a.fail(linearizability.NotApplied, "connection refused")
	case a.call.Stale():
		a.peek(m)
	default:
		m.Propose(a.call.Encode(&r.secret), a.call.Patience, func(encoded []byte, err error) {
			a.answer(encoded, err)
		})
	}
}

// answer is where the node answers. Whether the client hears it is another matter.
func (a *attempt) answer(encoded []byte, err error) {
	if a.client.run.cluster.loses(a.call.Node) {
		a.client.run.world.After(noticing, func() { a.fail(linearizability.Unknown, "the reply was lost") })
		return
	}
	var answers []server.Answer
	if err == nil {
		answers, err = server.DecodeAnswers(encoded, len(a.call.Commands))
	}
	a.client.run.world.After(way, func() { a.hear(answers, err) })
}

func (a *attempt) hear(answers []server.Answer, err error) {
	switch {
	case err == nil:
		var told []linearizability.Answer
		for k := range answers {
			told = append(told, linearizability.AnswerOf(answers[k].Result, answers[k].Value, answers[k].Fingerprint))
			told[k].StaleMillis = a.age
		}
		a.succeed(told)
	case errors.Is(err, node.ErrNotApplied), errors.Is(err, server.ErrLoading):
		a.fail(linearizability.NotApplied, err.Error())
	default:
		a.fail(linearizability.Unknown, err.Error())
	}
}

// peek is a stale read.
func (a *attempt) peek(m *simulator.Member) {
	var answer server.Answer
	var err error
	m.Machine().(*server.Machine).View(func(state *dedup.Machine) {
		answer, err = server.Peek(state, a.call.Commands[0].Digest(&a.client.run.secret))
	})
	if age, known := m.Age(); known {
		a.age = new(int64((age + time.Millisecond - 1) / time.Millisecond))
	}
	a.client.run.world.After(way, func() { a.hear([]server.Answer{answer}, err) })
}

func (a *attempt) succeed(answers []linearizability.Answer) {
	if a.end() {
		a.client.run.recorder.Answered(a.first, answers...)
		a.client.script.Ended(&a.call, answers, "")
		a.client.next()
	}
}

func (a *attempt) fail(failure, text string) {
	if a.end() {
		a.client.run.recorder.Failed(a.first, failure, text)
		a.client.script.Ended(&a.call, nil, failure)
		a.client.next()
	}
}

// end ends the call; false if it has ended.
func (a *attempt) end() bool {
	if a.over {
		return false
	}
	a.over, a.client.open = true, nil
	a.client.run.callEnded()
	return true
}

// brokenOff tells the clients that wait for a node that its process has ended.
func (r *run) brokenOff(member int) {
	for _, c := range r.clients {
		if a := c.open; a != nil && a.call.Node == member {
			r.world.After(noticing, func() { a.fail(linearizability.Unknown, fmt.Sprintf("the connection to node %d broke", member)) })
		}
	}
}
