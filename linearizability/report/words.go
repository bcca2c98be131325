package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eventstreamcore/semel/linearizability"
)

// The words for operations stand here once, and the page's script gets them too
// (page/words.js fills them in the same way). {name} is replaced; a part in [ ] is
// left out where something named in it is not known.

// asked says what an operation asked for, by kind.
var asked = map[linearizability.Kind]string{
	linearizability.Claim:           "claim {key}[ as {owner}][ with a lease of {lease}][ for {ttl}]",
	linearizability.Complete:        "complete {key} with token {asked}",
	linearizability.Release:         "release {key} with token {asked}",
	linearizability.Extend:          "extend {key} with token {asked}[ to a lease of {lease}]",
	linearizability.Query:           "read {key}",
	linearizability.Put:             "put {key}[ for {ttl}]",
	linearizability.Forget:          "forget {key}",
	linearizability.Checkpoint:      "store {key} at offset {offset}",
	linearizability.CheckpointQuery: "read {key}",
	linearizability.SetCheckpoint:   "set {key} to offset {offset}",
	linearizability.Resize:          "set the {key} to another size",
}

// told says what it was answered, by outcome; a row "kind outcome" goes before.
var told = map[string]string{
	"won":         "won, token {token}[ ({replayed})]",
	"in_progress": "in progress elsewhere[, try again in {retry}]",
	"duplicate":   "duplicate[ of token {token}][, done {age} ago]",
	"mismatch":    "mismatch: it stands with another fingerprint",
	"full":        "full: nothing changed",
	"ok":          "done[ ({replayed})]",
	"fenced":      "fenced[: token {token} is current]",
	"not_found":   "not found",
	"completed":   "already completed, it stays",
	"stale":       "stale[: offset {stored} is stored]",
	"absent":      "absent",
	"pending":     "pending[ under token {token}]",
	"done":        "done[ under token {token}][, {age} ago]",
	"lost":        "lost: somebody else has it",
	"none":        "nil: no value stands",
	"stands":      "it stands",

	"complete ok":           "completed[ ({replayed})]",
	"release ok":            "released",
	"extend ok":             "extended[, token {token}]",
	"put ok":                "stored[, token {token}]",
	"forget ok":             "forgotten",
	"checkpoint ok":         "stored[, token {token}][ ({replayed})]",
	"checkpoint query ok":   "offset {stored}[, stored {age} ago]",
	"checkpoint query done": "offset {stored}[, stored {age} ago]",
	"claim stale":           "its checkpoint was stale: nothing changed",

	ended(noReturn):                   "no answer ever came[; the log has it as command {number}]",
	ended(linearizability.Unknown):    "outcome unknown[; the log has it as command {number}]",
	ended(linearizability.NotApplied): "not applied",
}

// after says how the record stands after it, as far as the answer tells.
var after = map[string]string{
	"claim won pending": "PENDING[, token {token}]",
	"claim won":         "DONE[, token {token}]",
	"in_progress":       "PENDING[, token {token}]",
	"duplicate":         "DONE[, token {token}]",
	"mismatch":          "stands[, token {token}]",
	"fenced":            "stands[, token {token}]",
	"not_found":         "ABSENT",
	"completed":         "DONE[, token {asked}]",
	"absent":            "ABSENT",
	"pending":           "PENDING[, token {token}]",
	"done":              "DONE[, token {token}]",
	"lost":              "stands",
	"stands":            "stands",
	"complete ok":       "DONE, token {asked}",
	"release ok":        "ABSENT",
	"extend ok":         "PENDING, token {asked}",
	"put ok":            "DONE[, token {token}]",
	"forget ok":         "ABSENT",

	"checkpoint ok":         "offset {offset}[, token {token}]",
	"checkpoint stale":      "offset {stored}",
	"checkpoint query ok":   "offset {stored}[, token {token}]",
	"checkpoint query done": "offset {stored}[, token {token}]",
}

// noReturn is the end of a call that never returned.
const noReturn = "open"

// ended marks how a call ended that was not answered, apart from every outcome.
func ended(how string) string { return "· " + how }

// endOf is an operation's outcome, or how it ended without one.
func endOf(op *linearizability.Operation) string {
	switch {
	case op.Answer != nil:
		return string(op.Answer.Outcome)
	case op.Error != "":
		return ended(op.Error)
	default:
		return ended(noReturn)
	}
}

// spaced is a word of the histories as people write it.
func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

// capital makes a sentence of a judge's words.
func capital(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return ""
	}
	if !strings.ContainsRune(".!?", rune(words[len(words)-1])) {
		words += "."
	}
	return string(unicode.ToUpper(first)) + words[size:]
}

// endName is an end as a heading says it.
func endName(end string) string {
	return spaced(strings.TrimPrefix(end, "· "))
}

// classes are what an end means to a client; the page has one colour for each.
var classes = []struct {
	name, meaning string
	ends          []string
}{
	{"won", "won", []string{"won"}},
	{"applied", "applied", []string{"ok"}},
	{"refused", "refused", []string{"in_progress", "duplicate", "mismatch", "full", "fenced", "not_found", "completed", "stale", "lost"}},
	{"read", "read", []string{"absent", "pending", "done", "none", "stands"}},
	{"not-applied", "not applied", []string{ended(linearizability.NotApplied)}},
	{"unknown", "unknown or open", []string{ended(linearizability.Unknown), ended(noReturn)}},
}

// classOf is the index in classes of an end; one that nobody foresaw counts as read.
func classOf(end string) int {
	for i, c := range classes {
		for _, e := range c.ends {
			if e == end {
				return i
			}
		}
	}
	return 3
}

var (
	optional    = regexp.MustCompile(`\[[^\]]*\]`)
	placeholder = regexp.MustCompile(`\{(\w+)\}`)
)

// fill puts facts into a text of the tables.
func fill(text string, facts map[string]string) string {
	text = optional.ReplaceAllStringFunc(text, func(part string) string {
		for _, name := range placeholder.FindAllStringSubmatch(part, -1) {
			if facts[name[1]] == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if fact := facts[name[1:len(name)-1]]; fact != "" {
			return fact
		}
		return "?"
	})
}

// sentence tells an operation in a line: what was asked, and what was answered.
// number is its place in the log where only the log knows it, otherwise 0.
func sentence(op *linearizability.Operation, number uint64) string {
	facts := factsOf(op, number)
	text := asked[op.Kind]
	if text == "" {
		text = string(op.Kind) + " {key}"
	}
	end := endOf(op)
	answer, ok := told[string(op.Kind)+" "+end]
	if !ok {
		answer, ok = told[end]
	}
	if !ok {
		answer = endName(end)
	}
	line := fill(text+": "+answer, facts)
	if op.Stale {
		line += " (stale read)"
	}
	return line
}

func factsOf(op *linearizability.Operation, number uint64) map[string]string {
	facts := map[string]string{
		"key":    clip(keyWord(keyOf(op)), keyLetters),
		"owner":  clip(op.Owner, 7),
		"asked":  count(op.Token),
		"offset": count(op.Offset),
		"lease":  millis(op.LeaseMillis),
		"ttl":    millis(op.TTLMillis),
		"number": countUnlessZero(number),
	}
	a := op.Answer
	if a == nil {
		return facts
	}
	facts["number"] = countUnlessZero(a.Number)
	facts["token"] = countUnlessZero(a.Token)
	facts["stored"] = count(a.Offset)
	if a.Replayed {
		facts["replayed"] = "a repeated call"
	}
	if a.RetryAfterMillis != nil {
		facts["retry"] = duration(time.Duration(*a.RetryAfterMillis) * time.Millisecond)
	}
	if a.AgeMillis != nil {
		facts["age"] = duration(time.Duration(*a.AgeMillis) * time.Millisecond)
	}
	return facts
}

// keyWord is a key as text; bytes that are none show as escapes.
func keyWord(key string) string {
	quoted := strconv.QuoteToGraphic(key)
	if plain := quoted[1 : len(quoted)-1]; plain == key && plain != "" {
		return plain
	}
	return quoted
}

func millis(ms uint64) string {
	if ms == 0 {
		return ""
	}
	return duration(time.Duration(min(ms, 1<<43)) * time.Millisecond)
}

func countUnlessZero(n uint64) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

// count writes a number with commas between thousands.
func count[N int | int64 | uint64](n N) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// plural is "1 fault", "2 faults".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "ry") {
		return count(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return count(n) + " " + one + "s"
}

// duration writes a span with three digits that matter: 840 µs, 12.3 ms, 1.24 s, 5 min 2 s.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "−" + duration(-d)
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return digits3(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return digits3(float64(d)/float64(time.Millisecond)) + " ms"
	case d < time.Minute:
		return digits3(d.Seconds()) + " s"
	case d < time.Hour:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60), " 0 s")
	default:
		return strings.TrimSuffix(fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
	}
}

// digits3 writes x with three digits, but none after the point that say nothing.
func digits3(x float64) string {
	decimals := 2
	if x >= 100 {
		decimals = 0
	} else if x >= 10 {
		decimals = 1
	}
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// moment writes a time of the run: 12.345 s.
func moment(ns int64) string {
	return strconv.FormatFloat(float64(ns)/1e9, 'f', 3, 64) + " s"
}
