package workload_test

// Goal: whatever is drawn can be done. Every call encodes to valid commands with call numbers of their own,
// and a nemesis leaves no node down, no link cut. Method: plans drawn after every profile, clients that are told
// drawn answers, a cluster that only keeps books.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var secret = dedup.Secret{1}

// drawAfterAny draws a plan after any profile.
func drawAfterAny(t *rapid.T) workload.Plan {
	return workload.Draw(t, rapid.SampledFrom(workload.Profiles()).Draw(t, "profile"))
}

// answers are drawn for a call; the next token is a new one.
func answers(t *rapid.T, call *workload.Call, token *uint64) (all []linearizability.Answer) {
	for range call.Commands {
		outcome := rapid.SampledFrom([]linearizability.Outcome{linearizability.Won, linearizability.OK, linearizability.Duplicate}).Draw(t, "outcome")
		*token++
		all = append(all, linearizability.Answer{Outcome: outcome, Token: *token})
	}
	return all
}

func TestEveryCallIsValidAndHasItsOwnNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan, numbers, token := drawAfterAny(t), map[uint64]bool{}, uint64(0)
		for id := range plan.Clients {
			client := workload.NewClient(&plan, id)
			for call, _, ok := client.Next(); ok; call, _, ok = client.Next() {
				count, err := dedup.CountAnswers(call.Encode(&secret))
				require.NoError(t, err, call.String())
				require.Equal(t, len(call.Commands), count)
				require.Len(t, call.Operations(&secret), count)
				for _, command := range call.Commands {
					require.False(t, numbers[command.Call] || command.Call == 0, call.String())
					numbers[command.Call] = true
				}
				failure := rapid.SampledFrom([]string{"", "", linearizability.Unknown, linearizability.NotApplied}).Draw(t, "failure")
				if failure != "" {
					client.Ended(&call, nil, failure)
				} else {
					client.Ended(&call, answers(t, &call, &token), "")
				}
			}
		}
	})
}

// The same call again has its owner, whoever is asked: a lost reply must not be a second execution.
func TestARepeatHasTheSameOwner(t *testing.T) {
	plan := workload.Plan{Servers: 3, Clients: [][]workload.Step{{
		{Kind: workload.Claim, Node: 3, Retries: 1, Lease: time.Second, Value: -1},
		{Kind: workload.Query, Node: 1, Value: -1},
		{Kind: workload.Seen, Node: 2, Key: 5, Again: true, Value: 7},
	}}}
	client := workload.NewClient(&plan, 0)
	first, _, _ := client.Next()
	client.Ended(&first, nil, linearizability.Unknown)
	second, _, _ := client.Next()
	client.Ended(&second, nil, linearizability.Unknown)
	query, _, _ := client.Next()
	client.Ended(&query, nil, linearizability.NotApplied)
	third, _, _ := client.Next()
	for _, repeat := range []workload.Call{second, third} {
		require.Equal(t, first.Commands[0].Owner, repeat.Commands[0].Owner)
		require.Equal(t, first.Commands[0].LeaseMillis, repeat.Commands[0].LeaseMillis)
		require.NotEqual(t, first.Commands[0].Call, repeat.Commands[0].Call)
	}
	require.Equal(t, []int{3, 1, 2}, []int{first.Node, second.Node, third.Node})
	require.Equal(t, workload.Query, query.Kind)
}

// An expired worker comes back with the token it was given; one that won again has a token of before, too.
func TestTokensAreThoseThatWereGiven(t *testing.T) {
	steps := []workload.Step{
		{Kind: workload.Complete, Token: workload.Held, Value: -1}, {Kind: workload.Claim, Value: -1}, {Kind: workload.Claim, Value: -1},
		{Kind: workload.Complete, Token: workload.Held, Value: -1}, {Kind: workload.Complete, Token: workload.Former, Value: -1},
		{Kind: workload.Complete, Token: workload.MadeUp, Value: -1},
	}
	client := workload.NewClient(&workload.Plan{Servers: 1, Clients: [][]workload.Step{steps}}, 0)
	var tokens []uint64
	for n := uint64(7); ; n++ {
		call, _, ok := client.Next()
		if !ok {
			break
		}
		tokens = append(tokens, call.Commands[0].Token)
		answer := linearizability.Answer{Outcome: linearizability.Fenced}
		if call.Kind == workload.Claim {
			answer = linearizability.Answer{Outcome: linearizability.Won, Token: n}
		}
		client.Ended(&call, []linearizability.Answer{answer}, "")
	}
	require.Equal(t, []uint64{0, 0, 9, 8}, tokens[1:5])
	require.Greater(t, tokens[0], uint64(1<<39))
	require.Greater(t, tokens[5], uint64(1<<39))
}

func TestFewRunsMayShowTooLittle(t *testing.T) {
	for _, row := range []struct {
		idle, counted int
		tooMany       bool
	}{{0, 0, false}, {2, 1, false}, {3, 1, true}, {3, 49, true}, {3, 50, false}, {22, 1000, false}, {23, 1000, true}} {
		require.Equal(t, row.tooMany, workload.TooManyIdle(row.idle, row.counted), "%+v", row)
	}
}
