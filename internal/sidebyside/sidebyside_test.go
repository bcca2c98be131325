// Goal: searches run side by side, are told of in their order, and leave nothing running behind.
// Method: runs that wait for one another, so that another order or another number at a time never ends.
package sidebyside

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

var four = []string{"a", "b", "c", "d"}

// The first ends when the last begins, which needs another place that the first does not hold up.
func TestRunsAreSideBySideAndToldInOrder(t *testing.T) {
	last := make(chan struct{})
	run := func(_ context.Context, name string) string {
		switch name {
		case "a":
			<-last
		case "d":
			close(last)
		}
		return name
	}
	var told []string
	for name, r := range Run(t.Context(), four, 2, run) {
		require.Equal(t, name, r)
		told = append(told, name)
	}
	require.Equal(t, four, told)
}

func TestOneAtATimeIsOneAfterAnother(t *testing.T) {
	running := make(chan string, 1)
	run := func(_ context.Context, name string) error {
		select {
		case running <- name:
			<-running
			return nil
		default:
			return errors.New("another one runs")
		}
	}
	told := 0
	for _, err := range Run(t.Context(), four, 1, run) {
		require.NoError(t, err)
		told++
	}
	require.Equal(t, len(four), told)
}

// Whoever needs no more of them is left with none that runs.
func TestWhatStillRunsIsEndedWithTheRest(t *testing.T) {
	begun, ended := make(chan struct{}), false
	run := func(ctx context.Context, name string) error {
		if name == "a" {
			<-begun
			return errors.New("could not start")
		}
		close(begun)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}
	for _, err := range Run(t.Context(), four[:2], 2, run) {
		require.Error(t, err)
		break
	}
	require.True(t, ended)
}

func TestWhoIsEndedYieldsNothingThatWasNotStarted(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	for range Run(ctx, four, 2, func(context.Context, string) bool { return true }) {
		t.Fatal("nothing was started")
	}
}
