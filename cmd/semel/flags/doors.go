package flags

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// A node has three addresses, and who names the wrong one is told which one it was.

// Transport carries the requests of a command. Where a connection is closed without an answer, or what comes is no
// HTTP, it asks once what it has reached, and says so.
type Transport struct {
	*http.Transport
	every time.Duration // at most so often an address that is nothing known is asked what it is
	mu    sync.Mutex
	met   map[string]meeting // by address
}

// meeting is what was found behind an address.
type meeting struct {
	what string // empty: nothing that is known
	at   time.Time
}

// NewTransport returns one that has reached nothing yet.
func NewTransport() *Transport {
	return &Transport{Transport: cluster.NewTransport(), every: asksEvery, met: map[string]meeting{}}
}

// RoundTrip is that of http.Transport. An error wraps cluster.ErrNoDoor where another door was reached.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.Transport.RoundTrip(r)
	if err == nil || !isNoAnswer(err) {
		return response, err
	}
	if isSaidFirst(err) {
		err = errors.New("malformed HTTP: it speaks before it is asked")
	}
	if what := t.reached(r.Context(), r.URL.Host); what != "" {
		return nil, fmt.Errorf("%w: %s", cluster.ErrNoDoor, what)
	}
	if isMalformed(err) {
		return nil, fmt.Errorf("%w: is this a node's HTTP address?", err)
	}
	return nil, fmt.Errorf("the connection was closed without an answer (%w): is this a node's HTTP address?", err)
}

// isNoAnswer reports whether a request ended without any, on a connection that stood.
func isNoAnswer(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		isMalformed(err) || isClosedFirst(err) || isSaidFirst(err)
}

// isClosedFirst: the connection was closed before the request was written on it, and package http gives it no type.
func isClosedFirst(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}

// isSaidFirst: something came before the request was written, and package http names the place in it and no cause.
func isSaidFirst(err error) bool { return strings.Contains(err.Error(), "readLoopPeekFailLocked") }

func isMalformed(err error) bool { return strings.Contains(err.Error(), "malformed HTTP") }

const (
	asksEvery = 5 * time.Second // a node that dies ends many calls so, and is asked once
	asksFor   = time.Second
)

func (t *Transport) reached(ctx context.Context, address string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m, ok := t.met[address]; ok && (m.what != "" || time.Since(m.at) < t.every) {
		return m.what
	}
	ctx, cancel := context.WithTimeout(ctx, asksFor)
	defer cancel()
	m := meeting{at: time.Now()}
	switch {
	case speaksTLS(ctx, address):
		m.what = "it speaks TLS, as the port between nodes does"
	case speaksRedis(ctx, address):
		m.what = "it speaks the protocol of Redis, as the port for Redis clients does"
	}
	t.met[address] = m
	return m.what
}

// speaksTLS asks for TLS. Whose certificate it is plays no part: nothing is sent.
func speaksTLS(ctx context.Context, address string) bool {
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} //nolint:gosec // see above
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		_ = conn.Close()
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" // an alert of TLS
}

// speaksRedis asks for a PONG, or for an error as Redis writes it.
func speaksRedis(ctx context.Context, address string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if _, err := io.WriteString(conn, "*1\r\n$4\r\nPING\r\n"); err != nil {
		return false
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 1<<10)).ReadString('\n')
	return err == nil && (line == "+PONG\r\n" || strings.HasPrefix(line, "-NOAUTH ") || strings.HasPrefix(line, "-ERR ") || strings.HasPrefix(line, "-DENIED "))
}
