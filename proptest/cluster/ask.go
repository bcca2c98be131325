package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// asker makes the calls of one client at whatever door they name. It is not safe for concurrent use.
type asker struct {
	cluster *Cluster
	secret  *dedup.Secret
	rng     *rand.Rand
	web     *webClient
	stock   map[uint8]*stockClient // by node
}

// reply is how a call ended.
type reply struct {
	answers []linearizability.Answer
	failure string // linearizability.NotApplied or Unknown, where there are no answers
	text    string // in the door's words
}

// ErrOddReply is what a door answered that no client could make sense of: a fault of the door, or of the suite.
var ErrOddReply = errors.New("a door gave a reply that makes no sense")

func newAsker(c *Cluster, secret *dedup.Secret, seed uint64) *asker {
	return &asker{
		cluster: c, secret: secret, rng: rand.New(rand.NewPCG(seed, 0xA5)), web: newWebClient(), stock: map[uint8]*stockClient{},
	}
}

func (a *asker) close() {
	a.web.close()
	for _, s := range a.stock {
		s.close()
	}
}

// door picks a door that can take the call: the one it names, or any.
func (a *asker) door(call *workload.Call) workload.Door {
	stockCan, webCan := call.RedisCan(), webCan(call)
	door := call.Door
	if door == workload.AnyDoor {
		door = []workload.Door{workload.Service, workload.HTTP, workload.Redis}[a.rng.IntN(3)]
	}
	switch {
	case door == workload.Redis && stockCan, door == workload.HTTP && webCan, door == workload.Service:
		return door
	case webCan:
		return workload.HTTP
	}
	return workload.Service
}

// ask makes the call and waits for its end, at most as long as the call has patience. The error is an ErrOddReply.
func (a *asker) ask(ctx context.Context, call *workload.Call, door workload.Door) (reply, error) {
	n := a.cluster.Node(uint8(call.Node))
	if !n.Running() {
		return reply{failure: linearizability.NotApplied, text: ErrDown.Error()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, call.Patience)
	defer cancel()
	switch door {
	case workload.HTTP:
		return a.web.ask(ctx, n.HTTP.Address(), call)
	case workload.Redis:
		return a.stockOf(n).ask(ctx, call, a.rng)
	}
	return a.direct(ctx, n, call), nil
}

func (a *asker) stockOf(n *Node) *stockClient {
	if a.stock[n.ID] == nil {
		a.stock[n.ID] = &stockClient{address: n.Redis.Address()}
	}
	return a.stock[n.ID]
}

// direct asks the service without a door.
func (a *asker) direct(ctx context.Context, n *Node, call *workload.Call) reply {
	if call.Stale() {
		answer, age, err := n.Peek(call.Commands[0].Digest(a.secret))
		if err != nil {
			return failed(err)
		}
		all := told([]server.Answer{answer})
		if age != server.UnknownAge {
			all[0].StaleMillis = new(int64((age + time.Millisecond - 1) / time.Millisecond))
		}
		return reply{answers: all}
	}
	answers, err := n.Do(ctx, call.Encode(a.secret), len(call.Commands))
	if err != nil {
		return failed(err)
	}
	return reply{answers: told(answers)}
}

func told(answers []server.Answer) (all []linearizability.Answer) {
	for _, a := range answers {
		answer := linearizability.AnswerOf(a.Result, a.Value, a.Fingerprint)
		answer.ValueOmitted = a.Omitted
		all = append(all, answer)
	}
	return all
}

func failed(err error) reply {
	if server.NotApplied(err) || errors.Is(err, ErrDown) {
		return reply{failure: linearizability.NotApplied, text: err.Error()}
	}
	return unknown(err)
}

func unknown(err error) reply { return reply{failure: linearizability.Unknown, text: err.Error()} }

func odd(format string, what ...any) error {
	return fmt.Errorf("%w: %s", ErrOddReply, fmt.Sprintf(format, what...))
}

// operations are the call as the history has it, with what a client of the door knows: a stock Redis client has
// neither owner nor call number.
func (a *asker) operations(call *workload.Call, door workload.Door) []linearizability.Operation {
	all := call.Operations(a.secret)
	for k := range all {
		all[k].Door = string(door)
		if door == workload.Redis {
			all[k].CallNumber, all[k].Owner = "", ""
		}
	}
	return all
}
