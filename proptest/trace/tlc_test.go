package trace_test

// Goal: TLC and the validator take what was recorded, and stop where a record is no step. Method: a run with crashes as it was
// recorded, and copies of it with one record altered each, all in one run of TLC.

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/tla"
)

func replayer(t *testing.T) trace.Replayer {
	return trace.Replayer{Jar: tlctest.Jar(t, "../.."), SpecDir: "../../spec", Timeout: 10 * time.Minute}
}

// alterations are what may be wrong with one record; each returns false for a record that it can't be done to.
var alterations = map[string]func(r *trace.Record) bool{
	"term":      func(r *trace.Record) bool { r.After.CurrentTerm++; return true },
	"vote":      func(r *trace.Record) bool { r.After.VotedFor = r.After.VotedFor%3 + 1; return true },
	"role":      func(r *trace.Record) bool { r.After.Role = r.After.Role%3 + 1; return true },
	"log":       func(r *trace.Record) bool { r.After.LastIndex++; return true },
	"last term": func(r *trace.Record) bool { r.After.LastTerm++; return true },
	"commit":    func(r *trace.Record) bool { r.After.CommitIndex++; return true },
	"durable":   func(r *trace.Record) bool { r.After.DurableIndex++; return true },
	"pending":   func(r *trace.Record) bool { r.After.Pending++; return true },
	"votes":     func(r *trace.Record) bool { r.After.VotesGranted ^= protocol.Nodes(1); return true },
	"read":      func(r *trace.Record) bool { r.After.ReadID++; return true },
	"index":     func(r *trace.Record) bool { r.After.ReadIndex++; return true },
	"next":      func(r *trace.Record) bool { r.After.NextIndex++; return r.After.Peer != 0 },
	"match":     func(r *trace.Record) bool { r.After.MatchIndex++; return r.After.Peer != 0 },
	"acked":     func(r *trace.Record) bool { r.After.ReadAcked++; return r.After.Peer != 0 },
	"whole":     func(r *trace.Record) bool { return alterWhole(r) },
	"message":   func(r *trace.Record) bool { return alterMessage(r) },
	"unsent": func(r *trace.Record) bool {
		n := len(r.Sent)
		r.Sent = nil
		return n > 0 && r.Count > 0 // what was sent before, too, as empty appends and their answers are, is no other step to TLC
	},
	"sent": func(r *trace.Record) bool {
		r.Sent = append(r.Sent, protocol.Message{Type: protocol.TimeoutNow, From: r.Node, To: r.Node%3 + 1, Term: 99})
		return true
	},
	"sender": func(r *trace.Record) bool { r.Node = r.Node%3 + 1; return true },
}

func alterWhole(r *trace.Record) bool {
	if r.Whole == nil {
		return false
	}
	whole := *r.Whole
	whole.Disk.Commit++
	r.Whole = &whole
	return true
}

func alterMessage(r *trace.Record) bool {
	if r.Message == nil {
		return false
	}
	m := *r.Message
	m.Term++
	r.Message = &m
	return true
}

// altered is a run with something else in its first record from place k on to which that can be done; which is returned.
func altered(t *testing.T, file []byte, k int, alter func(*trace.Record) bool) ([]trace.Step, int) {
	run := load(t, file)
	for ; ; k++ {
		kept := run.Records[k]
		if alter(&run.Records[k]) {
			break
		}
		run.Records[k] = kept
	}
	steps := make([]trace.Step, 0, len(run.Records))
	for n := range run.Records {
		steps = append(steps, trace.Step{Record: &run.Records[n]})
	}
	return steps, k
}

func TestWhatWasRecordedIsTakenAndNothingElse(t *testing.T) {
	r := replayer(t)
	raft, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(raft, ofThree)
	require.NoError(t, err)
	file := recorded(t, "power", 1, nil)
	steps, err := load(t, file).Steps()
	require.NoError(t, err)
	const most = 400
	runs, names, stop := [][]trace.Step{steps[:min(1500, len(steps))]}, []string{"as recorded"}, []int{min(1500, len(steps))}
	for name, alter := range alterations {
		steps, k := altered(t, file, 150, alter)
		runs, names, stop = append(runs, steps[:most]), append(names, name), append(stop, k)
	}
	came, err := r.Replay(t.Context(), ofThree, runs)
	require.NoError(t, err)
	for k, name := range names {
		require.Equal(t, stop[k], came[k], "TLC: %s", name)
		took, err := v.Validate(runs[k])
		require.Equal(t, stop[k], took, name)
		if stop[k] < len(runs[k]) {
			var rejection *trace.Rejection
			require.ErrorAs(t, err, &rejection, name)
			require.Equal(t, runs[k][took], rejection.Step, name)
			require.Regexp(t, `is false`, rejection.Why[0], name)
			require.Contains(t, rejection.Last, "currentTerm = ")
			continue
		}
		require.NoError(t, err)
	}
}

// TLC's network is a set, to which a message that is sent again adds nothing. The validator looks at what each step sent.
func TestWhatIsSentAgainIsLookedAtToo(t *testing.T) {
	r := replayer(t)
	raft, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(raft, ofThree)
	require.NoError(t, err)
	run := load(t, recorded(t, "links", 301, nil))
	before, tried := map[string]bool{}, map[string]int{}
	for k := range run.Records {
		record := run.Records[k]
		again := len(record.Sent) > 0
		for _, m := range record.Sent {
			again = again && before[m.String()]
			before[m.String()] = true
		}
		if tried[record.Name] >= 5 || !again {
			continue
		}
		tried[record.Name]++
		for what, sent := range map[string][]protocol.Message{"silence": nil, "another": run.Records[firstSent(t, run, record.Node)].Sent} {
			run.Records[k].Sent = sent
			steps, err := run.Steps()
			require.NoError(t, err)
			took, err := v.Validate(steps)
			var rejection *trace.Rejection
			require.ErrorAs(t, err, &rejection, "%s instead of %v", what, &record)
			require.Equal(t, record.Number, steps[took].Number, "%s instead of %v", what, &record)
		}
		run.Records[k] = record
	}
	for _, name := range []string{"HandleAppendEntries", "ConfirmTerm", "HandleConfirmTerm", "PreVote"} {
		require.NotZero(t, tried[name], "%s never sent what it had sent before", name)
	}
}

// firstSent is the first record with which a node sent something.
func firstSent(t *testing.T, run *trace.Run, node protocol.NodeID) int {
	k := slices.IndexFunc(run.Records, func(r trace.Record) bool { return r.Node == node && len(r.Sent) > 0 })
	require.GreaterOrEqual(t, k, 0)
	return k
}
