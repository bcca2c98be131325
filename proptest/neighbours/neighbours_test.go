package neighbours

// Goal: what strangers, greedy clients and a peer that was away do hurts nobody else. Method: all kinds of neighbours are
// dealt in hands, each hand stands beside honest clients whose plan rapid draws, and each run is judged by itself.

import (
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

var (
	rounds = flag.Int("rounds", 0, "how often all kinds are dealt; 0: one hand of them is enough")
	hand   = flag.Int("hand", 3, "how many kinds stand together in a run")
	only   = flag.String("kinds", "", "kinds of one run, comma-separated; empty: all are dealt")
	first  = flag.Int("seed", 0, "of the first run, the next ones count on; 0: drawn")
	folder = flag.String("histories", "", "a folder, from the repository's root on, for the history and summary of each run")
	loud   = flag.Bool("loud", false, "nodes log to standard error")
)

const root = "../.."

// deal deals all kinds in hands.
func deal(seed int) (hands [][]string) {
	if *only != "" {
		return [][]string{strings.Split(*only, ",")}
	}
	var names []string
	for _, k := range kinds() {
		if !slices.Contains(notYet, k.name) {
			names = append(names, k.name)
		}
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0xDEA1))
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return slices.Collect(slices.Chunk(names, *hand))
}

func TestNeighbours(t *testing.T) {
	seed := *first
	if seed == 0 {
		seed = rand.IntN(1<<31) + 1
	}
	acts := map[string]int64{}
	var wanted []string
	for range max(*rounds, 1) {
		hands := deal(seed)
		if *rounds == 0 {
			hands = hands[:1]
		}
		for _, names := range hands {
			wanted = append(wanted, names...)
			t.Run(fmt.Sprintf("%s/%d", strings.Join(names, "+"), seed), func(t *testing.T) {
				for name, n := range play(t, names, seed).Acts {
					acts[name] += n
				}
			})
			seed++
		}
	}
	t.Log("acts:", acts)
	for _, name := range wanted {
		require.Positive(t, acts[name], "%s did nothing: the suite shows nothing of it", name)
	}
}

// execute draws a plan and has it run.
func execute(t *testing.T, names []string, seed int) *Result {
	plan := rapid.Custom(func(t *rapid.T) Plan { return draw(t, names) }).Example(seed)
	o := cluster.Options{Dir: t.TempDir(), Header: linearizability.Header{
		Name: fmt.Sprintf("beside %s, seed %d", strings.Join(names, ", "), seed), Seed: fmt.Sprint(seed), Replay: command(names, seed),
	}}
	if *loud {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	r := Execute(t.Context(), &plan, o)
	save(t, names, seed, &plan, r)
	return r
}

// command runs it again.
func command(names []string, seed int) string {
	return fmt.Sprintf("go test ./proptest/neighbours -run '^TestNeighbours$' -count 1 -kinds %s -seed %d", strings.Join(names, ","), seed)
}

// play has one run and tells what is wrong with it.
func play(t *testing.T, names []string, seed int) *Result {
	r := execute(t, names, seed)
	for _, found := range r.Verdict.Violations {
		t.Errorf("%s: %.2000s", found.Check, found.Sentence)
		for _, line := range found.Story {
			t.Logf("     %.400s", line)
		}
	}
	s := r.Verdict.Stats
	t.Logf("%d operations, %d answered, %d terms, %d KiB more, %d warnings, %d dials, acts %v", s.Operations, s.Answered, r.Terms, r.Heap>>10, r.Warnings, r.Dials, r.Acts)
	if t.Failed() {
		t.Log("again:", command(names, seed))
	}
	return r
}

// save keeps the history and the summary of a run where a folder is named.
func save(t *testing.T, names []string, seed int, plan *Plan, r *Result) {
	if *folder == "" {
		return
	}
	name := fmt.Sprintf("neighbours-%s-%d", strings.Join(names, "-"), seed)
	summary := workload.Summarize("neighbours", &plan.Plan, r.History, r.Verdict)
	require.NoError(t, summary.Save(filepath.Join(root, *folder), name, r.History))
}
