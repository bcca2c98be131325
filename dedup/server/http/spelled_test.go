package http

// Goal: a value takes no more bytes in a body than were counted for it. Method: drawn values, all bytes among them.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup/server"
)

func TestAValueIsSpelledInTheBytesThatAreCounted(t *testing.T) {
	value := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Custom(func(t *rapid.T) []byte {
		return []byte(rapid.StringOf(rapid.RuneFrom([]rune("a<>&\"\\\x00\n\x7fé\u2028\u2029\U0001F600"))).Draw(t, "text"))
	}))
	rapid.Check(t, func(t *rapid.T) {
		var a server.Answer
		a.HasValue, a.Value = true, value.Draw(t, "value")
		counted, _ := spelled(a.Value)
		require.LessOrEqual(t, len(appendBytes(nil, &a)), len(`,"value64":""`)+counted)
		require.LessOrEqual(t, counted, 2*len(a.Value)+4, "whatever it is")
	})
}
