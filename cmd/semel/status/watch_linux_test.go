package status

// Goal: on a terminal the table is drawn in one place, and the terminal is as it was at the end. Method: a pseudo terminal of 60 columns.

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

// openTerminal returns both ends of a pseudo terminal.
func openTerminal(t *testing.T) (screen, program *os.File) {
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 20, Col: 60}))
	return screen, program
}

func TestWatchDrawsInPlace(t *testing.T) {
	d := semeltest.StartDev(t)
	d.Leader(t)
	screen, program := openTerminal(t)
	command := exec.Command(semeltest.Binary(t), "status", "--watch", "--every", "50ms")
	command.Env = append(os.Environ(), "SEMEL_NODES="+d.Addresses(), "TERM=xterm", "NO_COLOR=1")
	command.Stdout = program
	require.NoError(t, command.Start())
	require.NoError(t, program.Close())
	var drawn semeltest.Words
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(&drawn, screen) // ends with EIO, when the program has ended
	}()
	require.Eventually(t, func() bool { return strings.Count(drawn.String(), "quorum: 3 of 3, 1 more may fail") > 3 }, semeltest.Patience, semeltest.Glance, "%q", &drawn)
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.NoError(t, command.Wait())
	<-copied
	shown, after, closed := strings.Cut(drawn.String(), "\x1b[?25h\x1b[?1049l")
	require.True(t, closed)
	require.True(t, strings.HasPrefix(shown, "\x1b[?1049h\x1b[?25l\x1b[H"))
	for frame := range strings.SplitSeq(shown, "\x1b[H") {
		for line := range strings.SplitSeq(strings.TrimSuffix(frame, "\x1b[J"), "\x1b[K\r\r\n") { // the terminal makes \r\n of \n
			require.LessOrEqual(t, len(strings.TrimPrefix(line, "\x1b[?1049h\x1b[?25l")), 60, "%q", line)
		}
	}
	require.Contains(t, after, "quorum: 3 of 3, 1 more may fail\r\nNODE", "what was seen last stays")
}
