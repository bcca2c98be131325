package dedup_test

// Goal: windows and leases end late and never early, whatever part of a ms log
// time stands at; log time never goes back. Method: each end looked at from both
// sides, in ns, independent of how the Machine rounds.

import (
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// at applies one claim in an entry of its own.
func at(t require.TestingT, m *dedup.Machine, nanos uint64, c dedup.Claim) dedup.Result {
	var results dedup.Results
	require.NoError(t, m.Apply(m.AppliedIndex()+1, dedup.AppendClaim(dedup.AppendHeader(nil, nanos), c), &results))
	return results.Answers[0]
}

func TestNothingEndsEarlyAndAllEndsWithinAMillisecond(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		won := startNanos + rapid.Uint64Range(0, 3*milli).Draw(rt, "won at")
		span := rapid.Uint64Range(1, 5).Draw(rt, "ms")
		first := dedup.Claim{Owner: 1, TTLMillis: span}
		want, early := dedup.Won, dedup.Duplicate
		if rapid.Bool().Draw(rt, "a lease") {
			first = dedup.Claim{Owner: 1, LeaseMillis: span, TTLMillis: 10}
			early = dedup.InProgress
		}
		second := first
		second.Owner = 2
		for _, c := range []struct {
			nanos uint64
			want  dedup.Outcome
		}{{won + span*milli - 1, early}, {won + span*milli + milli, want}} {
			m := bootstrapped(t, 10, 0)
			a := at(rt, m, won, first)
			require.Equal(rt, dedup.Won, a.Outcome)
			require.GreaterOrEqual(rt, a.ExpiresInMillis, first.TTLMillis)
			b := at(rt, m, c.nanos, second)
			require.Equal(rt, c.want, b.Outcome, "%d ns after the end", int64(c.nanos-won-span*milli))
			if b.Outcome == dedup.InProgress {
				again := at(rt, m, c.nanos+b.RetryAfterMillis*milli, second)
				require.Equal(rt, dedup.Won, again.Outcome, "after the time it said to wait")
			}
		}
	})
}

func TestLogTimeNeverGoesBack(t *testing.T) {
	m := bootstrapped(t, 10, 0)
	at(t, m, startNanos+100*milli, dedup.Claim{Owner: 1, TTLMillis: 50})
	a := at(t, m, startNanos, dedup.Claim{Owner: 2, TTLMillis: 50})
	require.Equal(t, dedup.Duplicate, a.Outcome)
	require.Equal(t, startNanos+100*milli, a.TimeNanos)
	require.EqualValues(t, 50, a.ExpiresInMillis)
}

func TestALastMillisecondIsStillTheWinners(t *testing.T) {
	m := bootstrapped(t, 10, 0)
	require.EqualValues(t, 1, at(t, m, startNanos+999_999, dedup.Claim{Owner: 1, TTLMillis: 1}).ExpiresInMillis)
	last := at(t, m, startNanos+2*milli-1, dedup.Claim{Owner: 2, TTLMillis: 1})
	require.Equal(t, dedup.Duplicate, last.Outcome)
	require.Zero(t, last.ExpiresInMillis)
	require.Equal(t, dedup.Won, at(t, m, startNanos+2*milli, dedup.Claim{Owner: 2, TTLMillis: 1}).Outcome)
}

func TestTheLongestWindowEndsAfterTheLastStamp(t *testing.T) {
	m := bootstrapped(t, 10, 0)
	a := at(t, m, dedup.MaxStampNanos, dedup.Claim{Owner: 1, TTLMillis: dedup.MaxMillis})
	require.Equal(t, uint64(dedup.MaxMillis), a.ExpiresInMillis)
	require.Equal(t, dedup.Duplicate, at(t, m, dedup.MaxStampNanos, dedup.Claim{Owner: 2}).Outcome)
}
