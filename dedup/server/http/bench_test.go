package http_test

// Goal: what a claim of a batch costs in the door, the machine beneath it included.
// Method: batches as `semel uniq` sends them, to a service in memory.

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func BenchmarkBatch(b *testing.B) {
	var claims []string
	for i := range dedup.MaxCommands {
		claims = append(claims, fmt.Sprintf(`{"key":"event-%010d some payload \"%d\"","owner":"ABCDEFGHIJKLMNOPQRSTUVWXYZ/%d"}`, i, i*7919, i))
	}
	body := []byte(`{"claims":[` + strings.Join(claims, ",") + `]}`)
	door := http.New(http.Config{Service: local.New(10_000)})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(nethttp.MethodPost, "/v1/batch", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code != nethttp.StatusOK {
			b.Fatal(w.Body.String())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/dedup.MaxCommands, "ns/claim")
}
