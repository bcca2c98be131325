package priority

// Goal: only what runs in Low has a low priority, and nothing has it afterwards. Method: the system says what each thread has; threads
// that Go has begun since are asked, too.

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// nice is the nice value of the thread that asks; the system call tells 20 less it.
func nice(t *testing.T) int {
	t.Helper()
	told, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	require.NoError(t, err)
	return 20 - told
}

func TestLow(t *testing.T) {
	usual := nice(t)
	require.Less(t, usual, low, "the test itself is run with a low priority")
	var within, begun int
	Low(func() {
		within = nice(t)
		var others sync.WaitGroup
		others.Go(func() { begun = nice(t) })
		others.Wait()
	})
	require.Equal(t, low, within)
	require.Equal(t, usual, begun, "what it began")
	require.Equal(t, usual, nice(t), "who waited for it")
	var after sync.WaitGroup
	var mu sync.Mutex
	ready := make(chan struct{})
	seen := map[int]int{}
	for range 64 { // all at once, so that Go has each thread in use
		after.Go(func() {
			<-ready
			mu.Lock()
			defer mu.Unlock()
			seen[nice(t)]++
		})
	}
	close(ready)
	after.Wait()
	require.Equal(t, map[int]int{usual: 64}, seen, "whatever comes after it")
}

func TestLowPanics(t *testing.T) {
	require.PanicsWithValue(t, "broken", func() { Low(func() { panic("broken") }) })
}
