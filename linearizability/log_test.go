package linearizability_test

// Goal: what was answered is held to the log in each of its parts, and clients
// that know no call number are found in it. Method: a history and its log that
// agree, and a table of single edits of its text.

import (
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

// logged is a claim with a lease and its completion, of a client that knows all.
const logged = `{"type":"header","format":1,"log":true}
{"type":"operation","id":0,"client":0,"call_number":"c1","call":1,"return":2,"key":"k","kind":"claim","digest":"d1","owner":"a","lease_ms":50,"ttl_ms":90,"fingerprint":"f","answer":{"outcome":"won","number":1,"time":3000000,"token":1}}
{"type":"operation","id":1,"client":0,"call_number":"c2","call":3,"return":4,"key":"k","kind":"complete","digest":"d1","token":1,"value":"v","answer":{"outcome":"ok","number":2,"time_ms":4,"token":1}}
{"type":"operation","id":2,"client":0,"call_number":"c3","call":5,"return":6,"key":"k","kind":"query","digest":"d1","answer":{"outcome":"done","number":2,"time":5000000,"token":1,"value":"v"}}
{"type":"operation","id":3,"client":1,"call":7,"return":8,"key":"s","kind":"claim","value":"x","answer":{"outcome":"won"}}
{"type":"operation","id":4,"client":1,"call":9,"return":10,"key":"s","kind":"forget","answer":{"outcome":"ok"}}
{"type":"entry","index":1,"stamp":3000000,"first":1,"commands":[{"call_number":"c1","kind":"claim","digest":"d1","owner":"a","lease_ms":50,"ttl_ms":90,"fingerprint":"f"}]}
{"type":"entry","index":2,"stamp":4000001,"first":2,"commands":[{"call_number":"c2","kind":"complete","digest":"d1","token":1,"value":"v"}]}
{"type":"entry","index":3,"stamp":5000000,"first":3,"commands":[{"call_number":"c3","kind":"query","digest":"d1"}]}
{"type":"entry","index":4,"stamp":6000000,"first":3,"commands":[{"call_number":"c4","kind":"claim","digest":"d2","owner":"b","value":"x"}]}
{"type":"entry","index":5,"stamp":7000000,"first":4,"commands":[{"call_number":"c5","kind":"forget","digest":"d2"}]}
`

func judgeText(t *testing.T, text string) *linearizability.Verdict {
	h, err := linearizability.Read(strings.NewReader(text))
	require.NoError(t, err)
	return linearizability.Judge(h)
}

func TestAHistoryThatAgreesWithItsLogIsRight(t *testing.T) {
	v := judgeText(t, logged)
	require.True(t, v.OK, account(v))
	require.Equal(t, 5, v.Witness.Operations, "the stock client's operations were not found")
}

func TestWhatDiffersFromTheLogIsTold(t *testing.T) {
	for _, edit := range []struct{ name, from, to, says string }{
		{"number", `"number":1,"time":3000000`, `"number":3,"time":3000000`, "it was told number 3, and is number 1 of the log"},
		{"time", `"time":3000000`, `"time":3000001`, "it was told log time 3000001, and the log says 3000000"},
		{"time in ms", `"time_ms":4`, `"time_ms":5`, "it was told log time 5000000, and the log says 4000001"},
		{"kind", `"call_number":"c2","kind":"complete","digest":"d1","token":1,"value":"v"`, `"call_number":"c2","kind":"release","digest":"d1","token":1`, "the log has a release under its call number"},
		{"token", `"digest":"d1","token":1,"value":"v"}]`, `"digest":"d1","token":2,"value":"v"}]`, "the log has it with another token"},
		{"lease", `"lease_ms":50,"ttl_ms":90,"fingerprint":"f"}]`, `"lease_ms":51,"ttl_ms":90,"fingerprint":"f"}]`, "another lease"},
		{"ttl", `"ttl_ms":90,"fingerprint":"f"}]`, `"ttl_ms":91,"fingerprint":"f"}]`, "another ttl"},
		{"fingerprint", `"fingerprint":"f"}]`, `"fingerprint":"g"}]`, "another fingerprint"},
		{"value", `"token":1,"value":"v"}]`, `"token":1,"value":"w"}]`, "another value"},
		{"owner", `"digest":"d1","owner":"a","lease_ms":50,"ttl_ms":90,"fingerprint":"f"}]`, `"digest":"d1","owner":"z","lease_ms":50,"ttl_ms":90,"fingerprint":"f"}]`, "another owner"},
		{"digest", `"kind":"query","digest":"d1"}]`, `"kind":"query","digest":"d7"}]`, "another digest"},
		{"two keys, one digest", `"key":"k","kind":"complete"`, `"key":"other","kind":"complete"`, `the log has one digest for its key and for "k"`},
		{"a call number twice", `"call_number":"c3","call":5`, `"call_number":"c2","call":5`, "has the call number of another operation (1)"},
		{"a read that is not in the log", `"call_number":"c3","kind":"query"`, `"call_number":"c9","kind":"query"`, ""},
		{"a stock client's claim that is not in the log", `"owner":"b","value":"x"`, `"owner":"b","value":"y"`, "was answered, but the log does not have it"},
		{"a stock client's claim of a held key", `"value":"x","answer":{"outcome":"won"}`, `"value":"x","answer":{"outcome":"lost"}`, "was told LOST, and had to be told WON"},
		{"a stock client's DEL", `"kind":"forget","answer":{"outcome":"ok"}`, `"kind":"forget","answer":{"outcome":"not_found"}`, "was told NOT_FOUND, and had to be told OK"},
		{"a stock client nobody can find", `"key":"s","kind":"forget"`, `"key":"elsewhere","kind":"forget"`, "has neither call number nor digest nor value"},
	} {
		t.Run(edit.name, func(t *testing.T) {
			require.Contains(t, logged, edit.from)
			v := judgeText(t, strings.Replace(logged, edit.from, edit.to, 1))
			require.Equal(t, edit.says == "", v.OK, account(v))
			require.Contains(t, account(v), edit.says)
		})
	}
}

func TestACommandThatNobodyAskedForChangesWhatOthersSee(t *testing.T) {
	stranger := strings.Replace(logged, `{"type":"operation","id":1,"client":0,"call_number":"c2"`, `{"type":"operation","id":1,"client":0,"call_number":"c2","door":"http"`, 1)
	stranger = strings.Replace(stranger, `"first":1,"commands":[`, `"first":1,"commands":[{"call_number":"c0","kind":"claim","digest":"d1","owner":"z"},`, 1)
	for _, shift := range []struct{ from, to string }{
		{`"first":4`, `"first":5`}, {`"first":3`, `"first":4`}, {`"first":3`, `"first":4`}, {`"first":2`, `"first":3`},
	} {
		stranger = strings.Replace(stranger, shift.from, shift.to, 1)
	}
	v := judgeText(t, stranger)
	require.False(t, v.OK)
	require.Contains(t, account(v), "was told WON, though the claim that only the log knows of (number 1) had won")
}

// A stock client whose library repeated a call: the log has two commands, the
// history one operation, and either may have been the one that was answered. To porcupine, which has no log, LOST is then a
// lost event: nobody it knows of has won.
func TestOneOfSeveralLikeCommandsMayBeTheOneThatWasAnswered(t *testing.T) {
	twice := strings.Replace(logged, `"owner":"b","value":"x"}]`, `"owner":"b","value":"x"},{"call_number":"c6","kind":"claim","digest":"d2","owner":"e","value":"x"}]`, 1)
	twice = strings.Replace(twice, `"first":4`, `"first":5`, 1)
	twice = strings.Replace(twice, `"key":"s","kind":"claim"`, `"key":"s","kind":"claim","digest":"d2"`, 1)
	v := judgeText(t, twice)
	require.True(t, v.OK, account(v))
	v = judgeText(t, strings.Replace(twice, `"value":"x","answer":{"outcome":"won"}`, `"value":"x","answer":{"outcome":"lost"}`, 1))
	require.Equal(t, accepted, v.Witness.Result, account(v))
	require.Empty(t, failing(v), account(v))
	require.Equal(t, []string{"s"}, v.Porcupine.BadKeys)
	v = judgeText(t, strings.Replace(twice, `"value":"x","answer":{"outcome":"won"}`, `"value":"x","answer":{"outcome":"full"}`, 1))
	require.Contains(t, account(v), "was told FULL, and had to be told")
	v = judgeText(t, strings.Replace(twice, `"key":"s","kind":"claim","digest":"d2"`, `"key":"s","kind":"claim"`, 1))
	require.Equal(t, linearizability.NotReached, v.Witness.Result)
	require.Contains(t, account(v), "has neither call number nor digest, and 1 operations and 2 commands of the log look like it")
}

func TestAPayloadThatIsNoEntryIsAnError(t *testing.T) {
	next := uint64(1)
	_, err := linearizability.EntryOf(7, []byte{99}, &next)
	require.ErrorIs(t, err, dedup.ErrMalformed)
	require.ErrorContains(t, err, "entry 7")
	require.Equal(t, uint64(1), next)
}

func TestPorcupineShowsAKey(t *testing.T) {
	var page strings.Builder
	require.NoError(t, linearizability.Visualize(&page, readFile(t, "unfenced-complete"), "orders/1"))
	require.Contains(t, page.String(), "pending, token 2, owner 000000000000000b")
	require.Contains(t, page.String(), "complete token 1")
	page.Reset()
	require.NoError(t, linearizability.Visualize(&page, readFile(t, "right"), "orders/1"))
	require.Contains(t, page.String(), "done, token 1")
	require.ErrorContains(t, linearizability.Visualize(&page, readFile(t, "right"), "nobody's"), `key "nobody's" has no operation`)
}
