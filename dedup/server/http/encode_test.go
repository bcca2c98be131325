package http_test

// Goal: answers that are written by hand are the bytes that encoding/json would write.
// Method: answers of every kind and outcome, drawn, to a batch, and a second writer
// that is only a struct.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// answer is the body of an answer.
type answer struct {
	Result           string  `json:"result"`
	Replayed         bool    `json:"replayed,omitempty"`
	HeldKeys         *uint64 `json:"held_keys,omitempty"`
	HeldBytes        *uint64 `json:"held_bytes,omitempty"`
	Token            uint64  `json:"token,omitempty"`
	ExpiresInMillis  *uint64 `json:"expires_in_ms,omitempty"`
	LeaseMillis      *uint64 `json:"lease_ms,omitempty"`
	RetryAfterMillis *uint64 `json:"retry_after_ms,omitempty"`
	AgeMillis        *uint64 `json:"age_ms,omitempty"`
	Offset           *uint64 `json:"offset,omitempty"`
	OffsetText       string  `json:"offset_text,omitempty"`
	Value            *string `json:"value,omitempty"`
	Value64          []byte  `json:"value64,omitempty"`
	ValueOmitted     bool    `json:"value_omitted,omitempty"`
	Fingerprint      *string `json:"fingerprint,omitempty"`
	OwnerDigest      string  `json:"owner_digest,omitempty"`
	Number           uint64  `json:"number"`
	LogTimeMillis    uint64  `json:"log_time_ms"`
	Call             uint64  `json:"call"`
	CallText         string  `json:"call_text,omitempty"`
}

func newAnswer(a *server.Answer) answer {
	body := answer{
		Result: strings.ToLower(a.Outcome.String()), Replayed: a.Replayed, Token: a.Token, ValueOmitted: a.Omitted,
		Number: a.Number, LogTimeMillis: a.TimeNanos / 1_000_000, Call: a.Call,
	}
	is := func(outcomes ...dedup.Outcome) bool {
		for _, o := range outcomes {
			if a.Outcome == o {
				return true
			}
		}
		return false
	}
	where := func(says bool, n uint64) *uint64 {
		if says {
			return &n
		}
		return nil
	}
	if a.Kind == dedup.KindResize {
		body.Token, body.HeldKeys, body.HeldBytes = 0, &a.Offset, &a.Token
	}
	digits := func(n *uint64) string {
		if n == nil || *n <= 1<<53 {
			return ""
		}
		return fmt.Sprint(*n)
	}
	body.CallText = digits(&a.Call)
	completed := a.Kind == dedup.KindComplete || a.Kind == dedup.KindExtend
	checkpointRead := a.Kind == dedup.KindCheckpointQuery
	stands := is(dedup.Won, dedup.Duplicate, dedup.Pending, dedup.Done) || is(dedup.OK) && completed
	body.ExpiresInMillis = where(stands && a.ExpiresInMillis != dedup.Forever, a.ExpiresInMillis)
	body.LeaseMillis = where(is(dedup.Pending) || a.LeaseMillis > 0, a.LeaseMillis)
	body.RetryAfterMillis = where(is(dedup.InProgress), a.RetryAfterMillis)
	body.AgeMillis = where(is(dedup.Duplicate, dedup.Done) || checkpointRead && is(dedup.OK), a.AgeMillis)
	body.Offset = where((checkpointRead || a.Kind == dedup.KindCheckpoint || a.Kind == dedup.KindSetCheckpoint) && is(dedup.OK, dedup.Stale), a.Offset)
	body.OffsetText = digits(body.Offset)
	if (checkpointRead || a.Kind == dedup.KindQuery) && a.Token != 0 {
		body.OwnerDigest = fmt.Sprintf("%016x", uint64(a.Owner))
	}
	if text := string(a.Fingerprint); a.Fingerprint != nil {
		body.Fingerprint = &text
	}
	if text := string(a.Value); a.HasValue && utf8.Valid(a.Value) {
		body.Value = &text
	} else if a.HasValue {
		body.Value64 = a.Value
	}
	return body
}

// drawn is a Service that answers what was drawn.
type drawn struct {
	*local.Service
	answers []server.Answer
}

func (d *drawn) Do(_ []byte, _ int, _ server.When, done func([]server.Answer, error)) {
	done(d.answers, nil)
}

func drawAnswer(t *rapid.T) server.Answer {
	number := rapid.SampledFrom([]uint64{0, 1, 999_999, 1_000_000, 1 << 60, dedup.Forever})
	bytes := rapid.SampledFrom([][]byte{{}, []byte("v"), []byte("<\"\\&>\n\u2028é"), {0xff, 0}})
	a := server.Answer{Result: dedup.Result{
		Kind:    dedup.Kind(rapid.IntRange(1, int(dedup.KindResize)).Draw(t, "kind")),
		Outcome: dedup.Outcome(rapid.IntRange(1, int(dedup.Done)).Draw(t, "outcome")),
	}}
	a.Replayed, a.HasValue, a.Omitted = rapid.Bool().Draw(t, "replayed"), rapid.Bool().Draw(t, "value"), rapid.Bool().Draw(t, "omitted")
	for _, n := range []*uint64{&a.Call, &a.Number, &a.TimeNanos, &a.Token, &a.ExpiresInMillis, &a.LeaseMillis, &a.RetryAfterMillis, &a.AgeMillis, &a.Offset} {
		*n = number.Draw(t, "number")
	}
	a.Owner = dedup.Owner(rapid.Uint64().Draw(t, "owner"))
	if a.HasValue {
		a.Value = bytes.Draw(t, "bytes")
	}
	if rapid.Bool().Draw(t, "fingerprint") {
		a.Fingerprint = bytes.Draw(t, "bytes")
	}
	return a
}

func TestAnswersAreWrittenAsJSONWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.SliceOfN(rapid.Custom(drawAnswer), 1, 3).Draw(t, "answers")
		door := http.New(http.Config{Service: &drawn{local.New(1), answers}})
		var body struct {
			Results []answer `json:"results"`
		}
		for i := range answers {
			body.Results = append(body.Results, newAnswer(&answers[i]))
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(body))
		claims := strings.TrimSuffix(strings.Repeat(`{"key":"k","owner":"a"},`, len(answers)), ",")
		require.Equal(t, want.String(), post(door, "/v1/batch", `{"claims":[`+claims+`]}`).Body.String())
	})
}
