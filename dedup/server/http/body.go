package http

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/eventstreamcore/semel/dedup/server/gate"
)

const (
	maxBodyBytes   = 1 << 20 // base64 and names around 256 KiB of commands
	firstBodyBytes = 1 << 10
)

// readBody reads what a call asks for. Memory follows what has come: what is only announced takes nothing.
func readBody(w http.ResponseWriter, r *http.Request, place *gate.Conn) ([]byte, error) {
	if !mayBeJSON(r.Header) {
		return nil, newProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The body is of another type.", "send Content-Type: application/json")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, newProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The body is encoded.",
			fmt.Sprintf("Content-Encoding is %.40q, which is not taken: send the body as it is, without that field", encoding))
	}
	limited := http.MaxBytesReader(w, r.Body, maxBodyBytes)
	var body []byte
	for {
		if len(body) == cap(body) {
			size := max(firstBodyBytes, min(2*cap(body), maxBodyBytes+1))
			if err := place.Hold(size); err != nil {
				return nil, unread(w, err)
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := limited.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return nil, unread(w, err)
		}
	}
}

// unread is what is told of a body that did not come whole.
func unread(w http.ResponseWriter, err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, gate.ErrEvicted):
		panic(http.ErrAbortHandler) // closes at once: another waits for the place
	case errors.As(err, &tooLarge):
		return newProblem(http.StatusRequestEntityTooLarge, "too-large", "The body is too large.", "send at most 1 MiB: split it")
	case errors.Is(err, gate.ErrSlow):
		w.Header().Set("Connection", "close")
		return newProblem(http.StatusRequestTimeout, "too-slow", "The request did not come whole in time.", err.Error())
	case errors.Is(err, gate.ErrBytes):
		w.Header().Set("Connection", "close")
		return unavailable("too-many-bytes", "Requests take too much memory.", err)
	}
	return malformed("the body could not be read: %v", err)
}
