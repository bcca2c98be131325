package client

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/eventstreamcore/semel/dedup"
)

// Limits of a Batch: what a node reads in one body, what one entry holds beside its
// head, and what a claim takes of it at most, without its
// fingerprint.
const (
	maxBodyBytes  = 1 << 20
	maxEntryBytes = dedup.MaxEntryBytes - 64
	mostOfAClaim  = 52
)

// Batch is claims that go into one entry of the log, one after another. The zero Batch
// is empty. A batch is one caller's; it may be sent again, and takes no more claims
// once it was sent. Its memory is not used for another one: a connection that was given
// up may still read it.
type Batch struct {
	body       []byte
	claims     int
	entryBytes int
	closed     bool
}

const opening, closing = `{"claims":[`, `]}`

// Add adds a claim, or reports that there is no room left: send the batch and begin
// another. An empty one has room for any valid claim.
func (b *Batch) Add(claim *Claim) bool {
	size := mostOfAClaim + len(claim.Fingerprint)
	if b.closed || b.claims == dedup.MaxCommands || b.entryBytes+size > maxEntryBytes {
		return false
	}
	if b.claims == 0 {
		b.body = append(b.body[:0], opening...)
	}
	before := len(b.body)
	if b.claims > 0 {
		b.body = append(b.body, ',')
	}
	b.body = appendClaim(b.body, claim)
	if len(b.body)+len(closing) > maxBodyBytes && b.claims > 0 {
		b.body = b.body[:before]
		return false
	}
	b.claims++
	b.entryBytes += size
	return true
}

// Len returns how many claims the batch has.
func (b *Batch) Len() int { return b.claims }

// Bytes returns about how long the batch is on its way.
func (b *Batch) Bytes() int { return len(b.body) }

// close returns the whole body.
func (b *Batch) close() []byte {
	if !b.closed {
		b.body, b.closed = append(b.body, closing...), true
	}
	return b.body
}

// ClaimBatch sends a batch that is not empty and returns its answers in the order of
// its claims, without Value. A claim for a key that stands further up in the same batch
// is a claim like any other: with another owner it is told DUPLICATE.
func (c *Client) ClaimBatch(ctx context.Context, b *Batch) ([]Answer, error) {
	if b.claims == 0 {
		return nil, &RefusedError{Type: "/problems/invalid-request", Detail: "the batch is empty: send none"}
	}
	got, err := c.call(ctx, "/v1/batch", b.close())
	if err != nil {
		return nil, err
	}
	answers, err := readAnswers(got.text, b.claims)
	if err != nil {
		return nil, err
	}
	if len(answers) != b.claims {
		return nil, &UnavailableError{Unknown: true, Last: fmt.Errorf("%d answers to %d claims: is this a node of Semel?", len(answers), b.claims)}
	}
	for i := range answers {
		answers[i].Repeated = got.repeated
	}
	return answers, nil
}

// readAnswers reads the answers to a batch, which are about n.
func readAnswers(text []byte, n int) ([]Answer, error) {
	var told struct {
		Results []answerOfBatch `json:"results"`
	}
	told.Results = make([]answerOfBatch, 0, n)
	if err := json.Unmarshal(text, &told); err != nil {
		return nil, &UnavailableError{Unknown: true, Last: fmt.Errorf("the answers are no JSON of a node of Semel: %w", err)}
	}
	answers := make([]Answer, 0, len(told.Results))
	for _, t := range told.Results {
		a, err := (&answer{Result: t.Result, Replayed: t.Replayed, Token: t.Token, RetryAfterMillis: t.RetryAfterMillis}).answer()
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// answerOfBatch is answer without what a batch's lacks.
type answerOfBatch struct {
	Result           string `json:"result"`
	Replayed         bool   `json:"replayed"`
	Token            uint64 `json:"token"`
	RetryAfterMillis int64  `json:"retry_after_ms"`
}
