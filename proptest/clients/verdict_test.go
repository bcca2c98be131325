package clients_test

// Goal: no stock client repeats a command of unknown outcome as if it were new, and one that repeats
// what was surely not applied takes no harm. Method: a service that ends the first call as told and
// lets every later one win, and counts them.

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// failsOnce is a Service; only what the door calls is there.
type failsOnce struct {
	server.Service
	err   error
	calls atomic.Int64
}

func (f *failsOnce) Secret() (dedup.Secret, bool) { return dedup.Secret{1}, true }

func (f *failsOnce) Status() server.Status { return server.Status{Ready: true} }

func (f *failsOnce) Do(_ []byte, n int, _ server.When, done func([]server.Answer, error)) {
	if f.calls.Add(1) == 1 {
		done(nil, f.err)
		return
	}
	answers := make([]server.Answer, n)
	for i := range answers {
		answers[i].Outcome = dedup.Won
	}
	done(answers, nil)
}

// claimed lets a client claim at a node that ends its first call in err, and returns what it made
// of it and how many calls there were.
func claimed(t *testing.T, l library, err error) (answer, int64) {
	t.Helper()
	service, listener := &failsOnce{err: err}, listen(t, "127.0.0.1:0")
	door := redis.New(redis.Config{Service: service})
	served := make(chan error, 1)
	go func() { served <- door.Serve(listener) }()
	at := l.open(t, listener.Addr().String(), byDefault)
	defer func() {
		at.close()
		door.Close()
		require.NoError(t, <-served)
	}()
	got := at.run(words{"SET", "order", "me", "NX", "EX", "60"})[0]
	return got, service.calls.Load()
}

func TestNoClientRepeatsWhatMayHaveBeenDone(t *testing.T) {
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			got, calls := claimed(t, l, server.ErrUnknown)
			require.True(t, got.failed(), got)
			require.Contains(t, string(got), "UNCERTAIN")
			require.Equal(t, int64(1), calls)
		})
	}
}

// As docs/redis.md says. It is also what shows that a repeat would be noticed above.
func TestWhatWasNotDoneIsRepeatedOrAnError(t *testing.T) {
	repeats := map[string][]error{
		"go-redis": {server.ErrLoading, server.ErrOverloaded, server.ErrNotApplied},
		"redis-py": {server.ErrLoading}, "redis-py 7": {server.ErrLoading},
		"redis-py 5": nil, "redigo": nil, "node-redis": nil, "ioredis": nil, "redis-cli": nil,
	}
	for name, repeated := range repeats {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{server.ErrLoading, server.ErrOverloaded, server.ErrNotApplied} {
				got, calls := claimed(t, called(t, name), err)
				if slices.Contains(repeated, err) {
					require.Equal(t, answer(`"OK"`), got, err)
					require.Equal(t, int64(2), calls, err)
				} else {
					require.True(t, got.failed(), "%v: %s", err, got)
					require.Equal(t, int64(1), calls, err)
				}
			}
		})
	}
}
