//go:build unix && !linux

package run

import "syscall"

// dieWithParent: only Linux does that; the watchdog is there everywhere.
func dieWithParent(*syscall.SysProcAttr) {}

func onOneThread() (done func()) { return func() {} }
