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
		b.Run(fmt.Sprint(open), func(b *testing.B) { benchmarkThree(b, open) })
	}
}

func benchmarkThree(b *testing.B, open int) {
	c := startCluster(b)
	leader := c.leader(b)
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
		leader.Propose(commands, time.Minute, done)
	}
	for range open {
		slots <- struct{}{}
	}
	require.Empty(b, failed)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proposals/s")
}
