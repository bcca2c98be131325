// Goal: what TLC says is read as it is meant, for each way it has of saying it.
// Method: small modules under testdata/toy; TLC's real output on each, recorded in
// testdata/recorded. One table says what each run found; it is checked against the
// recordings (no java needed) and against TLC itself. `go test -record` records anew.
package tlc

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var record = flag.Bool("record", false, "write testdata/recorded from what TLC prints now")

const toyDir = "testdata/toy"

// toyRun is a toy model and what TLC finds in it.
type toyRun struct {
	model    string
	exit     int
	violated string
	distinct int64
	depth    int
	actions  string // the names of the trace, the initial state first
	anyTrace bool   // TLC finds one of several, of different depths
	says     string // a part of the log
}

var toyRuns = []toyRun{
	{model: "pass", distinct: 10, depth: 6, says: "No error has been found"},
	{model: "bounded", distinct: 20, depth: 7},
	{model: "printing", distinct: 20, depth: 7},
	{model: "invariant", exit: 12, violated: "Small", distinct: 3, depth: 2, actions: " Raise"},
	{model: "initial-invariant", exit: 12, violated: "BadAtStart", depth: 1},
	{model: "action-property", exit: 13, violated: "HighMonotonic", distinct: 5, depth: 3, actions: " Raise Fall"},
	{model: "alias", exit: 13, violated: "Alias", distinct: 5, depth: 3, actions: " Raise Fall"},
	{model: "conjunct", exit: 13, violated: "Both", distinct: 5, depth: 3, actions: " Raise Fall"},
	{model: "refinement", exit: 13, violated: "Refines", distinct: 5, depth: 3, actions: " Raise Fall"},
	{model: "initial-property", exit: 13, violated: "StartsHigh", depth: 1},
	{model: "liveness", exit: 13, violated: "Reaches", distinct: 10, anyTrace: true},
	{model: "two-liveness", exit: 13, violated: temporalLine + " Reaches or Leads", distinct: 10, anyTrace: true},
	{model: "assumption", exit: 10, says: "Assumption line 3"},
	{model: "evaluation", exit: 75, says: "The second argument of < should be an integer", distinct: 1},
	{model: "unparsable", exit: 150, says: "***Parse Error***"},
	{model: "unknown-invariant", exit: 151, says: "The invariant Nix"},
	{model: "misquantified", exit: 255, says: "Temporal formulas containing actions"},
	{model: "unreadable-config", exit: 255, says: "error in the configuration file"},
}

func (run toyRun) check(t *testing.T, got Result) {
	var actions []string
	for _, step := range got.Trace {
		actions = append(actions, step.Action)
	}
	require.Contains(t, got.Banner, Version)
	require.Equal(t, run.violated, got.Violated)
	require.Equal(t, run.distinct, got.Distinct)
	if !run.anyTrace {
		require.Equal(t, run.depth, got.Depth)
		require.Equal(t, run.actions, strings.Join(actions, " "))
	}
	require.Contains(t, strings.Join(got.Log, "\n"), run.says)
}

func TestRecordedOutputIsUnderstood(t *testing.T) {
	modules, err := LoadModules(toyDir)
	require.NoError(t, err)
	for _, run := range toyRuns {
		t.Run(run.model, func(t *testing.T) {
			run.check(t, recorded(t, run.model, modules))
		})
	}
}

func TestWhatMustComeInTheEndIsCheckedByOneThread(t *testing.T) {
	modules, err := LoadModules("../../../spec")
	require.NoError(t, err)
	require.True(t, modules.isTemporal("Settles"))
	require.False(t, modules.isTemporal("LeaderAppendOnly"), "a step is no end")
	o := Options{Workers: 2}
	require.Contains(t, strings.Join(o.arguments(mainClass, "jar", "config", "scratch", true), " "), "-workers 1 ")
	require.Contains(t, strings.Join(o.arguments(mainClass, "jar", "config", "scratch", false), " "), "-workers 2 ")
}

func TestABehaviourThatWasLostIsToldFromOtherEnds(t *testing.T) {
	violated, died := "Error: Temporal properties were violated.", ": Read past end of file (increase with setLength)?"
	require.True(t, lostBehaviour([]string{violated, "", "The exception was a java.io.IOException", died}))
	require.False(t, lostBehaviour([]string{violated}), "it was read")
	require.False(t, lostBehaviour([]string{died}), "nothing was found")
	require.False(t, lostBehaviour(nil))
}

func TestTLCStillPrintsWhatWasRecorded(t *testing.T) {
	jar, ok := findJar(t)
	if !ok {
		return
	}
	before := listing(t)
	for _, run := range toyRuns {
		t.Run(run.model, func(t *testing.T) {
			var lines []string
			got, err := Run(context.Background(), toyOptions(t, jar, run.model, func(line string) {
				lines = append(lines, line)
			}))
			require.NoError(t, err)
			run.check(t, got)
			require.Equal(t, run.exit, got.ExitCode)
			require.False(t, got.TimedOut)
			if *record {
				save(t, run.model, lines)
			}
		})
	}
	require.Equal(t, before, listing(t), "TLC left files beside the modules")
}

func TestTLCIsEndedWhenItsTimeIsOver(t *testing.T) {
	jar, ok := findJar(t)
	if !ok {
		return
	}
	options := toyOptions(t, jar, "pass", nil)
	options.Timeout = 50 * time.Millisecond // the JVM alone takes longer
	got, err := Run(context.Background(), options)
	require.NoError(t, err)
	require.True(t, got.TimedOut)
	require.Equal(t, -1, got.ExitCode)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Run(ended, options)
	require.ErrorIs(t, err, context.Canceled)
}

func TestActionsAreCountedUnderTheSpecificationsNames(t *testing.T) {
	modules, err := LoadModules(toyDir)
	require.NoError(t, err)
	require.ElementsMatch(t, []Action{{"Raise", 3, 9}, {"Follow", 6, 6}, {"Fall", 0, 6}, {"Never", 0, 0}},
		recorded(t, "pass", modules).Coverage)
	require.ElementsMatch(t, []Action{{"Raise", 7, 18}, {"Follow", 9, 12}, {"Follow+Never", 0, 12}, {"Fall", 3, 6}},
		recorded(t, "bounded", modules).Coverage)
}

func TestAnActionInSeveralPlacesIsCountedOnce(t *testing.T) {
	modules, err := LoadModules(toyDir)
	require.NoError(t, err)
	const line = "<Follow line 10, col 1 to line 10, col 6 of module Toy>: 2:3\n"
	got, err := ParseOutput(strings.NewReader("The coverage statistics at 12:00\n"+line+line), nil)
	require.NoError(t, err)
	got.name(modules, Model{})
	require.Equal(t, []Action{{"Follow", 4, 6}}, got.Coverage)
}

func TestPrintedStatesReachLineAndNotTheLog(t *testing.T) {
	output := "TLC2 Version\n<<0, 1>>\n\"<<0, 1>>\"\nComputing\n"
	var lines []string
	got, err := ParseOutput(strings.NewReader(output), func(line string) { lines = append(lines, line) })
	require.NoError(t, err)
	require.Equal(t, []string{"TLC2 Version", "<<0, 1>>", `"<<0, 1>>"`, "Computing"}, lines)
	require.Equal(t, []string{"TLC2 Version", "Computing"}, got.Log)
}

func TestTheLastCoverageReportCounts(t *testing.T) {
	report := func(n string) string {
		return "The coverage statistics at 12:00\n<Raise line 9, col 1 to line 9, col 8 of module Toy>: 1:" + n + "\nEnd of statistics.\n"
	}
	got, err := ParseOutput(strings.NewReader(report("5")+report("8")), nil)
	require.NoError(t, err)
	require.Len(t, got.rawCoverage, 1)
	require.EqualValues(t, 8, got.rawCoverage[0].generated)
}

// overhead is how TLC ends a report of coverage once five minutes have passed.
const overhead = "End of statistics (please note that for performance reasons large models\nare best checked with coverage and cost statistics disabled).\n"

func TestTheLastNumbersAreReadBehindALongRunsCoverage(t *testing.T) {
	whole, err := os.ReadFile("testdata/recorded/pass.txt")
	require.NoError(t, err)
	progress := "Progress(4) at 2026-11-23 21:31:20: 9 states generated, 5 distinct states found, 2 states left on queue.\n"
	begin, rest, found := strings.Cut(string(whole), "The coverage statistics at")
	require.True(t, found)
	long := strings.Replace(rest, "End of statistics.\n", overhead, 1)
	require.NotEqual(t, rest, long)
	got, err := ParseOutput(strings.NewReader(begin+progress+"The coverage statistics at"+long), nil)
	require.NoError(t, err)
	require.EqualValues(t, 10, got.Distinct)
	require.Equal(t, 6, got.Depth)
	require.True(t, got.Complete)
}

// Wherever the output of a run that passed is cut, nobody takes it for whole.
func TestAnOutputThatIsCutOffIsNotComplete(t *testing.T) {
	whole, err := os.ReadFile("testdata/recorded/pass.txt")
	require.NoError(t, err)
	progress := "Progress(4) at 2026-11-23 21:31:20: 22 states generated, 10 distinct states found, 0 states left on queue.\n"
	lines := strings.SplitAfter(progress+string(whole), "\n")
	last := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "22 states generated") })
	require.Positive(t, last)
	for k := range lines {
		got, err := ParseOutput(strings.NewReader(strings.Join(lines[:k], "")), nil)
		require.NoError(t, err)
		require.Equal(t, k > last, got.Complete, "%d lines", k)
	}
	left := strings.Replace(string(whole), "found, 0 states left", "found, 1 states left", 1)
	got, err := ParseOutput(strings.NewReader(left), nil)
	require.NoError(t, err)
	require.False(t, got.Complete, "one is left")
}

// A java that ends well says nothing of the model.
func TestARunThatPassesWithoutItsLastNumbersIsAnError(t *testing.T) {
	folder := t.TempDir()
	java := "#!/bin/sh\necho 'Progress(4) at 2026-11-23 21:31:20: 9 states generated, 5 distinct states found, 2 states left on queue.'\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "java"), []byte(java), 0o755))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	_, err := Run(t.Context(), toyOptions(t, "jar", "pass", nil))
	require.ErrorIs(t, err, ErrIncomplete)
	require.ErrorContains(t, err, "5 distinct states")
}

func TestARunThatIsEndedTellsHowFarItCame(t *testing.T) {
	got, err := ParseOutput(strings.NewReader("Progress(25) at 2026-11-23 21:40:19: 605,821 states generated "+
		"(278,864 s/min), 90,410 distinct states found (37,654 ds/min), 11,035 states left on queue.\n"), nil)
	require.NoError(t, err)
	require.EqualValues(t, 605821, got.Generated)
	require.EqualValues(t, 90410, got.Distinct)
	require.Equal(t, 25, got.Depth)
}

func recorded(t *testing.T, model string, modules Modules) Result {
	file, err := os.Open(filepath.Join("testdata/recorded", model+".txt"))
	require.NoError(t, err)
	defer file.Close()
	got, err := ParseOutput(file, nil)
	require.NoError(t, err)
	checked, err := checkedBy(filepath.Join(toyDir, model+".cfg"))
	require.NoError(t, err)
	got.name(modules, checked)
	return got
}

// findJar returns TLC's jar, and whether there is one. Where TLC can't run it says so;
// on the build server (CI=true) the test fails.
func findJar(t *testing.T) (jar string, ok bool) {
	jar, err := Jar("../../..")
	if errors.Is(err, ErrUnavailable) && os.Getenv("CI") != "true" {
		t.Logf("!!!!! NOT TESTED AGAINST TLC: %v", err)
		return "", false
	}
	require.NoError(t, err)
	return jar, true
}

func toyOptions(t *testing.T, jar, model string, line func(string)) Options {
	m, err := ParseModel(filepath.Join(toyDir, model+".cfg"))
	require.NoError(t, err)
	return Options{Jar: jar, SpecDir: toyDir, Module: m.Module, Config: m.Config, Workers: 1, Line: line}
}

func listing(t *testing.T) []string {
	paths, err := filepath.Glob(filepath.Join(toyDir, "*"))
	require.NoError(t, err)
	return paths
}

var ownPath = regexp.MustCompile(`(Parsing file ).*/|(\[pid: ).*`)

// save writes a recording without what names this machine.
func save(t *testing.T, model string, lines []string) {
	text := ownPath.ReplaceAllString(strings.Join(lines, "\n"), "$1")
	require.NoError(t, os.WriteFile(filepath.Join("testdata/recorded", model+".txt"), []byte(text+"\n"), 0o644))
}
