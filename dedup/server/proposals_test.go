package server

// Goal: what is only proposed leaves nothing behind. Method: a claim that is proposed and never applied, and
// another one's claim of the same key.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

// afterAnotherWasProposed is what a claim is answered that is applied after another was proposed.
func afterAnotherWasProposed(t *testing.T) dedup.Result {
	t.Helper()
	b := dedup.Bootstrap{Secret: dedup.Secret{1}, CapacityKeys: 10}
	m := NewMachine(b)
	require.NoError(t, m.Apply(1, m.AppendBootstrap(nil, 1)))
	n, err := m.Count(dedup.AppendClaim(nil, dedup.Claim{Call: 1, Key: dedup.Key{7}, Owner: 1}))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, m.Apply(2, dedup.AppendClaim(m.AppendHeader(nil, 2), dedup.Claim{Call: 2, Key: dedup.Key{7}, Owner: 2})))
	encoded, _ := m.AppendAnswers(nil, 0, 1)
	answers, err := DecodeAnswers(encoded, 1)
	require.NoError(t, err)
	return answers[0].Result
}

func TestAProposalLeavesNothingBehind(t *testing.T) {
	require.Equal(t, dedup.Won, afterAnotherWasProposed(t).Outcome)
}
