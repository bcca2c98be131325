package client_test

// Goal: a batch holds what an entry holds and not more, and its answers are its claims'.
// Method: batches that are filled to their limits are given to a node's door.

import (
	"bytes"
	"context"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/client"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
)

// alone is a Service over one machine, without a log.
type alone struct {
	machine *dedup.Machine
	index   uint64
	results dedup.Results
	age     time.Duration
}

func newAlone() *alone {
	a := &alone{machine: dedup.New()}
	b := dedup.Bootstrap{Secret: dedup.Secret{1}, CapacityKeys: 10_000, CapacityBytes: 1 << 20}
	a.apply(dedup.AppendBootstrap(nil, 1, &b))
	return a
}

func (a *alone) apply(payload []byte) {
	a.index++
	if err := a.machine.Apply(a.index, payload, &a.results); err != nil {
		panic(err)
	}
}

func (a *alone) Do(commands []byte, answers int, _ server.When, done func([]server.Answer, error)) {
	a.apply(append(dedup.AppendHeader(nil, a.index), commands...))
	done(server.AppendAnswers(nil, &a.results, 0, answers), nil)
}

func (a *alone) Secret() (dedup.Secret, bool) {
	configuration, _ := a.machine.Configuration()
	return configuration.Secret, true
}

func (a *alone) Peek(key dedup.Key) (server.Answer, time.Duration, error) {
	answer, err := server.Peek(a.machine, key)
	return answer, a.age, err
}

func (a *alone) Transfer(context.Context, uint8) error { return server.ErrNoSuchNode }

func (a *alone) TakeSnapshot(context.Context) (uint64, error) { return 0, server.ErrStopped }

func (a *alone) ClusterHealth() server.ClusterHealth { return server.ClusterHealth{} }

func (a *alone) TakeBackup(context.Context) (*server.Backup, error) { return nil, server.ErrStopped }

func (a *alone) ReopenBackup(uint64) (*server.Backup, error) { return nil, server.ErrStopped }

func (a *alone) Members() server.Members { return server.Members{} }

func (a *alone) ChangeMembers(server.MemberChange) error { return server.ErrStopped }

func (a *alone) Status() server.Status { return server.Status{Role: "leader", Term: 1} }

// serve is a client of a node's real door.
func serve(t *testing.T) *client.Client {
	loopback := httptest.NewServer(http.New(http.Config{Service: newAlone()}))
	t.Cleanup(loopback.Close)
	c, err := client.New(client.Config{Nodes: []string{loopback.Listener.Addr().String()}, Timeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestFullBatchesAreTaken(t *testing.T) {
	for name, row := range map[string]struct {
		claim  func(i int) client.Claim
		claims int // that fit; 0: fewer than an entry's number
	}{
		"many": {func(int) client.Claim { return client.Claim{TTL: time.Hour} }, dedup.MaxCommands},
		"all fields": {func(int) client.Claim {
			return client.Claim{TTL: time.Hour, Lease: time.Minute, Fingerprint: strings.Repeat("f", dedup.MaxFingerprintBytes)}
		}, 0},
		"long keys": {func(int) client.Claim {
			return client.Claim{Record: client.Record{Key: bytes.Repeat([]byte("k"), 8000)}}
		}, 0},
		"escaped keys": {func(int) client.Claim {
			return client.Claim{Record: client.Record{Key: make([]byte, client.MaxKeyBytes-5)}}
		}, 0},
		"bytes as keys": {func(int) client.Claim {
			return client.Claim{Record: client.Record{Key: bytes.Repeat([]byte{0xff}, 1000)}}
		}, 0},
	} {
		var b client.Batch
		n := 0
		for ; ; n++ {
			c := row.claim(n)
			c.Key, c.Owner = strconv.AppendInt(c.Key, int64(n), 10), strings.Repeat("o", 100)
			if !b.Add(&c) {
				break
			}
		}
		require.Equal(t, n, b.Len())
		require.Greater(t, n, 5)
		if row.claims != 0 {
			require.Equal(t, row.claims, n)
		}
		c := serve(t)
		for _, replayed := range []bool{false, true} {
			answers, err := c.ClaimBatch(t.Context(), &b)
			require.NoError(t, err, name)
			require.Len(t, answers, n)
			require.Equal(t, client.Answer{Outcome: dedup.Won, Replayed: replayed, Token: 1}, answers[0], name)
		}
		require.False(t, b.Add(&client.Claim{Owner: "o"}), "it was sent")
	}
}

func TestEachClaimOfABatchHasItsAnswer(t *testing.T) {
	c := serve(t)
	pending := client.Claim{Record: client.Record{Key: []byte("pending")}, Owner: "a", Lease: time.Hour, Fingerprint: "f"}
	_, err := c.Claim(t.Context(), pending)
	require.NoError(t, err)
	var b client.Batch
	for _, claim := range []client.Claim{
		{Record: client.Record{Key: []byte("k")}, Owner: "a"}, {Record: client.Record{Key: []byte("k")}, Owner: "b"},
		{Record: client.Record{Key: []byte("k"), Namespace: "n"}, Owner: "b"}, {Record: pending.Record, Owner: "b"},
		{Record: pending.Record, Owner: "b", Fingerprint: "g"},
	} {
		require.True(t, b.Add(&claim))
	}
	answers, err := c.ClaimBatch(t.Context(), &b)
	require.NoError(t, err)
	var outcomes []dedup.Outcome
	for _, a := range answers {
		outcomes = append(outcomes, a.Outcome)
	}
	require.Equal(t, []dedup.Outcome{dedup.Won, dedup.Duplicate, dedup.Won, dedup.InProgress, dedup.Mismatch}, outcomes)
	require.Positive(t, answers[3].RetryAfter)
}

func TestABatchWithAnswersMissingIsUnknown(t *testing.T) {
	loopback := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		_, _ = w.Write([]byte(`{"results":[{"result":"won"}]}`))
	}))
	defer loopback.Close()
	c, err := client.New(client.Config{Nodes: []string{loopback.Listener.Addr().String()}})
	require.NoError(t, err)
	var b client.Batch
	b.Add(&claim)
	b.Add(&claim)
	_, err = c.ClaimBatch(t.Context(), &b)
	var unavailable *client.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.True(t, unavailable.Unknown)
}
