package neighbours

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
)

// held is what this process holds.
type held struct {
	heap        int64 // bytes that are in use after a collection, disks apart
	descriptors int
	goroutines  int
}

// slack is how many descriptors and goroutines more than before are no sign: each neighbour has more members than that,
// and honest clients come and go.
const slack = 20

// look counts everything. The disks stand in dir, and package crashfs has all of them twice in memory: as they are, and
// as a power loss would leave them. The run's archive has that many bytes besides.
func look(dir string, archive int64) (h held, err error) {
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // marked by that collection: what was garbage before the reading is not told
	metrics.Read(live)
	disks, err := size(dir)
	if err != nil {
		return h, err
	}
	if h, err = count(); err != nil {
		return h, err
	}
	h.heap = int64(live[0].Value.Uint64()) - 2*disks - archive
	return h, nil
}

// size is how many bytes the files of a folder have.
func size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if os.IsNotExist(err) { // removed meanwhile
			return nil
		}
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("size of the disks: %w", err)
	}
	return bytes, nil
}

// count leaves the heap out.
func count() (held, error) {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return held{}, fmt.Errorf("count descriptors: %w", err)
	}
	return held{descriptors: len(open), goroutines: runtime.NumGoroutine()}, nil
}
