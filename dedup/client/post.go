package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/go-json-experiment/json"
)

// maxAnswerBytes is more than a node ever answers: 4,096 answers and 16 MiB of values in base64.
const maxAnswerBytes = 64 << 20

// post asks one node once. The error is a *RefusedError or an *attemptError.
func (c *Client) post(ctx context.Context, node, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+node+path, bytes.NewReader(body))
	if err != nil {
		return nil, &attemptError{node: node, err: err}
	}
	request.Header.Set("Content-Type", "application/json")
	var way progress
	request = request.WithContext(way.follow(ctx))
	response, err := c.http.Do(request)
	if err != nil {
		unknown := !way.nothingSent(err) && !errors.Is(err, ErrNoDoor)
		if call, ok := errors.AsType[*url.Error](err); ok {
			err = call.Err // the address stands in front of it anyway
		}
		return nil, &attemptError{node: node, unknown: unknown, err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := readAll(response)
	if err != nil {
		return nil, &attemptError{node: node, unknown: true, err: err}
	}
	if response.StatusCode != http.StatusOK {
		return nil, failure(node, response, text)
	}
	return text, nil
}

// progress is how far a request came: before it has a connection nothing of it is sent, however it ends.
type progress struct{ asked, connected atomic.Bool }

func (p *progress) follow(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.connected.Store(true) },
	})
}

// nothingSent reports whether a request that ended in err was surely not sent.
func (p *progress) nothingSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	dialing := ok && op.Op == "dial"
	return !p.connected.Load() && (p.asked.Load() || dialing)
}

// readAll reads a body in one piece if its length is announced.
func readAll(response *http.Response) ([]byte, error) {
	if n := response.ContentLength; n >= 0 && n <= maxAnswerBytes {
		text := make([]byte, n)
		_, err := io.ReadFull(response.Body, text)
		return text, err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err == nil && len(text) > maxAnswerBytes {
		err = errors.New("the answer is longer than any node's: is this a node of Semel?")
	}
	return text, err
}

// failure tells a call that no node would take from one that another may. What is no
// problem of a node's own came from something else at that address.
func failure(node string, response *http.Response, text []byte) error {
	var p problem
	isProblem := strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") && json.Unmarshal(text, &p) == nil
	switch {
	case !isProblem:
		return &attemptError{node: node, unknown: true, err: fmt.Errorf("%s, and no problem of a node of Semel: is this its HTTP door?", response.Status)}
	case response.StatusCode == http.StatusMisdirectedRequest: // another of its ports: another node's address may be right
		return &attemptError{node: node, said: true, err: &noDoorError{p.Detail}}
	case p.Applied == "no" && response.StatusCode < http.StatusInternalServerError:
		return &RefusedError{Status: response.StatusCode, Type: p.Type, Detail: p.Detail}
	default:
		return &attemptError{node: node, unknown: p.Applied != "no", said: true, leader: p.Leader, err: errors.New(strings.TrimPrefix(p.Detail, "not applied: "))}
	}
}
