package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/raft/wal"
)

// machine describes where the report was made, without a name.
func machine() string {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // other systems have none
	release, _, _ := strings.Cut(strings.TrimSpace(string(kernel)), "-")
	return fmt.Sprintf("%d cores (%s), %s/%s %s, %s", runtime.NumCPU(), processorName(), runtime.GOOS, runtime.GOARCH, release, runtime.Version())
}

func processorName() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(info) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return "processor not known"
}

const (
	speedBytes = 256 << 20
	speedPiece = 1 << 20
	syncEach   = 8 << 20 // as a snapshot is written
)

// writeSpeed measures how many MB/s the disk under dir takes of one long file.
func writeSpeed(dir string) (perSecond float64, err error) {
	folder, err := wal.OpenFolder(dir)
	if err != nil {
		return 0, err
	}
	const name = "write-speed"
	file, err := folder.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = file.Close()
		_ = folder.Remove(name)
	}()
	piece, start := bytes.Repeat([]byte{1}, speedPiece), time.Now()
	for at := int64(0); at < speedBytes && err == nil; at += speedPiece {
		if _, err = file.WriteAt(piece, at); err == nil && (at+speedPiece)%syncEach == 0 {
			err = file.Sync()
		}
	}
	return speedBytes / 1e6 / time.Since(start).Seconds(), err
}

const (
	syncs     = 1000
	syncBytes = 512
	syncFile  = 1 << 20
)

// syncTimes measures the disk under dir as the log uses it: a record into a file that is there and zeroed, then
// fdatasync. It returns the median and the 99th percentile.
func syncTimes(dir string) (median, high time.Duration, err error) {
	folder, err := wal.OpenFolder(dir)
	if err != nil {
		return 0, 0, err
	}
	const name = "sync-times"
	file, err := folder.Create(name)
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		_ = file.Close()
		_ = folder.Remove(name)
	}()
	if _, err = file.WriteAt(make([]byte, syncFile), 0); err == nil {
		err = file.Sync()
	}
	times, record := make([]time.Duration, syncs), bytes.Repeat([]byte{1}, syncBytes)
	for i := range times {
		start := time.Now()
		if err == nil {
			_, err = file.WriteAt(record, int64(i*syncBytes%syncFile))
		}
		if err == nil {
			err = file.Sync()
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100], err
}
