package terminal

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// size is how large a terminal is; 0 where that is not known.
func size(w io.Writer) (columns, rows int) {
	file, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	found, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(found.Col), int(found.Row)
}
