// Package priority lets work that somebody waits for go before work that can wait, where both want the same processors.
package priority

import "runtime"

// Low runs do, and returns when that has. The system gives it less of a processor than others want: a seventieth of what
// one of usual priority gets, and all that nobody wants. do has a thread of its own, which ends with it, since a process may lower
// a thread's priority and not raise it again; goroutines that do begins have the usual priority. What do panics with, Low panics with. Where
// the system has no priorities of threads, or refuses, do runs as anything else does.
func Low(do func()) {
	ended := make(chan any)
	go func() {
		var broken any
		completed := false
		defer func() {
			if !completed {
				broken = recover()
			}
			ended <- broken
		}()
		runtime.LockOSThread() // and never unlocked: so the thread ends with the goroutine
		lower()
		do()
		completed = true
	}()
	if broken := <-ended; broken != nil {
		panic(broken)
	}
}
