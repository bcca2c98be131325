//go:build linux || darwin || freebsd

package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// freeBytes is what a user without privileges may still write to the file system of dir. Quotas are not in it.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	if s.Blocks == 0 {
		return 0, errors.New("the file system does not say how large it is")
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // on other systems it has another width
}
