package uniq

// Goal: what users reported of such tools, and what real files hold, comes out right. Method: each case as a command line with
// its input, against nodes that are a table in memory; testdata/cases has the inputs that were reported.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/records"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// told is what a command writes, says, and ends with.
type told struct {
	out, said string
	err       error
}

// command runs uniq with an input, which is a file of testdata/cases if there is one of its name.
func command(t *testing.T, l *lossy, input string, args ...string) told {
	if file, err := os.ReadFile(filepath.Join("testdata", "cases", input)); err == nil && input != "" {
		input = string(file)
	}
	c := commandOver(func() (*target, error) {
		nodes, err := cluster.New(cluster.Config{Nodes: []string{"a:1"}, Transport: l})
		return &target{nodes: nodes, patience: time.Minute}, err
	})
	c.SilenceUsage, c.SilenceErrors = true, true
	c.Flags().String("ns", "", "")
	var out, said bytes.Buffer
	c.SetIn(strings.NewReader(input))
	c.SetOut(&out)
	c.SetErr(&said)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return told{out.String(), said.String(), err}
}

// of returns lines of a file of testdata/cases, numbered from 1.
func linesOfFile(t *testing.T, name string, numbers ...int) (lines string) {
	file, err := os.ReadFile(filepath.Join("testdata", "cases", name))
	require.NoError(t, err)
	all := strings.SplitAfter(string(file), "\n")
	for _, n := range numbers {
		lines += all[n-1]
	}
	return lines
}

func TestReportedCases(t *testing.T) {
	for _, row := range []struct {
		input string
		args  string
		lines []int  // that are written
		says  string // on standard error
	}{
		{"01-webhooks.jsonl", "--json id", []int{1, 2}, "2 first seen, 0 seen before"},
		{"01-webhooks.jsonl", "--json data.object.id", []int{1}, "1 first seen, 1 seen before"},
		{"01-webhooks.jsonl", `--key /"id":"([^"]+)"/`, []int{1, 2}, "name the field by --json"},
		{"02-webhooks.jsonl", "--json id", []int{1, 3}, "2 first seen, 2 seen before"},
		{"02-webhooks.jsonl", `--key /"id":"([^"]+)"/`, []int{1, 2, 3, 4}, "4 of 4 lines have no key (line 1, for one: the expression does not match)"},
		{"04-people.csv", "--csv zip --header", []int{1, 2, 3}, "4 records: 2 first seen, 1 seen before, a header"},
		{"04-people.csv", "--csv 5", []int{1, 2, 3}, "3 first seen, 1 seen before"},
		{"04-people.csv", "--key 5 --delimiter ,", []int{1, 2, 3}, "3 first seen, 1 seen before"},
		{"06-rows.csv", "--key 1 --delimiter ,", []int{1, 2, 3}, "2 of 3 lines have no key (line 2, for one: column 1 is empty)"},
		{"06-rows.csv", "--csv id --header", []int{1, 2, 3}, "2 of 2 records have no key (record 2 (line 2), for one: column \"id\" is empty)"},
		{"06-rows.csv", "--csv 1 --unmatched drop", []int{1}, "2 without a key (left out)"},
		{"07-a.csv", "--csv id --header", []int{1, 2, 3}, "a header"},
	} {
		got := command(t, newLossy(1, 0), row.input, strings.Fields(row.args)...)
		require.NoError(t, got.err)
		require.Equal(t, linesOfFile(t, row.input, row.lines...), got.out, "%+v", row)
		require.Contains(t, got.said, row.says, "%+v", row)
	}
}

func TestReportedCasesOfTwoInputs(t *testing.T) {
	for _, row := range []struct {
		first, second, args, out string
		says                     string // the second time
	}{
		{"07-a.csv", "07-b.csv", "--csv id --header", "id,v\n1,a\n2,b\nid,v\n3,c\n", "1 seen before, a header"},
		{"07-a.csv", "07-b.csv", "--key 1 --delimiter , --header", "id,v\n1,a\n2,b\nid,v\n3,c\n", ""},
		{"10-in.txt", "", "", "A\r\nB\r\n", ""},
		{"11-a.txt", "11-b.txt", "", "x1\nx2\nx3\nx4\n", "without a newline (line 2)"},
		{"13-events.gz", "", "", "a\nb\n", ""},
		{"16-night1", "16-night2", "--run nightly", "HEADER\nevt_1\nevt_2\nHEADER\nevt_1\nevt_9\n", "run nightly was here before"},
		{"16-night1", "16-night2", "", "HEADER\nevt_1\nevt_2\nevt_9\n", ""},
	} {
		l := newLossy(1, 0)
		first, second := command(t, l, row.first, strings.Fields(row.args)...), command(t, l, row.second, strings.Fields(row.args)...)
		require.NoError(t, first.err)
		require.NoError(t, second.err)
		require.Equal(t, row.out, first.out+second.out, "%+v", row)
		require.Contains(t, second.said, row.says, "%+v", row)
	}
}

// numbered returns as many lines, made of their numbers from 1.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i+1)
	}
	return b.String()
}

func TestWhatIsSaidOfKeys(t *testing.T) {
	many := numbered(30, `{"id":%d,"type":"x"}`)
	for _, row := range []struct{ input, args, says, not string }{
		{many, "--json type", `the keys of all 30 lines so far are one: "x"`, "no key"},
		{many, "--json id", "", "keys"},
		{many, "--json order", "30 of 30 lines have no key (line 1, for one: it has no field order)", "are one"},
		{strings.Repeat("\n", 5) + many, "", "5 without a key", "have no key"},
		{strings.Repeat("same\n", 100), "", "99 seen before", "are one"}, // no key was named
		{"a,b\n1,\"x\n" + numbered(30, "%d,x"), "--csv 1", "record 2 (line 2): a quote is left open", "have no key"},
		{"1,\"x\ny\"\n2,a\"b\n", "--csv 1", "record 2 (line 3): a quote stands within", "record 1"},
		{numbered(20, `%d,"a"b`) + numbered(100, "%d,x"), "--csv 1", "more such records are counted", "record 7 (line 7): "},
		{"a;1\n\"b\n", "--key 1 --delimiter ;", "line 2: a quote is left open at its end: --csv", "line 1:"},
	} {
		got := command(t, newLossy(1, 0), row.input, strings.Fields(row.args)...)
		require.NoError(t, got.err)
		require.Contains(t, got.said, row.says, "%+v", row)
		require.NotContains(t, got.said, row.not, "%+v", row)
	}
}

func TestALineWithoutAKeyStopsWhoWantsThat(t *testing.T) {
	l := newLossy(1, 0)
	got := command(t, l, "{\"id\":1}\n{\"id\":2}\n{}\n{\"id\":3}\n", "--json", "id", "--unmatched", "fail", "--run", "r", "--ns", "it's")
	var stopped *StoppedError
	require.ErrorAs(t, got.err, &stopped)
	require.ErrorContains(t, got.err, "stopped behind line 2: line 3 has no key: it has no field id")
	require.ErrorContains(t, got.err, `semel uniq --json id --ns 'it'\''s' --unmatched fail --run r < input`)
	require.Equal(t, "{\"id\":1}\n{\"id\":2}\n", got.out)
	require.Len(t, l.owners, 2)
}

func TestSkipsAreOfRecords(t *testing.T) {
	const input = "id,v\n1,\"a\nb\"\n2,c\n3,\"d\n\"\n"
	for skip, want := range map[string]string{"0": input, "1": "1,\"a\nb\"\n2,c\n3,\"d\n\"\n", "2": "2,c\n3,\"d\n\"\n", "4": ""} {
		got := command(t, newLossy(1, 0), input, "--csv", "id", "--header", "--run", "r", "--skip", skip)
		require.NoError(t, got.err)
		require.Equal(t, want, got.out, skip)
	}
}

// A quote that is left open for more than a MiB is told with its line, and the lines behind it are read as ever.
func TestAQuoteThatIsLeftOpenFarFromTheEnd(t *testing.T) {
	rows := numbered(12_000, "%d,"+strings.Repeat("x", 90))
	require.Greater(t, len(rows), records.LongestQuote)
	got := command(t, newLossy(1, 0), "id,t\n0,x\n1,\"open\n"+rows+rows+"7,\"x\n", "--csv", "id", "--header")
	require.NoError(t, got.err)
	require.Contains(t, got.said, "record 3 (line 3): a quote is left open")
	require.Contains(t, got.said, "record 24004 (line 24004): a quote is left open")
	require.Equal(t, "id,t\n0,x\n1,\"open\n"+rows+"7,\"x\n", got.out)
	require.Contains(t, got.said, "24004 records: 12001 first seen, 12000 seen before, 2 without a key (written), a header")
}

func TestFlagsThatAreRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--key=": "--key is empty: is a variable unset?", "--json=": "--json is empty", "--csv=": "--csv is empty", "--run=": "--run is empty", "--ns=": "--ns is empty",
		"--delimiter=": "--delimiter is empty", "--ttl 0s": "want more than 0", "--ttl -1s": "want more than 0", "--unmatched no": "want print, drop or fail",
		"--last no": "want keep, drop or fail", "--skip -1": "0 or more", "--key 1 --json a": "give one", "FILE": "semel uniq < FILE",
		"--run " + strings.Repeat("x", 201): "at most 200 bytes", "--csv x --header": "no such column",
	} {
		l := newLossy(1, 0)
		got := command(t, l, "a\nb\n", strings.Fields(args)...)
		require.ErrorContains(t, got.err, says, args)
		var stopped *StoppedError
		require.NotErrorAs(t, got.err, &stopped)
		require.Empty(t, l.owners)
	}
}

// The examples of the help are ones that can be copied: none takes a field of JSON by an expression.
func TestTheExamplesOfTheHelpAreSafe(t *testing.T) {
	for _, text := range []string{help, examples} {
		require.NotContains(t, text, `"id":`)
		require.NotContains(t, text, `--key '/"`)
	}
	for line := range strings.Lines(examples) {
		_, flags, found := strings.Cut(line, "semel uniq")
		require.True(t, found, line)
		flags, _, _ = strings.Cut(flags, "<")
		require.NoError(t, command(t, newLossy(1, 0), "order_id x\n", strings.Fields(strings.ReplaceAll(flags, "--csv order_id", "--csv 1"))...).err, line)
	}
}
