package http_test

import (
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"

	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// Am I the first to handle this?
func ExampleNew() {
	door := httptest.NewServer(http.New(http.Config{Service: local.New(1000)}))
	defer door.Close()
	for _, owner := range []string{"worker-1/4f0c", "worker-2/9a1e"} {
		body := fmt.Sprintf(`{"key":"order-17", "owner":%q, "ttl_ms":86400000, "lease_ms":30000, "call":1}`, owner)
		response, err := nethttp.Post(door.URL+"/v1/claim", "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		fmt.Print(string(answer))
	}
	// Output:
	// {"result":"won","token":1,"expires_in_ms":86400000,"lease_ms":30000,"number":1,"log_time_ms":1767323045000,"call":1}
	// {"result":"in_progress","retry_after_ms":30000,"number":2,"log_time_ms":1767323045000,"call":1}
}
