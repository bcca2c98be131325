package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// httpLane is one caller of an HTTP door: HTTP/1.1 has one request at a time on a connection.
type httpLane struct {
	run    *run
	url    string
	client *http.Client
	tally  *tally
	random *rand.Rand
	key    []byte
}

func newHTTPLane(r *run, client *http.Client, address string, t *tally) *httpLane {
	path := "/v1/claim"
	if r.reads {
		path = "/v1/query"
	}
	return &httpLane{run: r, url: "http://" + address + path, client: client, tally: t, random: rand.New(rand.NewPCG(rand.Uint64(), 0))}
}

func (l *httpLane) serve(ctx context.Context) {
	for l.run.goesOn(time.Now()) && ctx.Err() == nil {
		key := l.run.draw(l.random)
		l.key = l.run.book.appendKey(l.key[:0], key)
		start := time.Now()
		result, err := l.call(ctx)
		if !l.count(key, result, err, start, time.Now()) {
			wait.For(ctx, refusedPause)
		}
	}
}

func (l *httpLane) call(ctx context.Context) (result string, err error) {
	body := fmt.Sprintf(`{"key":%q,"owner":"%016x","ttl_ms":3600000}`, l.key, l.random.Uint64())
	if l.run.reads {
		body = fmt.Sprintf(`{"key":%q}`, l.key)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	var answer struct {
		Result string `json:"result"`
		Value  string `json:"value"`
	}
	if err == nil && response.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, &answer)
	}
	if l.run.reads && answer.Result != "" {
		l.run.judgeRead([]byte(answer.Value))
	}
	if answer.Result == "" {
		answer.Result = response.Status
	}
	return answer.Result, err
}

// count counts one answer; false if it was none.
func (l *httpLane) count(key uint64, result string, err error, start, end time.Time) bool {
	l.tally.mu.Lock()
	defer l.tally.mu.Unlock()
	counts := l.run.measures(end)
	switch {
	case err != nil:
		l.run.unknown(key)
		l.tally.errors["connection broke"]++
		return false
	case l.run.reads && !strings.Contains(result, " "): // a result, and no status
		if counts {
			l.tally.read++
		}
	case result == "won":
		l.run.book.won(key)
		if counts {
			l.tally.won++
		}
	case result == "duplicate":
		l.run.book.duplicate(key)
		if counts {
			l.tally.duplicate++
		}
	default: // a problem: it may have been applied
		l.run.unknown(key)
		l.tally.errors[result]++
		return false
	}
	if counts {
		l.tally.took(end.Sub(start))
	}
	return true
}
