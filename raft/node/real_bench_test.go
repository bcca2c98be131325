package node_test

// What three nodes in one process answer through real files and sockets, with so many proposals open at once.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func BenchmarkThreeNodes(b *testing.B) {
	for _, open := range []int{1, 256, 16384} {
		b.Run(fmt.Sprintf("leader/%d", open), func(b *testing.B) { benchmarkThree(b, open, false) })
		b.Run(fmt.Sprintf("follower/%d", min(open, 4096)), func(b *testing.B) { benchmarkThree(b, min(open, 4096), true) })
	}
}

func benchmarkThree(b *testing.B, open int, byWayOfFollower bool) {
	c := startCluster(b)
	at := c.leader(b)
	if byWayOfFollower {
		at = c.other(at)
		require.Eventually(b, func() bool { return !at.Status().Loading }, soon, often)
	}
	commands, slots := command("0123456789abcdef"), make(chan struct{}, open)
	failed := make(chan error, 1)
	done := func(_ []byte, err error) {
		if err != nil {
			select {
			case failed <- err:
			default:
			}
		}
		<-slots
	}
	b.ReportAllocs()
	for b.Loop() {
		slots <- struct{}{}
		at.Propose(commands, time.Minute, done)
	}
	for range open {
		slots <- struct{}{}
	}
	require.Empty(b, failed)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proposals/s")
}
