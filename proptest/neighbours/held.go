package neighbours

import (
	"fmt"
	"os"
	"runtime"
)

// held is what this process holds.
type held struct {
	heap        int64 // bytes that are in use after a collection
	descriptors int
	goroutines  int
}

// slack is how many descriptors and goroutines more than before are no sign: each neighbour has more members than that,
// and honest clients come and go.
const slack = 20

// look counts everything.
func look() (h held, err error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if h, err = count(); err != nil {
		return h, err
	}
	h.heap = int64(m.HeapAlloc)
	return h, nil
}

// count leaves the heap out.
func count() (held, error) {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return held{}, fmt.Errorf("count descriptors: %w", err)
	}
	return held{descriptors: len(open), goroutines: runtime.NumGoroutine()}, nil
}
