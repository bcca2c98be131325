package wal

// Goal: what is known of the entries' terms is what the records say, and of what a base covers nothing is kept. Method: drawn
// records against a list of entries; a log of many records and elections whose memory is counted.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestTermsAreThoseOfTheEntriesAboveTheBase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		above := rapid.IntRange(0, 5).Draw(t, "unknown")
		known := terms{above: protocol.Index(above)}
		base := 0
		var held []protocol.Entry
		for range above {
			held = append(held, protocol.Entry{})
		}
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			r := Record{Log: rapid.Bool().Draw(t, "log")}
			if r.Log {
				r.Prev = protocol.Index(rapid.IntRange(base, len(held)).Draw(t, "prev"))
				held, above = held[:r.Prev], min(above, int(r.Prev))
				for range rapid.IntRange(0, 4).Draw(t, "entries") {
					e := Entry{Term: protocol.Term(rapid.IntRange(1, 2).Draw(t, "term")), Value: protocol.Value(rapid.IntRange(0, 1).Draw(t, "value"))}
					r.Entries, held = append(r.Entries, e), append(held, protocol.Entry{Term: e.Term, Value: e.Value})
				}
			}
			if rapid.IntRange(0, 2).Draw(t, "compact") == 0 && base < len(held) {
				base = rapid.IntRange(base+1, len(held)).Draw(t, "base")
				r.Base = protocol.Index(base)
			}
			known.pass(&r, protocol.Index(len(held)))
			above = max(above, base)
			requireTerms(t, &known, held, above)
		}
	})
}

func requireTerms(t *rapid.T, known *terms, held []protocol.Entry, above int) {
	require.EqualValues(t, above, known.above)
	k := above
	for _, run := range known.until(protocol.Index(len(held))) {
		require.NotZero(t, run.Count)
		for range run.Count {
			require.Equal(t, held[k].Term, run.Term, "entry %d", k+1)
			require.Equal(t, held[k].Value, run.Value, "entry %d", k+1)
			k++
		}
	}
	require.Len(t, held, k)
	for i := range held {
		term, ok := known.termAt(protocol.Index(i + 1))
		require.Equal(t, i >= above, ok)
		if ok {
			require.Equal(t, held[i].Term, term)
		}
	}
}

// keepsNothingBelow counts what a log keeps in memory of 1,000 records of 500 elections, of which all but ten are covered.
func keepsNothingBelow() error {
	var x index
	var t terms
	for k := range protocol.Index(1000) {
		r := Record{Log: true, Prev: k, Entries: []Entry{{Term: protocol.Term(k / 2)}}}
		x.pass(&r, place{1, int64(k) * alignBytes}, k+1)
		t.pass(&r, k+1)
	}
	r := Record{Base: 990, BaseTerm: 494}
	x.pass(&r, place{1, 8000}, 1000)
	t.pass(&r, 1000)
	if len(x) > 10 || cap(x) > 20 || len(t.runs) > 5 || cap(t.runs) > 10 {
		return fmt.Errorf("10 entries are left, and %d records with room for %d and %d terms with room for %d", len(x), cap(x), len(t.runs), cap(t.runs))
	}
	return nil
}

// KeepsNothingBelow is for mutants.
var KeepsNothingBelow = keepsNothingBelow

func TestNothingIsKeptInMemoryOfWhatIsBelowABase(t *testing.T) {
	require.NoError(t, keepsNothingBelow())
}
