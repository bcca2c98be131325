package uniq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// output is where the first records go.
type output struct {
	to   io.Writer
	file *os.File // nil unless to is a regular file: what is written into one is there for good once it is synced
	pipe *os.File // nil unless to is another kind of file, whose reader may go away
}

func newOutput(to io.Writer) *output {
	o := &output{to: to}
	if f, ok := to.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			o.file = f
		} else {
			o.pipe = f
		}
	}
	return o
}

// check refuses an output that nobody can write to, before anything is claimed for it.
//
// The Go runtime opens /dev/null, to read and write, in place of a standard output that was closed when the program began. Whoever
// wants nothing written opens it to write.
func (o *output) check() error {
	f, ok := o.to.(*os.File)
	if !ok {
		return nil
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return &records.Refusal{Why: fmt.Sprintf("standard output is closed (%v): nothing was claimed", err)}
	}
	switch flags & unix.O_ACCMODE {
	case unix.O_RDONLY:
		return &records.Refusal{Why: "standard output is open to read only: nothing was claimed"}
	case unix.O_RDWR:
		null, err := os.Stat(os.DevNull)
		info, wrong := f.Stat()
		if err == nil && wrong == nil && os.SameFile(null, info) {
			return &records.Refusal{Why: "standard output is closed (or " + os.DevNull + ", opened to read and write): nothing was claimed. Give it a file or a pipe, or > " + os.DevNull + " to write nothing"}
		}
	}
	return nil
}

// mend ends a line that an earlier program left open in the file that is appended to: two records would become one.
func (o *output) mend() (mended bool, err error) {
	if o.file == nil {
		return false, nil
	}
	info, err := o.file.Stat()
	if err != nil || info.Size() == 0 {
		return false, nil // what cannot be looked at is taken as it is
	}
	again, err := os.Open(fmt.Sprintf("/dev/fd/%d", o.file.Fd()))
	if err != nil {
		return false, nil // no such folder, or not ours to read
	}
	defer again.Close()
	end := info.Size()
	if flags, err := unix.FcntlInt(o.file.Fd(), unix.F_GETFL, 0); err == nil && flags&unix.O_APPEND == 0 {
		if end, err = o.file.Seek(0, io.SeekCurrent); err != nil {
			return false, nil
		}
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := again.ReadAt(last, end-1); err != nil {
			return false, nil
		}
	}
	if last[0] == '\n' {
		return false, nil
	}
	_, err = o.file.Write([]byte("\n"))
	return true, err
}

// gone reports whether the output's reader has gone away.
func (o *output) gone() bool {
	if o.pipe == nil {
		return false
	}
	asked := []unix.PollFd{{Fd: int32(o.pipe.Fd())}}
	n, err := unix.Poll(asked, 0)
	return err == nil && n == 1 && asked[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
}

var (
	errGone    = errors.New("write the output: its reader has gone away")
	errStalled = errors.New("write the output: its reader takes nothing")
)

// put writes text, whole or not at all where to is a file. It gives up on a reader that takes nothing grace after
// stop is over.
func (o *output) put(stop context.Context, text []byte, grace time.Duration) error {
	if len(text) == 0 {
		return nil
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := o.to.Write(text)
		done <- result{n, err}
	}()
	stopped := stop.Done()
	var late <-chan time.Time
	for {
		select {
		case r := <-done:
			if r.err != nil {
				return o.cutBack(r.n, fmt.Errorf("write the output: %w", r.err))
			}
			return nil
		case <-stopped:
			timer := time.NewTimer(grace)
			defer timer.Stop()
			stopped, late = nil, timer.C
		case <-late:
			return errStalled
		}
	}
}

// leftover is a file that ends with a part of what was to be written.
type leftover struct {
	error
	size int64 // of what is whole
}

func (l *leftover) Unwrap() error { return l.error }

// cutBack takes the n bytes that were written of a text off the file again, if nothing else stands behind them.
func (o *output) cutBack(n int, err error) error {
	if o.file == nil || n == 0 {
		return err
	}
	end, unseekable := o.file.Seek(0, io.SeekCurrent)
	info, unknown := o.file.Stat()
	if unseekable != nil || unknown != nil {
		return &leftover{err, -1}
	}
	whole := end - int64(n)
	if info.Size() != end || o.file.Truncate(whole) != nil {
		return &leftover{err, whole}
	}
	if _, wrong := o.file.Seek(whole, io.SeekStart); wrong != nil {
		return &leftover{err, whole}
	}
	return err
}

// sync makes a file durable.
func (o *output) sync() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return &unsyncedError{err}
	}
	return nil
}

// unsyncedError: nobody knows what of the output is on the disk.
type unsyncedError struct{ err error }

func (u *unsyncedError) Error() string { return fmt.Sprintf("sync the output: %v", u.err) }
func (u *unsyncedError) Unwrap() error { return u.err }
