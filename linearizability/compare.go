package linearizability

import (
	"fmt"
	"slices"
)

// coarse are the outcomes that a word of a Redis reply may stand for.
var coarse = map[Outcome][]Outcome{
	Lost:   {InProgress, Duplicate, Mismatch},
	None:   {Absent, Pending, Done},
	Stands: {Pending, Done},
}

// differsFrom returns how an answer differs from what had to be told, in words,
// or "". What the client was not told is not compared.
func (a *Answer) differsFrom(want told) string {
	if !a.saysOutcome(want) {
		return fmt.Sprintf("was told %s, and had to be told %s", a.Outcome.words(), want.words())
	}
	if coarse[a.Outcome] != nil {
		return ""
	}
	if wrong := a.differsInBytes(want); wrong != "" {
		return wrong
	}
	for _, field := range []struct {
		name  string
		given *int64
		want  int64
	}{
		{"expires_in_ms", a.ExpiresInMillis, want.expiresIn},
		{"lease_ms", a.LeaseMillis, want.lease},
		{"retry_after_ms", a.RetryAfterMillis, want.retryAfter},
		{"age_ms", a.AgeMillis, want.age},
	} {
		if field.given != nil && *field.given != field.want {
			return fmt.Sprintf("was told %s %d, and had to be told %d", field.name, *field.given, field.want)
		}
	}
	return a.differsInNumbers(want)
}

func (a *Answer) saysOutcome(want told) bool {
	if a.Outcome == None {
		return want.outcome != Done && slices.Contains(coarse[None], want.outcome) || want.outcome == Done && !want.hasValue
	}
	return a.Outcome == want.outcome || slices.Contains(coarse[a.Outcome], want.outcome)
}

func (a *Answer) differsInBytes(want told) string {
	value := want.value
	switch {
	case a.Value != nil && (!want.hasValue || *a.Value != value):
		return fmt.Sprintf("was told the value %q, and had to be told %s", *a.Value, want.valueWords())
	case a.Value == nil && want.hasValue && a.Numbered() && !a.ValueOmitted:
		return "was told no value, and had to be told " + want.valueWords()
	case a.Fingerprint != "" && a.Fingerprint != want.fingerprint:
		return fmt.Sprintf("was told fingerprint %q, and had to be told %q", a.Fingerprint, want.fingerprint)
	case a.Owner != "" && a.Owner != want.owner:
		return fmt.Sprintf("was told owner %s, and had to be told %s", a.Owner, want.owner)
	}
	return ""
}

func (t told) valueWords() string {
	if !t.hasValue {
		return "none"
	}
	return fmt.Sprintf("%q", t.value)
}

// differsInNumbers: an answer that says its number says all that the outcome has.
func (a *Answer) differsInNumbers(want told) string {
	full := a.Numbered()
	switch {
	case (full || a.Token != 0) && a.Token != want.token:
		return fmt.Sprintf("was told token %d, and had to be told %d", a.Token, want.token)
	case (full || a.Offset != 0) && a.Offset != want.offset:
		return fmt.Sprintf("was told offset %d, and had to be told %d", a.Offset, want.offset)
	case full && (a.HeldKeys != want.heldKeys || a.HeldBytes != want.heldBytes):
		return fmt.Sprintf("was told that %d keys and %d bytes are held, and had to be told %d and %d", a.HeldKeys, a.HeldBytes, want.heldKeys, want.heldBytes)
	case full && a.Replayed != want.replayed:
		return fmt.Sprintf("was told replayed=%v, and had to be told %v", a.Replayed, want.replayed)
	}
	return ""
}
