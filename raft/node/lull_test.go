package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Goal: who catches up has half of the time, at most, and pauses are bounded. Method: a table of askings.
func TestACalmReaderPausesAsLongAsItTook(t *testing.T) {
	var l lulls
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		reader protocol.NodeID
		calm   bool
		at     time.Duration // since the start
		pause  time.Duration
	}{
		{1, true, 0, 0},
		{1, true, 3 * time.Millisecond, 3 * time.Millisecond},
		{1, true, 10 * time.Millisecond, 4 * time.Millisecond}, // the last reading began at 6 ms
		{2, true, 11 * time.Millisecond, 0},                    // another reader has a time of its own
		{1, false, 15 * time.Millisecond, 0},                   // who is in a hurry waits for nothing
		{1, true, 20 * time.Millisecond, 5 * time.Millisecond}, // and has done nothing else since then
		{1, true, 60 * time.Millisecond, 0},                    // a slow peer has paused by itself
		{ForMachine, false, 61 * time.Millisecond, 0},
		{ForMachine, false, 62 * time.Millisecond, 0},
	} {
		got := l.before(Reading{For: c.reader, Calm: c.calm}, start.Add(c.at))
		require.Equal(t, c.pause, got, "at %v", c.at)
	}
}
