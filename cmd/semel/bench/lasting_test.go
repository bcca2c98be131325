package bench

// Goal: the parts about what lasts measure what they say. Method: each over some thousand keys, by what its table counts; times are whatever they are.

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

// rowsOf are the rows of a table below its head, by cells.
func rowsOf(text string) (rows [][]string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows[min(len(rows), 2):]
}

func TestEntriesAreTimedDuringSnapshotsAndWithout(t *testing.T) {
	var out bytes.Buffer
	o := &options{data: t.TempDir(), keys: 20_000}
	require.NoError(t, o.pause(t.Context(), &out))
	rows := rowsOf(out.String())
	require.Len(t, rows, 4)
	for _, r := range rows {
		require.NotEqual(t, "0", r[1], out.String())
	}
	require.Regexp(t, `during a snapshot, [0-9.]+ ms, is (below|above) the 10 ms`, out.String())
}

func TestAClusterIsStartedAgain(t *testing.T) {
	var out bytes.Buffer
	o := &options{data: t.TempDir(), program: semeltest.Binary(t)}
	b := before{claims: 2000}
	require.NoError(t, o.withCluster(t.Context(), "restart", func(c *cluster) error { return b.measure(t.Context(), &out, c) }, snapshotFlags(64<<10, false)...))
	row := strings.Split(out.String(), "|")
	require.Len(t, row, 13, out.String())
	require.NotContains(t, out.String(), "| 0.00 |")
}

func TestAFollowerThatWasAwayFetches(t *testing.T) {
	var out bytes.Buffer
	o := &options{data: t.TempDir(), program: semeltest.Binary(t)}
	a := absence{"below the base", 10_000, snapshotFlags(64<<10, false), true}
	require.NoError(t, o.withCluster(t.Context(), "rejoin", func(c *cluster) error { return a.measure(t.Context(), &out, c, 100) }, a.flags...))
	row := strings.Split(out.String(), "|")
	require.Len(t, row, 21, out.String())
	require.NotEmpty(t, strings.TrimSpace(row[4]), "a snapshot was fetched: "+out.String())
}
