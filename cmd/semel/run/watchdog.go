//go:build unix

package run

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// watchdog is a process that outlives this one by the time it takes to kill the command. It is told, a line
// each time, what to kill and how many milliseconds are left.
type watchdog struct {
	command *exec.Cmd
	to      io.WriteCloser
}

// startWatchdog starts the command that calls Watch; none where it is empty.
func startWatchdog(command []string) (*watchdog, error) {
	if len(command) == 0 {
		return &watchdog{}, nil
	}
	c := exec.Command(command[0], command[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what a terminal sends is not for it
	to, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &watchdog{c, to}, c.Start()
}

// guard has it kill the target when a moment has come, or at once if this process ends before it is dismissed.
func (d *watchdog) guard(target int, over time.Time) {
	if d.to != nil {
		_, _ = fmt.Fprintf(d.to, "%d %d\n", target, time.Until(over).Milliseconds())
	}
}

// dismiss ends it. Dismiss again does nothing.
func (d *watchdog) dismiss() {
	if d.to == nil {
		return
	}
	_, _ = io.WriteString(d.to, dismissal+"\n")
	d.to.Close()
	d.to = nil
	_ = d.command.Wait()
}

const dismissal = "dismissed"

// Watch is the watchdog's process: it calls kill when the time that it was told last is over, or when
// from ends without a dismissal.
func Watch(from io.Reader, kill func(target int)) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(from); s.Scan(); {
			lines <- s.Text()
		}
	}()
	target, timer := 0, time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case line, ok := <-lines:
			if line == dismissal {
				return
			}
			var left int64
			if _, err := fmt.Sscanf(line, "%d %d", &target, &left); ok && err == nil {
				timer.Reset(time.Duration(left) * time.Millisecond)
				continue
			}
			if target != 0 {
				kill(target)
			}
			return
		case <-timer.C:
			kill(target)
			target = 0
		}
	}
}

// Kill is what Watch calls.
func Kill(target int) { _ = syscall.Kill(target, syscall.SIGKILL) }
