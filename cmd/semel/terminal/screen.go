package terminal

import (
	"bytes"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Redraws reports whether w is a terminal on which a text can be drawn anew in place.
func Redraws(w io.Writer) bool { return Is(w) && os.Getenv("TERM") != "dumb" }

// Screen shows one text after another in the same place of a terminal. What the terminal had before is there again after Close.
type Screen struct {
	out        io.Writer
	colourful  bool
	dimensions func() (columns, rows int) // 0: not known
}

const (
	openScreen  = "\x1b[?1049h\x1b[?25l" // the other buffer, no cursor
	closeScreen = "\x1b[?25h\x1b[?1049l"
	toTheTop    = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// NewScreen begins to draw on w.
func NewScreen(w io.Writer) (*Screen, error) {
	s := &Screen{out: w, colourful: IsColourful(w), dimensions: func() (int, int) { return size(w) }}
	_, err := io.WriteString(w, openScreen)
	return s, err
}

// Show draws text in the place of what was drawn before, line i in the paint i, in one write. What the terminal is too small for is cut off.
func (s *Screen) Show(text string, paints []Paint) error {
	var drawn bytes.Buffer
	drawn.WriteString(toTheTop)
	columns, rows := s.dimensions()
	i := 0
	for line := range strings.Lines(text) {
		if rows > 0 && i == rows-1 {
			break
		}
		line = clip(strings.TrimSuffix(line, "\n"), columns)
		if s.colourful && i < len(paints) {
			line = paints[i].On(line)
		}
		drawn.WriteString(line + clearLine + "\r\n")
		i++
	}
	drawn.WriteString(clearBelow)
	_, err := s.out.Write(drawn.Bytes())
	return err
}

// Close gives the terminal back.
func (s *Screen) Close() error {
	_, err := io.WriteString(s.out, closeScreen)
	return err
}

// clip cuts a line that is longer than there are columns.
func clip(line string, columns int) string {
	if columns == 0 || utf8.RuneCountInString(line) <= columns {
		return line
	}
	return string([]rune(line)[:columns])
}
