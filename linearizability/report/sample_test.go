// Goal: histories that look like real ones, for the tests of this package and for
// looking at pages by eye. Method: clients draw calls, faults slow them, cut their
// replies off or refuse them; a small table answers in the order in which the calls
// took effect. Same seed, same history.
package report_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// sampleRun says what to draw.
type sampleRun struct {
	clients, nodes, keys, calls int
	span                        time.Duration
	faults                      int
	seed                        uint64
}

type sampleRecord struct {
	token uint64
	done  bool
	owner string
}

type sampleCall struct {
	operation linearizability.Operation
	applied   int64 // ns; -1: never
}

// sampleHistory draws a history and the verdict that a judge would give.
func sampleHistory(s sampleRun) (*linearizability.History, *linearizability.Verdict) {
	rng := rand.New(rand.NewPCG(s.seed, 1))
	h := &linearizability.History{Header: linearizability.Header{
		Format: linearizability.FormatVersion, Name: fmt.Sprintf("real-%d-nodes-%d", s.nodes, s.seed), Version: "semel 0.1",
		Start: "2026-11-24T01:02:03Z", Servers: s.nodes, Seed: fmt.Sprint(s.seed), Log: true, CapacityKeys: 1 << 20,
		Replay: fmt.Sprintf("go test ./proptest/cluster -run TestRealReplicas -seed %d -servers %d", s.seed, s.nodes),
	}}
	h.Faults = sampleFaults(rng, s)
	for c := range s.clients {
		h.Header.Clients = append(h.Header.Clients, fmt.Sprintf("client-%d", c+1))
	}
	h.Operations = answered(rng, sampleCalls(rng, s, h.Faults))
	return h, sampleVerdict(h)
}

var sampleWords = []string{"kill", "power loss", "partition", "slow disk", "clock jump", "lost reply"}

func sampleFaults(rng *rand.Rand, s sampleRun) []linearizability.Fault {
	var faults []linearizability.Fault
	for i := range s.faults {
		from := int64(s.span)/int64(s.faults+1)*int64(i+1) - rng.Int64N(int64(s.span)/int64(4*s.faults+4))
		until := from + int64(s.span)/int64(3*s.faults) + rng.Int64N(int64(s.span)/int64(4*s.faults))
		f := linearizability.Fault{ID: i, Fault: sampleWords[i%len(sampleWords)], From: from, Until: &until, Nodes: []int{1 + rng.IntN(s.nodes)}}
		switch f.Fault {
		case "power loss":
			f.Nodes = nil
			f.Effect = fmt.Sprintf("%d unsynced records lost", rng.IntN(9))
		case "clock jump":
		default:
			f.Effect = fmt.Sprintf("node %d met it %d times", f.Nodes[0], 1+rng.IntN(40))
		}
		faults = append(faults, f)
	}
	return faults
}

func sampleCalls(rng *rand.Rand, s sampleRun, faults []linearizability.Fault) []sampleCall {
	var calls []sampleCall
	kinds := []linearizability.Kind{
		linearizability.Claim, linearizability.Claim, linearizability.Claim, linearizability.Claim, linearizability.Complete,
		linearizability.Complete, linearizability.Release, linearizability.Extend, linearizability.Query, linearizability.Query, linearizability.Put, linearizability.Forget,
	}
	each := s.calls / s.clients
	batch := 0
	for c := range s.clients {
		now := rng.Int64N(int64(s.span) / int64(each))
		for range each {
			took := int64(float64(time.Millisecond) * (0.3 + rng.ExpFloat64()*1.2))
			trouble := slices.ContainsFunc(faults, func(f linearizability.Fault) bool { return now >= f.From && now <= *f.Until && f.Fault != "clock jump" })
			if trouble {
				took *= 1 + rng.Int64N(40)
			}
			op := linearizability.Operation{Client: c, Node: 1 + rng.IntN(s.nodes), Door: []string{"service", "http", "redis"}[rng.IntN(3)], Call: now}
			op.Kind = kinds[rng.IntN(len(kinds))]
			op.Key = linearizability.Text(fmt.Sprintf("orders/%04d", int(float64(s.keys)*rng.Float64()*rng.Float64())))
			op.Owner = fmt.Sprintf("%016x", rng.Uint64())
			back := now + took
			op.Return = &back
			call := sampleCall{op, now + rng.Int64N(took)}
			if roll := rng.IntN(100); trouble && roll < 12 {
				call.end(rng, roll)
			}
			items := 1
			if op.Kind == linearizability.Claim && rng.IntN(12) == 0 {
				items = 2 + rng.IntN(5)
				batch++
			}
			for i := range items {
				item := call
				if items > 1 {
					item.operation.Batch = batch
					item.operation.Key = linearizability.Text(fmt.Sprintf("orders/%04d", rng.IntN(s.keys)))
					item.applied = min(call.applied, call.applied+int64(i))
				}
				item.operation.CallNumber = fmt.Sprintf("%016x", rng.Uint64())
				calls = append(calls, item)
			}
			now = back + rng.Int64N(2*int64(s.span)/int64(each))
		}
	}
	return calls
}

// end lets a call end without an answer.
func (c *sampleCall) end(rng *rand.Rand, roll int) {
	switch {
	case roll < 3:
		c.operation.Error, c.operation.ErrorText, c.applied = linearizability.NotApplied, "overloaded: try again", -1
	case roll < 8:
		c.operation.Error, c.operation.ErrorText = linearizability.Unknown, "deadline passed"
	default:
		c.operation.Return = nil
	}
	if rng.IntN(2) == 0 {
		c.applied = -1
	}
}

// answered gives each call what the table says when it took effect.
func answered(rng *rand.Rand, calls []sampleCall) []linearizability.Operation {
	slices.SortStableFunc(calls, func(a, b sampleCall) int { return cmp.Compare(a.applied, b.applied) })
	table := map[linearizability.Text]sampleRecord{}
	var number uint64
	for i := range calls {
		if calls[i].applied >= 0 {
			answer(rng, &calls[i].operation, table, &number)
		}
	}
	slices.SortStableFunc(calls, func(a, b sampleCall) int { return cmp.Compare(a.operation.Call, b.operation.Call) })
	var operations []linearizability.Operation
	for i, c := range calls {
		c.operation.ID = i
		operations = append(operations, c.operation)
	}
	return operations
}

func answer(rng *rand.Rand, op *linearizability.Operation, table map[linearizability.Text]sampleRecord, number *uint64) {
	record, stands := table[op.Key]
	a := &linearizability.Answer{TimeNanos: 1764000000e9 + uint64(op.Call), Token: record.token}
	if !op.Kind.Reads() {
		*number++
	}
	a.Number = *number
	age, retry := rng.Int64N(9000), rng.Int64N(2000)
	switch op.Kind {
	case linearizability.Claim:
		op.LeaseMillis = uint64(rng.IntN(3)) * 1000
		switch {
		case !stands:
			a.Outcome, a.Token = linearizability.Won, *number
			table[op.Key] = sampleRecord{*number, op.LeaseMillis == 0, op.Owner}
		case record.done:
			a.Outcome, a.AgeMillis = linearizability.Duplicate, &age
		default:
			a.Outcome, a.RetryAfterMillis = linearizability.InProgress, &retry
		}
	case linearizability.Query:
		a.Outcome, a.Owner = linearizability.Absent, record.owner
		if stands {
			a.Outcome = linearizability.Pending
			if record.done {
				a.Outcome = linearizability.Done
			}
		}
	case linearizability.Put:
		a.Outcome, a.Token = linearizability.OK, *number
		table[op.Key] = sampleRecord{*number, true, ""}
	case linearizability.Forget:
		a.Outcome = linearizability.NotFound
		if stands {
			a.Outcome = linearizability.OK
		}
		delete(table, op.Key)
	default:
		op.Token = record.token + uint64(rng.IntN(2)*rng.IntN(5))
		a.Outcome = fencedAnswer(op, record, stands, table)
	}
	if op.Error == "" && op.Return != nil {
		op.Answer = a
	}
}

func fencedAnswer(op *linearizability.Operation, record sampleRecord, stands bool, table map[linearizability.Text]sampleRecord) linearizability.Outcome {
	switch {
	case !stands:
		return linearizability.NotFound
	case op.Token != record.token:
		return linearizability.Fenced
	case record.done:
		return linearizability.Completed
	}
	switch op.Kind {
	case linearizability.Release:
		delete(table, op.Key)
	case linearizability.Complete:
		record.done = true
		table[op.Key] = record
	}
	return linearizability.OK
}

// sampleVerdict is that of a judge who is content.
func sampleVerdict(h *linearizability.History) *linearizability.Verdict {
	v := &linearizability.Verdict{OK: true, Stats: linearizability.Stats{
		Operations: len(h.Operations), Clients: len(h.Header.Clients), Kinds: map[string]int{}, Doors: map[string]int{"http": 1, "redis": 1, "service": 1},
		Span: time.Duration(h.Operations[len(h.Operations)-1].Call), Elapsed: 1840 * time.Millisecond, MostOverlapping: 7,
	}}
	keys := map[linearizability.Text]bool{}
	for _, op := range h.Operations {
		keys[op.Key] = true
		v.Stats.Kinds[string(op.Kind)]++
		switch {
		case op.Answer != nil:
			v.Stats.Answered++
		case op.Error == linearizability.NotApplied:
			v.Stats.NotApplied++
		case op.Error == linearizability.Unknown:
			v.Stats.Unknown++
		default:
			v.Stats.Open++
		}
	}
	for _, f := range h.Faults {
		if f.Effect != "" {
			v.Stats.FaultsInEffect++
		}
	}
	v.Stats.Keys, v.Stats.ContendedKeys, v.Stats.Entries = len(keys), len(keys)*2/3, len(h.Operations)/3
	v.Stats.TookEffect = (v.Stats.Open + v.Stats.Unknown) / 2
	engine := linearizability.EngineResult{Result: linearizability.Accepted, Operations: len(h.Operations), Keys: len(keys), Elapsed: 1200 * time.Millisecond}
	v.Porcupine, v.Witness = engine, engine
	for i, c := range [][2]string{
		{"ExactlyOneWinner", "For as long as a key's window lasts, exactly one execution is told that it won."},
		{"RetrySaysWon", "An execution that repeats its call after a lost reply is told that it won, with the same token."},
		{"DuplicateImpliesWin", "Nobody is told duplicate unless somebody won."},
		{"FencedCompletion", "Whoever was overtaken cannot complete."},
		{"NeverEarly", "No window ends early."},
		{"TokensRise", "Of two wins of a key the later one has the higher token."},
		{"NoSilentForget", "What was won stands until it expires, is released or forgotten."},
		{"SameLogSameState", "All replicas that applied the same log hold the same bytes."},
	} {
		v.Checks = append(v.Checks, linearizability.CheckResult{Name: c[0], Promise: c[1], OK: true, Examined: len(h.Operations) / (i + 2) * min(1, 7-i)})
	}
	return v
}

// breakRun has somebody win a key that has been won, and lets the verdict say so.
func breakRun(h *linearizability.History, v *linearizability.Verdict) {
	var winner, second, read int
	for i, op := range h.Operations {
		isClaim := op.Kind == linearizability.Claim && op.Answer != nil && op.Batch == 0
		if winner == 0 && isClaim && op.Answer.Outcome == linearizability.Won && i > len(h.Operations)/3 {
			winner = i
		}
		if winner != 0 && i > winner && op.Key == h.Operations[winner].Key {
			if second == 0 && isClaim && op.Answer.Outcome != linearizability.Won {
				second = i
			} else if second != 0 && op.Return == nil && read == 0 {
				read = i
			}
		}
	}
	op := &h.Operations[second]
	op.Answer = &linearizability.Answer{Outcome: linearizability.Won, Number: op.Answer.Number, TimeNanos: op.Answer.TimeNanos, Token: op.Answer.Number}
	key := string(op.Key)
	v.OK = false
	v.Checks[0].OK, v.Checks[0].Found = false, 1
	v.Porcupine.Result, v.Porcupine.BadKeys = linearizability.Rejected, []string{key}
	v.Witness.Result, v.Witness.BadKeys = linearizability.Rejected, []string{key}
	v.Violations = []linearizability.Violation{
		{Check: "ExactlyOneWinner", Key: key, Operations: []int{winner, second},
			Sentence: fmt.Sprintf("Two executions were told that they won %s while one window lasted: the first was neither released nor forgotten, and its window had not ended.", key),
			Story: []string{
				fmt.Sprintf("operation %d, client-3, 2.593 s to 2.606 s: claim → WON with token 131", winner), "number 140: extend, token 131 → only the log knows of it",
				fmt.Sprintf("operation %d, client-2, 3.199 s to 3.201 s: claim → WON with token 147", second),
			}},
		{Check: "Porcupine", Key: key, Operations: []int{winner, second, read}, Sentence: "No order of these operations explains all their answers."},
	}
}
