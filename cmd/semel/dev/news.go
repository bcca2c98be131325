package dev

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/cmd/semel/terminal"
)

// newsWriter gives each whole line that is written to it to tell.
type newsWriter struct {
	rest []byte
	tell func(line string)
}

func (w *newsWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		w.tell(string(line))
		w.rest = rest
	}
}

// tell prints a line of news about node id.
func (d *development) tell(id int, colour terminal.Paint, text string) {
	name := fmt.Sprintf("node %d  ", id)
	if terminal.IsColourful(os.Stderr) {
		text = colour.On(text)
	}
	d.say(name + text)
}

// relay prints what a node logged, in plain words. What is no record of its log, such as the end of a
// panic, is printed as it is.
func (d *development) relay(id int, line string) {
	text, level, ok := plainRecord(line)
	switch {
	case !ok:
		d.tell(id, terminal.Plain, strings.TrimPrefix(line, "semel: "))
	case d.verbose:
		d.tell(id, terminal.Plain, level+" "+text)
	case isAbsence(text):
	case level == "WARN" || level == "ERROR":
		d.tell(id, terminal.Red, text)
	default:
		d.tell(id, terminal.Plain, text)
	}
}

// isAbsence reports whether a node says of another one that it is not there: dev says so
// itself, once. That one refuses the other is another matter.
func isAbsence(text string) bool {
	return (strings.HasPrefix(text, "cannot reach a peer") || strings.HasPrefix(text, "lost the connection to a peer")) &&
		!strings.Contains(text, "refused by ")
}

// plainRecord returns a record of a JSON log as a line: what was said, and what belongs to it.
func plainRecord(line string) (text, level string, ok bool) {
	var record map[string]any
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	if decoder.Decode(&record) != nil {
		return "", "", false
	}
	text, ok = record["msg"].(string)
	level, _ = record["level"].(string)
	for _, key := range slices.Sorted(maps.Keys(record)) {
		if key != "time" && key != "level" && key != "msg" {
			text += fmt.Sprintf("  %s %v", key, record[key])
		}
	}
	return text, level, ok
}
