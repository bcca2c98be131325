package pages

import (
	"reflect"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/internal/priority"
)

// stretch is memory from one boundary of large pages to another.
type stretch struct{ from, bytes uintptr }

// asked has the system told of stretches, one after another: it copies small pages that are in use into large ones, which takes longer
// than who asked can wait, and so would whoever asked for the next one meanwhile.
var asked = sync.OnceValue(func() chan<- stretch {
	all := make(chan stretch, 1024)
	go priority.Low(func() {
		for s := range all {
			if s.advise(unix.MADV_HUGEPAGE) == nil {
				_ = s.advise(unix.MADV_COLLAPSE) // what was in use before is of small pages
			}
		}
	})
	return all
})

// Large asks for large pages in place of small ones under memory, a slice that begins to be used. What stands beside it, of the
// same pages, has them too. It is advice, and does not wait: where the system has none, or too few, all stays as it is.
func Large(memory any) {
	v := reflect.ValueOf(memory)
	s := around(v.Pointer(), uintptr(v.Len())*v.Type().Elem().Size())
	if s.bytes == 0 {
		return
	}
	select {
	case asked() <- s:
	default: // this one stays as it is, and 4 GiB are before it
	}
}

// around returns the large pages that memory is of, none where it is less than half of one.
func around(from, bytes uintptr) stretch {
	if bytes < size/2 {
		return stretch{}
	}
	first, end := from&^(size-1), (from+bytes+size-1)&^(size-1)
	return stretch{first, end - first}
}

// advise is madvise. Memory that is used no more by then is not harmed.
func (s stretch) advise(advice uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, s.from, s.bytes, advice); errno != 0 {
		return errno
	}
	return nil
}
