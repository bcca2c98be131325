package http

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// answer is the body of an answer. What its result lacks is missing.
type answer struct {
	Result           string  `json:"result"`
	Replayed         bool    `json:"replayed,omitempty"`
	Token            uint64  `json:"token,omitempty"`
	ExpiresInMillis  *uint64 `json:"expires_in_ms,omitempty"` // missing too where nothing expires
	LeaseMillis      *uint64 `json:"lease_ms,omitempty"`
	RetryAfterMillis *uint64 `json:"retry_after_ms,omitempty"`
	AgeMillis        *uint64 `json:"age_ms,omitempty"`
	Offset           *uint64 `json:"offset,omitempty"`
	Value            *string `json:"value,omitempty"` // text
	Value64          []byte  `json:"value64,omitempty"`
	ValueOmitted     bool    `json:"value_omitted,omitempty"` // there is one, and too many bytes in front of it
	Fingerprint      *string `json:"fingerprint,omitempty"`
	OwnerDigest      string  `json:"owner_digest,omitempty"`
	Number           uint64  `json:"number"`
	LogTimeMillis    uint64  `json:"log_time_ms"`
	Call             uint64  `json:"call"`
}

// newAnswer copies all of a.
func newAnswer(a *server.Answer) answer {
	body := answer{
		Result: strings.ToLower(a.Outcome.String()), Replayed: a.Replayed, Token: a.Token,
		Number: a.Number, LogTimeMillis: a.TimeNanos / 1_000_000, Call: a.Call,
	}
	isRead := a.Kind == dedup.KindQuery || a.Kind == dedup.KindCheckpointQuery
	isCheckpoint := a.Kind == dedup.KindCheckpoint || a.Kind == dedup.KindCheckpointQuery
	body.ExpiresInMillis = where(tellsExpiry(a) && a.ExpiresInMillis != dedup.Forever, a.ExpiresInMillis)
	body.LeaseMillis = where(a.Outcome == dedup.Pending || a.LeaseMillis > 0, a.LeaseMillis)
	body.RetryAfterMillis = where(a.Outcome == dedup.InProgress, a.RetryAfterMillis)
	body.AgeMillis = where(a.Outcome == dedup.Duplicate || a.Outcome == dedup.Done || a.Kind == dedup.KindCheckpointQuery && a.Outcome == dedup.OK, a.AgeMillis)
	body.Offset = where(isCheckpoint && (a.Outcome == dedup.OK || a.Outcome == dedup.Stale), a.Offset)
	if isRead && a.Token != 0 {
		body.OwnerDigest = fmt.Sprintf("%016x", uint64(a.Owner))
	}
	body.setBytes(a)
	return body
}

// tellsExpiry reports whether the answer is about a record that stands.
func tellsExpiry(a *server.Answer) bool {
	switch a.Outcome {
	case dedup.Won, dedup.Duplicate, dedup.Pending, dedup.Done:
		return true
	case dedup.OK:
		return a.Kind == dedup.KindComplete || a.Kind == dedup.KindExtend
	default:
		return false
	}
}

// where returns n where it says something.
func where(says bool, n uint64) *uint64 {
	if !says {
		return nil
	}
	return &n
}

// setBytes writes a value as text if it is, for whoever sent bytes in base64 can
// tell from the name of the field.
func (b *answer) setBytes(a *server.Answer) {
	if a.Fingerprint != nil {
		text := string(a.Fingerprint)
		b.Fingerprint = &text
	}
	b.ValueOmitted = a.Omitted
	switch {
	case a.HasValue && utf8.Valid(a.Value):
		text := string(a.Value)
		b.Value = &text
	case a.HasValue:
		b.Value64 = append([]byte{}, a.Value...)
	}
}
