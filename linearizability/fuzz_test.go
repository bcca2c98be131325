package linearizability_test

// Goal: whatever a file says, Read refuses it or Judge comes to a verdict, without a
// panic. Method: fuzzing, from the histories
// of testdata.

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

func FuzzJudge(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jsonl")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := linearizability.Read(bytes.NewReader(file))
		if err != nil {
			require.ErrorIs(t, err, linearizability.ErrMalformed)
			return
		}
		v := linearizability.JudgeWithin(h, 5*time.Second)
		require.Equal(t, v.OK, len(v.Violations) == 0, account(v))
	})
}
