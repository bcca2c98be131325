package client

// Goal: answers that are read by hand are read as encoding/json reads them, or left to
// it. Method: a property and a fuzz target over whole and broken texts.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var fieldsOfAnswers = []string{
	`"result":"won"`, `"result":"duplicate"`, `"result":"perhaps"`, `"result":"w\u006fn"`, `"result":7`, `"replayed":true`, `"replayed":false`,
	`"token":0`, `"token":18446744073709551615`, `"token":18446744073709551616`, `"token":99999999999999999999`, `"token":01`, `"token":-1`, `"token":1.5`, `"token":"1"`, `"token":null`,
	`"retry_after_ms":7`, `"age_ms":5`, `"value":"v"`, `"Token":5`, "\"value\":\"\x01\"", "\"value\":\"\xff\"", `"value":"\"}"`, `"value64":"/w=="`, `"new":{"a":[1]}`, `"new":"text"`, `"call":12345678901234567890`,
}

func sameAnswers(t require.TestingT, text string) bool {
	byHand, ok := readAnswers(nil, []byte(text))
	if !ok {
		return false
	}
	want, err := unmarshalAnswers([]byte(text))
	require.NoError(t, err, text)
	require.Equal(t, want, byHand, text)
	return true
}

func TestAnswersReadByHandAreThoseOfJSON(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.Custom(func(t *rapid.T) string {
			fields := rapid.SliceOfNDistinct(rapid.SampledFrom(fieldsOfAnswers), 0, 3, func(f string) string { return f[:4] }).Draw(t, "fields")
			return "{" + strings.Join(fields, ",") + "}"
		})
		text := `{"results":[` + strings.Join(rapid.SliceOfN(answer, 1, 3).Draw(t, "answers"), ",") + "]}\n"
		if rapid.IntRange(0, 3).Draw(t, "whole") == 0 {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text = text[:at] + rapid.SampledFrom([]string{"", "}", "]", ",", " ", `"`, "0"}).Draw(t, "wrong") + text[at+rapid.IntRange(0, 1).Draw(t, "cut"):]
		}
		if sameAnswers(t, text) {
			taken++
		}
	})
	require.Positive(t, taken)
}

func TestEachGuardOfReadingByHand(t *testing.T) {
	for _, text := range []string{
		``, `{"results":[]}`, `{"results":[{}]}`, `{"results":[{"token":1}]}`, `{"results":[{"result":"won"}]`, `{"results":[{"result":"won"}]}x`, `{"results":[{"result":"won"}]}{}`,
		`{"results":[{"result":"won",}]}`, `{"results":[{"result":"won"},]}`, `{"results":[{"result":"won"}{"result":"won"}]}`, `{"results": [{"result":"won"}]}`,
		`{"results":[{"result":"won","token":18446744073709551616}]}`, `{"results":[{"result":"won","token":1.5}]}`, `{"results":[{"result":"won","token":}]}`,
		`{"results":[{"result":"won","value":"\""}]}`, `{"results":[{"result":"won","token":01}]}`, `{"results":[{"result":"won","Token":1}]}`, "{\"results\":[{\"result\":\"won\",\"x\":\"\x01\"}]}", `{"results":[{"result":"won","replayed":false}]}`, `{"results":[{"result":"perhaps"}]}`, `{"results":[{"result":"won","x":{}}]}`,
	} {
		_, ok := readAnswers(nil, []byte(text))
		require.False(t, ok, text)
	}
	require.True(t, sameAnswers(t, `{"results":[{"result":"won","replayed":true,"token":18446744073709551615,"expires_in_ms":1,"number":2,"call":3},{"result":"full"}]}`+"\n"))
}

func FuzzAnswers(f *testing.F) {
	f.Add(`{"results":[{"result":"won","replayed":true,"token":5,"value":"v"},{"result":"duplicate"}]}`)
	f.Fuzz(func(t *testing.T, text string) { sameAnswers(t, text) })
}
