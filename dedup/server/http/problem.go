package http

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// problem is what is said in place of an answer (RFC 9457).
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail,omitempty"`
	Applied string `json:"applied"`          // no or unknown
	Leader  string `json:"leader,omitempty"` // the address of its doors
}

func (p *problem) Error() string { return p.Detail }

func newProblem(status int, kind, title, detail string) *problem {
	return &problem{Type: "/problems/" + kind, Title: title, Status: status, Detail: detail, Applied: "no"}
}

func malformed(format string, args ...any) *problem {
	return newProblem(http.StatusBadRequest, "malformed-json", "The body is not one JSON object as it is asked for.", fmt.Sprintf(format, args...))
}

func invalid(format string, args ...any) *problem {
	return newProblem(http.StatusBadRequest, "invalid-request", "A field has a value that can't be taken.", fmt.Sprintf(format, args...))
}

func unavailable(kind, title string, err error) *problem {
	return newProblem(http.StatusServiceUnavailable, kind, title, err.Error())
}

// problemOf turns an error into what is said of it.
func problemOf(err error) *problem {
	if p := cmp.Or(problemOfTransfer(err), problemOfSnapshot(err), problemOfBackup(err), problemOfMembers(err)); p != nil {
		return p
	}
	var known *problem
	var refused *dedup.InvalidError
	var elsewhere *server.NotAppliedError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refused):
		return invalid("%v", err)
	case errors.Is(err, server.ErrLoading):
		return unavailable("loading", "The node is loading.", err)
	case errors.Is(err, server.ErrOverloaded):
		return unavailable("overloaded", "The node is overloaded.", err)
	case errors.Is(err, server.ErrNoRoom):
		return newProblem(http.StatusInsufficientStorage, "no-room", "There is no room on the disk.", err.Error())
	case errors.Is(err, server.ErrUnanswered):
		return unavailable("unanswered", "The read got no answer.", err)
	case errors.Is(err, server.ErrStopped):
		return unavailable("stopping", "The node is stopping.", err)
	case errors.Is(err, server.ErrNotApplied):
		p := unavailable("not-applied", "The call was not applied.", err)
		if errors.As(err, &elsewhere) {
			p.Leader = elsewhere.Leader
		}
		return p
	default:
		p := newProblem(http.StatusGatewayTimeout, "outcome-unknown", "The call may have been applied or not.", server.ErrUnknown.Error())
		p.Applied = "unknown"
		return p
	}
}

func (p *problem) write(w http.ResponseWriter) {
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

// writeJSON writes v. What is written here can always be encoded, and who does not
// read it is gone.
func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// writeAnswer writes what is JSON already.
func writeAnswer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
