// Goal: terms fold to what they mean, and the solver's words are understood.
// Method: a table of terms; questions with each answer, and one that the solver does not understand.
package smt_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/prove/smt"
)

var (
	p = smt.Apply(&smt.Function{Name: "p", To: smt.Bool})
	q = smt.Apply(&smt.Function{Name: "q", To: smt.Bool})
	n = smt.Apply(&smt.Function{Name: "n", To: smt.Int})
	f = &smt.Function{Name: "f", From: []smt.Sort{smt.Int}, To: smt.Bool}
)

func TestTermsFold(t *testing.T) {
	x, y := smt.Bound(smt.Int, "x"), smt.Bound(smt.Int, "y")
	fx, fy := smt.Apply(f, x), smt.Apply(f, y)
	one, two := smt.Number(1), smt.Number(2)
	for _, c := range []struct {
		term *smt.Term
		want string
	}{
		{smt.And(p, smt.True, smt.And(q, p)), "(and p q)"},
		{smt.And(p, smt.False), "false"},
		{smt.Or(p, smt.Or(q, smt.False)), "(or p q)"},
		{smt.Or(smt.True, p), "true"},
		{smt.Not(smt.Not(p)), "p"},
		{smt.Implies(smt.True, p), "p"},
		{smt.Implies(p, smt.False), "(not p)"},
		{smt.If(p, q, q), "q"},
		{smt.If(p, smt.True, q), "(or p q)"},
		{smt.If(p, q, smt.False), "(and p q)"},
		{smt.Equal(one, two), "false"},
		{smt.Equal(smt.Element("S", "a"), smt.Element("S", "b")), "false"},
		{smt.Equal(p, smt.False), "(not p)"},
		{smt.Equal(n, n), "true"},
		{smt.AtMost(one, two), "true"},
		{smt.Less(two, two), "false"},
		{smt.Plus(smt.Plus(n, one), two), "(+ n 3)"},
		{smt.Minus(smt.Plus(n, one), one), "n"},
		{smt.Minus(smt.Plus(n, one), n), "1"},
		{smt.Minus(n, two), "(+ n (- 2))"},
		{smt.ForAll([]*smt.Term{x}, p), "p"},
		{smt.ForAll([]*smt.Term{x}, smt.Implies(fx, smt.ForAll([]*smt.Term{y}, fy))), "(forall ((x Int) (y Int)) (=> (f x) (f y)))"},
		{smt.ForAll([]*smt.Term{x, y}, smt.And(fx, fy)), "(and (forall ((x Int)) (f x)) (forall ((y Int)) (f y)))"},
		{smt.Exists([]*smt.Term{x}, smt.And(fx, smt.Exists([]*smt.Term{y}, fy))), "(exists ((x Int) (y Int)) (and (f x) (f y)))"},
		{smt.Apply(&smt.Function{Name: "log'", To: smt.Int}), "|log'|"},
	} {
		require.Equal(t, c.want, c.term.String())
	}
	require.Panics(t, func() { smt.Equal(p, one) })
}

func solver(t *testing.T) *smt.Solver {
	t.Helper()
	binary, err := smt.Binary(filepath.Join("..", "..", ".."))
	tlctest.SkipUnless(t, err, smt.ErrUnavailable)
	z := smt.NewSolver(binary, 1)
	t.Cleanup(z.Close)
	return z
}

func TestEachAnswerIsUnderstood(t *testing.T) {
	z := solver(t)
	x := smt.Bound(smt.Int, "x")
	known := &smt.Function{Name: "known", To: smt.Int}
	question := smt.Question{Theory: &smt.Theory{Sorts: []smt.Sort{"S"}, Enumerations: []smt.Enumeration{{Sort: "E", Elements: []string{"a", "b"}}}},
		Definitions: []*smt.Definition{{Function: known, Body: smt.Number(7)}},
		Hypotheses:  []*smt.Term{smt.ForAll([]*smt.Term{x}, smt.Apply(f, x))}}

	question.Goal = smt.Apply(f, smt.Apply(known))
	a, err := z.Ask(t.Context(), question.Text(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, smt.Proved, a)

	question.Goal = smt.Equal(n, smt.Apply(known))
	question.Hypotheses = []*smt.Term{smt.Equal(n, smt.Number(3))}
	a, err = z.Ask(t.Context(), question.Text(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, smt.Refuted, a)
	value, err := z.Value(t.Context(), n)
	require.NoError(t, err)
	require.Equal(t, "3", value)
	_, err = z.Value(t.Context(), p)
	require.ErrorIs(t, err, smt.ErrSolver)
}

// What is not decided in time is unknown: neither proved nor refuted.
func TestWhatTakesTooLongIsUnknown(t *testing.T) {
	z := solver(t)
	var b strings.Builder // pigeons: fourteen in thirteen holes
	b.WriteString("(declare-fun in (Int Int) Bool)\n")
	for bird := range 14 {
		b.WriteString("(assert (or")
		for hole := range 13 {
			b.WriteString(" " + smt.Apply(&smt.Function{Name: "in"}, smt.Number(bird), smt.Number(hole)).String())
		}
		b.WriteString("))\n")
		for other := range bird {
			for hole := range 13 {
				b.WriteString("(assert (not (and " + smt.Apply(&smt.Function{Name: "in"}, smt.Number(bird), smt.Number(hole)).String() + " " +
					smt.Apply(&smt.Function{Name: "in"}, smt.Number(other), smt.Number(hole)).String() + ")))\n")
			}
		}
	}
	a, err := z.Ask(t.Context(), b.String(), time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, smt.Unknown, a)
	a, err = z.Ask(t.Context(), "(assert false)\n", time.Minute) // and the next question is asked anew
	require.NoError(t, err)
	require.Equal(t, smt.Proved, a)
}

func TestWhatTheSolverDoesNotUnderstandIsAnError(t *testing.T) {
	_, err := solver(t).Ask(t.Context(), "(assert p)\n", time.Minute)
	require.ErrorIs(t, err, smt.ErrSolver)
	require.ErrorContains(t, err, "unknown constant")
}

func TestASolverThatIsNotThereIsSaid(t *testing.T) {
	t.Setenv(smt.BinaryVariable, filepath.Join(t.TempDir(), "z3"))
	_, err := smt.Binary(t.TempDir())
	require.ErrorIs(t, err, smt.ErrUnavailable)
}
