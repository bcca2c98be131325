package http

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// Answers are written by hand, for a batch has thousands of them. A test writes each
// with encoding/json as well and compares the bytes.

// results are the outcomes as answers spell them.
var results = func() (words [dedup.Done + 1]string) {
	for o := range words {
		words[o] = strings.ToLower(dedup.Outcome(o).String())
	}
	return words
}()

// appendAnswers appends an array of answers.
func appendAnswers(dst []byte, answers []server.Answer) []byte {
	dst = append(dst, '[')
	for i := range answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAnswer(dst, &answers[i])
	}
	return append(dst, ']')
}

// appendAnswer appends the body of an answer. What its outcome lacks is missing.
func appendAnswer(dst []byte, a *server.Answer) []byte { return append(appendFields(dst, a), '}') }

// appendFields appends it without the brace that closes it.
func appendFields(dst []byte, a *server.Answer) []byte {
	dst = append(append(append(dst, `{"result":"`...), results[a.Outcome]...), '"')
	if a.Replayed {
		dst = append(dst, `,"replayed":true`...)
	}
	switch {
	case a.Kind == dedup.KindResize:
		dst = appendHeld(dst, a)
	case a.Token != 0:
		dst = appendNumber(dst, `,"token":`, a.Token)
	}
	if tellsExpiry(a) && a.ExpiresInMillis != dedup.Forever {
		dst = appendNumber(dst, `,"expires_in_ms":`, a.ExpiresInMillis)
	}
	if a.Outcome == dedup.Pending || a.LeaseMillis > 0 {
		dst = appendNumber(dst, `,"lease_ms":`, a.LeaseMillis)
	}
	if a.Outcome == dedup.InProgress {
		dst = appendNumber(dst, `,"retry_after_ms":`, a.RetryAfterMillis)
	}
	if tellsAge(a) {
		dst = appendNumber(dst, `,"age_ms":`, a.AgeMillis)
	}
	if tellsOffset(a) {
		dst = appendLarge(dst, "offset", a.Offset)
	}
	dst = appendBytes(dst, a)
	dst = appendNumber(dst, `,"number":`, a.Number)
	dst = appendNumber(dst, `,"log_time_ms":`, a.TimeNanos/1_000_000)
	return appendLarge(dst, "call", a.Call)
}

// appendStale appends how old the answer is at most, in ms, or that it may be of any age.
func appendStale(dst []byte, age time.Duration) []byte {
	if age < 0 {
		return append(dst, `,"stale_ms":null`...)
	}
	return appendNumber(dst, `,"stale_ms":`, uint64((age+time.Millisecond-1)/time.Millisecond))
}

// mostExact is the greatest whole number up to which a double holds all.
const mostExact = 1 << 53

// appendLarge appends a number and, where a double can't hold it, its digits as a text too.
func appendLarge(dst []byte, name string, n uint64) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	dst = strconv.AppendUint(dst, n, 10)
	if n > mostExact {
		dst = append(append(append(dst, `,"`...), name...), `_text":"`...)
		dst = append(strconv.AppendUint(dst, n, 10), '"')
	}
	return dst
}

func appendNumber(dst []byte, name string, n uint64) []byte {
	return strconv.AppendUint(append(dst, name...), n, 10)
}

// appendBytes writes a value as text if it is, for whoever sent bytes in base64 can
// tell from the name of the field.
func appendBytes(dst []byte, a *server.Answer) []byte {
	_, isText := spelled(a.Value)
	switch {
	case a.HasValue && isText:
		dst = appendText(dst, `,"value":`, a.Value)
	case a.HasValue:
		dst = base64.StdEncoding.AppendEncode(append(dst, `,"value64":"`...), a.Value)
		dst = append(dst, '"')
	}
	if a.Omitted {
		dst = append(dst, `,"value_omitted":true`...) // there is one, and too many bytes in front of it
	}
	if a.Fingerprint != nil {
		dst = appendText(dst, `,"fingerprint":`, a.Fingerprint)
	}
	if isRead(a) && a.Token != 0 {
		dst = append(dst, `,"owner_digest":"`...)
		for shift := 60; shift >= 0; shift -= 4 {
			dst = append(dst, "0123456789abcdef"[a.Owner>>shift&15])
		}
		dst = append(dst, '"')
	}
	return dst
}

// spelled is how many bytes a value takes at most in a body, and whether it is told as text: it is text, and does not grow to
// more than twice its length by that.
func spelled(value []byte) (bytes int, isText bool) {
	if escaped := escapedBytes(value); escaped <= 2*len(value) && utf8.Valid(value) {
		return escaped, true
	}
	return base64.StdEncoding.EncodedLen(len(value)), false
}

// escapedBytes is how many bytes the letters of a text take at most: most of them one, some two, control characters six.
func escapedBytes(text []byte) int {
	n := len(text)
	for _, b := range text {
		switch {
		case b == '"' || b == '\\' || b == '\n' || b == '\r' || b == '\t':
			n++
		case b < ' ': // \b and \f have names of two letters
			n += 5
		case b == 0xe2: // U+2028 and U+2029 begin with it, and are six letters for three
			n += 3
		}
	}
	return n
}

// appendText leaves the escaping to encoding/json, which can't fail here. Letters that only mean something within HTML stand
// as they are: escaped they are six each, and nobody shows an answer as a page.
func appendText(dst []byte, name string, text []byte) []byte {
	into := bytes.NewBuffer(append(dst, name...))
	encoder := json.NewEncoder(into)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(string(text))
	return bytes.TrimSuffix(into.Bytes(), []byte{'\n'})
}

func isRead(a *server.Answer) bool {
	return a.Kind == dedup.KindQuery || a.Kind == dedup.KindCheckpointQuery
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

func tellsAge(a *server.Answer) bool {
	return a.Outcome == dedup.Duplicate || a.Outcome == dedup.Done || a.Kind == dedup.KindCheckpointQuery && a.Outcome == dedup.OK
}

func tellsOffset(a *server.Answer) bool {
	isCheckpoint := a.Kind == dedup.KindCheckpoint || a.Kind == dedup.KindCheckpointQuery || a.Kind == dedup.KindSetCheckpoint
	return isCheckpoint && (a.Outcome == dedup.OK || a.Outcome == dedup.Stale)
}
