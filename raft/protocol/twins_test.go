// Goal: a must-fail model of the specification and a seeded fault of the Go code of the
// same id replace the same guard, so that what breaks on one side is known on the other.
// Method: read which operator each spec/mutants/*.cfg replaces, and which function of
// guards_mutants.go holds the fault. Altered models show that the comparison can fail.

package protocol_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Faults that have no must-fail model: there would be nothing in it to fail.
var withoutModel = []string{
	"commit-lags", "back-off-too-far", "needless-vote-response", // break no property
	"base-term-unchecked",                                    // the same: who goes on behind a base has the entry at it
	"config-not-rolled-back",                                 // what Go remembers is a function of the log in the specification
	"conflict-kept",                                          // the other way of truncate-on-stale-append, in the same guard
	"impossible-is-handled",                                  // in the specification nobody lies
	"write-not-told", "write-told-twice", "write-told-first", // the specification has no host to tell
}

var (
	modelID     = regexp.MustCompile(`(?m)^\\\* mutant: (\S+)`)
	replacement = regexp.MustCompile(`(?m)^\s*(\w+) <- \w+`)
)

func TestModelsAndFaultsReplaceTheSameGuard(t *testing.T) {
	require.Empty(t, compareTwins(models(t), sourceOf(t, "guards_mutants.go")))
}

func TestTwinsComparisonFindsEachDifference(t *testing.T) {
	code := sourceOf(t, "guards_mutants.go")
	for _, c := range []struct{ name, old, new, found string }{
		{"another guard", "LogUpToDate <-", "LogFits <-", "vote-ignores-log replaces logFits"},
		{"another id", "mutant: vote-twice", "mutant: vote-thrice", "no fault vote-thrice"},
		{"no id", "mutant: vote-twice", "", "names no mutant"},
		{"no guard", "VoteFree <-", "Ballot <-", "vote-twice replaces no guard"},
		{"a model that is not needed", "mutant: vote-twice", "mutant: commit-lags", "exception commit-lags"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := models(t)
			for path, text := range all {
				all[path] = strings.ReplaceAll(text, c.old, c.new)
			}
			require.Contains(t, strings.Join(compareTwins(all, code), "\n"), c.found)
		})
	}
}

func models(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../spec/mutants/*.cfg")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := map[string]string{}
	for _, path := range paths {
		all[filepath.Base(path)] = sourceOf(t, path)
	}
	return all
}

// compareTwins returns in what models and faults differ.
func compareTwins(models map[string]string, code string) []string {
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	guards, faults := faultsOf(code)
	modelled := map[string]bool{}
	for path, text := range models {
		m := modelID.FindStringSubmatch(text)
		if m == nil {
			report("%s names no mutant", path)
			continue
		}
		id, guard := m[1], ""
		for _, r := range replacement.FindAllStringSubmatch(text, -1) {
			if guards[lower(r[1])] {
				guard = lower(r[1])
			}
		}
		if guard == "" && strings.Contains(text, `\* module: RaftLiveness`) {
			continue // policy's: package raft has the fault, and a test that compares
		}
		if guard == "" && strings.Contains(text, `\* module: MCProof`) {
			continue // a wrong ghost or conjunct: no node has either
		}
		modelled[id] = true
		switch {
		case faults[id] == "":
			report("%s: there is no fault %s in Go", path, id)
		case guard == "":
			report("%s: %s replaces no guard", path, id)
		case guard != faults[id]:
			report("%s: %s replaces %s, in Go %s", path, id, guard, faults[id])
		}
	}
	for _, id := range withoutModel {
		if modelled[id] || faults[id] == "" {
			report("exception %s is not needed", id)
		}
		modelled[id] = true
	}
	for id := range faults {
		if !modelled[id] {
			report("no model shows %s", id)
		}
	}
	return found
}

// faultsOf are the guards, and the guard in which each fault stands.
func faultsOf(code string) (guards map[string]bool, faults map[string]string) {
	guards, faults = map[string]bool{}, map[string]string{}
	for _, fn := range functionsOf(code) {
		guards[fn.Name.Name] = true
		for _, id := range takeFaults(fn) {
			faults[id] = fn.Name.Name
		}
	}
	return guards, faults
}
