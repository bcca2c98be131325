package bench

// Goal: whatever an earlier bench left in --data, this one measures nodes that begin with nothing, and leaves nothing.
// Method: a whole report, its shortest part, over a folder with leftovers, twice.

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestAReportIsWrittenOverWhatAnEarlierOneLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for _, leftover := range []string{"1", "2", "3"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, leftover), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, leftover, "0000000000000001.wal"), []byte("damaged"), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, local.SecretFile), []byte("another one"), 0o600))
	for range 2 {
		got := semeltest.Run(t, "", "bench", "--cluster", "--data", dir, "--parts", "uniq", "--lines", "500")
		require.Zero(t, got.Code, got.Errors)
		require.Contains(t, got.Out, "exactly the first occurrences")
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 4, "what was there, and nothing else")
}

func TestAFolderThatCannotBeMadeIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := (&options{data: filepath.Join(file, "data")}).folder()
	require.ErrorContains(t, err, "--data: ")
	require.ErrorContains(t, err, "name a folder")
}
