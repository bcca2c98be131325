//go:build unix

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// job is the command while it runs.
type job struct {
	pid     int
	isGroup bool // signals go to all of its process group
	ended   chan end
}

// end is how a command ended.
type end struct {
	code int    // 128 and the signal's number where one killed it
	what string // in words
}

// start runs the command with this process's standard streams.
func start(command, environment []string) (*job, error) {
	c := exec.Command(command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr, c.Env = os.Stdin, os.Stdout, os.Stderr, environment
	j := &job{isGroup: !inForeground(), ended: make(chan end, 1)}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: j.isGroup}
	dieWithParent(c.SysProcAttr)
	started := make(chan error)
	go func() {
		defer onOneThread()()
		err := c.Start()
		started <- err
		if err == nil {
			j.ended <- endOf(c.Wait(), c.ProcessState)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	j.pid = c.Process.Pid
	return j, nil
}

// inForeground reports whether a terminal sends its signals to this process: then the command stays in the same group.
func inForeground() bool {
	for _, fd := range []int{0, 1, 2} {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil {
			return group == unix.Getpgrp()
		}
	}
	return false
}

// target is what kill(2) takes for all of the command.
func (j *job) target() int {
	if j.isGroup {
		return -j.pid
	}
	return j.pid
}

// signal hands one on. What a terminal sends has reached the command already.
func (j *job) signal(s os.Signal) {
	number, ok := s.(syscall.Signal)
	fromTerminal := number == syscall.SIGINT || number == syscall.SIGQUIT
	if ok && (j.isGroup || !fromTerminal) {
		_ = syscall.Kill(j.target(), number)
	}
}

// terminate asks the command to end, also one that is stopped.
func (j *job) terminate() {
	_ = syscall.Kill(j.target(), syscall.SIGTERM)
	_ = syscall.Kill(j.target(), syscall.SIGCONT)
}

func (j *job) kill() { _ = syscall.Kill(j.target(), syscall.SIGKILL) }

// killRest kills what the command has left behind when it ended.
func (j *job) killRest() {
	if j.isGroup {
		j.kill()
	}
}

func endOf(err error, state *os.ProcessState) end {
	status, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		return end{128 + int(status.Signal()), "signal " + strconv.Itoa(int(status.Signal())) + " (" + status.Signal().String() + ")"}
	case err != nil && state.ExitCode() == 0:
		return end{ExitCannotRun, err.Error()}
	}
	return end{state.ExitCode(), "exit code " + strconv.Itoa(state.ExitCode())}
}

// codeOfStart is that of env and nice.
func codeOfStart(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return ExitNotFound
	}
	return ExitCannotRun
}

// CheckCommand returns an error where the command can't be found, before anything is claimed for it.
func CheckCommand(command []string) (code int, err error) {
	if _, err := exec.LookPath(command[0]); err != nil {
		return codeOfStart(err), fmt.Errorf("%w: nothing was claimed", err)
	}
	return 0, nil
}
