package procedures

// Shared by the tests of this room: clients that claim and look while a procedure runs, and the history of what they saw.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
	"github.com/eventstreamcore/semel/linearizability"
)

const (
	clients    = 4                     // each key is asked for by as many, at about the same time
	pace       = 4 * time.Millisecond  // of each
	patience   = 3 * time.Second       // for one attempt
	attempts   = 40                    // of one call, which is repeated where it has no answer, by the same owner
	betweenTwo = 50 * time.Millisecond // attempts
)

// load is clients that are under way.
type load struct {
	recorder *linearizability.Recorder
	http     http.Client
	place    atomic.Int64 // where the next call begins: at the node that answered last
	next     atomic.Int64
	won      atomic.Int64
	stop     context.CancelFunc
	done     sync.WaitGroup

	mu    sync.Mutex
	nodes []string
}

// begin has clients call, by all nodes that there are or will be.
func begin(t *testing.T, nodes []string) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{
		recorder: linearizability.NewRecorder(linearizability.Header{Name: t.Name(), FastestClock: 0}, nil), stop: stop, nodes: nodes,
		http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}, Timeout: patience},
	}
	t.Cleanup(func() { l.stop(); l.done.Wait(); l.http.CloseIdleConnections() })
	for client := range clients {
		l.done.Go(func() {
			for wait.For(ctx, pace) {
				k := l.next.Add(1)
				l.call(ctx, client, k)
			}
		})
	}
	require.Eventually(t, func() bool { return l.won.Load() > 50 }, semeltest.Patience, semeltest.Glance, "nobody is answered")
	return l
}

// call asks for the key of a place until there is an answer: most calls claim, some look.
func (l *load) call(ctx context.Context, client int, k int64) {
	o := linearizability.Operation{Client: client, Door: "http", Key: linearizability.Text(fmt.Sprint("k", k/clients))}
	o.Kind, o.Owner = linearizability.Claim, fmt.Sprint("o", k)
	if k%11 == 0 {
		o.Kind, o.Owner = linearizability.Query, ""
	}
	for range attempts {
		if l.try(o) || !wait.For(ctx, betweenTwo) {
			return
		}
	}
}

// try is one call, which is recorded, and reports whether it was answered.
func (l *load) try(o linearizability.Operation) bool {
	l.mu.Lock()
	at := l.place.Load()
	address := l.nodes[int(at)%len(l.nodes)]
	l.mu.Unlock()
	id := l.recorder.Call(o)
	answer, failure, text := l.post(address, &o)
	if failure != "" {
		l.recorder.Failed(id, failure, text)
		l.place.CompareAndSwap(at, at+1)
		return false
	}
	l.recorder.Answered(id, answer)
	if answer.Outcome == linearizability.Won {
		l.won.Add(1)
	}
	return true
}

// post makes one attempt, which nobody repeats.
func (l *load) post(address string, o *linearizability.Operation) (a linearizability.Answer, failure, text string) {
	asked := map[string]string{"key": string(o.Key)}
	path := "query"
	if o.Kind == linearizability.Claim {
		path, asked["owner"] = "claim", o.Owner
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return a, linearizability.NotApplied, err.Error()
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+address+"/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return a, linearizability.NotApplied, err.Error()
	}
	request.GetBody = nil // so that the library does not repeat it
	request.Header.Set("Content-Type", "application/json")
	response, err := l.http.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return a, linearizability.NotApplied, err.Error()
	}
	if err != nil {
		return a, linearizability.Unknown, err.Error()
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return a, linearizability.Unknown, err.Error()
	}
	return read(response.StatusCode, said)
}

// read is what an answer says.
func read(status int, said []byte) (a linearizability.Answer, failure, text string) {
	var told struct {
		Result   string `json:"result"`
		Replayed bool   `json:"replayed"`
		Token    uint64 `json:"token"`
		LogTime  uint64 `json:"log_time_ms"`
		Applied  string `json:"applied"`
		Type     string `json:"type"`
	}
	switch err := json.Unmarshal(said, &told); {
	case err != nil:
		return a, linearizability.Unknown, err.Error()
	case status != http.StatusOK && told.Applied == "no":
		return a, linearizability.NotApplied, told.Type
	case status != http.StatusOK:
		return a, linearizability.Unknown, told.Type
	}
	return linearizability.Answer{Outcome: linearizability.Outcome(told.Result), Token: told.Token, Replayed: told.Replayed, TimeMillis: told.LogTime}, "", ""
}

// goTo has all later calls go to these nodes alone.
func (l *load) goTo(nodes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nodes = nodes
}

// more waits until clients have won some more.
func (l *load) more(t *testing.T) {
	t.Helper()
	before := l.won.Load()
	require.Eventually(t, func() bool { return l.won.Load() > before+50 }, semeltest.Patience, semeltest.Glance, "nobody is answered any more")
}

// judge ends the load, asks for each key once more, and has porcupine say whether there is an order that explains what all were told.
func (l *load) judge(t *testing.T) {
	t.Helper()
	l.more(t)
	l.stop()
	l.done.Wait()
	for k := range l.next.Load()/clients + 1 {
		o := linearizability.Operation{Client: clients, Door: "http", Key: linearizability.Text(fmt.Sprint("k", k))}
		o.Kind, o.Owner = linearizability.Claim, fmt.Sprint("last", k)
		answered := false
		for range attempts {
			if answered = l.try(o); answered {
				break
			}
			wait.For(context.Background(), betweenTwo)
		}
		require.True(t, answered, "the last word on %s", o.Key)
	}
	v := linearizability.Judge(l.recorder.History())
	require.Equal(t, linearizability.Accepted, v.Porcupine.Result, "%v\n%+v", v.Porcupine.BadKeys, v.Violations)
	require.Zero(t, v.Porcupine.LeftOut)
	require.Positive(t, v.Porcupine.Overlapping)
	require.Positive(t, v.Stats.ContendedKeys)
	t.Logf("porcupine: %d calls on %d keys, %d overlap, %d steps; %d answered, %d not applied, %d unknown", v.Porcupine.Operations, v.Porcupine.Keys,
		v.Porcupine.Overlapping, v.Porcupine.Steps, v.Stats.Answered, v.Stats.NotApplied, v.Stats.Unknown)
}

// twice has a history in which somebody is told to have won what another one has: for those that judge.
func twice(h *linearizability.History) *linearizability.History {
	k := slices.IndexFunc(h.Operations, func(o linearizability.Operation) bool {
		return o.Answer != nil && o.Answer.Outcome == linearizability.Duplicate
	})
	if k >= 0 {
		a := *h.Operations[k].Answer
		a.Outcome = linearizability.Won
		h.Operations[k].Answer = &a
	}
	return h
}
