package clients_test

// Goal: each word for "not done" is an error to every stock client, in every way that a claim is sent: never a win, and
// never the nil or 0 of a duplicate, which would lose the event. Method: a service that refuses all until it is told not to,
// and then lets win: the same client's claim is won then.

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// refusing is a Service that ends calls in err, while there is one. It is used by one client, which waits for each answer.
type refusing struct {
	server.Service
	refusals chan struct{ why error } // one, which is put back
	calls    chan struct{}
}

func newRefusing() *refusing {
	r := &refusing{refusals: make(chan struct{ why error }, 1), calls: make(chan struct{}, 1000)}
	r.refusals <- struct{ why error }{}
	return r
}

func (r *refusing) refuse(err error) {
	<-r.refusals
	r.refusals <- struct{ why error }{err}
}

func (r *refusing) Secret() (dedup.Secret, bool) { return dedup.Secret{1}, true }

func (r *refusing) Status() server.Status { return server.Status{Ready: true} }

func (r *refusing) Do(_ []byte, n int, _ server.When, done func([]server.Answer, error)) {
	refusal := <-r.refusals
	r.refusals <- refusal
	r.calls <- struct{}{}
	if err := refusal.why; err != nil {
		done(nil, err)
		return
	}
	answers := make([]server.Answer, n)
	for i := range answers {
		answers[i].Outcome = dedup.Won
	}
	done(answers, nil)
}

// served are the calls since it was asked last.
func (r *refusing) served() (n int) {
	for {
		select {
		case <-r.calls:
			n++
		default:
			return n
		}
	}
}

// refusals are the words, and by what each library's text can be told.
var refusals = []struct {
	word string
	err  error
	text string // behind the word, which some libraries make a type of the error
}{
	{"MISCONF", server.ErrNoRoom, "there is no room on the disk"},
	{"LOADING", server.ErrLoading, "Redis is loading the dataset"},
	{"MASTERDOWN", server.ErrNotApplied, server.ErrNotApplied.Error()},
}

// claims are the ways in which one is sent. Each answer is to a claim.
func claimsOf(key string) map[string][]words {
	claim, other := words{"SET", key, "me", "NX", "EX", "60"}, words{"SET", key + "'", "me", "NX", "EX", "60"}
	return map[string][]words{
		"SET NX": {claim}, "SET NX GET": {{"SET", key, "me", "NX", "GET", "EX", "60"}}, "SETNX": {{"SETNX", key, "me"}},
		"a pipeline": {claim, other}, "a transaction": {{"MULTI"}, claim, other, {"EXEC"}},
	}
}

func TestWhatIsRefusedIsAnErrorToEveryClient(t *testing.T) {
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			service, listener := newRefusing(), listen(t, "127.0.0.1:0")
			door := redis.New(redis.Config{Service: service})
			served := make(chan error, 1)
			go func() { served <- door.Serve(listener) }()
			at := l.open(t, listener.Addr().String(), off) // those that repeat would do it for each word, and end alike
			defer func() {
				at.close()
				door.Close()
				require.NoError(t, <-served)
			}()
			require.Equal(t, []answer{`"PONG"`}, at.run(words{"PING"}))
			for _, refused := range refusals {
				for way, commands := range claimsOf("order") {
					service.refuse(refused.err)
					for _, got := range untilAsked(t, at, service, commands) {
						require.True(t, got.failed(), "%s, %s: %s", refused.word, way, got)
						if !strings.HasSuffix(string(got), ofMany) {
							require.Contains(t, string(got), refused.text, "%s, %s", refused.word, way)
						}
					}
					service.refuse(nil)
					requireWon(t, at, refused.word+", "+way)
				}
			}
		})
	}
}

// ofMany is how node-redis tells of a transaction's errors, whose texts are in its replies.
const ofMany = "commands failed, see .replies and .errorIndexes for more information"

// untilAsked sends claims until the service has refused them. A connection that was refused something a moment ago refuses
// what follows as part of the same pipeline; that is no win either.
func untilAsked(t *testing.T, at client, service *refusing, commands []words) []answer {
	t.Helper()
	service.served()
	for deadline := time.Now().Add(patience); ; {
		answers := at.run(commands...)
		for _, got := range answers {
			require.True(t, got.failed(), got)
		}
		if service.served() > 0 || time.Now().After(deadline) {
			return answers
		}
		<-time.After(often)
	}
}

// requireWon: the client goes on behind a refusal. One that closed its connection for it may fail once more.
func requireWon(t *testing.T, at client, behind string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got := at.run(words{"SET", "order", "me", "NX", "EX", "60"})[0]
		if !got.failed() || time.Now().After(deadline) {
			require.Equal(t, answer(`"OK"`), got, behind)
			return
		}
		<-time.After(often)
	}
}
