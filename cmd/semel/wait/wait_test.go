package wait

// Goal: nobody waits longer than a context, and an answer that came is told. Method: contexts that have ended, and counts.

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAContextEndsTheWait(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	require.False(t, For(ended, time.Hour))
	require.True(t, For(t.Context(), time.Nanosecond))
	asked := 0
	no := func() bool { asked++; return false }
	require.False(t, Until(ended, time.Hour, time.Hour, no))
	require.Equal(t, 1, asked)
	require.False(t, Until(t.Context(), 0, time.Hour, no))
	require.Equal(t, 2, asked)
	require.True(t, Until(t.Context(), time.Hour, time.Nanosecond, func() bool { asked++; return asked == 5 }))
	require.Equal(t, 5, asked)
}
