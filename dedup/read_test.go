package dedup_test

// Goal: what no entry carries is read at log time and changes nothing; and it says when an entry would answer otherwise by now.
// Method: in each scenario every key is read behind each entry, at later and later stamps, and held to the naive model,
// then and now; windows, leases and grains looked at from both sides.

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// lags are how much later than log time a leader may stamp what it would append.
var lags = []uint64{0, 1, milli, 3 * milli, 8 * milli, 20 * milli, 99 * milli, 100 * milli, 3_600_000 * milli}

func (p *play) compareReads() error {
	for n := range 5 {
		for _, spans := range []bool{false, true} {
			query := dedup.Query{Call: 9, Key: key(n), Spans: spans}
			commands := dedup.AppendCheckpointQuery(dedup.AppendQuery(nil, query), dedup.CheckpointQuery{Key: key(n)})
			want := []answer{p.model.query(query), p.model.checkpointQuery(dedup.CheckpointQuery{Key: key(n)})}
			for _, lag := range lags {
				same := p.machine.Read(commands, p.model.now+lag, &p.results)
				if err := differ(want, &p.results); err != nil {
					return fmt.Errorf("read of key %d: %w", n, err)
				}
				if expected := p.model.lasts(query, lag); same != expected {
					return fmt.Errorf("read of key %d, spans %v, %d ns late: same %v, want %v", n, spans, lag, same, expected)
				}
			}
		}
	}
	return nil
}

// lasts reports whether a query is answered the same so much later.
func (m *model) lasts(c dedup.Query, lag uint64) bool {
	later := *m
	later.records = maps.Clone(m.records)
	later.enter(m.now + lag)
	now, then := m.query(c), later.query(c)
	if now.Outcome != then.Outcome {
		return false
	}
	r := m.records[c.Key]
	timed := now.Outcome == dedup.Pending || r.expires != 0
	over := func(at uint64) bool { return now.Outcome == dedup.Pending && at >= r.lease }
	return !c.Spans || !timed || over(m.now) == over(later.now) && (later.now/milli-m.now/milli) < 100
}

// A claim of a window of a second, read half a second and a second later, as far as log time goes.
func TestAnExpiryThatOnlyReadsWouldNoticeIsToBeCarried(t *testing.T) {
	m := bootstrapped(t, 10, 0)
	at(t, m, startNanos, dedup.Claim{Owner: 1, TTLMillis: 1000})
	var results dedup.Results
	for _, c := range []struct {
		passed      uint64
		plain, told bool // lasts without spans, and with them
	}{{0, true, true}, {99, true, true}, {100, true, false}, {999, true, false}, {1000, false, false}} {
		for _, spans := range []bool{false, true} {
			same := m.Read(dedup.AppendQuery(nil, dedup.Query{Spans: spans}), startNanos+c.passed*milli, &results)
			require.Equal(t, map[bool]bool{false: c.plain, true: c.told}[spans], same, "%+v spans %v", c, spans)
			require.Equal(t, dedup.Done, results.Answers[0].Outcome)
			require.EqualValues(t, 1000, results.Answers[0].ExpiresInMillis, "log time stands still")
			require.EqualValues(t, startNanos, results.Answers[0].TimeNanos)
		}
	}
}

func TestOnlyReadsReadOnly(t *testing.T) {
	reads := dedup.AppendCheckpointQuery(dedup.AppendQuery(nil, dedup.Query{Spans: true}), dedup.CheckpointQuery{})
	require.True(t, dedup.OnlyReads(reads))
	for _, write := range [][]byte{
		dedup.AppendClaim(nil, dedup.Claim{}), dedup.AppendForget(nil, dedup.Forget{}),
		dedup.AppendResize(nil, dedup.Resize{CapacityKeys: 1}), dedup.AppendCheckpoint(nil, dedup.Checkpoint{}),
	} {
		require.False(t, dedup.OnlyReads(write))
		require.False(t, dedup.OnlyReads(slices.Concat(reads, write)))
		require.False(t, dedup.OnlyReads(slices.Concat(write, reads)))
	}
}

func TestAQuerySaysWhetherItWantsSpans(t *testing.T) {
	for _, spans := range []bool{false, true} {
		c, rest, err := dedup.NextCommand(dedup.AppendQuery(nil, dedup.Query{Call: 3, Key: key(1), Spans: spans}))
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, dedup.Command{Kind: dedup.KindQuery, Call: 3, Key: key(1), Spans: spans}, c)
	}
}
