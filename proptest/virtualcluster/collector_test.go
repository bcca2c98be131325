package virtualcluster_test

// Goal: runs take the processor for what they do. Method: most of what a run allocates is soon forgotten and little lives, so the collector
// comes a quarter as often.

import (
	"runtime/debug"
	"testing"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}
