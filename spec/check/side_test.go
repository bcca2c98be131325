// Goal: models run side by side, are told of in their order, and leave nothing running behind.
// Method: runs that wait for one another, so that another order or another number at a time never ends.
package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

var four = []tlc.Model{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}

// The first ends when the last begins, which needs another place that the first does not hold up.
func TestModelsRunSideBySideAndAreToldInOrder(t *testing.T) {
	last := make(chan struct{})
	run := func(_ context.Context, m tlc.Model) *ran {
		switch m.Name {
		case "a":
			<-last
		case "d":
			close(last)
		}
		return &ran{result: tlc.Result{Banner: m.Name}}
	}
	var told []string
	for m, r := range sideBySide(t.Context(), four, 2, run) {
		require.Equal(t, m.Name, r.result.Banner)
		told = append(told, m.Name)
	}
	require.Equal(t, []string{"a", "b", "c", "d"}, told)
}

func TestOneAtATimeIsOneAfterAnother(t *testing.T) {
	running := make(chan string, 1)
	run := func(_ context.Context, m tlc.Model) *ran {
		select {
		case running <- m.Name:
			<-running
			return &ran{}
		default:
			return &ran{err: errors.New("another one runs")}
		}
	}
	for _, r := range sideBySide(t.Context(), four, 1, run) {
		require.NoError(t, r.err)
	}
}

// Whoever needs no more of them is left with none that runs.
func TestWhatStillRunsIsEndedWithTheRest(t *testing.T) {
	begun, ended := make(chan struct{}), false
	run := func(ctx context.Context, m tlc.Model) *ran {
		if m.Name == "a" {
			<-begun
			return &ran{err: errors.New("could not start")}
		}
		close(begun)
		<-ctx.Done()
		ended = true
		return &ran{err: ctx.Err()}
	}
	for _, r := range sideBySide(t.Context(), four[:2], 2, run) {
		require.Error(t, r.err)
		break
	}
	require.True(t, ended)
}

func TestWhoIsEndedTellsOfIt(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	for m, r := range sideBySide(ctx, four, 2, func(ctx context.Context, _ tlc.Model) *ran { return &ran{err: ctx.Err()} }) {
		require.Equal(t, "a", m.Name)
		require.ErrorIs(t, r.err, context.Canceled)
	}
}
