package backup

// Goal: backup writes what a cluster has, from any node, and says what. Method: three nodes on this machine.

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup"
	format "github.com/eventstreamcore/semel/dedup/backup"
)

func TestAClusterIsBackedUp(t *testing.T) {
	dev := semeltest.StartDev(t)
	dev.Leader(t)
	for k, node := range dev.Nodes { // whoever leads: what one has answered the next one has
		key := string(rune('a' + k))
		require.Zero(t, semeltest.Run(t, dev.Addresses(), "claim", key).Code)
		path := filepath.Join(t.TempDir(), "f.backup")
		told := semeltest.Run(t, node.HTTP, "backup", "--json", path)
		require.Zero(t, told.Code, told.Errors)
		var said struct{ Keys, Number, Bytes uint64 }
		require.NoError(t, json.Unmarshal([]byte(told.Out), &said))
		require.EqualValues(t, k+1, said.Keys)
		require.EqualValues(t, k+1, said.Number)

		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.EqualValues(t, len(content), said.Bytes)
		reader, err := format.NewReader(bytes.NewReader(content))
		require.NoError(t, err)
		body, err := io.ReadAll(reader)
		require.NoError(t, err)
		m, err := dedup.LoadState(body[format.SumBytes:])
		require.NoError(t, err)
		require.EqualValues(t, k+1, m.Usage().Keys)

		streamed := semeltest.Run(t, node.HTTP, "backup", "-")
		require.Zero(t, streamed.Code, streamed.Errors)
		require.Equal(t, string(content), streamed.Out)
		require.Contains(t, streamed.Errors, "standard output: the state after entry ")
		require.Equal(t, exit.Usage, semeltest.Run(t, node.HTTP, "backup", path).Code, "it is there already")
	}
}
