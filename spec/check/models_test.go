// Goal: a model that must hold checks everything, and says what its bounds are.
// Method: read the properties from RaftProperties.tla and the constants from each cfg, and
// compare; altered texts show that each comparison can fail.

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

func TestEveryModelChecksEveryProperty(t *testing.T) {
	want := append(propertiesOf(t), "BoundsHold")
	slices.Sort(want)
	for _, path := range configs(t, "models") {
		m, err := tlc.ParseModel(path)
		require.NoError(t, err)
		got := slices.Concat(m.Invariants, m.Properties)
		slices.Sort(got)
		require.Equal(t, want, got, path)
	}
}

// propertiesOf returns the operators of RaftProperties.tla without parameters, but for
// Entry, which is a set of values.
func propertiesOf(t *testing.T) []string {
	text, err := os.ReadFile("../RaftProperties.tla")
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^(\w+) ==`).FindAllStringSubmatch(string(text), -1) {
		if m[1] != "Entry" {
			names = append(names, m[1])
		}
	}
	require.Greater(t, len(names), 15)
	return names
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
		is := regexp.MustCompile(name + ` = (\d+)`).FindStringSubmatch(cfg)[1]
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
