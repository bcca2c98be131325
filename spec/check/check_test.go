// Goal: a build turns red for every way in which a model is not what it declares, and
// for nothing else.
// Method: tables of TLC results against declarations; whole runs over small spec
// folders with a runner that answers in TLC's place. Package tlc tests the reading of
// TLC's output and TLC itself.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

const banner = "TLC2 " + tlc.Version

func fires(name string, times int64) tlc.Action { return tlc.Action{Name: name, Generated: times} }

func TestVerdicts(t *testing.T) {
	clean := tlc.Model{Expect: tlc.Pass, Timeout: time.Minute}
	never := clean
	never.Never = []string{"Lose"}
	counted := clean
	counted.States = 7
	mutant := tlc.Model{Expect: "LogMatching", Mutant: "prev-term-unchecked", Timeout: time.Minute}
	covered := []tlc.Action{fires("Timeout", 3)}
	step := []tlc.Step{{}, {Action: "Accept", State: []string{`/\ log = <<>>`}}}

	for name, c := range map[string]struct {
		model   tlc.Model
		result  tlc.Result
		verdict string // what a green one says; what a red one says somewhere
		red     bool
	}{
		"passes":             {clean, tlc.Result{Coverage: covered}, "pass", false},
		"never, and never":   {never, tlc.Result{Coverage: append(covered, fires("Lose", 0))}, "pass", false},
		"as many states":     {counted, tlc.Result{Coverage: covered, Distinct: 7}, "pass", false},
		"a state more":       {counted, tlc.Result{Coverage: covered, Distinct: 8}, "8 distinct states, it declares 7", true},
		"fails as it must":   {mutant, tlc.Result{ExitCode: 12, Violated: "LogMatching"}, "fails as it must: LogMatching", false},
		"action property":    {mutant, tlc.Result{ExitCode: 13, Violated: "LogMatching", Trace: step}, "fails as it must: LogMatching", false},
		"violates":           {clean, tlc.Result{ExitCode: 12, Violated: "LogMatching", Trace: step}, "violates LogMatching, and must pass", true},
		"mutant survives":    {mutant, tlc.Result{Coverage: covered}, "the mutant survives", true},
		"another property":   {mutant, tlc.Result{ExitCode: 12, Violated: "TypeOK"}, "violates TypeOK, and must violate LogMatching", true},
		"unnamed property":   {mutant, tlc.Result{ExitCode: 13}, "a property that TLC does not name", true},
		"one of two":         {mutant, tlc.Result{ExitCode: 13, Violated: "Temporal … A or B"}, "A or B, and must", true},
		"timeout":            {clean, tlc.Result{ExitCode: -1, TimedOut: true}, "TIMEOUT after 60 s", true},
		"mutant's timeout":   {mutant, tlc.Result{ExitCode: -1, TimedOut: true}, "TIMEOUT", true},
		"false assumption":   {clean, tlc.Result{ExitCode: 10, Log: []string{"Assumption line 3"}}, "Assumption line 3", true},
		"deadlock":           {clean, tlc.Result{ExitCode: 11}, "deadlock", true},
		"evaluation":         {mutant, tlc.Result{ExitCode: 75, Violated: "LogMatching"}, "can't be evaluated", true},
		"safety evaluation":  {clean, tlc.Result{ExitCode: 76}, "can't be evaluated", true},
		"live evaluation":    {clean, tlc.Result{ExitCode: 77}, "can't be evaluated", true},
		"module":             {mutant, tlc.Result{ExitCode: 150}, "can't be parsed", true},
		"configuration":      {mutant, tlc.Result{ExitCode: 151}, "does not fit the module", true},
		"another exit":       {clean, tlc.Result{ExitCode: 255}, "exit code 255", true},
		"no coverage":        {clean, tlc.Result{}, "no coverage", true},
		"action never fires": {clean, tlc.Result{Coverage: append(covered, fires("Lose", 0))}, "action Lose never fires", true},
		"never, but fires":   {never, tlc.Result{Coverage: append(covered, fires("Lose", 2))}, "action Lose fires 2 times", true},
		"never, but unknown": {never, tlc.Result{Coverage: covered}, "never: names Lose, which is no action", true},
	} {
		t.Run(name, func(t *testing.T) {
			var shown strings.Builder
			got := judge(c.model, c.result)
			got.print(&shown)
			require.Equal(t, c.red, got.red())
			require.Contains(t, shown.String(), c.verdict)
			require.Equal(t, c.red && len(c.result.Trace) > 0, strings.Contains(shown.String(), "path: Init > Accept"))
			if !c.red {
				require.Equal(t, c.verdict, got.verdict)
			}
		})
	}
}

// specFolder writes a repository with models: each name's text is the .cfg's body
// after shows and bounds.
func specFolder(t *testing.T, readme string, cfgs map[string]string) options {
	root := t.TempDir()
	for _, dir := range []string{"models", "mutants"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, "spec", dir), 0o755))
	}
	for name, text := range map[string]string{"RaftProperties": toyProperties, "MCRaft": toyModels} {
		require.NoError(t, os.WriteFile(filepath.Join(root, "spec", name+".tla"), []byte(text), 0o644))
	}
	for name, text := range cfgs {
		text = `\* module: MC` + "\n" + `\* shows: a|b` + "\n" + `\* bounds: few` + "\n" + text
		require.NoError(t, os.WriteFile(filepath.Join(root, "spec", name+".cfg"), []byte(text), 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "spec/README.md"), []byte(readme), 0o644))
	return options{root: root, jobs: 2}
}

// What there is to check in such a folder.
const (
	toyProperties = "Slice(l, k) == l\nTypeOK == TRUE\nLogMatching ==\n  TRUE\nMonotonicTerm ==\n  [][TRUE]_vars\n"
	toyModels     = "Within == TRUE\n-----\n(* What must hold of a model. *)\nBoundsHold == Within\n-----\nPrintState == TRUE\n"
)

const (
	twoNodes = "\\* expect: pass\n\\* states: 1,234,567\n\\* checks: all\n\\* never: Lose\n\\* fast: yes\nSPECIFICATION MCSpec\n"
	losing   = "\\* expect: pass\n\\* states: 9\n\\* checks: all but TypeOK\nSPECIFICATION MCSpec\n"
	vast     = "\\* expect: pass\n\\* checks: all\n\\* explored: 1,000,001\n\\* timeout: 60\nSPECIFICATION MCSpec\n"
	violates = "\\* expect: LogMatching\n\\* mutant: prev-term-unchecked\n\\* checks: all but MonotonicTerm\nSPECIFICATION MCSpec\n"
)

// answers is a runner that gives each model, by name, a result.
func answers(results map[string]tlc.Result) runner {
	return func(_ context.Context, o tlc.Options) (tlc.Result, error) {
		r, ok := results[strings.TrimSuffix(filepath.Base(o.Config), ".cfg")]
		if !ok {
			return r, fmt.Errorf("%s was not to be run", o.Config)
		}
		r.Banner = banner
		return r, nil
	}
}

// asDeclared is a result for each of the three models above.
func asDeclared() map[string]tlc.Result {
	return map[string]tlc.Result{
		"two": {Distinct: 1234567, Depth: 38, Elapsed: 1500 * time.Millisecond,
			Coverage: []tlc.Action{fires("Timeout", 3), fires("Lose", 0)}},
		"losing": {Distinct: 9, Depth: 3, Elapsed: time.Second, Coverage: []tlc.Action{fires("Timeout", 3), fires("Lose", 1)}},
		"unsafe": {Distinct: 77, Depth: 8, Elapsed: time.Second, ExitCode: 12, Violated: "LogMatching",
			Coverage: []tlc.Action{fires("Timeout", 1)}}, // ended early: not counted
	}
}

// threeModels are for TLC to run, and there is a fourth that is not.
func threeModels(t *testing.T, readme string) options {
	return specFolder(t, readme, map[string]string{"models/two": twoNodes, "models/losing": losing,
		"models/vast": vast, "mutants/unsafe": violates})
}

const (
	tableBegin = "<!-- table: begin -->"
	tableEnd   = "<!-- table: end -->"
)

const written = "before\n" + tableBegin + "\n\n" + `### Models that must hold

| model | what it shows | bounds | distinct states | depth | seconds | verdict |
|---|---|---|--:|--:|--:|---|
| losing | a\|b | few | 9 | 3 | 1.0 | pass |
| two | a\|b | few | 1,234,567 | 38 | 1.5 | pass |

### Models that the explorer alone searches

| model | what it shows | bounds | distinct states | seconds at most |
|---|---|---|--:|--:|
| vast | a\|b | few | 1,000,001 | 60 |

### Models that must fail

| model | what it shows | bounds | distinct states | depth | seconds | verdict |
|---|---|---|--:|--:|--:|---|
| unsafe (prev-term-unchecked) | a\|b | few | 77 | 8 | 1.0 | fails as it must: LogMatching |

### Actions

| action | fires in |
|---|---|
| Lose | 1 of 2 models that must hold |
| Timeout | 2 of 2 models that must hold |

### Properties

- properties that some mutant trips: LogMatching
- properties that no mutant trips: MonotonicTerm, TypeOK
- bounds: BoundsHold
- left out: by losing TypeOK; by unsafe MonotonicTerm

` + tableEnd + "\nafter\n"

func TestTheTableIsWrittenWhenAllIsAsDeclared(t *testing.T) {
	o := threeModels(t, "before\n"+tableBegin+"\nold\n"+tableEnd+"\nafter\n")
	o.table = true
	var out, errs bytes.Buffer
	require.Equal(t, exitPass, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs), errs.String())
	readme, err := os.ReadFile(filepath.Join(o.root, "spec/README.md"))
	require.NoError(t, err)
	require.Equal(t, written, string(readme))
	require.True(t, strings.HasSuffix(out.String(), "\n3 models, 4 s of TLC: PASS\n"))
}

func TestTheTableIsNotWrittenWithoutItsMarksNorWhenRed(t *testing.T) {
	o := threeModels(t, "no marks\n")
	o.table = true
	var out, errs bytes.Buffer
	require.Equal(t, exitFail, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))
	require.Contains(t, errs.String(), "no lines")

	survives := asDeclared()
	survives["unsafe"] = tlc.Result{}
	errs.Reset()
	require.Equal(t, exitFail, check(context.Background(), o, "jar", answers(survives), &out, &errs))
	require.Contains(t, errs.String(), "not all models did what they declare")
	require.True(t, strings.HasSuffix(out.String(), ": FAIL\n"))
}

func TestAnActionThatNoModelFiresIsRedOnceAllRan(t *testing.T) {
	o := specFolder(t, "", map[string]string{"models/two": twoNodes})
	o.fast = true
	var out, errs bytes.Buffer
	require.Equal(t, exitPass, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))

	o.fast = false
	require.Equal(t, exitFail, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))
	require.Contains(t, out.String(), "RED: action Lose fires in no model")
}

func TestOnlyTheExpectedViolationTripsAProperty(t *testing.T) {
	model := tlc.Model{Expect: "LogMatching", Invariants: []string{"LogMatching", "TypeOK"}}
	for violated, want := range map[string][]string{"LogMatching": {"LogMatching"}, "TypeOK": nil} {
		ran := judge(model, tlc.Result{ExitCode: tlc.ExitInvariant, Violated: violated})
		tripped, _, _ := summary{models: []tlc.Model{model}, outcomes: []outcome{ran}}.properties()
		require.Equal(t, want, tripped)
	}
}

func TestFlagsChooseModels(t *testing.T) {
	for flags, want := range map[string]int{
		"-fast": 1, "-only ^t|uns": 2, "": 3, "-fast -only unsafe": 0,
	} {
		base := threeModels(t, "")
		o, err := parseFlags(append(strings.Fields(flags), "-root", base.root), &bytes.Buffer{})
		require.NoError(t, err)
		all, err := loadModels(filepath.Join(o.root, "spec"))
		require.NoError(t, err)
		require.Len(t, o.selected(all), want, flags)
	}
	for _, flags := range []string{"-table -fast", "-table -only x", "-only (", "-unknown"} {
		_, err := parseFlags(strings.Fields(flags), &bytes.Buffer{})
		require.Error(t, err, flags)
	}
}

func TestJSONIsOneLineAModel(t *testing.T) {
	o := threeModels(t, "")
	o.json = true
	var out, errs bytes.Buffer
	require.Equal(t, exitPass, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &line))
	require.Equal(t, "fails as it must: LogMatching", line["verdict"])
	require.Equal(t, "prev-term-unchecked", line["mutant"])
	require.EqualValues(t, 77, line["distinct"])
}

func TestAModelInTheWrongFolderIsRefused(t *testing.T) {
	for name, cfgs := range map[string]map[string]string{
		"belongs in mutants/":    {"models/unsafe": violates},
		"a model that fails, or": {"models/two": strings.Replace(twoNodes, "pass", "TypeOK", 1)},
		"has a mutant, belongs":  {"models/two": "\\* mutant: none\n" + twoNodes},
		"in mutants/":            {"mutants/losing": losing},
		"two models are named":   {"models/same": losing, "mutants/same": violates},
		`no line "\* expect: …"`: {"models/bare": "SPECIFICATION MCSpec\n"},
		"no model was chosen":    {"models/vast": vast},
		"is explored must hold":  {"mutants/vast": strings.Replace(vast, "pass", "LogMatching", 1)},
		"of states, and holds":   {"mutants/unsafe": "\\* states: 3\n" + violates},
		`"states" is missing`:    {"models/two": strings.Replace(twoNodes, "\\* states: 1,234,567\n", "", 1)},
		`states is "few"`:        {"models/two": strings.Replace(twoNodes, "1,234,567", "few", 1)},
		"mean nothing there":     {"models/vast": "\\* never: Lose\n" + vast},
		"neither alone nor to":   {"models/two": "\\* reaches: TwoLeaders\n" + losing},
		"who fails ends early":   {"mutants/unsafe": "\\* reaches: TwoLeaders\n" + violates},
		`explored is "many"`:     {"models/vast": strings.Replace(vast, "1,000,001", "many", 1)},
	} {
		var out, errs bytes.Buffer
		o := specFolder(t, "", cfgs)
		require.Equal(t, exitNotStarted, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))
		require.Contains(t, errs.String(), name)
	}
}

func TestWhatAModelChecksIsDeclaredOrItIsRefused(t *testing.T) {
	for says, cfgs := range map[string]map[string]string{
		`no line "\* checks: …"`:                    {"models/two": strings.Replace(twoNodes, `\* checks: all`, `\* (all)`, 1)},
		"leaves out LogMarching, which is no check": {"models/two": strings.Replace(twoNodes, "all", "all but LogMarching", 1)},
		"leaves out Within, which is no check":      {"models/two": strings.Replace(twoNodes, "all", "all but Within", 1)},
		"leaves out Slice, which is no check":       {"models/two": strings.Replace(twoNodes, "all", "all but Slice", 1)},
		"expects LogMatching to be violated, which": {"mutants/unsafe": strings.Replace(violates, "MonotonicTerm", "LogMatching", 1)},
		"a line checks: and a list of its own":      {"models/two": twoNodes + "INVARIANT TypeOK\n"},
		`checks is "some"`:                          {"models/two": strings.Replace(twoNodes, "all", "some", 1)},
		`checks is "all but"`:                       {"models/two": strings.Replace(twoNodes, "all", "all but", 1)},
	} {
		_, err := loadModels(filepath.Join(specFolder(t, "", cfgs).root, "spec"))
		require.ErrorIs(t, err, tlc.ErrModel, says)
		require.ErrorContains(t, err, says)
	}
}

// TLC reads the model's own text and, behind it, whatever there is to check: also what was
// added to a module since the model was written.
func TestTLCReadsTheListsOfChecks(t *testing.T) {
	o := threeModels(t, "")
	properties := filepath.Join(o.root, "spec/RaftProperties.tla")
	require.NoError(t, os.WriteFile(properties, []byte(toyProperties+"TermsAscend == TRUE\n"), 0o644))
	read := map[string]string{}
	var one sync.Mutex
	reads := func(_ context.Context, o tlc.Options) (tlc.Result, error) {
		content, err := os.ReadFile(o.Config)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(o.Config), ".cfg")
		one.Lock()
		defer one.Unlock()
		_, read[name], _ = strings.Cut(string(content), "SPECIFICATION MCSpec\n")
		return tlc.Result{Banner: banner}, nil
	}
	check(context.Background(), o, "jar", reads, &bytes.Buffer{}, &bytes.Buffer{})
	require.Equal(t, map[string]string{
		"two":    "INVARIANTS\n  TypeOK\n  LogMatching\n  TermsAscend\n  BoundsHold\nPROPERTIES\n  MonotonicTerm\n",
		"losing": "INVARIANTS\n  LogMatching\n  TermsAscend\n  BoundsHold\nPROPERTIES\n  MonotonicTerm\n",
		"unsafe": "INVARIANTS\n  TypeOK\n  LogMatching\n  TermsAscend\n  BoundsHold\n",
	}, read)

	var shown bytes.Buffer
	o.cfg = "two"
	require.Equal(t, exitPass, printConfig(o, &shown, &shown))
	require.True(t, strings.HasSuffix(shown.String(), "SPECIFICATION MCSpec\n"+read["two"]))
	o.cfg = "three"
	require.Equal(t, exitNotStarted, printConfig(o, &shown, &shown))
}

// A check that every model that must hold leaves out would hold of nothing.
func TestACheckThatNoModelMakesIsRedOnceAllRan(t *testing.T) {
	o := specFolder(t, "", map[string]string{"models/losing": losing, "models/vast": vast})
	var out, errs bytes.Buffer
	require.Equal(t, exitFail, check(context.Background(), o, "jar", answers(asDeclared()), &out, &errs))
	require.Contains(t, out.String(), "RED: TypeOK is checked by no model that must hold")
}

func TestAnotherTLCIsRefusedUnlessItWasAskedFor(t *testing.T) {
	var errs bytes.Buffer
	t.Setenv(tlc.JarVariable, "")
	require.NoError(t, wrongVersion(banner, &errs))
	require.ErrorContains(t, wrongVersion("TLC2 Version 2.19", &errs), "2.19")
	require.Empty(t, errs.String())
	t.Setenv(tlc.JarVariable, "some.jar")
	require.NoError(t, wrongVersion("TLC2 Version 2.19", &errs))
	require.Contains(t, errs.String(), "may be misread")
}

func TestWhatWasNotCheckedIsSaidLoudly(t *testing.T) {
	unavailable := fmt.Errorf("%w: no java", tlc.ErrUnavailable)
	for _, c := range []struct {
		why                error
		optional, onServer bool
		want               int
	}{
		{unavailable, false, false, exitNotChecked},
		{unavailable, true, false, exitPass},
		{unavailable, true, true, exitNotChecked},
		{tlc.ErrWrongJar, true, false, exitNotStarted},
	} {
		var errs bytes.Buffer
		require.Equal(t, c.want, notChecked(&errs, c.why, c.optional, c.onServer))
		require.Equal(t, errors.Is(c.why, tlc.ErrUnavailable), strings.Contains(errs.String(), "THE SPECIFICATION WAS NOT CHECKED"))
		require.Contains(t, errs.String(), c.why.Error())
	}
}
