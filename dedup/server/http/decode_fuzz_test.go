package http_test

// Goal: no body makes the door panic or propose what an entry would not hold, and
// every one is answered as JSON. Method: fuzzing; the service panics at commands
// that break the format.

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func FuzzBodies(f *testing.F) {
	door := http.New(http.Config{Service: local.New(100)})
	paths := []string{"claim", "complete", "release", "extend", "query", "batch", "checkpoint"}
	for i, body := range []string{
		`{"key":"k","owner":"a","ttl_ms":1,"lease_ms":1}`, `{"key64":"aw==","token":1,"response":"r"}`, `{"key":"k","token":1}`,
		`{"key":"k","token":1,"lease_ms":7}`, `{"stream":"s","partition":"\ud83d\ude00"}`, `{"claims":[{"key":"k","owner":"a"}]}`,
		`{"stream":"s","partition":"0","offset":1,"owner":"a","claims":[]}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		w := post(door, "/v1/"+paths[int(which)%len(paths)], body)
		require.True(t, json.Valid(w.Body.Bytes()))
		require.Contains(t, []int{200, 400, 413}, w.Code)
	})
}
