package linearizability_test

// Goal: what is written is read back, and what is not a history is refused with
// the line and the reason. Method: a history with one of everything; a table of
// broken files, each one edit away from a good one.

import (
	"bytes"
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

// oneOfEverything is recorded on a clock that ticks with each look.
func oneOfEverything() *linearizability.History {
	ticks := int64(0)
	recorder := linearizability.NewRecorder(linearizability.Header{
		Name: "one of everything", Servers: 3, Clients: []string{"ann", "bob"}, CapacityKeys: 100, Seed: "7",
	}, func() int64 { ticks++; return ticks })
	lost := recorder.Call(linearizability.Operation{Client: 0, Key: "orders/1", CallNumber: linearizability.HexCall(1),
		Arguments: linearizability.Arguments{Kind: linearizability.Claim, Owner: linearizability.HexOwner(9)}})
	kill := recorder.Fault(linearizability.Fault{Fault: "kill", Nodes: []int{2}})
	recorder.Failed(lost, linearizability.Unknown, "outcome unknown")
	batch := recorder.Call(
		linearizability.Operation{Client: 1, Key: "s/0", CallNumber: linearizability.HexCall(2),
			Arguments: linearizability.Arguments{Kind: linearizability.Checkpoint, Owner: linearizability.HexOwner(4), Offset: 5}},
		linearizability.Operation{Client: 1, Key: "a\xff", InCheckpoint: true, CallNumber: linearizability.HexCall(3),
			Arguments: linearizability.Arguments{Kind: linearizability.Claim, Value: new(linearizability.Text(""))}})
	recorder.Answered(batch, linearizability.Answer{Outcome: linearizability.OK, Number: 2, TimeNanos: 1, Token: 2},
		linearizability.Answer{Outcome: linearizability.Won, Number: 3, TimeNanos: 1, ExpiresInMillis: new(linearizability.NeverExpires)})
	recorder.FaultOver(kill, "node 2 stopped")
	recorder.Call(linearizability.Operation{Client: 1, Key: "orders/1", Stale: true, Arguments: linearizability.Arguments{Kind: linearizability.Query}})

	next := uint64(1)
	payload := dedup.AppendClaim(dedup.AppendHeader(nil, 1), dedup.Claim{Call: 1, Owner: 9})
	payload = dedup.AppendCheckpoint(payload, dedup.Checkpoint{Call: 2, Owner: 4, Offset: 5, Claims: []dedup.Claim{{Call: 3, Value: []byte{}}}})
	entry, err := linearizability.EntryOf(2, payload, &next)
	if err != nil || next != 4 {
		panic(err)
	}
	recorder.Log([]linearizability.LogEntry{entry})
	return recorder.History()
}

func written(t *testing.T, h *linearizability.History) string {
	var file bytes.Buffer
	require.NoError(t, linearizability.Write(&file, h))
	return file.String()
}

func TestAHistoryIsReadBackAsItWasWritten(t *testing.T) {
	want := oneOfEverything()
	got, err := linearizability.Read(strings.NewReader(written(t, want)))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestWhatIsNoHistoryIsRefused(t *testing.T) {
	good := written(t, oneOfEverything())
	for _, broken := range []struct{ name, from, to, says string }{
		{"another file", `{"type":"header"`, `{"kind":"header"`, "line 1: malformed history: type \"\", want the header first"},
		{"no JSON", `{"type":"header"`, `header`, "line 1: malformed history: not a JSON object"},
		{"a later format", `"format":1`, `"format":2`, "format 2, want 1"},
		{"a misspelt field", `"call_number"`, `"call_nr"`, `unknown field "call_nr"`},
		{"a kind nobody knows", `"kind":"query"`, `"kind":"look"`, `operation 3: kind "look"`},
		{"an outcome nobody knows", `"outcome":"won"`, `"outcome":"win"`, `operation 2: outcome "win"`},
		{"ids with a gap", `"id":2`, `"id":4`, "operation 2: id 4, want 2"},
		{"a return before the call", `"call":4,"return":5`, `"call":6,"return":5`, "operation 1: returned at 5, before its call at 6"},
		{"neither answer nor error", `"error":"unknown"`, `"door":"http"`, "operation 0: returned with neither"},
		{"a log that nobody announced", `,"log":true`, ``, `no "log": true`},
	} {
		t.Run(broken.name, func(t *testing.T) {
			require.Contains(t, good, broken.from)
			_, err := linearizability.Read(strings.NewReader(strings.Replace(good, broken.from, broken.to, 1)))
			require.ErrorIs(t, err, linearizability.ErrMalformed)
			require.ErrorContains(t, err, broken.says)
		})
	}
}

func TestAnEmptyFileIsNoHistory(t *testing.T) {
	_, err := linearizability.Read(strings.NewReader("\n"))
	require.ErrorIs(t, err, linearizability.ErrMalformed)
}
