package demo

// Goal: the demonstration is exact, and would say so if it were not. Method: a small run
// with real processes, one of them killed with SIGKILL, and a table of outputs that
// are wrong by little.

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestDemoIsExactAndLeavesNothingBehind(t *testing.T) {
	temporary := t.TempDir()
	demo := exec.Command(semeltest.Binary(t), "demo", "--lines", "60000")
	demo.Env = append(os.Environ(), "TMPDIR="+temporary)
	out, err := demo.CombinedOutput()
	require.NoError(t, err, string(out))
	for _, said := range []string{"killed with SIGKILL", "started again", "in order, byte for byte", "nothing comes out", "exact."} {
		require.Contains(t, string(out), said)
	}
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCompareSeesWhatIsWrongByLittle(t *testing.T) {
	const truth = "a\nb\nc\n"
	require.NoError(t, compare([]byte(truth), []byte(truth)))
	for output, says := range map[string]string{
		"":             `line 1 of the output is "", want "a\n"`,
		"a\nb\n":       `line 3 of the output is "", want "c\n"`,
		"a\nb\nc":      `line 3 of the output is "c", want "c\n"`,
		"a\nb\nc\nd\n": `line 4 of the output is "d\n", want ""`,
		"a\nx\nb\nc\n": `line 2 of the output is "x\n", want "b\n"`,
		"b\na\nc\n":    `line 1`,
		"a\nb\r\nc\n":  `line 2`,
		"a\n\nb\nc\n":  `line 2`,
	} {
		err := compare([]byte(output), []byte(truth))
		require.ErrorIs(t, err, errInexact)
		require.ErrorContains(t, err, says)
	}
}

func TestTheStreamOfTheDemoRepeatsAFifth(t *testing.T) {
	input, truth, err := stream(10_000)
	require.NoError(t, err)
	require.Equal(t, 10_000, strings.Count(string(input), "\n"))
	require.InDelta(t, 8000, strings.Count(string(truth), "\n"), 300)
	seen := map[string]bool{}
	for line := range strings.Lines(string(truth)) {
		require.False(t, seen[line], "the truth has %q twice", line)
		seen[line] = true
	}
	for line := range strings.Lines(string(input)) {
		require.True(t, seen[line], "the truth lacks %q", line)
	}
}
