// Goal: values are what they say, whoever made them and however they share their memory.
// Method: drawn values and operations, against values that are built anew; and two that grow from one.
package ground_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/spec/ground"
)

// drawn draws a value of at most so many levels.
func drawn(levels int) *rapid.Generator[ground.Value] {
	return rapid.Custom(func(t *rapid.T) ground.Value {
		kinds := 4
		if levels > 0 {
			kinds = 8
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return ground.Int(rapid.IntRange(-3, 300).Draw(t, "integer"))
		case 1:
			return ground.Bool(rapid.Bool().Draw(t, "boolean"))
		case 2:
			return ground.Text(rapid.SampledFrom([]string{"", "a", "b", "1"}).Draw(t, "text"))
		case 3:
			return ground.Model(rapid.SampledFrom([]string{"a", "m"}).Draw(t, "model value"))
		}
		items := rapid.SliceOfN(drawn(levels-1), 0, 3).Draw(t, "items")
		switch rapid.IntRange(0, 3).Draw(t, "whole") {
		case 0:
			return ground.SetOf(items...)
		case 1:
			return ground.Seq(items...)
		case 2:
			var fields []ground.Pair
			for k, item := range items {
				fields = append(fields, ground.Pair{Name: string(rune('c' - k)), Value: item})
			}
			return ground.RecordOf(fields...)
		}
		var keys []ground.Value
		for k := range items {
			keys = append(keys, ground.Int(7-k))
		}
		return ground.FunctionOf(keys, items)
	})
}

func TestAValueIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawn(3).Draw(t, "value")
		again, err := ground.ParseValue(v.String())
		require.NoError(t, err)
		require.True(t, ground.Equal(v, again), "%v as %v", v, again)
		require.Equal(t, ground.Hash(v), ground.Hash(again))
	})
}

func TestEqualValuesHaveEqualTextsHashesAndPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawn(2).Draw(t, "a"), drawn(2).Draw(t, "b")
		same := a.String() == b.String() && a.Kind() == b.Kind()
		if same && a.Kind() >= ground.Set {
			return // a model value in it may have the text of a string of another
		}
		require.Equal(t, same, ground.Equal(a, b), "%v and %v", a, b)
		require.Equal(t, same, ground.Compare(a, b) == 0)
		require.Equal(t, ground.Compare(a, b), -ground.Compare(b, a))
		if same {
			require.Equal(t, ground.Hash(a), ground.Hash(b))
		}
	})
}

func TestFunctionsAreWhatTheirDomainSays(t *testing.T) {
	one := ground.FunctionOf([]ground.Value{ground.Int(2), ground.Int(1)}, []ground.Value{ground.Text("b"), ground.Text("a")})
	require.Equal(t, ground.Sequence, one.Kind())
	require.True(t, ground.Equal(value(t, `<<"a", "b">>`), one))
	two := ground.FunctionOf([]ground.Value{ground.Text("x")}, []ground.Value{ground.Int(1)})
	require.True(t, ground.Equal(value(t, `[x |-> 1]`), two))
	require.Equal(t, ground.Int(1), two.Field("x"))
	require.True(t, ground.Equal(ground.Fields("b", "a")(ground.Int(1), ground.Int(2)), value(t, "[a |-> 2, b |-> 1]")))
	require.Equal(t, "(3 :> 1 @@ 5 :> 2)", value(t, "(5 :> 2 @@ 3 :> 1)").String())
}

// A log grows at its end, is cut, and grows again, while others still hold what it was.
func TestSequencesShareTheirMemoryAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type held struct {
			shared ground.Value
			copied []ground.Value
		}
		all := []held{{ground.Seq(), nil}}
		for n := range rapid.IntRange(1, 60).Draw(t, "operations") {
			from := all[rapid.IntRange(0, len(all)-1).Draw(t, "from")]
			size := len(from.copied)
			if rapid.Bool().Draw(t, "appends") {
				more := []ground.Value{ground.Int(n), ground.Int(-n)}[:rapid.IntRange(1, 2).Draw(t, "how many")]
				all = append(all, held{from.shared.Append(more...), append(from.copied[:size:size], more...)})
				continue
			}
			first := rapid.IntRange(1, size+1).Draw(t, "first")
			last := rapid.IntRange(first-1, size).Draw(t, "last")
			all = append(all, held{from.shared.SubSeq(first, last), from.copied[first-1 : last : last]})
		}
		for _, h := range all {
			require.True(t, ground.Equal(ground.Seq(append([]ground.Value(nil), h.copied...)...), h.shared))
		}
	})
}

func TestALongSequenceGrowsAtTheCostOfWhatIsAppended(t *testing.T) {
	log := ground.Seq()
	for n := range 100_000 {
		log = log.Append(ground.Int(n))
	}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { log = log.Append(ground.Int(1)) }), 1.0, "the arguments alone")
}

func TestValuesKnowsWhatItWasGiven(t *testing.T) {
	var network ground.Values
	require.False(t, network.Has(ground.Int(1)))
	for n := range 1000 {
		require.True(t, network.Add(ground.Seq(ground.Int(n))))
		require.False(t, network.Add(ground.Seq(ground.Int(n))))
	}
	require.True(t, network.Has(ground.Seq(ground.Int(999))))
	require.False(t, network.Has(ground.Int(999)))
}

func TestWhatIsNoValueIsRefused(t *testing.T) {
	for _, text := range []string{"", "<<1", "{1 2}", "[a |-> 1", "[a = 1]", "(1 :> 2", `"a`, "1 2", "1..", "<<1,>>"} {
		_, err := ground.ParseValue(text)
		require.ErrorIs(t, err, ground.ErrValue, text)
	}
}
