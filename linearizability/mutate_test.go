package linearizability_test

// Goal: porcupine never speaks alone of a history whose calls the log all has: what the log
// explains, some order explains. And it does speak: of most of what the witness finds. Method:
// thousands of small histories of the state machine, each with a few random changes.

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var outcomes = []linearizability.Outcome{linearizability.Won, linearizability.Duplicate, linearizability.InProgress, linearizability.OK,
	linearizability.Fenced, linearizability.NotFound, linearizability.Absent, linearizability.Full, linearizability.Mismatch}

// change alters one thing that a history says.
func change(draw *rand.Rand, h *linearizability.History) {
	if len(h.Operations) == 0 {
		return
	}
	o := &h.Operations[draw.IntN(len(h.Operations))]
	other := &h.Operations[draw.IntN(len(h.Operations))]
	if draw.IntN(5) == 0 {
		shift(draw, o)
		return
	}
	if o.Answer == nil || other.Answer == nil {
		return
	}
	a := *o.Answer
	o.Answer = &a
	switch draw.IntN(7) {
	case 0:
		a.Outcome = outcomes[draw.IntN(len(outcomes))]
	case 1:
		a.Number = uint64(max(0, int64(a.Number)+draw.Int64N(7)-3))
	case 2:
		a.TimeNanos += uint64(draw.Int64N(100_000_000))
	case 3:
		a.Token = 1 + draw.Uint64N(20)
	case 4:
		a.Replayed = !a.Replayed
	case 5:
		a.Number, a.TimeNanos = other.Answer.Number, other.Answer.TimeNanos
	default:
		b := *other.Answer
		o.Answer, other.Answer = &b, &a
	}
}

// shift moves a call or a return.
func shift(draw *rand.Rand, o *linearizability.Operation) {
	by := draw.Int64N(40_000)
	switch {
	case o.Return == nil:
		o.Call += by
	case draw.IntN(2) == 0:
		o.Call += by
		o.Return = new(max(o.Call, *o.Return))
	default:
		o.Return = new(max(o.Call, *o.Return-by))
	}
}

// small is a history of few operations, with changes.
func small(seed uint64, changes int) *linearizability.History {
	draw := rand.New(rand.NewPCG(seed, 11))
	h := play(workload{seed: seed, rounds: 10 + draw.IntN(80), clients: 1 + draw.IntN(5), keys: 1 + draw.IntN(2),
		capacityKeys: 100, cells: 1000, withoutLog: seed%2 == 0})
	for range changes {
		change(draw, h)
	}
	return h
}

func TestWhatPorcupineFindsIsFoundAndItFindsMost(t *testing.T) {
	both, witness := 0, 0
	const histories = 1800
	for seed := range uint64(histories) {
		h := small(seed, 1+int(seed%4))
		v := linearizability.Judge(h)
		require.Zero(t, v.Porcupine.LeftOut, "seed %d", seed)
		if v.Porcupine.Result == linearizability.Rejected {
			require.True(t, slices.ContainsFunc(v.Violations, isNotPorcupines), "seed %d: %s", seed, account(v))
			both++
		}
		if v.Witness.Result == linearizability.Rejected {
			witness++
		}
		if !v.OK {
			requireStories(t, h, v)
		}
	}
	require.Greater(t, witness, histories/5, "most changes showed nothing")
	require.Less(t, witness, histories*9/10, "no change was harmless")
	require.Greater(t, both, witness/2, "changes of answers are for porcupine too, those of numbers and times are not")
}

func isNotPorcupines(v linearizability.Violation) bool {
	return v.Check != linearizability.CheckPorcupine
}

// requireStories: what is told is of the history, and no longer than it has to be.
func requireStories(t *testing.T, h *linearizability.History, v *linearizability.Verdict) {
	for _, violation := range v.Violations {
		require.NotEmpty(t, violation.Sentence)
		if isNotPorcupines(violation) { // which has to tell of all that may have changed something
			require.LessOrEqual(t, len(violation.Operations), 8, "%s", account(v))
		}
		for _, id := range violation.Operations {
			require.Less(t, id, len(h.Operations))
		}
	}
}

func TestJudgeChangesNothing(t *testing.T) {
	h := play(workload{seed: 3, rounds: 300, clients: 4, keys: 2, capacityKeys: 4, cells: 10})
	before := written(t, h)
	linearizability.Judge(h)
	require.Equal(t, before, written(t, h))
}

// seededBugs are what a service could do wrong, done to the history of one that
// did not: each returns whether it found a place for it.
var seededBugs = []struct {
	name   string
	caught string // by this direct check at least; "": by the judges
	plant  func(draw *rand.Rand, h *linearizability.History) bool
}{
	{"two are told that they won", "ExactlyOneWinner", func(draw *rand.Rand, h *linearizability.History) bool {
		return alter(draw, h, linearizability.Duplicate, func(a *linearizability.Answer) { a.Outcome, a.Replayed = linearizability.Won, true })
	}},
	{"a won repeat is told duplicate", "RetrySaysWon", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool {
			return o.Answer.Outcome == linearizability.Won && o.Answer.Replayed && !o.InCheckpoint
		},
			func(a *linearizability.Answer) { a.Outcome, a.Replayed = linearizability.Duplicate, false })
	}},
	{"a fenced completion succeeds", "FencedCompletion", func(draw *rand.Rand, h *linearizability.History) bool {
		return alter(draw, h, linearizability.Fenced, func(a *linearizability.Answer) { a.Outcome = linearizability.OK })
	}},
	{"a standing record is told absent", "NoSilentForget", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool { return o.Answer.Outcome == linearizability.Done && !o.Stale },
			func(a *linearizability.Answer) { *a = absent(a) })
	}},
	{"a token twice", "TokensRise", func(draw *rand.Rand, h *linearizability.History) bool {
		var last uint64
		return alterIf(draw, h, func(o *linearizability.Operation) bool {
			fresh := o.Answer.Outcome == linearizability.Won && !o.Answer.Replayed
			if fresh && last == 0 {
				last = o.Answer.Token
				return false
			}
			return fresh
		}, func(a *linearizability.Answer) { a.Token = last })
	}},
	{"a window shorter than asked for", "NeverEarly", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool {
			return o.Answer.Outcome == linearizability.Won && !o.Answer.Replayed && o.TTLMillis > 1
		}, func(a *linearizability.Answer) { a.ExpiresInMillis = new(*a.ExpiresInMillis - 1) })
	}},
	{"full without need", "FullMeansFull", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool {
			return o.Answer.Outcome == linearizability.Won && !o.Answer.Replayed && !o.InCheckpoint
		}, func(a *linearizability.Answer) { a.Outcome = linearizability.Full })
	}},
	{"a stale read of another world", "ReadsTellWhatWas", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool { return o.Stale && o.Answer.Outcome == linearizability.Done },
			func(a *linearizability.Answer) { *a = absent(a) })
	}},
	{"an answer that the log lacks", "Log", func(draw *rand.Rand, h *linearizability.History) bool {
		i := slices.IndexFunc(h.Operations, func(o linearizability.Operation) bool { return o.Answer != nil && !o.Stale && !o.Kind.Reads() })
		if i < 0 {
			return false
		}
		h.Operations[i].CallNumber = "never drawn"
		return true
	}},
	{"a stock client is told OK for a key that is held", "", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterAny(draw, h, func(o *linearizability.Operation) bool {
			return o.Answer.Outcome == linearizability.Lost && isOnly(h, o)
		},
			func(a *linearizability.Answer) { a.Outcome = linearizability.Won })
	}},
	{"a response of another", "", func(draw *rand.Rand, h *linearizability.History) bool {
		return alterIf(draw, h, func(o *linearizability.Operation) bool {
			return o.Answer.Outcome == linearizability.Duplicate && o.Answer.Value != nil
		},
			func(a *linearizability.Answer) { a.Value = new(linearizability.Text("another")) })
	}},
}

// isOnly reports that no other operation of a stock client can be taken for o in the log.
func isOnly(h *linearizability.History, o *linearizability.Operation) bool {
	alike := 0
	for i := range h.Operations {
		if p := &h.Operations[i]; p.Door == o.Door && p.Kind == o.Kind && p.Key == o.Key && *p.Value == *o.Value {
			alike++
		}
	}
	return alike == 1
}

func absent(a *linearizability.Answer) linearizability.Answer {
	return linearizability.Answer{Outcome: linearizability.Absent, Number: a.Number, TimeNanos: a.TimeNanos, TimeMillis: a.TimeMillis}
}

func alter(draw *rand.Rand, h *linearizability.History, from linearizability.Outcome, do func(*linearizability.Answer)) bool {
	return alterIf(draw, h, func(o *linearizability.Operation) bool { return o.Answer.Outcome == from && !o.InCheckpoint }, do)
}

// alterIf does something to one answer that fits, of a client that knows its call number.
func alterIf(draw *rand.Rand, h *linearizability.History, fits func(*linearizability.Operation) bool, do func(*linearizability.Answer)) bool {
	return alterAny(draw, h, func(o *linearizability.Operation) bool { return o.Door != "redis" && fits(o) }, do)
}

func alterAny(draw *rand.Rand, h *linearizability.History, fits func(*linearizability.Operation) bool, do func(*linearizability.Answer)) bool {
	var places []int
	for i := range h.Operations {
		if h.Operations[i].Answer != nil && fits(&h.Operations[i]) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return false
	}
	o := &h.Operations[places[draw.IntN(len(places))]]
	a := *o.Answer
	do(&a)
	o.Answer = &a
	return true
}

func TestSeededBugsAreCaught(t *testing.T) {
	for _, bug := range seededBugs {
		t.Run(bug.name, func(t *testing.T) {
			planted, caught := 0, 0
			for seed := range uint64(200) {
				h := play(workload{seed: seed, rounds: 150, clients: 4, keys: 2, capacityKeys: 100, cells: 1000})
				if !bug.plant(rand.New(rand.NewPCG(seed, 5)), h) {
					continue
				}
				planted++
				v := linearizability.Judge(h)
				require.False(t, v.OK, "seed %d", seed)
				if bug.caught == "" || slices.Contains(failing(v), bug.caught) {
					caught++
				}
			}
			require.Greater(t, planted, 20)
			require.Greater(t, caught, planted*9/10, "%s says nothing", bug.caught)
		})
	}
}

func TestAnyHistoryIsJudgedWithoutPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := play(workloads.Draw(t, "workload"))
		draw := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "changes"), 3))
		for range rapid.IntRange(0, 30).Draw(t, "how many") {
			change(draw, h)
		}
		v := linearizability.Judge(h)
		require.Equal(t, v.OK, len(v.Violations) == 0)
	})
}

// A key with too many calls is the witness's alone, and the verdict says so.
func TestLongHistoriesAreLeftToTheWitness(t *testing.T) {
	rejected := 0
	const histories = 18
	for seed := range uint64(histories) {
		draw := rand.New(rand.NewPCG(seed, 13))
		h := play(workload{seed: seed, rounds: 6000, clients: 200, keys: 1, capacityKeys: 100, cells: 1000, withoutLog: seed%4 == 0})
		v := linearizability.Judge(h)
		require.True(t, v.OK, "seed %d: %s", seed, account(v))
		require.Greater(t, v.Witness.Operations, 900)
		require.Positive(t, v.Porcupine.LeftOut)
		require.False(t, v.WorthSomething(linearizability.Least{Searched: true}))
		for range seed % 3 {
			change(draw, h)
		}
		v = linearizability.Judge(h)
		require.NotEqual(t, linearizability.OutOfTime, v.Porcupine.Result)
		if v.Witness.Result == linearizability.Rejected {
			rejected++
			requireStories(t, h, v)
		}
	}
	require.Greater(t, rejected, 3)
	require.Less(t, rejected, histories)
}
