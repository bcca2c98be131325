package linearizability_test

// Goal: every check can fail, and says why in words. Method: histories broken by
// hand, a few lines each, in testdata; each names the checks that must fail, and
// no other may.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

func readFile(t *testing.T, name string) *linearizability.History {
	f, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	require.NoError(t, err)
	defer f.Close()
	h, err := linearizability.Read(f)
	require.NoError(t, err)
	return h
}

const (
	accepted   = linearizability.Accepted
	rejected   = linearizability.Rejected
	notReached = linearizability.NotReached
)

var brokenByHand = []struct {
	file   string
	checks string // direct checks that fail, and no other

	porcupine, witness linearizability.Result
	says               string
}{
	{"right", "", accepted, accepted, ""},
	{"a-read-not-applied", "", accepted, accepted, ""},

	{"two-winners", "ExactlyOneWinner", rejected, rejected, "bob's claim of orders/1 at 0.010 s (operation 1) was told WON, though ann's claim of orders/1 at 0.000 s (operation 0) had won and its window never ends"},
	{"lease-stolen", "ExactlyOneWinner NeverEarly", rejected, rejected, "though ann's claim of orders/1 at 0.000 s (operation 0) holds it and its lease has 7000 ms to go"},
	{"retry-told-duplicate", "RetrySaysWon", rejected, rejected, "was told DUPLICATE, though the same owner had won"},
	{"lost-reply-told-duplicate", "RetrySaysWon", rejected, rejected, "was told DUPLICATE, though the same owner had won"},
	{"duplicate-without-win", "DuplicateImpliesWin", rejected, rejected, "was told DUPLICATE, though nobody had won"},
	{"in-progress-without-win", "DuplicateImpliesWin", rejected, rejected, "what had stood was given up by ann's release"},
	{"unfenced-complete", "FencedCompletion", rejected, rejected, "with token 1 was told OK, though bob's claim of orders/1 at 0.010 s (operation 1) had won with token 2"},
	{"window-too-short", "NeverEarly", accepted, rejected, "asked for a window of 60000 ms and was told one of 5000 ms"},
	{"expired-early", "NeverEarly NoSilentForget", rejected, rejected, "as if the window were over, though ann's claim of orders/1 at 0.000 s (operation 0) had won and its window has 30000 ms to go"},
	{"token-reuse", "TokensRise", accepted, rejected, "were both given token 1"},
	{"forgotten", "NoSilentForget", rejected, rejected, "was told ABSENT, as if nothing stood"},
	{"won-again-after-eviction", "ExactlyOneWinner NoSilentForget", rejected, rejected, "was told WON, as if nothing stood"},
	{"full-with-room", "FullMeansFull", accepted, accepted, "was told FULL, and there was room: 1 of 2 keys"},
	{"room-that-is-not-there", "FullMeansFull", accepted, accepted, "was given room, and there was none: 2 of 2 keys"},
	{"numbers-against-time", "TokensRise OneOrder", accepted, accepted, "and yet its number is 2, and that of the later call 1"},
	{"numbers-against-time-on-one-key", "OneOrder", rejected, rejected, "had returned before another was called, and yet stands behind it"},
	{"log-time-goes-back", "OneOrder", accepted, accepted, "has log time 4000000000, though that had come to 5000000000"},
	{"stale-read-of-what-never-was", "ReadsTellWhatWas", accepted, accepted, "was told ABSENT, and had to be told DONE with token 1"},
	{"get-misses-a-set", "ReadsTellWhatWas", rejected, accepted, "whenever it ran between its call and its return"},
	{"answered-and-lost", "Log", accepted, accepted, "was answered, but the log does not have it"},
	{"not-applied-and-applied", "Log", accepted, accepted, "was told that it was not applied, and the log has it as number 1"},
	{"applied-twice", "", accepted, notReached, "call 01 is in the log twice"},
	{"another-number", "Log", accepted, rejected, "it was told number 2, and is number 1 of the log"},
	{"batch-out-of-order", "Log", accepted, accepted, "does not stand right behind the item before it in its batch"},
	{"open-without-log", "", accepted, notReached, "without the log nobody can tell what it did"},

	// What only the witness sees, of the judges: it knows the log.
	{"half-a-checkpoint", "", accepted, rejected, "was told WON, and had to be told STALE: that is what its checkpoint was told"},
	// What only porcupine sees: the log hides it, or has nothing to say of it.
	{"explained-by-nobody", "", rejected, accepted, "no order explains that bob's claim of orders/1 at 0.010 s (operation 1) was told WON with token 3, beside what other clients of orders/1 were told"},
	{"forged-for-a-stock-client", "", rejected, accepted, "(operation 2) was told LOST, beside"},
	{"not-applied-and-seen", "", rejected, accepted, `was told DONE and "x1", beside`},
	{"reads-go-back", "", rejected, accepted, "(operation 2) was told NONE, beside"},
	{"won-without-the-log", "", rejected, notReached, "was told WON with token 2, beside"},

	// What both models see, and no promise speaks of.
	{"other-fingerprint-won", "", rejected, rejected, "was told IN_PROGRESS, and had to be told MISMATCH"},
	{"another-response", "", rejected, rejected, `was told the value "refused", and had to be told "paid"`},
}

func TestAHistoryBrokenByHandFailsWhatItBreaks(t *testing.T) {
	for _, broken := range brokenByHand {
		t.Run(broken.file, func(t *testing.T) {
			v := linearizability.Judge(readFile(t, broken.file))
			right := broken.checks == "" && broken.porcupine == accepted && broken.witness == accepted
			require.Equal(t, right, v.OK, account(v))
			require.Equal(t, broken.checks, strings.Join(failing(v), " "))
			require.Equal(t, broken.porcupine, v.Porcupine.Result, account(v))
			require.Equal(t, broken.witness, v.Witness.Result, account(v))
			require.Contains(t, account(v), broken.says)
		})
	}
}

// Each of the two finds what the other one accepts: a copy of the other's verdict in place of either fails the table above.
func TestNeitherJudgeIsACopyOfTheOther(t *testing.T) {
	onlyPorcupine, onlyWitness := 0, 0
	for _, broken := range brokenByHand {
		switch {
		case broken.porcupine == rejected && broken.witness == accepted:
			onlyPorcupine++
		case broken.witness == rejected && broken.porcupine == accepted:
			onlyWitness++
		}
	}
	require.GreaterOrEqual(t, onlyPorcupine, 4)
	require.GreaterOrEqual(t, onlyWitness, 4)
}

// failing are the direct checks that fail.
func failing(v *linearizability.Verdict) (names []string) {
	for _, c := range v.Checks {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return names
}

func TestEveryFileAndEveryDirectCheckIsInTheTable(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(t, err)
	require.Len(t, brokenByHand, len(files))

	alone := map[string]bool{}
	for _, broken := range brokenByHand {
		alone[broken.checks] = true
	}
	for _, c := range linearizability.Judge(readFile(t, "right")).Checks {
		require.True(t, alone[c.Name], "no history fails %s and nothing else", c.Name)
	}
}

func TestAViolationIsToldWithTheFewestOperations(t *testing.T) {
	for _, c := range []struct {
		file, check string
		operations  []int
	}{
		{"another-response", linearizability.CheckWitness, []int{0, 1, 2}},
		{"unfenced-complete", linearizability.CheckWitness, []int{1, 2}},
		{"duplicate-without-win", linearizability.CheckWitness, []int{0}},
		{"half-a-checkpoint", linearizability.CheckWitness, []int{1, 2}},
		{"lease-stolen", "NeverEarly", []int{0, 1}},
	} {
		v := linearizability.Judge(readFile(t, c.file))
		for _, violation := range v.Violations {
			if violation.Check == c.check {
				require.Equal(t, c.operations, violation.Operations, c.file)
				require.Len(t, violation.Story, len(c.operations))
			}
		}
		require.Contains(t, account(v), c.check+":")
	}
}

func TestARunThatShowsNothingIsNotGreen(t *testing.T) {
	least := linearizability.Least{Answered: 2, ContendedKeys: 1, Overlapping: 0, FaultsInEffect: 0}
	v := linearizability.Judge(readFile(t, "right"))
	require.True(t, v.WorthSomething(least), account(v))
	require.True(t, v.OK)

	least.FaultsInEffect = 1
	v = linearizability.Judge(readFile(t, "right"))
	require.False(t, v.WorthSomething(least))
	require.False(t, v.OK)
	require.Equal(t, []string{"WorthSomething"}, failing(v))
	require.Contains(t, account(v), "0 faults took effect, and 1 are needed")
}

func TestASearchThatDoesNotFinishIsAFailure(t *testing.T) {
	defer linearizability.Unbounded()()
	h := play(workload{seed: 1, rounds: 4000, clients: 8, keys: 1, capacityKeys: 100, cells: 1000})
	v := linearizability.JudgeWithin(h, 1)
	require.Equal(t, linearizability.OutOfTime, v.Porcupine.Result)
	require.False(t, v.OK)
	require.Contains(t, account(v), "calls of orders/0 in time, so they were not judged")
}

func TestMinimizeLeavesOnlyWhatIsNeeded(t *testing.T) {
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	has := func(part []int, wanted ...int) bool {
		found := 0
		for _, i := range part {
			for _, w := range wanted {
				if i == w {
					found++
				}
			}
		}
		return found == len(wanted)
	}
	require.Equal(t, []int{3, 50, 97}, linearizability.Minimize(items, func(p []int) bool { return has(p, 3, 50, 97) }))
	require.Empty(t, linearizability.Minimize(items, func([]int) bool { return true }))
	require.Equal(t, items, linearizability.Minimize(items, func([]int) bool { return false }))
}
