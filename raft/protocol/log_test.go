// Goal: a log kept as runs is a log.
// Method: rapid draws logs and operations; a plain slice of entries, worked on as the
// specification's sequences are (RaftLog.tla), says what must come out.

package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive is a log as RaftLog has it: entry k stands at k-1.
type naive []Entry

func (l naive) lastIndex() int { return len(l) }

func (l naive) termAt(k int) Term {
	if k == 0 {
		return 0
	}
	return l[k-1].Term
}

// slice is Slice: SubSeq(l, prev + 1, last), empty where they cross.
func (l naive) slice(prev, last int) naive {
	if prev >= last {
		return nil
	}
	return l[prev:last:last]
}

// splice is Splice.
func (l naive) splice(prev int, entries naive) naive { return append(l.slice(0, prev), entries...) }

func (l naive) isPrefixOf(o naive) bool {
	if len(l) > len(o) {
		return false
	}
	for k := range l {
		if l[k] != o[k] {
			return false
		}
	}
	return true
}

// agreement is the highest index up to which l has the terms of entries behind prev.
func (l naive) agreement(prev int, entries naive) int {
	k := prev
	for _, e := range entries {
		if k+1 > len(l) || l[k].Term != e.Term {
			break
		}
		k++
	}
	return k
}

// lastAtMost is Maximum({k \in 0..Min(bound, LastIndex(l)) : TermAt(l, k) <= term}).
func (l naive) lastAtMost(bound int, term Term) int {
	best := 0
	for k := 0; k <= min(bound, len(l)); k++ {
		if l.termAt(k) <= term {
			best = k
		}
	}
	return best
}

// entriesOf draws up to n entries whose terms never fall below from.
func entriesOf(t *rapid.T, from Term, n int) naive {
	var l naive
	for range rapid.IntRange(0, n).Draw(t, "entries") {
		from += Term(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "term"))
		l = append(l, Entry{Term: max(from, 1), Value: Value(rapid.IntRange(1, 2).Draw(t, "value"))})
	}
	return l
}

func (l naive) log() Log         { return LogOf(l...) }
func (l naive) entries() Entries { return EntriesOf(l...) }

// requireSame: the log, read in every way, is the naive one; and its runs are canonical.
func requireSame(t require.TestingT, want naive, got *Log) {
	require.Equal(t, Index(want.lastIndex()), got.LastIndex())
	for k := range want.lastIndex() + 1 {
		require.Equal(t, want.termAt(k), got.TermAt(Index(k)), k)
		if k > 0 {
			require.Equal(t, want[k-1], got.At(Index(k)), k)
		}
	}
	for k := 1; k < len(got.spans); k++ {
		a, b := got.spans[k-1], got.spans[k]
		require.Less(t, a.first, b.first)
		require.False(t, a.term == b.term && a.value == b.value, "neighbours that could be one")
	}
	all := got.Slice(0, got.LastIndex())
	require.Equal(t, want.entries(), all)
	require.Equal(t, appendEntries(nil, &all), appendLog(nil, got))
}

func requireEntries(t require.TestingT, want naive, got Entries) {
	require.Equal(t, uint64(len(want)), got.Len())
	for k := range want {
		require.Equal(t, want[k], got.At(uint64(k+1)))
	}
	e := want.entries()
	require.True(t, e.Equal(&got), "as runs")
	require.Equal(t, e.Runs(), got.Runs())
}

func TestLogIsItsEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := entriesOf(t, 1, 12)
		got := want.log()
		other := got.clone()
		before := append(naive(nil), want...)
		for range rapid.IntRange(1, 6).Draw(t, "splices") {
			prev := rapid.IntRange(0, len(want)).Draw(t, "prev")
			more := entriesOf(t, want.termAt(prev), 8)
			want = want.splice(prev, more)
			e := more.entries()
			got.splice(Index(prev), &e)
			requireSame(t, want, &got)
		}
		requireSame(t, before, &other) // which shares nothing with it
	})
}

func TestLogAnswersAsItsEntriesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := entriesOf(t, 1, 12), entriesOf(t, 1, 12)
		if rapid.Bool().Draw(t, "related") {
			b = a.splice(rapid.IntRange(0, len(a)).Draw(t, "fork"), b)
		}
		la, lb := a.log(), b.log()
		require.Equal(t, a.isPrefixOf(b), la.IsPrefixOf(&lb))

		prev := rapid.IntRange(0, len(a)).Draw(t, "prev")
		last := rapid.IntRange(0, len(a)).Draw(t, "last")
		requireEntries(t, a.slice(prev, last), la.Slice(Index(prev), Index(last)))

		e := b.entries()
		require.Equal(t, Index(a.agreement(prev, b)), la.agreement(Index(prev), &e))

		bound := rapid.IntRange(0, len(a)+3).Draw(t, "bound")
		term := Term(rapid.IntRange(0, 12).Draw(t, "term"))
		require.Equal(t, Index(a.lastAtMost(bound, term)), la.lastAtMost(Index(bound), term))
	})
}

// TestALogBehindABaseAnswersForWhatItKnows: as its entries do, of whom those below the base are agreed.
func TestALogBehindABaseAnswersForWhatItKnows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := entriesOf(t, 1, 12), entriesOf(t, 1, 12)
		base := rapid.IntRange(0, len(a)).Draw(t, "base")
		b = a.splice(rapid.IntRange(base, len(a)).Draw(t, "fork"), b)
		la, lb := a.log(), b.log()
		for _, step := range []int{rapid.IntRange(0, base).Draw(t, "first"), base} {
			la.rebase(Index(step), a.termAt(step), Configuration{})
		}
		other := rapid.IntRange(0, base).Draw(t, "other base")
		lb.rebase(Index(other), b.termAt(other), Configuration{})
		index, term := la.Base()
		require.Equal(t, []uint64{uint64(base), uint64(a.termAt(base))}, []uint64{uint64(index), uint64(term)})
		require.Equal(t, Index(len(a)), la.LastIndex())
		require.Equal(t, a.isPrefixOf(b), la.IsPrefixOf(&lb))
		require.Equal(t, b.isPrefixOf(a), lb.IsPrefixOf(&la))
		for n := 0; n <= min(len(a), len(b)); n++ {
			require.Equal(t, a.slice(0, n).isPrefixOf(b), la.samePrefix(&lb, Index(n)))
		}
		for k := base; k <= len(a); k++ {
			require.Equal(t, a.termAt(k), la.TermAt(Index(k)))
		}
		requireEntries(t, a.slice(base, len(a)), la.Slice(Index(base), la.LastIndex()))

		prev := rapid.IntRange(0, len(a)).Draw(t, "prev")
		e := b.slice(min(prev, len(b)), len(b)).entries() // as whoever has b sends it
		require.Equal(t, Index(a.agreement(prev, b.slice(min(prev, len(b)), len(b)))), la.agreement(Index(prev), &e))

		bound, atMost := rapid.IntRange(0, len(a)+3).Draw(t, "bound"), Term(rapid.IntRange(0, 12).Draw(t, "term"))
		require.Equal(t, Index(max(base, a.lastAtMost(bound, atMost))), la.lastAtMost(Index(bound), atMost))

		at := rapid.IntRange(base, len(a)).Draw(t, "splice")
		more := entriesOf(t, a.termAt(at), 8)
		rest := more.entries()
		la.splice(Index(at), &rest)
		whole := a.splice(at, more)
		requireEntries(t, whole.slice(base, len(whole)), la.Slice(Index(base), la.LastIndex()))
	})
}

func TestEntriesAnswerAsASequenceDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := entriesOf(t, 1, 12), entriesOf(t, 1, 12)
		ea, eb := a.entries(), b.entries()
		requireEntries(t, a, ea)
		require.Equal(t, a.isPrefixOf(b) && b.isPrefixOf(a), ea.Equal(&eb))

		n := rapid.IntRange(0, len(a)).Draw(t, "cut")
		requireEntries(t, a[n:], ea.after(uint64(n)))
		requireEntries(t, append(a.slice(0, len(a)), b...), ea.Then(&eb))
		requireEntries(t, a, ea) // neither took anything over
	})
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got queue
		var want []Term
		for k := range rapid.IntRange(1, 80).Draw(t, "operations") {
			switch rapid.SampledFrom([]string{"push", "push", "pop"}).Draw(t, "operation") {
			case "push":
				got.push(&Write{Term: Term(k)})
				require.Empty(t, got.at(got.len()-1).out, "a slot is used again without its messages")
				got.at(got.len() - 1).out = append(got.at(got.len()-1).out, Message{})
				want = append(want, Term(k))
			case "pop":
				if len(want) > 0 {
					got.pop()
					want = want[1:]
				}
			}
			require.Equal(t, len(want), got.len())
			for k := range want {
				require.Equal(t, want[k], got.at(k).Term)
				require.Len(t, got.at(k).out, 1)
			}
		}
	})
}
