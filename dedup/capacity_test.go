package dedup_test

// Goal: how full a machine gets, and what FULL costs, is bounded; tables of many
// segments hold every key. Method: tables beyond what one sweep looks at, and a
// long run of claims, releases and expiry against a plain map.

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// Of capacity.go: what a no-op sweeps, what a command adds, what FULL may cost.
const (
	entryLooks   = 64
	commandLooks = 8
	fullLooks    = 1 << 16
)

func TestANoOpSweepsABoundedNumberOfSlots(t *testing.T) {
	const keys = 10_000
	c := claimer{machine: bootstrapped(t, keys, 0), ttl: 1000}
	require.NoError(t, c.entry(4000))
	require.NoError(t, c.entry(4000))
	require.NoError(t, c.entry(2000))
	for index := uint64(5); ; index++ {
		before := c.machine.Usage().Keys
		require.NoError(t, c.machine.Apply(index, dedup.AppendNoOp(nil, startNanos+10_000*milli), &c.results))
		require.Equal(t, max(before, entryLooks)-entryLooks, c.machine.Usage().Keys)
		if before == 0 {
			return
		}
	}
}

func TestFullIsSaidAfterABoundedSweepAndPasses(t *testing.T) {
	const standing, expiring = 3 * fullLooks, 100
	c := claimer{machine: bootstrapped(t, standing+expiring, 0)}
	for c.keys < standing {
		require.NoError(t, c.entry(4096))
	}
	c.ttl = 1000 // these stand behind all the others
	require.NoError(t, c.entry(expiring))
	late := startNanos + c.keys*10_000 + 5000*milli
	probe := dedup.AppendClaim(dedup.AppendHeader(nil, late), dedup.Claim{Key: scattered(1 << 40), Owner: 1})
	fulls := 0
	for {
		c.index++
		require.NoError(t, c.machine.Apply(c.index+1, probe, &c.results))
		if c.results.Answers[0].Outcome == dedup.Won {
			break
		}
		require.Equal(t, dedup.Full, c.results.Answers[0].Outcome)
		fulls++
	}
	require.GreaterOrEqual(t, fulls, 1, "the sweep before FULL went further than it may")
	require.LessOrEqual(t, fulls, standing/fullLooks)
}

func TestAFullTableLosesNothing(t *testing.T) {
	const keys = 500
	c := claimer{machine: bootstrapped(t, keys, 0)}
	require.NoError(t, c.entry(2*keys))
	for i, a := range c.results.Answers {
		require.Equal(t, i < keys, a.Outcome == dedup.Won, i)
		require.Equal(t, i >= keys, a.Outcome == dedup.Full, i)
	}
	for n := range uint64(2 * keys) {
		c.machine.Peek(scattered(n+1), &c.results)
		require.Equal(t, n < keys, c.results.Answers[0].Outcome == dedup.Pending, n)
	}
}

func TestCellsComeBack(t *testing.T) {
	m, results := bootstrapped(t, 100, 40*dedup.CellBytes), dedup.Results{}
	value := make([]byte, 28*20-12)
	for round := range uint64(1000) {
		k := dedup.Key{byte(round % 2)}
		payload := dedup.AppendPut(dedup.AppendHeader(nil, startNanos), dedup.Put{Key: k, Value: value})
		payload = dedup.AppendPut(payload, dedup.Put{Key: k, Value: value[:round%100]})
		payload = dedup.AppendForget(payload, dedup.Forget{Key: dedup.Key{byte(round/2) % 2}})
		require.NoError(t, m.Apply(round+2, payload, &results))
		require.Equal(t, dedup.OK, results.Answers[0].Outcome, round)
	}
	for n := range byte(2) {
		payload := dedup.AppendForget(dedup.AppendHeader(nil, startNanos), dedup.Forget{Key: dedup.Key{n}})
		require.NoError(t, m.Apply(2000+uint64(n), payload, &results))
	}
	require.Zero(t, m.Usage().Bytes)
}

func TestACompleteThatDoesNotFitLeavesTheClaim(t *testing.T) {
	m, results := bootstrapped(t, 10, dedup.CellBytes), dedup.Results{}
	token := at(t, m, startNanos, dedup.Claim{Owner: 1, LeaseMillis: 1000}).Token
	payload := dedup.AppendComplete(dedup.AppendHeader(nil, startNanos), dedup.Complete{Token: token, Response: make([]byte, 17)})
	payload = dedup.AppendQuery(payload, dedup.Query{})
	payload = dedup.AppendComplete(payload, dedup.Complete{Token: token})
	require.NoError(t, m.Apply(3, payload, &results))
	require.Equal(t, dedup.Full, results.Answers[0].Outcome)
	require.Equal(t, dedup.Pending, results.Answers[1].Outcome)
	require.Equal(t, dedup.OK, results.Answers[2].Outcome)
}

func TestManyLargeAnswersTakeNoMemory(t *testing.T) {
	m, results := bootstrapped(t, 10, 1<<20), dedup.Results{}
	payload := dedup.AppendPut(dedup.AppendHeader(nil, startNanos), dedup.Put{Value: make([]byte, dedup.MaxValueBytes)})
	for range 100 {
		payload = dedup.AppendQuery(payload, dedup.Query{})
	}
	before := heap()
	require.NoError(t, m.Apply(2, payload, &results))
	require.Len(t, results.Value(100), dedup.MaxValueBytes)
	require.Less(t, heap(), before+10*dedup.MaxValueBytes)
	runtime.KeepAlive(m)
}

// A life is what the plain map of the next test knows of a record.
type life struct{ token, expires uint64 }

func TestManySegmentsHoldEveryKey(t *testing.T) {
	const space, entries = 30_000, 1500
	m, results, random := bootstrapped(t, space, 0), dedup.Results{}, rand.New(rand.NewPCG(1, 2))
	lives, millis, most := map[dedup.Key]life{}, uint64(0), uint64(0)
	for index := uint64(2); index < entries; index++ {
		millis += random.Uint64N(40)
		if index%500 == 0 {
			millis += 3000 // most go at once
			loaded, err := dedup.LoadState(m.AppendState(nil))
			require.NoError(t, err)
			m = loaded
		}
		payload := dedup.AppendHeader(nil, startNanos+millis*milli)
		for range 50 {
			payload = dedup.AppendClaim(payload, dedup.Claim{Key: scattered(random.Uint64N(space)), TTLMillis: 1 + random.Uint64N(5000), LeaseMillis: 1, Owner: 1})
		}
		require.NoError(t, m.Apply(index, payload, &results))
		compareLives(t, lives, payload, &results, millis)
		most = max(most, m.Usage().Keys)
	}
	require.Greater(t, most, uint64(5000), "too few segments to mean anything")
	for n := range uint64(space) {
		m.Peek(scattered(n), &results)
		l := lives[scattered(n)]
		require.Equal(t, l.expires > millis, results.Answers[0].Outcome == dedup.Pending, n)
	}
}

// compareLives holds the answers to what the map says, and the map to them. All
// claims are one owner's: within an entry a second one is a repeat.
func compareLives(t *testing.T, lives map[dedup.Key]life, payload []byte, results *dedup.Results, millis uint64) {
	entry, err := dedup.ParseEntry(payload)
	require.NoError(t, err)
	inEntry := map[dedup.Key]bool{}
	for i, rest := 0, entry.Commands; len(rest) > 0; i++ {
		c, after, err := dedup.NextCommand(rest)
		require.NoError(t, err)
		rest = after
		a, l := results.Answers[i], lives[c.Key]
		require.Equal(t, dedup.Won, a.Outcome)
		if a.Replayed {
			require.Greater(t, l.expires, millis, "a repeat of what has expired")
			require.Equal(t, l.token, a.Token)
			continue
		}
		require.False(t, inEntry[c.Key], "won twice in one entry")
		require.Equal(t, a.Number, a.Token)
		lives[c.Key], inEntry[c.Key] = life{a.Token, millis + c.TTLMillis}, true
	}
}
