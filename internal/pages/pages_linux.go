package pages

import (
	"reflect"
	"sync"

	"golang.org/x/sys/unix"
)

// stretch is memory from one boundary of large pages to another.
type stretch struct{ from, bytes uintptr }

// gathered has the system gather stretches, one after another: it copies small pages that are in use into a large one, which takes longer
// than who asked can wait.
var gathered = sync.OnceValue(func() chan<- stretch {
	all := make(chan stretch, 64)
	go func() {
		for s := range all {
			_ = s.advise(unix.MADV_COLLAPSE)
		}
	}()
	return all
})

// Large asks for large pages in place of small ones under memory, a slice that begins to be used. What stands beside it, of the
// same pages, has them too. It is advice, and does not wait: where the system has none, or too few, all stays as it is.
func Large(memory any) {
	v := reflect.ValueOf(memory)
	s := around(v.Pointer(), uintptr(v.Len())*v.Type().Elem().Size())
	if s.bytes == 0 || s.advise(unix.MADV_HUGEPAGE) != 0 {
		return
	}
	select {
	case gathered() <- s: // what was in use before is of small pages
	default: // so many wait that this one is left to the system, which looks for it now and then
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

// advise is madvise, which tells of no more than that there are no large pages.
func (s stretch) advise(advice uintptr) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_MADVISE, s.from, s.bytes, advice)
	return errno
}
