package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
)

// Why a folder was not looked at.
var (
	// ErrInUse is wrapped where a process has the folder open.
	ErrInUse = disk.ErrLocked
	// ErrNone is wrapped where there is no folder of a node.
	ErrNone = errors.New("no folder of a node")
)

// snapshotsName is the folder of snapshots in a node's.
const snapshotsName = "snapshots"

// rest is a folder that nobody else has.
type rest struct {
	dir            string
	log, snapshots disk.FS // snapshots is nil where there is no such folder
	locks          []io.Closer
}

// open takes a folder to read it.
func open(dir string) (*rest, error) {
	if err := find(dir); err != nil {
		return nil, err
	}
	r := &rest{dir: dir, log: disk.ReadOnlyFolder(dir)}
	if info, err := os.Stat(filepath.Join(dir, snapshotsName)); err == nil && info.IsDir() {
		r.snapshots = disk.ReadOnlyFolder(filepath.Join(dir, snapshotsName))
	}
	for _, folder := range []disk.FS{r.log, r.snapshots} {
		if folder == nil {
			continue
		}
		lock, err := folder.Lock()
		if errors.Is(err, fs.ErrNotExist) {
			continue // a copy without it
		}
		if err != nil {
			r.close()
			return nil, err
		}
		r.locks = append(r.locks, lock)
	}
	return r, nil
}

func (r *rest) close() {
	for _, lock := range r.locks {
		_ = lock.Close() // it was only read
	}
}

// find says what is there in place of the folder of a node.
func find(dir string) error {
	if _, err := os.ReadDir(dir); err != nil {
		return fmt.Errorf("%w: %w: want the data folder of a node", ErrNone, err)
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "*.wal")); len(logs) > 0 {
		return nil
	}
	for _, name := range []string{peersName, node.RestoringName} { // a log that is gone, or not there yet
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	below, _ := filepath.Glob(filepath.Join(dir, "*", "*.wal"))
	var nodes []string
	for _, file := range below {
		if node := filepath.Dir(file); len(nodes) == 0 || nodes[len(nodes)-1] != node {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) > 0 {
		return fmt.Errorf("%w: %s holds those of several nodes: give one of them: %s", ErrNone, dir, strings.Join(nodes, ", "))
	}
	return fmt.Errorf("%w: no log in %s: want the data folder of a node", ErrNone, dir)
}
