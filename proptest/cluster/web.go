package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// webClient asks HTTP doors as a client in any language would: with what the door's documentation says.
type webClient struct{ http http.Client }

func newWebClient() *webClient {
	return &webClient{http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
}

func (w *webClient) close() { w.http.CloseIdleConnections() }

// paths are the calls that the door takes.
var paths = map[workload.Kind]string{
	workload.Claim: "claim", workload.Seen: "claim", workload.Complete: "complete", workload.Release: "release",
	workload.Extend: "extend", workload.Query: "query", workload.CheckpointQuery: "query", workload.Batch: "batch",
	workload.Checkpoint: "checkpoint", workload.QueryStale: "query",
}

func webCan(call *workload.Call) bool { return paths[call.Kind] != "" }

func (w *webClient) ask(ctx context.Context, address string, call *workload.Call) (reply, error) {
	body, err := json.Marshal(webRequest(call))
	if err != nil {
		return reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/v1/"+paths[call.Kind], bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.GetBody = nil // so that the library does not repeat it
	request.Header.Set("Content-Type", "application/json")
	response, err := w.http.Do(request)
	if err != nil {
		return unknown(err), nil
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return unknown(err), nil
	}
	if response.StatusCode != http.StatusOK {
		return webProblem(response.StatusCode, said)
	}
	return webAnswers(call, said)
}

// webRequest is the body of a call.
func webRequest(call *workload.Call) map[string]any {
	first := &call.Commands[0]
	switch call.Kind {
	case workload.Batch:
		return map[string]any{"claims": webClaims(call.Commands)}
	case workload.Checkpoint:
		return map[string]any{
			"stream": workload.Stream, "partition": first.Key, "offset": first.Offset, "owner": first.Owner,
			"call": first.Call, "claims": webClaims(call.Commands[1:]),
		}
	case workload.QueryStale:
		return map[string]any{"key": first.Key, "call": first.Call, "consistency": "stale"}
	case workload.CheckpointQuery:
		return map[string]any{"stream": workload.Stream, "partition": first.Key, "call": first.Call}
	}
	return webCommand(first)
}

func webClaims(commands []workload.Command) []map[string]any {
	claims := []map[string]any{}
	for k := range commands {
		claims = append(claims, webCommand(&commands[k]))
	}
	return claims
}

func webCommand(c *workload.Command) map[string]any {
	body := map[string]any{"key": c.Key, "call": c.Call}
	set := func(name string, there bool, value any) {
		if there {
			body[name] = value
		}
	}
	set("owner", c.Owner != "", c.Owner)
	set("token", c.Token != 0, c.Token)
	set("lease_ms", c.LeaseMillis != 0, c.LeaseMillis)
	set("ttl_ms", c.TTLMillis != 0, c.TTLMillis)
	set("fingerprint", len(c.Fingerprint) != 0, string(c.Fingerprint))
	set("value", c.Value != nil && c.Kind == dedup.KindClaim, string(c.Value))
	set("response", c.Value != nil && c.Kind == dedup.KindComplete, string(c.Value))
	return body
}

// webProblem reads an answer that is none. Only what a client may meet that asks for nothing wrong makes sense.
func webProblem(status int, body []byte) (reply, error) {
	var problem struct {
		Type    string `json:"type"`
		Applied string `json:"applied"`
	}
	if err := json.Unmarshal(body, &problem); err != nil {
		return reply{}, odd("status %d, %q: %v", status, body, err)
	}
	refusals := []int{
		http.StatusServiceUnavailable, http.StatusInsufficientStorage, // a disk may be full
		http.StatusRequestTimeout, // a machine that has much to do
	}
	switch {
	case problem.Applied == "no" && slices.Contains(refusals, status):
		return reply{failure: linearizability.NotApplied, text: problem.Type}, nil
	case problem.Applied == "unknown" && status == http.StatusGatewayTimeout:
		return reply{failure: linearizability.Unknown, text: problem.Type}, nil
	}
	return reply{}, odd("status %d, %q", status, body)
}

// webAnswer is an answer as the door's documentation tells it.
type webAnswer struct {
	Result       string                `json:"result"`
	Replayed     bool                  `json:"replayed"`
	Token        uint64                `json:"token"`
	ExpiresIn    *int64                `json:"expires_in_ms"`
	Lease        *int64                `json:"lease_ms"`
	RetryAfter   *int64                `json:"retry_after_ms"`
	Age          *int64                `json:"age_ms"`
	Stale        *int64                `json:"stale_ms"`
	Offset       uint64                `json:"offset"`
	Value        *linearizability.Text `json:"value"`
	ValueOmitted bool                  `json:"value_omitted"`
	Fingerprint  string                `json:"fingerprint"`
	OwnerDigest  string                `json:"owner_digest"`
	Number       uint64                `json:"number"`
	LogTime      uint64                `json:"log_time_ms"`
	Call         uint64                `json:"call"`
	Results      []webAnswer           `json:"results"` // of a batch
	Claims       []webAnswer           `json:"claims"`  // of a checkpoint
}

func webAnswers(call *workload.Call, body []byte) (reply, error) {
	var whole webAnswer
	if err := json.Unmarshal(body, &whole); err != nil {
		return reply{}, odd("%q: %v", body, err)
	}
	all := append([]webAnswer{whole}, whole.Claims...)
	if call.Kind == workload.Batch {
		all = whole.Results
	}
	if len(all) != len(call.Commands) {
		return reply{}, odd("%d answers to %d commands: %q", len(all), len(call.Commands), body)
	}
	var r reply
	for k := range all {
		if all[k].Call != call.Commands[k].Call {
			return reply{}, odd("the answer to call %d says that it is to call %d", call.Commands[k].Call, all[k].Call)
		}
		r.answers = append(r.answers, all[k].answer(call.Commands[k].Kind))
	}
	return r, nil
}

func (w *webAnswer) answer(kind dedup.Kind) linearizability.Answer {
	a := linearizability.Answer{
		Outcome: linearizability.Outcome(w.Result), Number: w.Number, TimeMillis: w.LogTime, Token: w.Token, Replayed: w.Replayed,
		Offset: w.Offset, Owner: w.OwnerDigest, ExpiresInMillis: w.ExpiresIn, LeaseMillis: w.Lease, RetryAfterMillis: w.RetryAfter,
		AgeMillis: w.Age, StaleMillis: w.Stale, Value: w.Value, ValueOmitted: w.ValueOmitted, Fingerprint: linearizability.Text(w.Fingerprint),
	}
	if w.ExpiresIn == nil && tellsExpiry(kind, a.Outcome) {
		a.ExpiresInMillis = new(linearizability.NeverExpires)
	}
	return a
}

// tellsExpiry: of these a missing expires_in_ms means that nothing expires.
func tellsExpiry(kind dedup.Kind, outcome linearizability.Outcome) bool {
	switch outcome {
	case linearizability.Won, linearizability.Duplicate, linearizability.Pending, linearizability.Done:
		return kind != dedup.KindCheckpointQuery
	case linearizability.OK:
		return kind == dedup.KindComplete || kind == dedup.KindExtend
	}
	return false
}
