package client_test

// Goal: a call is repeated as what it was until a node answers it, and its error tells
// the truth about whether it was applied. Method: properties over a transport that
// loses requests and replies, refuses and hangs, with virtual time; tables for the rest.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
	"github.com/eventstreamcore/semel/dedup/server"
)

// What may become of a request at a node.
const (
	answered  = iota
	notThere  // nobody listens
	refusing  // a problem that says that it was not applied
	loading   // the same, and it names another node as leader
	unknown   // applied, and a problem that says that nobody knows
	lostThere // the request is lost
	lostBack  // applied, the reply is lost
	hanging   // applied, the reply does not come
	stranger  // no node of Semel
	fates

	otherDoor // another port of a node
)

// script is a service behind a transport: fate n is what becomes of request n.
type script struct {
	mu      sync.Mutex
	fates   []int
	asked   []string // host and path of each request
	bodies  []string
	applied int
	answer  string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	fate := answered
	if len(s.asked) < len(s.fates) {
		fate = s.fates[len(s.asked)]
	}
	s.asked, s.bodies = append(s.asked, r.URL.Host+r.URL.Path), append(s.bodies, string(body))
	if fate == answered || fate == unknown || fate == lostBack || fate == hanging {
		s.applied++
	}
	s.mu.Unlock()
	if fate == hanging {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return s.outcome(fate)
}

func (s *script) outcome(fate int) (*http.Response, error) {
	switch fate {
	case notThere:
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	case refusing:
		return respond(503, "application/problem+json", `{"type":"/problems/overloaded","detail":"too much","applied":"no"}`), nil
	case loading:
		return respond(503, "application/problem+json", `{"type":"/problems/not-applied","detail":"elsewhere","applied":"no","leader":"c:3"}`), nil
	case unknown:
		return respond(504, "application/problem+json", `{"type":"/problems/outcome-unknown","detail":"who knows","applied":"unknown"}`), nil
	case otherDoor:
		return respond(http.StatusMisdirectedRequest, "application/problem+json", `{"type":"/problems/misdirected","detail":"another port","applied":"no"}`), nil
	case stranger:
		return respond(404, "text/html", "<html>"), nil
	case lostThere, lostBack:
		return nil, errors.New("connection reset")
	default:
		return respond(200, "application/json", s.answer+"\n"), nil
	}
}

func respond(code int, contentType, body string) *http.Response {
	return &http.Response{StatusCode: code, Status: fmt.Sprint(code), Header: http.Header{"Content-Type": {contentType}},
		ContentLength: -1, Body: io.NopCloser(strings.NewReader(body))}
}

func open(t require.TestingT, transport http.RoundTripper) *client.Client {
	c, err := client.New(client.Config{Nodes: []string{"a:1", "b:2", "c:3"}, Transport: transport})
	require.NoError(t, err)
	return c
}

var claim = client.Claim{Record: client.Record{Key: []byte("k")}, Owner: "o"}

// isDoubtful tells of which fates a client can't know that the call was not applied.
func isDoubtful(fate int) bool { return fate >= unknown }

func TestCallsAreRepeatedAsWhatTheyWere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fates := rapid.SliceOfN(rapid.IntRange(notThere, fates-1), 0, 8).Draw(rt, "fates")
		rapid.SyncTest(rt, func(rt *rapid.T) {
			s := &script{fates: fates, answer: `{"result":"won","token":7}`}
			c, err := client.New(client.Config{Nodes: []string{"a:1", "b:2", "c:3"}, Transport: s, Timeout: time.Minute}) // for eight that hang
			require.NoError(rt, err)
			a, err := c.Claim(context.Background(), claim)
			require.NoError(rt, err)
			require.Equal(rt, dedup.Won, a.Outcome)
			require.Equal(rt, uint64(7), a.Token)
			require.Len(rt, s.asked, len(fates)+1)
			doubt := false
			for i, body := range s.bodies {
				require.Equal(rt, s.bodies[0], body)
				doubt = doubt || i < len(fates) && isDoubtful(fates[i])
			}
			require.Equal(rt, doubt, a.Repeated)
		})
	})
}

func TestErrorsTellTheTruthAboutWhatWasApplied(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfNDistinct(rapid.IntRange(notThere, fates-1), 1, 3, rapid.ID[int]).Draw(rt, "kinds")
		rapid.SyncTest(rt, func(rt *rapid.T) {
			s := &script{}
			for i := range 10_000 {
				s.fates = append(s.fates, kinds[i%len(kinds)])
			}
			began := time.Now()
			_, err := open(rt, s).Claim(context.Background(), claim)
			var unavailable *client.UnavailableError
			require.ErrorAs(rt, err, &unavailable)
			require.Error(rt, unavailable.Last)
			require.NotErrorIs(rt, err, context.DeadlineExceeded, "the last error says why, not that time is over")
			if s.applied > 0 {
				require.True(rt, unavailable.Unknown)
			}
			doubt := false
			for _, k := range kinds {
				doubt = doubt || isDoubtful(k)
			}
			require.Equal(rt, doubt, unavailable.Unknown)
			require.InDelta(rt, client.DefaultTimeout.Seconds(), time.Since(began).Seconds(), 1)
			require.Less(rt, len(s.asked), 400, "it waits between rounds")
		})
	})
}

func TestTheNextNodeIsAskedAtOnceAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{fates: []int{notThere}, answer: `{"result":"won"}`}
		c, began := open(t, s), time.Now()
		for range 2 {
			_, err := c.Claim(t.Context(), claim)
			require.NoError(t, err)
		}
		require.Equal(t, []string{"a:1/v1/claim", "b:2/v1/claim", "b:2/v1/claim"}, s.asked)
		require.Zero(t, time.Since(began))

		s = &script{fates: []int{loading}, answer: `{"result":"won"}`}
		_, err := open(t, s).Claim(t.Context(), claim)
		require.NoError(t, err)
		require.Equal(t, []string{"a:1/v1/claim", "c:3/v1/claim"}, s.asked, "the leader that was named")
	})
}

// Who names other ports alone is told at once: none becomes a door by waiting. One that is down may yet be one.
func TestWhereNoDoorIsNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{fates: []int{otherDoor, otherDoor, otherDoor, otherDoor}}
		began := time.Now()
		_, err := open(t, s).Claim(t.Context(), claim)
		var unavailable *client.UnavailableError
		require.ErrorAs(t, err, &unavailable)
		require.False(t, unavailable.Unknown)
		require.ErrorIs(t, err, client.ErrNoDoor)
		require.ErrorContains(t, err, "another port")
		require.Len(t, s.asked, 3, "each node once")
		require.Zero(t, time.Since(began))

		s = &script{fates: []int{otherDoor, notThere, otherDoor}, answer: `{"result":"won"}`}
		_, err = open(t, s).Claim(t.Context(), claim)
		require.NoError(t, err)
		require.NotZero(t, time.Since(began))
	})
}

// Two nodes of three are down, and the third says why it takes nothing: that is what the caller is told, wherever it stands.
func TestAnErrorSaysWhatANodeSaid(t *testing.T) {
	for place := range 3 {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			for i := range 3_000 {
				fate := notThere
				if i%3 == place {
					fate = refusing
				}
				s.fates = append(s.fates, fate)
			}
			_, err := open(t, s).Claim(t.Context(), claim)
			require.EqualError(t, err, fmt.Sprintf("no node took the call, nothing was applied: %s: too much", []string{"a:1", "b:2", "c:3"}[place]))

			s = &script{fates: append([]int{refusing}, slices.Repeat([]int{notThere}, 3_000)...)}
			_, err = open(t, s).Claim(t.Context(), claim)
			require.ErrorContains(t, err, "connection refused", "what was said long ago is no news")
		})
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	s := refusal{}
	_, err := open(t, s).Claim(t.Context(), claim)
	var refused *client.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, client.RefusedError{Status: 400, Type: "/problems/invalid-request", Detail: "mend it"}, *refused)
	_, err = open(t, s).Claim(t.Context(), client.Claim{TTL: -1})
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "ttl is -1ns, want 0 or more")
	_, err = open(t, s).ClaimBatch(t.Context(), &client.Batch{})
	require.ErrorAs(t, err, &refused)
	_, err = client.New(client.Config{Nodes: []string{"a:1", ""}})
	require.ErrorContains(t, err, "host:port")
}

type refusal struct{}

func (refusal) RoundTrip(*http.Request) (*http.Response, error) {
	return respond(400, "application/problem+json", `{"type":"/problems/invalid-request","detail":"mend it","applied":"no"}`), nil
}

func TestACallerThatGivesUpIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := open(t, &script{fates: []int{hanging}}).Claim(ctx, claim)
		var unavailable *client.UnavailableError
		require.ErrorAs(t, err, &unavailable)
		require.True(t, unavailable.Unknown)
		require.Equal(t, 100*time.Millisecond, time.Since(began))

		cancel()
		s := &script{}
		_, err = open(t, s).Claim(ctx, claim)
		require.ErrorAs(t, err, &unavailable)
		require.False(t, unavailable.Unknown)
		require.Empty(t, s.asked)
	})
}

func TestWhatCallsSay(t *testing.T) {
	r := client.Record{Namespace: "n", Key: []byte("\xffk")}
	for _, row := range []struct {
		call func(*client.Client) (client.Answer, error)
		path string
		body string
	}{
		{func(c *client.Client) (client.Answer, error) {
			return c.Claim(t.Context(), client.Claim{Record: r, Owner: "o\"\\\n", TTL: time.Nanosecond, Lease: 1500 * time.Microsecond, Fingerprint: "f"})
		}, "claim", `{"key64":"/2s=","namespace":"n","owner":"o\"\\\u000a","ttl_ms":1,"lease_ms":2,"fingerprint":"f"}`},
		{func(c *client.Client) (client.Answer, error) { return c.Complete(t.Context(), r, 7, nil, 0) }, "complete", `{"key64":"/2s=","namespace":"n","token":7}`},
		{func(c *client.Client) (client.Answer, error) {
			return c.Complete(t.Context(), r, 7, []byte{}, time.Second)
		},
			"complete", `{"key64":"/2s=","namespace":"n","token":7,"response":"","ttl_ms":1000}`},
		{func(c *client.Client) (client.Answer, error) { return c.Complete(t.Context(), r, 7, []byte{0xff}, 0) }, "complete", `{"key64":"/2s=","namespace":"n","token":7,"response64":"/w=="}`},
		{func(c *client.Client) (client.Answer, error) { return c.Release(t.Context(), r, 7) }, "release", `{"key64":"/2s=","namespace":"n","token":7}`},
		{func(c *client.Client) (client.Answer, error) { return c.Extend(t.Context(), r, 7, time.Second) }, "extend", `{"key64":"/2s=","namespace":"n","token":7,"lease_ms":1000}`},
		{func(c *client.Client) (client.Answer, error) { return c.Query(t.Context(), r, false) }, "query", `{"key64":"/2s=","namespace":"n"}`},
	} {
		s := &script{answer: `{"result":"duplicate","replayed":true,"token":9,"value64":"/w==","retry_after_ms":5}`}
		a, err := row.call(open(t, s))
		require.NoError(t, err)
		require.Equal(t, []string{"a:1/v1/" + row.path}, s.asked)
		require.Equal(t, []string{row.body}, s.bodies)
		require.Equal(t, client.Answer{Outcome: dedup.Duplicate, Replayed: true, Token: 9, RetryAfter: 5 * time.Millisecond, Value: []byte{0xff}, Text: []byte(s.answer + "\n")}, a)
	}
}

func TestAStaleAnswerHasAnAge(t *testing.T) {
	for told, age := range map[string]time.Duration{`,"stale_ms":20`: 20 * time.Millisecond, `,"stale_ms":0`: 0, `,"stale_ms":null`: client.UnknownAge, ``: client.UnknownAge} {
		s := &script{answer: `{"result":"absent"` + told + `}`}
		c := open(t, s)
		a, err := c.Query(t.Context(), client.Record{Key: []byte("k")}, true)
		require.NoError(t, err)
		require.Equal(t, age, a.Age, told)
		require.Equal(t, []string{`{"key":"k","consistency":"stale"}`}, s.bodies)
		a, err = c.Query(t.Context(), client.Record{Key: []byte("k")}, false)
		require.NoError(t, err)
		require.Zero(t, a.Age)
	}
}

func TestAnswersThatNobodyKnowsAreUnknown(t *testing.T) {
	for _, answer := range []string{`{"result":"perhaps"}`, `<html>`, ``} {
		_, err := open(t, &script{answer: answer}).Claim(t.Context(), claim)
		var unavailable *client.UnavailableError
		require.ErrorAs(t, err, &unavailable)
		require.True(t, unavailable.Unknown)
	}
}

func TestLimitsAreThoseOfTheNodes(t *testing.T) {
	require.Equal(t, server.MaxKeyBytes, client.MaxKeyBytes)
	require.Greater(t, client.DefaultAttemptTimeout, server.DefaultTimeout)
}

// roles is nodes that tell how they are.
type roles map[string]string

func (r roles) RoundTrip(request *http.Request) (*http.Response, error) {
	status, up := r[request.URL.Host]
	if !up {
		return nil, errors.New("down")
	}
	if request.URL.Path != "/v1/status" {
		return respond(200, "application/json", fmt.Sprintf(`{"result":"won","token":%c}`, request.URL.Host[2])), nil
	}
	return respond(200, "application/json", status), nil
}

func TestFollowLeader(t *testing.T) {
	const leads, follows = `{"role":"leader","term":%d}`, `{"role":"follower","term":%d}`
	for _, row := range []struct {
		nodes roles
		want  string
	}{
		{roles{"a:1": fmt.Sprintf(follows, 3), "b:2": fmt.Sprintf(leads, 3), "c:3": fmt.Sprintf(follows, 3)}, "b:2"},
		{roles{"a:1": fmt.Sprintf(leads, 3), "b:2": fmt.Sprintf(leads, 4)}, "b:2"},
		{roles{"a:1": fmt.Sprintf(leads, 5), "b:2": fmt.Sprintf(leads, 4)}, "a:1"},
		{roles{"a:1": fmt.Sprintf(follows, 3), "b:2": `<html>`}, ""},
		{roles{}, ""},
	} {
		c := open(t, row.nodes)
		require.Equal(t, row.want, c.FollowLeader(t.Context()))
		if row.want != "" {
			a, err := c.Claim(t.Context(), claim)
			require.NoError(t, err)
			require.Equal(t, uint64(row.want[2]-'0'), a.Token, "the leader is asked first")
		}
	}
}

func TestBodiesAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		text := rapid.String().Draw(t, "text")
		s := &script{answer: `{"results":[{"result":"won"}]}`}
		var b client.Batch
		require.True(t, b.Add(&client.Claim{Record: client.Record{Key: key, Namespace: text}, Owner: text + "o", Fingerprint: text}))
		_, err := open(t, s).ClaimBatch(context.Background(), &b)
		require.NoError(t, err)
		var body struct {
			Claims []struct {
				Key                           *string
				Key64                         []byte
				Owner, Namespace, Fingerprint string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(s.bodies[0]), &body))
		c := body.Claims[0]
		if c.Key != nil {
			c.Key64 = []byte(*c.Key)
		}
		require.Equal(t, string(key), string(c.Key64))
		require.Equal(t, []string{text + "o", text, text}, []string{c.Owner, c.Namespace, c.Fingerprint})
	})
}
