package linearizability_test

// Goal: each way in which a direct check can fail speaks by itself, in its own words, besides the model that sees it too.
// Method: a claim with a lease, and one answer after it that is wrong in one way; left out, the check's sentence is missing.

import (
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

func TestEachWayToBreakAPromiseIsToldInItsOwnWords(t *testing.T) {
	const leased = withoutLog +
		`{"type":"operation","id":0,"call":0,"return":1,"client":0,"key":"k","kind":"claim","owner":"a","lease_ms":100,"answer":{"outcome":"won","number":1,"time":1000000,"token":1}}` + "\n"
	after := func(what, answer string) string {
		return leased + `{"type":"operation","id":1,"call":2,"return":3,"client":1,"key":"k",` + what + `,"answer":{"number":2,"time":2000000,` + answer + "}}\n"
	}
	const other, same = `"kind":"claim","owner":"b"`, `"kind":"claim","owner":"a"`
	for _, c := range []struct{ history, check, says string }{
		{after(other, `"outcome":"in_progress"`), "", ""},
		{after(other, `"outcome":"duplicate","token":1`), "DuplicateImpliesWin", "was told DUPLICATE, though client 0's claim of k at 0.000 s (operation 0) was not completed"},
		{strings.Replace(after(other, `"outcome":"duplicate","token":7`), `"lease_ms":100,`, "", 1), "DuplicateImpliesWin", "was told DUPLICATE of token 7, though"},
		{after(same, `"outcome":"won","token":1,"replayed":true`), "", ""},
		{after(same, `"outcome":"won","token":9,"replayed":true`), "RetrySaysWon", "was told WON with token 9, though the same owner had won with token 1"},
		{after(`"kind":"complete","token":1`, `"outcome":"ok","token":1`), "", ""},
		{after(`"kind":"complete","token":1`, `"outcome":"fenced","token":1`), "FencedCompletion", "was told FENCED, though its token 1 is current"},
		{strings.Replace(leased, `"token":1}`, `"token":1,"lease_ms":99}`, 1), "NeverEarly", "asked for a lease of 100 ms and was told one of 99 ms"},
		{strings.Replace(after(`"kind":"release","token":9`, `"outcome":"not_found"`), `"key":"k","kind":"release"`, `"key":"z","kind":"release"`, 1), "", ""},
		{strings.Replace(strings.Replace(after(`"kind":"release","token":9`, `"outcome":"not_found"`), `"key":"k","kind":"release"`, `"key":"z","kind":"release"`, 1),
			`"number":2`, `"number":1`, 1), "OneOrder", "have one number, 1"},
	} {
		v := judgeText(t, c.history)
		require.Equal(t, c.says == "", v.OK, "%s\n%s", c.history, account(v))
		require.Equal(t, c.check, strings.Join(failing(v), " "), account(v))
		require.Contains(t, account(v), c.says)
	}
}

func TestTimesOfStaleReadsAndLargeTables(t *testing.T) {
	const claims = withoutLog +
		`{"type":"operation","id":0,"call":0,"return":1,"client":0,"key":"k","kind":"claim","owner":"a","answer":{"outcome":"won","number":1,"time":5000000,"token":1}}` + "\n" +
		`{"type":"operation","id":1,"call":10,"return":11,"client":0,"key":"z","kind":"claim","owner":"b","answer":{"outcome":"won","number":2,"time":9000000,"token":2}}` + "\n"
	staleAt := func(time string) string {
		return claims + `{"type":"operation","id":2,"call":20,"return":21,"client":1,"key":"k","stale":true,"kind":"query","answer":{"outcome":"done","number":1,"token":1,"time":` + time + "}}\n"
	}
	full := func(keys string) string {
		return `{"type":"header","format":1,"capacity_bytes":900,"capacity_keys":` + keys + "}\n" +
			`{"type":"operation","id":0,"call":0,"return":1,"client":0,"key":"k","kind":"claim","owner":"a","answer":{"outcome":"full","number":1,"time":5000000}}` + "\n"
	}
	for _, c := range []struct{ history, says string }{
		{staleAt("5000000"), ""},
		{staleAt("9000000"), ""},
		{staleAt("4000000"), "tells a log time before that of the number it carries"},
		{staleAt("12000000"), "tells a log time beyond that of the next number"},
		{full("65536"), "was told FULL, and there was room"},
		{full("65537"), ""},
	} {
		v := judgeText(t, c.history)
		require.Equal(t, c.says == "", v.OK, "%s\n%s", c.history, account(v))
		require.Contains(t, account(v), c.says)
	}
}

func TestAKeyHasOneDigest(t *testing.T) {
	v := judgeText(t, strings.ReplaceAll(logged, `"kind":"query","digest":"d1"`, `"kind":"query","digest":"d7"`))
	require.False(t, v.OK)
	require.Contains(t, account(v), "for another operation of that key")
}

func TestEachThingThatARunNeedsIsAskedFor(t *testing.T) {
	for least, says := range map[linearizability.Least]string{
		{Answered: 3}:       "2 operations were answered, and 3 are needed",
		{ContendedKeys: 2}:  "1 keys were contended for, and 2 are needed",
		{Overlapping: 1}:    "0 keys had calls open at once, and 1 are needed",
		{FaultsInEffect: 2}: "1 faults took effect, and 2 are needed",
	} {
		h := readFile(t, "right")
		h.Faults = []linearizability.Fault{{Fault: "kill", Effect: "node 1 was down"}, {Fault: "kill"}}
		v := linearizability.Judge(h)
		require.False(t, v.WorthSomething(least))
		require.False(t, v.OK)
		require.Contains(t, account(v), says)
	}
}

func TestASearchWithoutOverlapIsAskedForMore(t *testing.T) {
	v := linearizability.Judge(readFile(t, "a-read-not-applied"))
	require.False(t, v.WorthSomething(linearizability.Least{Searched: true}))
	require.Contains(t, account(v), "0 calls that porcupine was given overlapped, and 2 are needed")
}
