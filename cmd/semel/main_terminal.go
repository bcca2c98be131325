package main

import (
	"io"
	"os"
	"strings"
)

// paint is how a line looks on a terminal.
type paint string

const (
	plain paint = ""
	bold  paint = "\x1b[1m"
	faint paint = "\x1b[2m"
	red   paint = "\x1b[31m"
)

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// isColourful reports whether w is a terminal whose user takes colours (https://no-color.org).
func isColourful(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// printPainted prints line i of text in the paint i where colours are welcome, and as it is
// elsewhere. Lines without a paint are plain.
func printPainted(w io.Writer, text string, paints []paint) error {
	if !isColourful(w) {
		_, err := io.WriteString(w, text)
		return err
	}
	i := 0
	for line := range strings.Lines(text) {
		if i < len(paints) && paints[i] != plain {
			line = string(paints[i]) + strings.TrimSuffix(line, "\n") + "\x1b[0m\n"
		}
		i++
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
