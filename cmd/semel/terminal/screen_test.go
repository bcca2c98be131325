package terminal

// Goal: each text is drawn over the one before, no larger than the terminal. Method: what is written.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATextIsDrawnOverTheOneBefore(t *testing.T) {
	var out strings.Builder
	s, err := NewScreen(&out)
	require.NoError(t, err)
	s.dimensions = func() (int, int) { return 4, 4 }
	s.colourful = true
	require.NoError(t, s.Show("längst\nb\n", []Paint{Red}))
	require.NoError(t, s.Show("1\n2\n3\n4\n", nil))
	require.NoError(t, s.Close())
	require.Equal(t, openScreen+"\x1b[H\x1b[31mläng\x1b[0m\x1b[K\r\nb\x1b[K\r\n\x1b[J"+"\x1b[H1\x1b[K\r\n2\x1b[K\r\n3\x1b[K\r\n\x1b[J"+closeScreen, out.String())
	require.Equal(t, "whole", clip("whole", 0))
	require.False(t, Redraws(&out))
	columns, rows := size(&out)
	require.Zero(t, columns+rows)
}
