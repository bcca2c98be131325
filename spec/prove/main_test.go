// Goal: a run that leaves something out is red, and the table says what was proved and nothing else.
// Method: needs and lists of mutants with a fault each; reports written by hand.
package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/tla"
)

func TestNeedsAreRead(t *testing.T) {
	n, err := parseNeeds(`
# what for
opaque Choosable
group LOGS: A, B
group ALL: LOGS, C
lemma Accept KeepsHeld: ALL    # why
* A: A
Accept A: B, @KeepsHeld
`)
	require.NoError(t, err)
	require.Equal(t, []string{"Choosable"}, n.opaque)
	require.Equal(t, []lemmaOf{{"Accept", "KeepsHeld"}}, n.lemmas)
	require.Equal(t, []string{"A", "B", "C"}, n.of(nil, "lemma Accept KeepsHeld"))
	require.Equal(t, []string{"B", "@KeepsHeld"}, n.of(nil, "Accept A", "* A"), "an action's own line before that of any")
	require.Equal(t, []string{"A"}, n.of(nil, "Persist A", "* A"))
	require.Equal(t, []string{"C"}, n.of([]string{"C"}, "Persist C", "* C"), "no line")
	require.Empty(t, n.unused())
}

func TestNeedsThatNobodyAsksByAreNamed(t *testing.T) {
	n, err := parseNeeds("Accept Nothing: A\n")
	require.NoError(t, err)
	require.Equal(t, []string{`needs.txt:1: no query is "Accept Nothing"`}, n.unused())
	for _, text := range []string{"Accept A B\n", "a b c d: A\n", "opaque\n", "open Accept A\n"} {
		_, err := parseNeeds(text)
		require.Error(t, err, text)
	}
}

func TestEachMutantNamesAQuery(t *testing.T) {
	all := func() []mutant { return []mutant{{guard: "G", wrong: "W"}, {guard: "G", wrong: "V"}} }
	for text, want := range map[string]string{
		"G <- W: Accept A\n":                           "has G <- V, and no query is named",
		"G <- W: Accept A\nG <- V: Accept\n":           "no action and goal are named",
		"G <- W: Accept A\nG <- V: P B\nH <- W: P B\n": "no must-fail model puts that",
	} {
		path := filepath.Join(t.TempDir(), "mutants.txt")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := readMutants(path, all())
		require.ErrorContains(t, err, want)
	}
	path := filepath.Join(t.TempDir(), "mutants.txt")
	require.NoError(t, os.WriteFile(path, []byte("G <- W: Accept A # why\nG <- V: P B\n"), 0o600))
	named, err := readMutants(path, all())
	require.NoError(t, err)
	require.Equal(t, []mutant{{"G", "W", "Accept", "A"}, {"G", "V", "P", "B"}}, named)
}

// answered is a report of one query and one mutant.
func answered(a smt.Answer, f fallen) outcome {
	q := &query{name: "Accept A", row: "Accept", goal: "A"}
	return outcome{
		proof:   &proof{conjuncts: []string{"A"}, rows: []*symbolic.Row{{Name: "Accept"}}},
		results: []result{{query: q, answer: a, took: time.Second}}, mutants: []fallen{f}, seeds: 1,
	}
}

func TestAReportIsRedForWhatIsNotAsItIsSaid(t *testing.T) {
	fell := fallen{mutant: mutant{"G", "W", "Accept", "A"}, world: worlds[0], answer: smt.Refuted}
	require.Empty(t, answered(smt.Proved, fell).faults())
	for want, r := range map[string]outcome{
		"Accept A is not proved (seed 0): unknown": answered(smt.Unknown, fell),
		"Accept A is not proved (seed 0): refuted": answered(smt.Refuted, fell),
		"does not fall":               answered(smt.Proved, fallen{fault: "Accept A does not fall: unknown"}),
		"taken Accept: from no state": answered(smt.Proved, fallen{mutant: mutant{row: "Accept", goal: taken}, fault: "from no state"}),
	} {
		require.Len(t, r.faults(), 1)
		require.Contains(t, r.faults()[0], want)
		require.Error(t, r.writeTable(filepath.Join(t.TempDir(), "README.md")), "the table is not written")
		require.Equal(t, exitFail, r.finish(options{}, io.Discard, io.Discard))
	}
	require.Equal(t, exitPass, answered(smt.Proved, fell).finish(options{}, io.Discard, io.Discard))
}

func TestTheTableStandsBetweenItsLines(t *testing.T) {
	fell := fallen{mutant: mutant{"G", "W", "Accept", "A"}, world: worlds[1], took: 2 * time.Second, answer: smt.Refuted}
	path := filepath.Join(t.TempDir(), "README.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n<!-- proof: begin -->\nold\n<!-- proof: end -->\nafter\n"), 0o600))
	require.NoError(t, answered(smt.Proved, fell).writeTable(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "| A |  | 1.0 |\n")
	require.Contains(t, string(text), "| G <- W | Accept | A | 2 | 2.0 |\n")
	require.NotContains(t, string(text), "old")
	require.Regexp(t, `(?s)^before\n.*\nafter\n$`, string(text))
	require.NoError(t, os.WriteFile(path, []byte("no lines\n"), 0o600))
	require.ErrorContains(t, answered(smt.Proved, fell).writeTable(path), "to write the table between")
}

func TestWithoutASolverNothingIsGreen(t *testing.T) {
	require.Equal(t, exitNotProved, notProved(io.Discard, smt.ErrUnavailable, false, false))
	require.Equal(t, exitPass, notProved(io.Discard, tlc.ErrUnavailable, true, false), "-optional")
	require.Equal(t, exitNotProved, notProved(io.Discard, smt.ErrUnavailable, true, true), "a server has to prove")
	require.Equal(t, exitNotStarted, notProved(io.Discard, errors.New("a wrong version"), true, false))
}

func TestFlags(t *testing.T) {
	o, err := parseFlags([]string{"-only", "Accept .*", "-root", "x"}, io.Discard)
	require.NoError(t, err)
	require.True(t, o.only.MatchString("Accept HardIsLast"))
	require.False(t, o.only.MatchString("lemma Accept KeepsHeld"))
	_, err = parseFlags([]string{"-only", "A", "-table"}, io.Discard)
	require.ErrorContains(t, err, "-table needs all")
	for _, nothing := range []string{"-seeds=0", "-seeds=-1", "-processes=0", "-limit=0s", "-mutant-limit=0s"} {
		_, err = parseFlags([]string{nothing, "-root", "x"}, io.Discard)
		require.ErrorContains(t, err, "must be more than nothing", nothing)
	}
}

// A wrong guard shows nothing by a query that falls without it.
func TestAQueryThatFallsAnywayShowsNothing(t *testing.T) {
	jar := tlctest.Jar(t, filepath.Join("..", ".."))
	binary, err := smt.Binary(filepath.Join("..", ".."))
	tlctest.SkipUnless(t, err, smt.ErrUnavailable)
	m, err := tla.Load(t.Context(), jar, "..", "MCProof")
	require.NoError(t, err)
	z := smt.NewSolver(binary, 0, smt.Enumerating...)
	t.Cleanup(z.Close)
	fault, err := standing(t.Context(), m, z, mutant{"OwnVote", "OwnVoteUndurable", "BecomeLeader", "LeaderVoted"}, worlds[0], time.Minute)
	require.NoError(t, err)
	require.Empty(t, fault)
	fault, err = standing(t.Context(), m, z, mutant{"OwnVote", "OwnVoteUndurable", "Timeout", taken}, worlds[0], time.Minute)
	require.NoError(t, err)
	require.Contains(t, fault, "does not stand with the right guard")
}

// What an operator chooses is taken to be there: of a property of steps that is a query of its own, of a lemma it would be none.
func TestALemmaChoosesNothing(t *testing.T) {
	m, err := tla.Load(t.Context(), tlctest.Jar(t, filepath.Join("..", "..")), filepath.Join("symbolic", "testdata"), "Ballot")
	require.NoError(t, err)
	x, err := symbolic.New(m, symbolic.Options{World: symbolic.Unbounded{}})
	require.NoError(t, err)
	steps, err := x.Steps("Next")
	require.NoError(t, err)
	r, err := x.Row(steps[0])
	require.NoError(t, err)
	_, err = lemma(r, "VotesStay")
	require.NoError(t, err)
	_, err = lemma(r, "Longest")
	require.ErrorContains(t, err, "lemma Campaign Longest chooses")
}

// Lemmas are proved with what the action chooses at hand: that there is something to choose may not rest on them.
func TestWhatIsChosenRestsOnNoLemma(t *testing.T) {
	n, err := parseNeeds("group G: @L\nlemma A L: C\nchoose A: G\n")
	require.NoError(t, err)
	p := &proof{needs: n}
	_, err = p.chooses("A", &symbolic.Row{Name: "A"}, nil, []symbolic.Obligation{{}})
	require.ErrorContains(t, err, "choose A rests on @L")
}
