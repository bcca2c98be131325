package http

import (
	"errors"
	"net/http"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
)

func (d *Door) status(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", struct {
		server.Status
		Unfenced     int64                  `json:"unfenced"` // commands taken at this door that the guarantees exclude
		Doors        map[string]gate.Counts `json:"doors"`
		RequestBytes int64                  `json:"request_bytes"` // held by requests at all doors now
	}{d.service.Status(), d.Unfenced(), d.doors(), d.bytes.Used()})
}

// clusterHealth is the view of this node, whatever that is: who watches looks at "state".
func (d *Door) clusterHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", d.service.ClusterHealth())
}

// doors tells who came to which door.
func (d *Door) doors() map[string]gate.Counts {
	all := map[string]gate.Counts{d.gate.Name(): d.gate.Counts()}
	for _, other := range d.beside {
		all[other.Name()] = other.Counts()
	}
	return all
}

// live looks at nothing but this process: a node without a leader must not be
// killed for it.
func (d *Door) live(w http.ResponseWriter, _ *http.Request) { writeText(w, "live\n") }

func (d *Door) ready(w http.ResponseWriter, _ *http.Request) {
	_, loaded := d.service.Secret()
	if status := d.service.Status(); !loaded || !status.Ready {
		unavailable("not-ready", "The node can't take calls now.", errors.New(status.Detail())).write(w)
		return
	}
	writeText(w, "ready\n")
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text))
}
