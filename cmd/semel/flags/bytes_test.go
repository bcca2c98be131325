package flags

// Goal: a number of bytes is read as it is written, and nothing else is. Method: a table.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCountsOfBytes(t *testing.T) {
	for text, want := range map[string]Bytes{"7": 7, "7B": 7, "2KiB": 2 << 10, "512MiB": 512 << 20, "1GiB": 1 << 30, "20000000000": 20_000_000_000, "8589934591GiB": 8589934591 << 30} {
		var b Bytes
		require.NoError(t, b.Set(text))
		require.Equal(t, want, b)
		require.NoError(t, b.Set(b.String()))
		require.Equal(t, want, b)
	}
	for _, text := range []string{"", "x", "1TB", "-1", "1 GiB", "99999999999GiB", "8589934592GiB"} {
		require.Error(t, new(Bytes).Set(text), text)
	}
}
