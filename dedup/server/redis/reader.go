package redis

import (
	"bytes"
	"fmt"
	"io"
)

const (
	firstBufferBytes = 4 << 10   // each connection has one, also if it is idle
	maxInlineBytes   = 4 << 10   // a line is looked at from its start with each read
	readAheadBytes   = 256 << 10 // how much a full buffer grows to for the sake of longer pipelines
)

// limits bound one request.
type limits struct{ arguments, bytes int }

var (
	strangerLimits = limits{arguments: 10, bytes: 16 << 10}
	knownLimits    = limits{arguments: 8192, bytes: 512 << 10}
)

// protocolError is what breaks the protocol. After it the stream can't be read on.
type protocolError string

func (e protocolError) Error() string { return "Protocol error: " + string(e) }

// span is a range of the request that is being read.
type span struct{ from, to int }

// reader cuts a stream into requests. It goes on where it stopped, so that a
// request that arrives byte by byte is looked at once, and holds no more
// than has arrived.
//
// Invariant: start <= start+at <= len(buf).
type reader struct {
	buf   []byte
	start int // of the request that is being read
	at    int // how far it was looked at, from start
	limit limits

	left    int // arguments that are still to come; 0: the next is a request's first byte
	length  int // of the argument that is to come next; -1: not known yet
	spans   []span
	request [][]byte

	hold func(bytes int) error // asked before it grows
}

func newReader() *reader {
	return &reader{length: -1, limit: knownLimits, hold: func(int) error { return nil }}
}

const spanBytes, argumentBytes = 16, 24

// held is how many bytes are held for what has come, and for what comes next.
func (r *reader) held() int {
	return cap(r.buf) + spanBytes*cap(r.spans) + argumentBytes*cap(r.request)
}

// unfinished reports whether part of a request is there.
func (r *reader) unfinished() bool { return len(r.buf) > r.start || r.left > 0 }

// drop gives the bytes back. Only where nothing is unfinished.
func (r *reader) drop() { r.buf, r.start, r.spans, r.request = nil, 0, nil, nil }

// grow makes room behind what is there: at most what the rest of one request can take.
func (r *reader) grow() error {
	size := max(firstBufferBytes, 2*len(r.buf))
	if most := r.limit.bytes + maxCountLine; size > most {
		size = max(most, len(r.buf)+firstBufferBytes)
	}
	if err := r.hold(r.held() - cap(r.buf) + size); err != nil {
		return err
	}
	r.buf = append(make([]byte, 0, size), r.buf...)
	return nil
}

// fill reads once, into the room behind what is there. It moves what is not
// answered yet to the front: requests returned before are void.
func (r *reader) fill(from io.Reader) error {
	held := len(r.buf) - r.start
	if r.start > 0 {
		copy(r.buf[:held], r.buf[r.start:])
		r.buf, r.start = r.buf[:held], 0
	}
	if held == 0 && cap(r.buf) > readAheadBytes {
		r.buf = nil
	}
	if len(r.buf) == cap(r.buf) {
		if err := r.grow(); err != nil {
			return err
		}
	}
	n, err := from.Read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	if n > 0 {
		return nil
	}
	return err
}

// ahead doubles the buffer after a read that filled it, up to readAheadBytes and where there is room for it, and reports
// whether there was such a read. Only between batches: requests returned before are void.
func (r *reader) ahead(keep func(bytes int) bool) (filled bool) {
	filled = len(r.buf) == cap(r.buf)
	if filled && cap(r.buf) < readAheadBytes && keep(r.held()+cap(r.buf)) {
		r.buf, r.start = append(make([]byte, 0, 2*cap(r.buf)), r.buf[r.start:]...), 0
	}
	return filled
}

// next returns the arguments of the next request that is there as a whole, good
// until fill; nil if none is. An error is a protocolError and final.
func (r *reader) next() ([][]byte, error) {
	for {
		switch done, err := r.step(); {
		case err != nil:
			return nil, err
		case !done:
			return nil, nil
		case r.left == 0 && len(r.spans) > 0:
			return r.take(), nil
		case r.left == 0: // an empty request: no answer
			r.start, r.at = r.start+r.at, 0
		}
	}
}

// step reads the next line or argument; false: not all of it is there.
func (r *reader) step() (bool, error) {
	switch {
	case r.length >= 0:
		return r.argument()
	case r.left > 0:
		return r.argumentLength()
	default:
		return r.head()
	}
}

func (r *reader) rest() []byte { return r.buf[r.start+r.at:] }

// line returns the next line without its end; nil if it is not there.
func (r *reader) line(bound int, what string) ([]byte, error) {
	rest := r.rest()
	end := bytes.IndexByte(rest[:min(len(rest), bound)], '\n')
	if end < 0 && len(rest) >= bound {
		return nil, protocolError("too big " + what)
	}
	if end < 0 {
		return nil, nil
	}
	r.at += end + 1
	return rest[:end+1], nil
}

const maxCountLine = 32 // sign, digits and the end of a line that tells a count

// count reads a line of a mark, a decimal number and CR LF.
func (r *reader) count(most int, what string) (n int, ok bool, err error) {
	line, err := r.line(maxCountLine, what)
	if line == nil || err != nil {
		return 0, false, err
	}
	digits, ended := bytes.CutSuffix(line[1:], []byte("\r\n"))
	value, isNumber := parseInteger(digits)
	if !ended || !isNumber || value < -1 {
		return 0, false, protocolError("invalid " + what)
	}
	if value > int64(most) {
		return 0, false, protocolError(fmt.Sprintf("invalid %s, at most %d", what, most))
	}
	return int(value), true, nil
}

// head reads the first line of a request: how many arguments follow, or all of an
// inline request.
func (r *reader) head() (bool, error) {
	r.spans = r.spans[:0]
	rest := r.rest()
	if len(rest) == 0 {
		return false, nil
	}
	if rest[0] != '*' {
		return r.inline()
	}
	n, ok, err := r.count(r.limit.arguments, "multibulk length")
	r.left = max(n, 0)
	return ok, err
}

func (r *reader) argumentLength() (bool, error) {
	rest := r.rest()
	if len(rest) == 0 {
		return false, nil
	}
	if rest[0] != '$' {
		return false, protocolError(fmt.Sprintf("expected '$', got %q", rest[0]))
	}
	n, ok, err := r.count(r.limit.bytes, "bulk length")
	if err != nil || !ok {
		return false, err
	}
	if n < 0 {
		return false, protocolError("invalid bulk length")
	}
	if r.at+n > r.limit.bytes {
		return false, protocolError(fmt.Sprintf("a request has at most %d bytes", r.limit.bytes))
	}
	r.length = n
	return true, nil
}

func (r *reader) argument() (bool, error) {
	rest := r.rest()
	if len(rest) < r.length+2 {
		return false, nil
	}
	if rest[r.length] != '\r' || rest[r.length+1] != '\n' {
		return false, protocolError("expected CR LF behind a bulk string")
	}
	r.spans = append(r.spans, span{r.at, r.at + r.length})
	r.at += r.length + 2
	r.length = -1
	r.left--
	return true, nil
}

// inline reads a request that is a line of words, as people type it.
func (r *reader) inline() (bool, error) {
	from := r.at
	line, err := r.line(maxInlineBytes, "inline request")
	if line == nil || err != nil {
		return false, err
	}
	if bytes.ContainsAny(line, `"'`) {
		return false, protocolError("quotes in an inline request: send an array")
	}
	for at := 0; at < len(line); at++ {
		if isSpace(line[at]) {
			continue
		}
		word := at
		for at < len(line) && !isSpace(line[at]) {
			at++
		}
		r.spans = append(r.spans, span{from + word, from + at})
	}
	if len(r.spans) > r.limit.arguments {
		return false, protocolError("too big inline request")
	}
	return true, nil
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' || b == 0 }

// take returns the request that was read and steps behind it.
func (r *reader) take() [][]byte {
	r.request = r.request[:0]
	for _, s := range r.spans {
		r.request = append(r.request, r.buf[r.start+s.from:r.start+s.to:r.start+s.to])
	}
	r.start, r.at = r.start+r.at, 0
	return r.request
}

// parseInteger reads a decimal number in Redis's strict form: no plus, no spaces,
// no leading zeros.
func parseInteger(text []byte) (int64, bool) {
	digits, negative := bytes.CutPrefix(text, []byte("-"))
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	var n uint64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	if n > 1<<63-1 { // -1<<63 too: nothing here is that long
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}
