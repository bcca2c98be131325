package serve

// Goal: what a node is told of snapshots is what was asked for, and what can't be is refused before anything starts.

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
)

func TestFlagsOfSnapshots(t *testing.T) {
	for _, row := range []struct {
		args        []string
		says        string
		bytes, rate int64
	}{
		{nil, "", 64 << 20, 128 << 20},
		{[]string{"--snapshot-bytes", "1MiB", "--snapshot-rate", "1GiB"}, "", 1 << 20, 1 << 30},
		{[]string{"--snapshot-bytes", "1024GiB"}, "", 1 << 40, 128 << 20},
		{[]string{"--snapshot-bytes", "63KiB"}, `--snapshot-bytes (SEMEL_SNAPSHOT_BYTES) is "63KiB": want 64KiB to 1024GiB`, 0, 0},
		{[]string{"--snapshot-bytes", "1025GiB"}, `--snapshot-bytes (SEMEL_SNAPSHOT_BYTES) is "1025GiB": want 64KiB to 1024GiB`, 0, 0},
		{[]string{"--snapshot-rate", "0"}, `--snapshot-rate (SEMEL_SNAPSHOT_RATE) is "0": want 64KiB to 1024GiB`, 0, 0},
	} {
		var s snapshotFlags
		c := &cobra.Command{}
		s.flags(c)
		require.NoError(t, c.Flags().Parse(row.args))
		if row.says != "" {
			require.EqualError(t, s.validate(), row.says)
			continue
		}
		require.NoError(t, s.validate())
		var o node.Options
		s.tune(&o)
		require.EqualValues(t, row.bytes, o.SnapshotBytes)
		require.Equal(t, row.rate, o.SnapshotRate)
	}
}
