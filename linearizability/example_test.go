package linearizability_test

import (
	"fmt"
	"os"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
)

// ExampleRecorder records a claim whose reply is lost, and its repetition, and judges them.
func ExampleRecorder() {
	clock := int64(0)
	recorder := linearizability.NewRecorder(linearizability.Header{Clients: []string{"ann"}}, func() int64 { clock += 1e6; return clock })
	claim := linearizability.Operation{Key: "orders/1", CallNumber: linearizability.HexCall(1),
		Arguments: linearizability.Arguments{Kind: linearizability.Claim, Owner: linearizability.HexOwner(7)}}
	lost := recorder.Call(claim)
	recorder.Failed(lost, linearizability.Unknown, "connection reset")
	claim.CallNumber = linearizability.HexCall(2)
	repeated := recorder.Call(claim)
	recorder.Answered(repeated, linearizability.Answer{Outcome: linearizability.Duplicate, Number: 2, TimeNanos: 5e9, Token: 1})

	// The log says what the lost call did: it won.
	next := uint64(1)
	payload := dedup.AppendClaim(dedup.AppendHeader(nil, 5e9), dedup.Claim{Call: 1, Owner: 7})
	payload = dedup.AppendClaim(payload, dedup.Claim{Call: 2, Owner: 7})
	entry, err := linearizability.EntryOf(2, payload, &next)
	if err != nil {
		fmt.Println(err)
		return
	}
	recorder.Log([]linearizability.LogEntry{entry})

	verdict := linearizability.Judge(recorder.History())
	fmt.Println(verdict.OK)
	fmt.Println(verdict.Violations[0].Check + ": " + verdict.Violations[0].Sentence)
	// Output:
	// false
	// RetrySaysWon: ann's claim of orders/1 at 0.003 s (operation 1) was told DUPLICATE, though the same owner had won with ann's claim of orders/1 at 0.001 s (operation 0) and its window never ends
}

// ExampleRead judges a file.
func ExampleRead() {
	file, err := os.Open("testdata/unfenced-complete.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	history, err := linearizability.Read(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range linearizability.Judge(history).Violations[0].Story {
		fmt.Println(line)
	}
	// Output:
	// operation 1, bob, 0.010 s to 0.015 s: claim of orders/1 (owner 000000000000000b, lease 9000 ms) → WON with token 2 [number 2, log time 3000 ms]
	// operation 2, ann, 0.020 s to 0.025 s: complete of orders/1 (token 1) → OK with token 1 [number 3, log time 4000 ms]
}

// ExampleVerdict_WorthSomething asks of a run that it can show something.
func ExampleVerdict_WorthSomething() {
	verdict := linearizability.Judge(&linearizability.History{Header: linearizability.Header{Format: linearizability.FormatVersion}})
	fmt.Println(verdict.OK)
	fmt.Println(verdict.WorthSomething(linearizability.Least{Answered: 100}))
	fmt.Println(verdict.Violations[0].Sentence)
	// Output:
	// true
	// false
	// 0 operations were answered, and 100 are needed for the run to show anything
}

// ExampleWrite writes a history of nothing but its header.
func ExampleWrite() {
	history := &linearizability.History{Header: linearizability.Header{Servers: 3, Seed: "42"}}
	if err := linearizability.Write(os.Stdout, history); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"header","format":1,"servers":3,"seed":"42"}
}
