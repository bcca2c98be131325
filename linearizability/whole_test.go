package linearizability_test

// Goal: what must happen whole is held to be whole, and what tells of a number is held to there being one. Method:
// histories of a few lines, each with one thing amiss that no single key shows.

import (
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

const (
	withLog    = `{"type":"header","format":1,"log":true}` + "\n"
	withoutLog = `{"type":"header","format":1}` + "\n"

	// A batch that nobody answered, and a checkpoint with its claim.
	openBatch = `{"type":"operation","id":0,"call":0,"client":0,"key":"a","kind":"claim","batch":1,"owner":"o1","call_number":"1"}
{"type":"operation","id":1,"call":0,"client":0,"key":"b","kind":"claim","batch":1,"owner":"o2","call_number":"2"}
{"type":"operation","id":2,"call":0,"client":0,"key":"c","kind":"claim","batch":1,"owner":"o3","call_number":"3"}
{"type":"operation","id":3,"call":5,"return":6,"client":1,"key":"z","kind":"query","answer":{"outcome":"absent","time":1000000}}
`
	openCheckpoint = `{"type":"operation","id":0,"call":0,"client":0,"key":"s/0","kind":"checkpoint","batch":1,"offset":5,"owner":"c","call_number":"1"}
{"type":"operation","id":1,"call":0,"client":0,"key":"k","kind":"claim","batch":1,"in_checkpoint":true,"owner":"o","call_number":"2"}
`
	won = `{"type":"operation","id":0,"call":0,"return":1,"client":0,"key":"k","kind":"claim","owner":"a","call_number":"1","answer":{"outcome":"won","number":1,"time":1000000,"token":1}}
`
	later = `{"type":"operation","id":2,"call":10,"return":11,"client":1,"key":"z","kind":"claim","owner":"b","call_number":"2","answer":{"outcome":"won","number":2,"time":1000000,"token":2}}
`
)

// logOf is one entry with claims of these call numbers.
func logOf(commands string) string {
	return `{"type":"entry","index":1,"stamp":1000000,"first":1,"commands":[` + commands + "]}\n"
}

func claimed(calls ...string) string {
	for i, call := range calls {
		calls[i] = `{"call_number":"` + call + `","kind":"claim"}`
	}
	return strings.Join(calls, ",")
}

// read is a read of key k that says to be of a number.
func read(number, more string) string {
	return `{"type":"operation","id":1,"call":2,"return":3,"client":0,"key":"k","kind":"query",` + more +
		`"answer":{"outcome":"done","number":` + number + `,"time":1000000,"token":1}}` + "\n"
}

func batchOfTwo(second string) string {
	return withoutLog + strings.Replace(won, `"key":"k"`, `"key":"k","batch":1`, 1) +
		`{"type":"operation","id":1,"call":0,"return":1,"client":0,"key":"l","kind":"claim","owner":"b","batch":1,"answer":{"outcome":"won",` + second + "}}\n"
}

func TestWhatMustBeWholeIsHeldToBeWhole(t *testing.T) {
	for _, c := range []struct{ name, history, says string }{
		{"a batch", withLog + openBatch + logOf(claimed("1", "2", "3")), ""},
		{"a batch that never was", withLog + openBatch, ""},
		{"a batch without its middle", withLog + openBatch + logOf(claimed("1", "3")), "the log has other items of its batch, and not this one"},
		{"a batch without its end", withLog + openBatch + logOf(claimed("1", "2")), "the log has other items of its batch, and not this one"},
		{"a batch without its beginning", withLog + openBatch + logOf(claimed("2", "3")), "the log has other items of its batch, and not this one"},
		{"a batch without a log", batchOfTwo(`"number":2,"time":1000000,"token":2`), ""},
		{"a batch with a number in between", batchOfTwo(`"number":3,"time":1000000,"token":3`), "does not stand right behind the item before it"},
		{"a batch at two times", batchOfTwo(`"number":2,"time":2000000,"token":2`), "does not stand right behind the item before it"},

		{"a checkpoint", withLog + openCheckpoint + logOf(`{"call_number":"1","kind":"checkpoint","claims":1},`+claimed("2")), ""},
		{"a checkpoint without its claim", withLog + openCheckpoint + logOf(`{"call_number":"1","kind":"checkpoint"}`), "the log has other items of its batch, and not this one"},
		{"a claim beside its checkpoint", withLog + openCheckpoint + logOf(`{"call_number":"1","kind":"checkpoint"},`+claimed("2")), "the log has it outside of its checkpoint"},
		{"a claim in a checkpoint by mistake", withLog + strings.Replace(openCheckpoint, `"in_checkpoint":true,`, "", 1) +
			logOf(`{"call_number":"1","kind":"checkpoint","claims":1},`+claimed("2")), "the log has it inside of a checkpoint"},

		{"a stale read", withLog + won + read("1", `"stale":true,`) + later + logOf(claimed("1", "2")), ""},
		{"a stale read of a number of another key that was not asked for yet", withLog + won + read("2", `"stale":true,`) + later + logOf(claimed("1", "2")),
			"tells of a number that had not been asked for when it returned"},
		{"a stale read beyond the log", withLog + won + read("3", `"stale":true,`) + later + logOf(claimed("1", "2")), "tells of number 3, and the log ends with number 2"},
		{"a read beyond the log", withLog + won + read("3", `"call_number":"9",`) + logOf(claimed("1")), "tells of number 3, and the log ends with number 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judgeText(t, c.history)
			require.Equal(t, c.says == "", v.OK, account(v))
			require.Contains(t, account(v), c.says)
		})
	}
}

func TestAMalformedLineIsNamed(t *testing.T) {
	operation := func(id, more string) string {
		return `{"type":"operation","id":` + id + `,"client":0,"call":1,"key":"k",` + more + "}\n"
	}
	for _, c := range []struct{ text, says string }{
		{withoutLog + "\n" + operation("1", `"kind":"query"`), "line 3: malformed history: operation 0: id 1, want 0"},
		{withoutLog + operation("0", `"kind":"get"`), `line 2: malformed history: operation 0: kind "get", want one of`},
		{withoutLog + operation("0", `"kind":"query","return":2,"answer":{"outcome":"done","number":7}`), "line 2: malformed history: operation 0: number 7 without a time or time_ms, want one with it"},
		{withoutLog + operation("0", `"kind":"claim","in_checkpoint":true,"batch":1`), "line 2: malformed history: operation 0: in_checkpoint, want it right behind its checkpoint"},
		{withoutLog + operation("0", `"kind":"claim","batch":1`) + operation("1", `"kind":"claim","batch":1,"return":8,"error":"unknown"`), "line 3: malformed history: operation 1: batch 1 returned"},
		{withoutLog + logOf(claimed("1")), `line 2: malformed history: an entry of a log, but the header has no "log": true`},
		{withLog + logOf(claimed("1")) + logOf(claimed("2")), "line 3: malformed history: entry 1 behind entry 1"},
		{withLog + logOf(claimed("1")) + strings.Replace(logOf(claimed("2")), `"index":1`, `"index":2`, 1), "line 3: malformed history: entry 2: first number 1, want 2"},
		{withLog + logOf(`{"call_number":"1","kind":"checkpoint","claims":2},`+claimed("2")), "line 2: malformed history: entry 1: a checkpoint of 2 claims with 1 behind it"},
	} {
		_, err := linearizability.Read(strings.NewReader(c.text))
		require.ErrorIs(t, err, linearizability.ErrMalformed)
		require.ErrorContains(t, err, c.says)
	}
}
