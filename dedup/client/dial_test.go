package client

// Goal: a dial that did not come about is told as "not applied", however it ended. Method: a dialler that never connects.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADialThatEndsWithItsContextAppliedNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &Client{http: http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}}}
	_, err := c.post(ctx, "127.0.0.1:1", "/v1/claim", []byte("{}"))
	attempt, ok := errors.AsType[*attemptError](err)
	require.True(t, ok)
	require.ErrorIs(t, attempt, context.Canceled)
	require.False(t, attempt.unknown)
}
