package simulator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Goal: a clock never jumps when its rate changes. Method: a table of what it shows.
func TestAClockGoesOnFromWhatItShows(t *testing.T) {
	c := clock{set: 100, shown: 7, rate: 1}
	require.Equal(t, int64(17), c.show(110))
	c.run(110, 0)
	require.Equal(t, int64(17), c.show(500))
	c.run(500, 4)
	require.Equal(t, int64(17), c.show(500))
	require.Equal(t, int64(57), c.show(510))
	c.run(510, 0.5)
	require.Equal(t, int64(67), c.show(530))
}
