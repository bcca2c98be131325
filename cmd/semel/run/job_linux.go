package run

import (
	"runtime"
	"syscall"
)

// dieWithParent has the kernel kill the command when the thread that started it ends, as it does with this process.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// onOneThread keeps the goroutine on its thread, which is the command's parent to the kernel, until the function
// that it returns is called.
func onOneThread() (done func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
