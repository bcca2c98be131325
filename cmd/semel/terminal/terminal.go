// Package terminal knows where lines are read by a person, and paints them there.
package terminal

import (
	"io"
	"os"
	"strings"
)

// Paint is how a line looks on a terminal.
type Paint string

// The paints there are. Plain is none.
const (
	Plain Paint = ""
	Bold  Paint = "\x1b[1m"
	Faint Paint = "\x1b[2m"
	Red   Paint = "\x1b[31m"
)

const reset = "\x1b[0m"

// On returns text in the paint, for a terminal.
func (p Paint) On(text string) string {
	if p == Plain {
		return text
	}
	return string(p) + text + reset
}

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// IsColourful reports whether w is a terminal whose user takes colours (https://no-color.org).
func IsColourful(w io.Writer) bool {
	return Is(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Print prints line i of text in the paint i where colours are welcome, and as it is
// elsewhere. Lines without a paint are plain.
func Print(w io.Writer, text string, paints []Paint) error {
	if !IsColourful(w) {
		_, err := io.WriteString(w, text)
		return err
	}
	i := 0
	for line := range strings.Lines(text) {
		if i < len(paints) && paints[i] != Plain {
			line = paints[i].On(strings.TrimSuffix(line, "\n")) + "\n"
		}
		i++
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
