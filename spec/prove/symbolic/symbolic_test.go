// Goal: a term says what the module says, and what has no meaning here is said to have none.
// Method: a module of one vote (testdata/Ballot.tla) is proved and refuted; each construct that is unknown or not allowed is asked for.
package symbolic_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/tla"
)

const root = "../../.."

var ballot = sync.OnceValues(func() (*tla.Module, error) {
	jar, err := tlc.Jar(root)
	if err != nil {
		return nil, err
	}
	return tla.Load(context.Background(), jar, "testdata", "Ballot")
})

// module returns the small module, or leaves the test out where there is no Java; never with CI=true.
func module(t *testing.T) *tla.Module {
	t.Helper()
	m, err := ballot()
	tlctest.SkipUnless(t, err, tlc.ErrUnavailable)
	return m
}

// solver returns z3, or leaves the test out where there is none; never with CI=true.
func solver(t *testing.T) *smt.Solver {
	t.Helper()
	binary, err := smt.Binary(root)
	tlctest.SkipUnless(t, err, smt.ErrUnavailable)
	z := smt.NewSolver(binary, 0)
	t.Cleanup(z.Close)
	return z
}

func evaluator(t *testing.T, o symbolic.Options) *symbolic.Evaluator {
	t.Helper()
	x, err := symbolic.New(module(t), o)
	require.NoError(t, err)
	return x
}

var (
	unbounded = symbolic.Options{World: symbolic.Unbounded{}}
	three     = symbolic.Bounded{Nodes: 3, Values: 1, Messages: 1, Numbers: 3}
)

func steps(t *testing.T, x *symbolic.Evaluator, next string) []*symbolic.Row {
	t.Helper()
	list, err := x.Steps(next)
	require.NoError(t, err)
	var rows []*symbolic.Row
	for _, s := range list {
		r, err := x.Row(s)
		require.NoError(t, err)
		rows = append(rows, r)
	}
	return rows
}

// asked is the answer to whether a row's step keeps what an operator says, of the state or of the step.
func asked(t *testing.T, x *symbolic.Evaluator, r *symbolic.Row, goal symbolic.Claim, hypotheses ...*smt.Term) smt.Answer {
	t.Helper()
	q := smt.Question{Theory: x.Theory(), Hypotheses: append(hypotheses, goal.Facts...), Goal: goal.Holds}
	if r != nil {
		q.Definitions = r.Definitions
		q.Hypotheses = append(q.Hypotheses, r.Hypotheses...)
	}
	for _, o := range goal.Obligations {
		q.Hypotheses = append(q.Hypotheses, o.Fact)
	}
	q.Hypotheses = append(q.Hypotheses, x.Bounds()...)
	a, err := solver(t).Ask(t.Context(), q.Text(), 20*time.Second)
	require.NoError(t, err)
	return a
}

func said(t *testing.T, x *symbolic.Evaluator, name string, s *symbolic.State) symbolic.Claim {
	t.Helper()
	c, err := x.OfState(name, s)
	require.NoError(t, err)
	return c
}

// A list of actions is a row for each.
func TestEveryActionIsARow(t *testing.T) {
	var names []string
	for _, r := range steps(t, evaluator(t, unbounded), "Next") {
		names = append(names, r.Name)
	}
	require.Equal(t, []string{"Campaign", "Add", "Grant", "Refuse"}, names)
}

// Definitions are of what changes and of nothing else, each read as the module says it.
func TestAStepIsWhatTheModuleSays(t *testing.T) {
	r := steps(t, evaluator(t, unbounded), "Next")[1]
	got := map[string]string{}
	for _, d := range r.Definitions {
		got[d.Function.Name] = d.Body.String()
	}
	require.Len(t, got, 2)
	require.Regexp(t, `^\(ite \(= x!\d+ Add.i\) \(\+ \(log.len Add.i\) 1\) \(log.len x!\d+\)\)$`, got["log.len'"])
	require.Regexp(t, `^\(ite \(= x!\d+ Add.i\) \(ite \(<= k!\d+ \(log.len Add.i\)\) \(log.at.value Add.i k!\d+\) Add.v\) \(log.at.value x!\d+ k!\d+\)\)$`, got["log.at.value'"])
	require.True(t, r.Untouched("OneWinner"))
	require.False(t, r.Untouched("LogsBegin"))
}

func TestWhatHoldsOfAnyNumberIsProved(t *testing.T) {
	x := evaluator(t, unbounded)
	initial, err := x.Init("Init")
	require.NoError(t, err)
	require.Equal(t, smt.Proved, asked(t, x, initial, said(t, x, "LogsBegin", initial.After)))
	require.Equal(t, smt.Proved, asked(t, x, initial, said(t, x, "Types", initial.After)))
	types := said(t, x, "Types", x.Before())
	require.Equal(t, smt.Proved, asked(t, x, nil, said(t, x, "OneWinner", x.Before()), types.Holds))
	require.Equal(t, smt.Proved, asked(t, x, nil, said(t, x, "Longest", x.Before()), types.Holds))
	for _, r := range steps(t, x, "Next") {
		c, err := r.OfStep("VotesStay")
		require.NoError(t, err)
		require.Equal(t, smt.Proved, asked(t, x, r, c), r.Name)
		require.Equal(t, smt.Proved, asked(t, x, r, said(t, x, "Types", r.After), types.Holds), r.Name)
	}
}

// In a small world the same walk gives formulas without quantifiers, and what fails is told with an example.
func TestWhatFailsIsTold(t *testing.T) {
	x := evaluator(t, symbolic.Options{World: three})
	r := steps(t, x, "Next")[0]
	goal := said(t, x, "HalfWins", r.After)
	q := smt.Question{Theory: x.Theory(), Definitions: r.Definitions, Goal: goal.Holds, Also: x.Functions(r.Definitions)}
	q.Hypotheses = append(append(r.Hypotheses, said(t, x, "HalfWins", x.Before()).Holds), x.Bounds()...)
	require.NotContains(t, q.Text(), "forall")
	z := solver(t)
	a, err := z.Ask(t.Context(), q.Text(), 20*time.Second)
	require.NoError(t, err)
	require.Equal(t, smt.Refuted, a)
	text, err := r.Story("Next", "HalfWins", func(t2 *smt.Term) (string, error) { return z.Value(t.Context(), t2) })
	require.NoError(t, err)
	require.Regexp(t, `(?s)vote\[n\d\] = n.*-- Campaign, i = n\d -->.*vote\[n(\d)\]' = n\d`, text)
}

// Of a majority only that two meet is known where nothing is counted; a third of three is none where they are.
func TestAMajorityIsCounted(t *testing.T) {
	x := evaluator(t, symbolic.Options{World: three})
	require.Equal(t, smt.Proved, asked(t, x, nil, said(t, x, "OneWinner", x.Before())))
	require.Equal(t, smt.Refuted, asked(t, x, nil, said(t, x, "Counts", x.Before())))
}

func TestAnOpaqueOperatorKeepsItsDefinition(t *testing.T) {
	x := evaluator(t, symbolic.Options{World: symbolic.Unbounded{}, Opaque: []string{"Secret"}})
	goal := said(t, x, "HasSecret", x.Before())
	require.Equal(t, smt.Refuted, asked(t, x, nil, goal))
	definition, err := x.Definition("Secret", x.Before())
	require.NoError(t, err)
	require.Equal(t, smt.Proved, asked(t, x, nil, goal, definition.Holds))
	r := steps(t, x, "Next")[0] // votes change, and with them what is secret
	require.Equal(t, smt.Refuted, asked(t, x, r, said(t, x, "HasSecret", r.After), definition.Holds))
	after, err := x.Definition("Secret", r.After)
	require.NoError(t, err)
	require.Equal(t, smt.Proved, asked(t, x, r, said(t, x, "HasSecret", r.After), after.Holds))
}

func TestWhatHasNoMeaningIsSaid(t *testing.T) {
	for name, want := range map[string]string{
		"Counts":   "Cardinality has no meaning here",
		"HalfWins": "a family of sets of which nothing is known",
		"Domains":  "no meaning is known of the operator DOMAIN",
		"LeastIs1": "a CHOOSE that does not ask for the greatest",
	} {
		_, err := evaluator(t, unbounded).OfState(name, evaluator(t, unbounded).Before())
		require.ErrorContains(t, err, want, name)
	}
	for next, want := range map[string]string{
		"OneBranch":   "assigned in one branch only",
		"ForgetsNext": "says nothing of the next log",
		"EitherNext":  "a disjunction assigns",
		"PerhapsNext": "vote has no value here",
		"DecidedNext": "asked has no value here",
		"PeekingNext": "the opaque operator Secret is primed in an action",
	} {
		x := evaluator(t, symbolic.Options{World: symbolic.Unbounded{}, Opaque: []string{"Secret"}})
		list, err := x.Steps(next)
		require.NoError(t, err)
		_, err = x.Row(list[0])
		require.ErrorContains(t, err, want, next)
	}
	_, err := evaluator(t, symbolic.Options{World: three, Replaced: map[string]string{"Greatest": "Ask"}}).OfState("Longest", nil)
	require.ErrorContains(t, err, "no operator of 1 parameters")
}

func TestARelationWithMoreVariablesCoversTheOther(t *testing.T) {
	m := module(t)
	require.NoError(t, symbolic.Covers(m, "Next", "Ghostly"))
	require.NoError(t, symbolic.CoversInit(m, "Init", "GInit"))
	for with, want := range map[string]string{
		"LeftOut":       "has no disjunct for",
		"More":          "has a disjunct that Next has not",
		"OtherRange":    "is not taken as",
		"OtherArgument": "is not called as",
		"WithGuard":     "may forbid a step of Campaign: (i \\notin ghost)",
		"SaidTwice":     "may forbid a step of Campaign",
		"OwnVariable":   "may forbid a step of Campaign: (asked' = asked)",
	} {
		require.ErrorContains(t, symbolic.Covers(m, "Next", with), want, with)
	}
	require.ErrorContains(t, symbolic.CoversInit(m, "Init", "StrictInit"), "may forbid an initial state")
}
