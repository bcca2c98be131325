// Goal: a model that must hold checks everything, and says what its bounds are.
// Method: read the declarations and the constants of each cfg, and compare; altered texts
// show that each comparison can fail.

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// What there is to check is read from the modules: this says that what is read is what
// was meant.
func TestAllThereIsToCheckIsRead(t *testing.T) {
	checks, err := readChecks("..")
	require.NoError(t, err)
	require.Subset(t, checks.Invariants, []string{"TypeOK", "ElectionSafety", "StateMachineSafety", "OnlyPossible", "BoundsHold"})
	require.Subset(t, checks.Properties, []string{"MonotonicTerm", "BackOffShrinks"})
	for _, helper := range []string{"Hard", "Committed", "Leads", "Within", "PrintState", "MCSpec", "MCNext"} {
		require.NotContains(t, slices.Concat(checks.Invariants, checks.Properties), helper)
	}
	require.Greater(t, len(checks.Invariants)+len(checks.Properties), 20)

	more, err := checksOf("..", "RaftLiveness")
	require.NoError(t, err)
	require.Equal(t, tlc.Checks{Invariants: []string{"BoundNotReached"}, Properties: []string{"Settles"}}, more)
	more, err = checksOf("..", "RaftLivenessLog")
	require.NoError(t, err)
	require.Equal(t, tlc.Checks{Properties: []string{"JointIsLeft", "AllAreLevel"}}, more)
	more, err = checksOf("..", "LogRefined")
	require.NoError(t, err)
	require.Equal(t, tlc.Checks{Properties: []string{"RefinesLog"}}, more)
	more, err = checksOf("..", "MCProof")
	require.NoError(t, err)
	require.Equal(t, tlc.Checks{Invariants: []string{"Invariant", "Lemmas", "GhostsAgree"}}, more)
	for _, module := range []string{"MCRaft", "MutantsRaft", "NoModule"} {
		none, err := checksOf("..", module)
		require.NoError(t, err)
		require.Empty(t, none)
	}
}

func TestNoModelThatMustHoldLeavesOutACheck(t *testing.T) {
	for _, path := range configs(t, "models") {
		m, err := tlc.ParseModel(path)
		require.NoError(t, err)
		require.True(t, m.ChecksAll, path)
		require.Empty(t, m.LeftOut, path)
	}
}

func configs(t *testing.T, folder string) []string {
	paths, err := filepath.Glob(filepath.Join("..", folder, "*.cfg"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	return paths
}

func TestEveryModelStatesItsBounds(t *testing.T) {
	for _, path := range append(configs(t, "models"), configs(t, "mutants")...) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Empty(t, misstated(string(text)), path)
	}
}

func TestMisstatedBoundsAreFound(t *testing.T) {
	text, err := os.ReadFile("../models/two-pending.cfg")
	require.NoError(t, err)
	for _, c := range []struct{ old, new, found string }{
		{"MaxTerm = 2", "MaxTerm = 3", "says T2, MaxTerm is 3"},
		{"MaxLog = 2", "MaxLog = 1", "says L2, MaxLog is 1"},
		{"P2", "P3", "says P3, MaxPending is 2"},
		{"C1", "C2", "says C2, MaxCrashes is 1"},
		{"MaxCrashes = 1", "", "says C1, MaxCrashes is 0"},
		{"2 nodes", "3 nodes", "says 3 nodes, Server has 2"},
		{"WriteThrough = FALSE", "WriteThrough = TRUE", "disks instant"},
	} {
		require.Contains(t, strings.Join(misstated(strings.Replace(string(text), c.old, c.new, 1)), "; "), c.found)
	}
}

// misstated returns where the line \* bounds: differs from the constants.
func misstated(cfg string) []string {
	var found []string
	bounds := regexp.MustCompile(`(?m)^\\\* bounds: (.*)$`).FindStringSubmatch(cfg)[1]
	for letter, name := range map[string]string{"T": "MaxTerm", "L": "MaxLog", "P": "MaxPending", "C": "MaxCrashes"} {
		said := regexp.MustCompile(`\b` + letter + `(\d+)`).FindStringSubmatch(bounds)
		is := "0" // a budget may be left out
		if given := regexp.MustCompile(name + ` = (\d+)`).FindStringSubmatch(cfg); given != nil {
			is = given[1]
		}
		if said != nil && said[1] != is {
			found = append(found, fmt.Sprintf("says %s%s, %s is %s", letter, said[1], name, is))
		}
	}
	nodes := strconv.Itoa(1 + strings.Count(regexp.MustCompile(`Server = \{.*\}`).FindString(cfg), ","))
	if said := strings.Fields(bounds)[0]; said != nodes {
		found = append(found, fmt.Sprintf("says %s nodes, Server has %s", said, nodes))
	}
	if strings.Contains(bounds, "disks instant") != strings.Contains(cfg, "WriteThrough = TRUE") {
		found = append(found, "disks instant is WriteThrough")
	}
	return found
}
