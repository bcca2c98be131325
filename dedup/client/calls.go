package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/eventstreamcore/semel/dedup"
)

// Record names a record. An empty Namespace is the one of stock Redis clients,
// "default".
type Record struct {
	Namespace string
	Key       []byte // at most MaxKeyBytes
}

// MaxKeyBytes is how long a key may be. Take a hash of what is longer.
const MaxKeyBytes = 16 << 10

// Claim asks to be the first for a record.
type Claim struct {
	Record
	Owner       string        // names one execution; required, at most 256 bytes
	TTL         time.Duration // how long the key stays claimed, rounded up to ms; 0: for ever
	Lease       time.Duration // 0: done at once; otherwise until Complete, for so long; at most TTL
	Fingerprint string        // a hash of the request; "": matches any
}

// Answer is what the service decided.
type Answer struct {
	Outcome    dedup.Outcome
	Replayed   bool          // the same call had been applied before, and this is its answer
	Repeated   bool          // an earlier attempt of this call may have been applied: see Release
	Token      uint64        // of the record; a fence
	RetryAfter time.Duration // IN_PROGRESS: until the lease is over
	Offset     uint64        // of a checkpoint
	Value      []byte        // DUPLICATE, Query: the response or value; nil: none
	Age        time.Duration // of a stale Query: whatever anybody was told that long before the node answered is in it, or UnknownAge
	Text       []byte        // the answer as JSON, as the node sent it; not of a batch
}

// UnknownAge is the Age of an answer of a node that does not know how old what it has is.
const UnknownAge time.Duration = -1

// Claim asks to be the first for a record.
func (c *Client) Claim(ctx context.Context, claim Claim) (Answer, error) {
	if err := claim.check(); err != nil {
		return Answer{}, err
	}
	return c.ask(ctx, "/v1/claim", appendClaim(nil, &claim))
}

// Complete ends the claim that won with token; response, if not nil, is what duplicates
// are told; ttl, if not 0, is how long the record stays from now on.
func (c *Client) Complete(ctx context.Context, r Record, token uint64, response []byte, ttl time.Duration) (Answer, error) {
	if err := checkSpan("ttl", ttl); err != nil {
		return Answer{}, err
	}
	body := appendToken(appendRecord(append([]byte(nil), '{'), &r), token)
	if response != nil {
		body = appendBytes(append(body, ','), "response", response)
	}
	return c.ask(ctx, "/v1/complete", append(appendSpan(body, "ttl_ms", ttl), '}'))
}

// Release gives the claim that won with token up. An answer that is Repeated and says
// NOT_FOUND or FENCED may tell of the first attempt's own work: the claim is gone.
func (c *Client) Release(ctx context.Context, r Record, token uint64) (Answer, error) {
	return c.ask(ctx, "/v1/release", append(appendToken(appendRecord(append([]byte(nil), '{'), &r), token), '}'))
}

// Extend sets the lease of the claim that won with token to lease from now.
func (c *Client) Extend(ctx context.Context, r Record, token uint64, lease time.Duration) (Answer, error) {
	if err := checkSpan("lease", lease); err != nil {
		return Answer{}, err
	}
	body := appendToken(appendRecord(append([]byte(nil), '{'), &r), token)
	return c.ask(ctx, "/v1/extend", append(appendSpan(body, "lease_ms", lease), '}'))
}

// Query reads a record: ABSENT, PENDING or DONE. A stale read is what the node that
// answers has applied, which may lack the latest claims, and says of which Age that is at most; one that is not is ordered
// among the claims, and sees all that were answered before it.
func (c *Client) Query(ctx context.Context, r Record, stale bool) (Answer, error) {
	body := appendRecord(append([]byte(nil), '{'), &r)
	if stale {
		body = append(body, `,"consistency":"stale"`...)
	}
	a, err := c.read(ctx, append(body, '}'))
	if stale && err == nil {
		a.Age = ageIn(a.Text)
	}
	return a, err
}

// ageIn is the age that a stale answer tells.
func ageIn(text []byte) time.Duration {
	var told struct {
		StaleMillis *int64 `json:"stale_ms"`
	}
	if err := json.Unmarshal(text, &told); err != nil || told.StaleMillis == nil {
		return UnknownAge
	}
	return time.Duration(*told.StaleMillis) * time.Millisecond
}

// read asks for what changes nothing: whatever became of it, nothing was applied.
func (c *Client) read(ctx context.Context, body []byte) (Answer, error) {
	a, err := c.ask(ctx, "/v1/query", body)
	var unavailable *UnavailableError
	if errors.As(err, &unavailable) {
		unavailable.Unknown = false
	}
	a.Repeated = false
	return a, err
}

func (c *Client) ask(ctx context.Context, path string, body []byte) (Answer, error) {
	got, err := c.call(ctx, path, body)
	if err != nil {
		return Answer{}, err
	}
	var told answer
	if err := json.Unmarshal(got.text, &told); err != nil {
		return Answer{}, &UnavailableError{Unknown: true, Last: fmt.Errorf("the answer is no JSON of a node of Semel: %w", err)}
	}
	a, err := told.answer()
	a.Repeated, a.Text = got.repeated, got.text
	return a, err
}

// answer is the body of an answer, as far as Answer tells it.
type answer struct {
	Result           string  `json:"result"`
	Replayed         bool    `json:"replayed"`
	Token            uint64  `json:"token"`
	RetryAfterMillis int64   `json:"retry_after_ms"`
	Offset           uint64  `json:"offset"`
	Value            *string `json:"value"`
	Value64          []byte  `json:"value64"`
}

func (a *answer) answer() (Answer, error) {
	told := Answer{Replayed: a.Replayed, Token: a.Token, Offset: a.Offset, Value: a.Value64, RetryAfter: time.Duration(a.RetryAfterMillis) * time.Millisecond}
	if a.Value != nil {
		told.Value = []byte(*a.Value)
	}
	var known bool
	if told.Outcome, known = outcomeOf(a.Result); !known {
		return told, &UnavailableError{Unknown: true, Last: fmt.Errorf("result %q is not known: is the node newer than this client?", a.Result)}
	}
	return told, nil
}

// outcomes are the words of answers.
var outcomes = func() map[string]dedup.Outcome {
	words := map[string]dedup.Outcome{}
	for o := dedup.Won; o <= dedup.Done; o++ {
		words[strings.ToLower(o.String())] = o
	}
	return words
}()

func outcomeOf(word string) (dedup.Outcome, bool) {
	o, known := outcomes[word]
	return o, known
}

func (c *Claim) check() error {
	if err := checkSpan("ttl", c.TTL); err != nil {
		return err
	}
	return checkSpan("lease", c.Lease)
}

// checkSpan refuses what the service would not read as a number.
func checkSpan(name string, span time.Duration) error {
	if span < 0 {
		return &RefusedError{Type: "/problems/invalid-request", Detail: name + " is " + span.String() + ", want 0 or more"}
	}
	return nil
}

func appendToken(dst []byte, token uint64) []byte {
	return strconv.AppendUint(append(dst, `,"token":`...), token, 10)
}
