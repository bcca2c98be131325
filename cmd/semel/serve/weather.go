//go:build weather

package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
)

// A program that is built with the tag weather is for tests of procedures: its disk and its clock are as bad as a file says, into which it looks at each call. No
// other program has any of it.

// weatherVariable names the file; where there is none all is well.
const weatherVariable = "WEATHER_OF_SEMEL"

// weather is what the file says.
type weather struct {
	Full   bool    `json:"full"`    // the disk has no room: no file is made, and none gets longer
	SyncMs int     `json:"sync_ms"` // each sync takes so much longer
	Rate   float64 `json:"rate"`    // of the monotonic clock; 0: as it should be
	WallMs int64   `json:"wall_ms"` // so much is the wall clock ahead
}

func look(path string) (w weather) {
	text, err := os.ReadFile(path)
	if err == nil {
		_ = json.Unmarshal(text, &w) // what is half written is looked at again
	}
	return w
}

func init() { hook = tuneWeather }

func tuneWeather(o *node.Options) {
	path := os.Getenv(weatherVariable)
	if path == "" {
		return
	}
	fmt.Fprintln(os.Stderr, "this program is for tests: its disk and clock are as a file says:", path)
	o.FS, o.Snapshots = badFolder{must(disk.OpenFolder(o.Dir)), path}, badFolder{must(disk.OpenFolder(filepath.Join(o.Dir, "snapshots"))), path}
	o.Clock = &badClock{path: path, at: time.Now()}
}

func must(folder disk.FS, err error) disk.FS {
	if err != nil {
		panic(err)
	}
	return folder
}

// badFolder is a folder on a disk that may be full or slow.
type badFolder struct {
	disk.FS
	weather string
}

func (f badFolder) Create(name string) (disk.File, error) {
	if look(f.weather).Full {
		return nil, fmt.Errorf("create %s: %w", name, syscall.ENOSPC)
	}
	file, err := f.FS.Create(name)
	return badFile{file, f.weather}, err
}

func (f badFolder) Open(name string) (disk.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return badFile{file, f.weather}, nil
}

func (f badFolder) Free() (int64, error) {
	if look(f.weather).Full {
		return 0, nil
	}
	return f.FS.Free()
}

type badFile struct {
	disk.File
	weather string
}

func (f badFile) WriteAt(b []byte, at int64) (int, error) {
	if look(f.weather).Full {
		if size, err := f.Size(); err != nil || at+int64(len(b)) > size {
			return 0, fmt.Errorf("write: %w", syscall.ENOSPC)
		}
	}
	return f.File.WriteAt(b, at)
}

func (f badFile) Sync() error {
	err := f.File.Sync()
	<-time.After(time.Duration(look(f.weather).SyncMs) * time.Millisecond)
	return err
}

// badClock runs at another rate than time, and its wall clock is off.
type badClock struct {
	path string
	mu   sync.Mutex
	at   time.Time
	now  float64
}

func (c *badClock) Now() int64 {
	rate := look(c.path).Rate
	if rate == 0 {
		rate = 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.now += rate * float64(now.Sub(c.at))
	c.at = now
	return int64(c.now)
}

func (c *badClock) Wall() uint64 {
	return uint64(time.Now().UnixNano() + look(c.path).WallMs*int64(time.Millisecond))
}
