package main

// Goal: what TLC reaches of a model that is compared is kept as it checks it, and of no other.
// Method: whole runs with a runner that prints states where it is told to.

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/reached"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// printing is a runner of two states, of which TLC prints so many where the .cfg has it print any. It notes who prints.
func printing(t *testing.T, states int, printed *[]string) runner {
	return func(_ context.Context, o tlc.Options) (tlc.Result, error) {
		config, err := os.ReadFile(o.Config)
		require.NoError(t, err)
		if strings.HasSuffix(string(config), "\nINVARIANT PrintState\n") {
			*printed = append(*printed, strings.TrimSuffix(filepath.Base(o.Config), ".cfg"))
			for _, state := range []string{`"<<1>>"`, `"<<2>>"`}[:states] {
				o.Line(state)
			}
		}
		return tlc.Result{Banner: banner, Distinct: 2, Depth: 2, Complete: true, Coverage: []tlc.Action{fires("Timeout", 3)}}, nil
	}
}

const compared = "\\* expect: pass\n\\* states: 2\n\\* checks: all\n\\* parity: yes\nSPECIFICATION MCSpec\n"

func comparedModels(t *testing.T) (o options, jar string) {
	o = specFolder(t, "", map[string]string{"models/own": compared,
		"models/fair": strings.Replace(compared, "MCSpec", "LivenessSpec", 1), "models/alone": strings.Replace(compared, "\\* parity: yes\n", "", 1)})
	for _, name := range []string{"own", "fair", "alone"} { // specFolder names another module
		config := filepath.Join(o.root, "spec", "models", name+".cfg")
		text, err := os.ReadFile(config)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(config, []byte(strings.Replace(string(text), "module: MC\n", "module: MCRaft\n", 1)), 0o600))
	}
	jar = filepath.Join(o.root, "tlc.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	return o, jar
}

func TestWhatIsComparedIsKept(t *testing.T) {
	o, jar := comparedModels(t)
	var out, errs bytes.Buffer
	var printed []string
	require.Equal(t, exitPass, check(t.Context(), o, jar, printing(t, 2, &printed), &out, &errs), out.String())
	require.Empty(t, errs.String())
	require.Equal(t, []string{"own"}, printed)
	spec := filepath.Join(o.root, "spec")
	source := reached.Source{Model: "own", Jar: jar, SpecDir: spec, Config: filepath.Join(spec, "models", "own.cfg")}
	counts, err := reached.Read(filepath.Join(o.root, reached.Folder), source, func(string) {})
	require.NoError(t, err)
	require.EqualValues(t, 2, counts.Distinct)
	require.Equal(t, map[string]int64{"Timeout": 3}, counts.Steps)
}

func TestWhatCantBeKeptIsSaidAndIsNoFault(t *testing.T) {
	o, jar := comparedModels(t)
	var out, errs bytes.Buffer
	var printed []string
	require.Equal(t, exitPass, check(t.Context(), o, jar, printing(t, 1, &printed), &out, &errs), out.String())
	require.Contains(t, errs.String(), "own: its states are not kept: not kept: TLC counted 2 states and printed 1")
	entries, err := os.ReadDir(filepath.Join(o.root, reached.Folder))
	require.NoError(t, err)
	require.Empty(t, entries)

	errs.Reset()
	require.Equal(t, exitPass, check(t.Context(), o, filepath.Join(o.root, "gone.jar"), printing(t, 0, &printed), &out, &errs))
	require.Contains(t, errs.String(), "own: its states are not kept: open")
}
