package redis

import (
	"runtime"
	"strconv"
)

// writer appends replies in the version of the protocol that is spoken.
type writer struct {
	buf  []byte
	resp int // 2 or 3
}

func (w *writer) head(mark byte, n int64) {
	w.buf = append(w.buf, mark)
	w.buf = strconv.AppendInt(w.buf, n, 10)
	w.end()
}

func (w *writer) end() { w.buf = append(w.buf, '\r', '\n') }

func (w *writer) status(text string) {
	w.buf = append(append(w.buf, '+'), text...)
	w.end()
}

// fail appends an error: a word in capitals, then a text. Ends of lines in it
// would end the reply, so they become spaces.
func (w *writer) fail(text string) {
	w.buf = append(w.buf, '-')
	for i := range len(text) {
		if b := text[i]; b == '\r' || b == '\n' {
			w.buf = append(w.buf, ' ')
		} else {
			w.buf = append(w.buf, b)
		}
	}
	w.end()
}

func (w *writer) integer(n int64) { w.head(':', n) }

func (w *writer) bulk(b []byte) {
	w.head('$', int64(len(b)))
	w.buf = append(w.buf, b...)
	w.end()
	if len(b) >= largeValue {
		runtime.Gosched()
	}
}

// largeValue is a value after which others have their turn: a reply may have hundreds.
const largeValue = 16 << 10

func (w *writer) text(s string) {
	w.head('$', int64(len(s)))
	w.buf = append(w.buf, s...)
	w.end()
}

// null appends the reply that means nothing is there.
func (w *writer) null() {
	if w.resp == 3 {
		w.buf = append(w.buf, "_\r\n"...)
		return
	}
	w.buf = append(w.buf, "$-1\r\n"...)
}

func (w *writer) array(n int) { w.head('*', int64(n)) }

// table opens a map of n pairs; RESP2 knows only the array of both.
func (w *writer) table(n int) {
	if w.resp == 3 {
		w.head('%', int64(n))
		return
	}
	w.array(2 * n)
}

// set opens a set of n members; RESP2 knows only the array.
func (w *writer) set(n int) {
	if w.resp == 3 {
		w.head('~', int64(n))
		return
	}
	w.array(n)
}

// verbatim appends a text that is meant to be read by people.
func (w *writer) verbatim(s string) {
	if w.resp != 3 {
		w.text(s)
		return
	}
	w.head('=', int64(len(s)+4))
	w.buf = append(append(w.buf, "txt:"...), s...)
	w.end()
}
