package server

// Goal: what the leader's machine appends, the node that asked reads, whole and in order, and takes nothing else for it.
// Method: drawn answers there and back, each of their prefixes, and a fuzz target.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
)

func drawAnswer(t *rapid.T) (a Answer) {
	a.Kind = dedup.Kind(rapid.Uint8().Draw(t, "kind"))
	a.Outcome = dedup.Outcome(rapid.Uint8().Draw(t, "outcome"))
	a.Replayed = rapid.Bool().Draw(t, "replayed")
	for _, n := range a.numbers() {
		*n = rapid.Uint64().Draw(t, "number")
	}
	a.Owner = dedup.Owner(rapid.Uint64().Draw(t, "owner"))
	switch rapid.IntRange(0, 2).Draw(t, "value") {
	case 1:
		a.HasValue, a.Value = true, append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes")...)
	case 2:
		a.Omitted = true
	}
	if rapid.Bool().Draw(t, "has a fingerprint") {
		a.Fingerprint = rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "fingerprint")
	}
	return a
}

func TestAnswersAreReadAsTheyWereAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.SliceOfN(rapid.Custom(drawAnswer), 1, 4).Draw(t, "answers")
		var encoded []byte
		var apart []byte // values that follow
		for i := range answers {
			a := answers[i]
			length := 0
			if len(a.Value) > 0 && rapid.Bool().Draw(t, "apart") {
				length, apart, a.Value = len(a.Value), append(apart, a.Value...), nil
			}
			encoded = appendAnswer(encoded, &a, length)
		}
		encoded = append(encoded, apart...)
		decoded, err := DecodeAnswers(encoded, len(answers))
		require.NoError(t, err)
		require.Equal(t, answers, decoded)

		cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut")
		for _, wrong := range [][]byte{encoded[:cut], append(encoded[:len(encoded):len(encoded)], 0)} {
			_, err = DecodeAnswers(wrong, len(answers))
			require.ErrorIs(t, err, errAnswers)
		}
		_, err = DecodeAnswers(encoded, len(answers)+1)
		require.ErrorIs(t, err, errAnswers)
	})
}

func FuzzDecodeAnswers(f *testing.F) {
	f.Add(appendAnswer(nil, &Answer{Value: []byte("v"), Fingerprint: []byte("f"), Result: dedup.Result{HasValue: true}}, 0), 1)
	f.Add(append(appendAnswer(nil, &Answer{Result: dedup.Result{HasValue: true}}, 2), "vw"...), 1)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > dedup.MaxCommands {
			return
		}
		answers, err := DecodeAnswers(b, n)
		if err != nil {
			require.Nil(t, answers)
			return
		}
		var encoded []byte
		for i := range answers {
			encoded = appendAnswer(encoded, &answers[i], 0)
		}
		again, err := DecodeAnswers(encoded, n)
		require.NoError(t, err)
		require.Equal(t, answers, again)
	})
}
