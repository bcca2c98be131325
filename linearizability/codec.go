package linearizability

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrMalformed is wrapped by what Read returns for a file that is not a history
// of this format. The text says which line, what was wrong and what was expected.
var ErrMalformed = errors.New("malformed history")

// Write writes h as JSON Lines: the header, then operations, faults and entries
// of the log. It returns the first error of w.
func Write(w io.Writer, h *History) error {
	out := NewWriter(w)
	out.Header(&h.Header)
	for i := range h.Operations {
		out.Operation(&h.Operations[i])
	}
	for i := range h.Faults {
		out.Fault(&h.Faults[i])
	}
	for i := range h.Log {
		out.Entry(&h.Log[i])
	}
	return out.Flush()
}

// Writer writes a history line by line. The header comes first, the rest in any
// order. Its first error stays and is told by Flush. Not safe for concurrent use.
type Writer struct {
	buffer *bufio.Writer
	lines  *json.Encoder
	err    error
}

// NewWriter returns a Writer to w. Flush ends it.
func NewWriter(w io.Writer) *Writer {
	buffer := bufio.NewWriter(w)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	return &Writer{buffer: buffer, lines: lines}
}

// The words of a line's type.
const (
	lineHeader    = "header"
	lineOperation = "operation"
	lineFault     = "fault"
	lineEntry     = "entry"
)

type (
	headerLine struct {
		Type string `json:"type"`
		*Header
	}
	operationLine struct {
		Type string `json:"type"`
		*Operation
	}
	faultLine struct {
		Type string `json:"type"`
		*Fault
	}
	entryLine struct {
		Type string `json:"type"`
		*LogEntry
	}
)

// Header writes the first line. A Format of 0 is written as FormatVersion.
func (w *Writer) Header(h *Header) {
	head := *h
	if head.Format == 0 {
		head.Format = FormatVersion
	}
	w.line(headerLine{lineHeader, &head})
}

// Operation writes a line.
func (w *Writer) Operation(o *Operation) { w.line(operationLine{lineOperation, o}) }

// Fault writes a line.
func (w *Writer) Fault(f *Fault) { w.line(faultLine{lineFault, f}) }

// Entry writes a line.
func (w *Writer) Entry(e *LogEntry) { w.line(entryLine{lineEntry, e}) }

func (w *Writer) line(v any) {
	if w.err == nil {
		w.err = w.lines.Encode(v)
	}
}

// Flush writes what is buffered and returns the first error there was.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.buffer.Flush()
	}
	return w.err
}

// Read reads a history to the end of r. Errors wrap ErrMalformed or are those of r.
func Read(r io.Reader) (*History, error) {
	h := &History{}
	in := bufio.NewReaderSize(r, 1<<16)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read line %d: %w", number, err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if bad := h.take(line, number); bad != nil {
				return nil, fmt.Errorf("line %d: %w", number, bad)
			}
		}
		if err == io.EOF {
			if h.Header.Format == 0 {
				return nil, fmt.Errorf("%w: no header, want one in the first line", ErrMalformed)
			}
			return h, nil
		}
	}
}

// take adds one line to h.
func (h *History) take(line []byte, number int) error {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("%w: not a JSON object: %w", ErrMalformed, err)
	}
	if (head.Type == lineHeader) != (h.Header.Format == 0) {
		return fmt.Errorf("%w: type %q, want the header first, and once", ErrMalformed, head.Type)
	}
	switch head.Type {
	case lineHeader:
		if err := decode(line, &headerLine{Header: &h.Header}); err != nil {
			return err
		}
		if h.Header.Format != FormatVersion {
			return fmt.Errorf("%w: format %d, want %d", ErrMalformed, h.Header.Format, FormatVersion)
		}
		return nil
	case lineOperation:
		h.Operations = append(h.Operations, Operation{})
		if err := decode(line, &operationLine{Operation: &h.Operations[len(h.Operations)-1]}); err != nil {
			return err
		}
		return h.validateOperation()
	case lineFault:
		h.Faults = append(h.Faults, Fault{})
		return decode(line, &faultLine{Fault: &h.Faults[len(h.Faults)-1]})
	case lineEntry:
		h.Log = append(h.Log, LogEntry{})
		if err := decode(line, &entryLine{LogEntry: &h.Log[len(h.Log)-1]}); err != nil {
			return err
		}
		return h.validateEntry()
	default:
		return fmt.Errorf("%w: type %q, want header, operation, fault or entry", ErrMalformed, head.Type)
	}
}

// decode takes no field that it does not know: a misspelt one would be a thing
// that nobody judges.
func decode(line []byte, into any) error {
	in := json.NewDecoder(bytes.NewReader(line))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}
