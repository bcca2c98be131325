package reached

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// Counts is what TLC counted of a model.
type Counts struct {
	Digest   string           `json:"digest"` // of what it read
	Distinct int64            `json:"distinct"`
	Depth    int              `json:"depth"`
	Elapsed  time.Duration    `json:"elapsed"`
	Steps    map[string]int64 `json:"steps"` // by action
}

// ErrNotKept is returned for a run of TLC that is not one to take states from.
var ErrNotKept = errors.New("not kept")

// Writer writes what TLC reaches, as it does. Not safe for concurrent use.
type Writer struct {
	folder string
	source Source
	digest string
	file   *os.File
	buffer *bufio.Writer
	zip    *gzip.Writer
	states distinct
	err    error // the first one, after which nothing is written
}

// Create begins a file of what TLC reaches of the source. The caller ends it with Drop in any case.
func Create(folder string, s Source) (*Writer, error) {
	digest, err := s.Digest()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(folder, s.Model+"-*.part")
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	zip, err := gzip.NewWriterLevel(buffer, gzip.BestSpeed)
	return &Writer{folder: folder, source: s, digest: digest, file: file, buffer: buffer, zip: zip, states: distinct{}}, err
}

// isState tells a state that PrintState printed from what else TLC says.
func isState(line string) bool { return strings.HasPrefix(line, `"<<`) }

// Line takes a line of TLC's output, see tlc.Options; only states are written.
func (w *Writer) Line(text string) {
	if w.err != nil || !isState(text) {
		return
	}
	w.states.add(text)
	_, w.err = io.WriteString(w.zip, text+"\n")
}

// Keep ends the file and puts it in its place, in that of what was kept of the model before. It returns ErrNotKept where the run did not
// pass, printed other than each of its states, or read something that has changed since it began.
func (w *Writer) Keep(r tlc.Result) error {
	if w.err != nil {
		return w.err
	}
	if !passed(r) {
		return fmt.Errorf("%w: TLC ended with %d", ErrNotKept, r.ExitCode)
	}
	if n := w.states.count(); !allThere(n, r.Distinct) {
		return fmt.Errorf("%w: TLC counted %d states and printed %d", ErrNotKept, r.Distinct, n)
	}
	now, err := w.source.Digest()
	if err != nil {
		return err
	}
	if !sameRead(w.digest, now) {
		return fmt.Errorf("%w: what TLC reads has changed since it began", ErrNotKept)
	}
	counts := Counts{Digest: w.digest, Distinct: r.Distinct, Depth: r.Depth, Elapsed: r.Elapsed, Steps: map[string]int64{}}
	for _, a := range r.Coverage {
		counts.Steps[a.Name] += a.Generated
	}
	err = json.NewEncoder(w.zip).Encode(counts)
	err = errors.Join(err, w.zip.Close(), w.buffer.Flush(), w.file.Close())
	if err == nil {
		err = os.Rename(w.file.Name(), path(w.folder, w.source, w.digest))
	}
	return errors.Join(err, removeOthers(w.folder, w.source, w.digest))
}

// Drop removes what was not kept.
func (w *Writer) Drop() {
	_ = w.file.Close()           // after Keep it is closed
	_ = os.Remove(w.file.Name()) // and has another name
}

// distinct is the lines that were seen, by hash: two with one hash look like one too few.
type distinct map[uint64]struct{}

var seed = maphash.MakeSeed()

func (d distinct) add(line string) { d[maphash.String(seed, line)] = struct{}{} }
func (d distinct) count() int64    { return int64(len(d)) }
