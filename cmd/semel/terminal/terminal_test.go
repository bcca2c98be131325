package terminal

// Goal: what is no terminal gets the text as it is. Method: a buffer, and a file.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsNoTerminalGetsNoColours(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer file.Close()
	require.False(t, Is(file))
	var out strings.Builder
	require.False(t, Is(&out))
	require.NoError(t, Print(&out, "a\nb\n", []Paint{Bold, Red}))
	require.Equal(t, "a\nb\n", out.String())
	require.Equal(t, "a", Plain.On("a"))
	require.Equal(t, "\x1b[31ma\x1b[0m", Red.On("a"))
}
