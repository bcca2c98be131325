package server_test

// Goal: what is common to the doors. Method: tables, and answers of a real machine.

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

func TestOnlyKnownErrorsSayNotApplied(t *testing.T) {
	for _, err := range []error{server.ErrLoading, server.ErrOverloaded, server.ErrNotApplied, server.ErrStopped, &server.NotAppliedError{}, fmt.Errorf("x: %w", server.ErrLoading)} {
		require.True(t, server.NotApplied(err), err)
		require.Contains(t, err.Error(), "not applied")
	}
	for _, err := range []error{nil, server.ErrUnknown, io.EOF, errors.New("not applied")} {
		require.False(t, server.NotApplied(err), err)
	}
}

func TestAppendAnswersTakesTheAnswersOfOneCaller(t *testing.T) {
	m, results := dedup.New(), dedup.Results{}
	b := dedup.Bootstrap{Secret: dedup.Secret{1}, CapacityKeys: 9, CapacityBytes: 1 << 10}
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, 1, &b), &results))
	payload := dedup.AppendHeader(nil, 2)
	payload = dedup.AppendClaim(payload, dedup.Claim{Call: 1, Key: dedup.Key{1}, Owner: 1, Value: []byte("v"), Fingerprint: []byte("f")})
	payload = dedup.AppendClaim(payload, dedup.Claim{Call: 2, Key: dedup.Key{1}, Owner: 2})
	payload = dedup.AppendQuery(payload, dedup.Query{Call: 3, Key: dedup.Key{1}})
	require.NoError(t, m.Apply(2, payload, &results))

	answers := server.AppendAnswers(nil, &results, 1, 2)
	require.Len(t, answers, 2)
	require.Equal(t, dedup.Duplicate, answers[0].Outcome)
	require.Equal(t, "v", string(answers[0].Value))
	require.Nil(t, answers[0].Fingerprint)
	require.Equal(t, uint64(3), answers[1].Call)
	require.Equal(t, "f", string(answers[1].Fingerprint))
	require.Nil(t, server.AppendAnswers(nil, &results, 0, 1)[0].Value)
}

func TestWhatFitsInAnEntry(t *testing.T) {
	claim := func(n int) []dedup.Claim {
		return []dedup.Claim{{Value: make([]byte, dedup.MaxValueBytes)}, {Value: make([]byte, dedup.MaxValueBytes)}, {Value: make([]byte, dedup.MaxValueBytes)}, {Value: make([]byte, n)}}
	}
	n := server.MaxCommandBytes - len(dedup.AppendClaimBatch(nil, claim(0)))
	require.NoError(t, dedup.ValidateBatch(claim(n)))
	require.Error(t, dedup.ValidateBatch(claim(n+1)))
}
