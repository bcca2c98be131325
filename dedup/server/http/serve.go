package http

import (
	"context"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// stand puts the gate in front of the door.
func (d *Door) stand(config Config) {
	if d.bytes = config.Bytes; d.bytes == nil {
		d.bytes = gate.NewBytes(0)
	}
	d.beside = config.Beside
	d.gate = gate.New(gate.Config{
		Door: "http", MaxConnections: config.MaxConnections, Spare: gate.DefaultSpare, GreetingTime: config.GreetingTime,
		RequestTime: config.RequestTime, Bytes: d.bytes, Unread: config.Unread, Logger: config.Logger, Refuse: refuse,
	})
}

// Gate returns what stands in front of the door.
func (d *Door) Gate() *gate.Gate { return d.gate }

// Listen returns a listener of connections that have a place, for the server of NewServer.
func (d *Door) Listen(listener net.Listener) net.Listener { return d.gate.Listen(listener) }

// NewServer returns an http.Server of the Door with the time and memory that one client may take. Give it a listener of
// Listen: how many connections there are, how long a request takes and what all of them hold is the Gate's. For TLS set
// its fields.
func NewServer(d *Door) *http.Server {
	return &http.Server{
		Handler: d, MaxHeaderBytes: 16 << 10, WriteTimeout: 30*time.Second + d.timeout,
		// From the moment of Accept, where a connection may still be silent; the gate counts from the first byte.
		ReadHeaderTimeout: gate.DefaultGreetingTime, ReadTimeout: gate.DefaultGreetingTime + gate.DefaultRequestTime,
		IdleTimeout: -1, // connections between requests make room when others need it
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, placeKey{}, c) },
		ConnState:   rest,
		ErrorLog:    log.New(errorLog{d.gate.Notices()}, "", 0),
	}
}

// rest says that a connection is between requests.
func rest(c net.Conn, state http.ConnState) {
	if place, ok := c.(*gate.Conn); ok && state == http.StateIdle {
		place.Keep(0)
		place.Idle()
	}
}

type placeKey struct{}

// placeOf returns the place of a request's connection; nil where no gate stands.
func placeOf(r *http.Request) *gate.Conn {
	place, _ := r.Context().Value(placeKey{}).(*gate.Conn)
	return place
}

// errorLog takes what net/http itself has to say.
type errorLog struct{ notices *gate.Notices }

func (e errorLog) Write(text []byte) (int, error) {
	said := strings.TrimSpace(string(text))
	kind, _, _ := strings.Cut(strings.TrimPrefix(said, "http: "), " ")
	e.notices.Note("net/http "+kind, "net/http: "+said)
	return len(text), nil
}

const full = "all places for connections are taken and their requests are being done: try again soon, or at another node"

// refuse answers before a request was read.
func refuse(raw net.Conn) {
	const body = `{"type":"/problems/too-many-connections","title":"The node has no place for one more connection.","status":503,"detail":"` + full + `","applied":"no"}` + "\n"
	_, _ = raw.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" + body))
}

// health is what is answered in spare places.
var health = []string{"/livez", "/readyz", "/healthz", "/v1/status", "/v1/cluster/health"}

// ServeHTTP answers one request. Who has a spare place hears of the node's health alone, and leaves.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if place := placeOf(r); place != nil && place.Spare {
		w.Header().Set("Connection", "close")
		if !slices.Contains(health, r.URL.Path) {
			newProblem(http.StatusServiceUnavailable, "too-many-connections", "The node has no place for one more connection.", full).write(w)
			return
		}
	}
	d.mux.ServeHTTP(w, r)
}
