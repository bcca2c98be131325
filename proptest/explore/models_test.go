// Goal: a bound stands in one place, the .cfg, and its twin in Go is complete.
// Method: spec/MCRaft.tla and spec/RaftNode.tla are read; every operator and constant of
// theirs that a .cfg may name must be known here.
package explore

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const specDir = "../../spec"

func TestEveryBoundOfMCRaftHasATwinHere(t *testing.T) {
	text := module(t, "MCRaft")
	require.Subset(t, keys(campaigns), definitions(t, text, "Who campaigns"))
	require.Subset(t, keys(networks), definitions(t, text, "Narrower networks"))
	require.Subset(t, append(keys(heartbeats), "Heartbeat"), definitions(t, text, "Which heartbeats"))
	require.Contains(t, text, "Heartbeat(i, j, prev) == AnyHeartbeat(i, j, prev)", "the default of ParseModel")
	require.Contains(t, text, "Begins(i, t) == OnlyOthers(i, t)", "the default of ParseModel")

	var bounded []string
	for _, name := range definitions(t, text, "The bounded actions") {
		if action, ok := strings.CutPrefix(name, "MC"); ok && action != "Next" && action != "Init" && action != "Spec" {
			bounded = append(bounded, action)
		}
	}
	require.ElementsMatch(t, bounded, actionNames)
}

// BoundsHold is about the actions that bounds.go gives; nothing is computed twice there.
func TestWhatMustHoldOfAModelHasATwinHere(t *testing.T) {
	twins := []string{"BoundsHold", "ReadSeesCommitted"}
	for _, inv := range invariants {
		twins = append(twins, inv.name)
	}
	require.ElementsMatch(t, definitions(t, module(t, "MCRaft"), "What must hold of a model"), twins)
}

func TestEveryConstantIsRead(t *testing.T) {
	var names []string
	for _, text := range []string{module(t, "RaftNode"), module(t, "MCRaft")} {
		for _, block := range regexp.MustCompile(`(?s)\nCONSTANTS\n(.*?)\n\n`).FindAllStringSubmatch(text, -1) {
			for _, line := range strings.Split(block[1], "\n") {
				line, _, _ = strings.Cut(line, `\*`)
				names = append(names, members(line)...)
			}
		}
	}
	require.ElementsMatch(t, constantNames, names)
}

func TestEveryBudgetIsRead(t *testing.T) {
	text := module(t, "MCRaft")
	_, part, found := strings.Cut(text, "What a model may spend")
	require.True(t, found)
	part, _, _ = strings.Cut(part, "VARIABLES")
	bounds := strings.Join(strings.Fields(part[strings.Index(part, "Budget =="):]), " ")
	var fields []string
	for c, name := range counterNames {
		require.Contains(t, part, budgetNames[c]+" ")
		fields = append(fields, name+" |-> "+budgetNames[c])
	}
	require.Equal(t, "Budget == ["+strings.Join(fields, ", ")+"]", bounds)
	require.Len(t, regexp.MustCompile(`(?m)^Max\w+ +== 0`).FindAllString(part, -1), int(counters))
}

func TestABudgetThatIsLeftOutIsNone(t *testing.T) {
	whole, err := os.ReadFile("testdata/commit.cfg")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "some.cfg")
	budgeted := func(line string) budget {
		changed := strings.Replace(string(whole), "  MaxCrashes = 0\n", line, 1)
		require.NotEqual(t, string(whole), changed)
		require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
		m, err := ParseModel(path)
		require.NoError(t, err)
		return m.Budget
	}
	require.Equal(t, budget{}, budgeted(""))
	require.Equal(t, budget{prevotes: 3}, budgeted("  MaxPrevotes = 3\n"))
}

func TestStatesArePrintedAsTheyAreRead(t *testing.T) {
	text := strings.Join(strings.Fields(module(t, "MCRaft")), " ")
	require.Contains(t, text, "PrintState == PrintT(ToString("+variablesTuple+"))")
}

func TestTheModelsForParityAreRead(t *testing.T) {
	models, err := FindModels(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	var fast []string
	var pendingCrash, three bool
	for _, m := range models {
		if m.Parity == "fast" {
			fast = append(fast, m.Name)
		}
		pendingCrash = pendingCrash || m.Server.Len() == 2 && m.MaxPending >= 2 && m.Budget[crashes] > 0
		three = three || m.Server.Len() == 3
	}
	require.NotEmpty(t, fast, "the models of make test")
	require.True(t, pendingCrash, "two nodes with crashes and two pending writes")
	require.True(t, three, "three nodes")
}

// A feature whose budget is 0 changes no count, and neither does anything else unless somebody meant it. Each comes to what it is for.
func TestEveryComparedModelHasTheStatesThatItDeclares(t *testing.T) {
	models, err := FindModels(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	for _, m := range models {
		s := searched(t, m)
		require.Equal(t, m.States, s.States(), m.Name)
		require.NoError(t, s.Reached(), m.Name)
	}
}

func TestWhatHasNoTwinIsRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/commit.cfg")
	require.NoError(t, err)
	for name, change := range map[string]struct{ old, new, says string }{
		"constant":      {"  MaxLog = 1", "  MaxLog = 1\n  MaxJoy = 1", "constant MaxJoy: is not known here"},
		"missing":       {"  MaxLog = 1\n", "", "constant MaxLog is missing"},
		"guard":         {"  MaxLog = 1", "  MaxLog = 1\n  MayCommit <- CommitPriorTerm", "constant MayCommit: replaced by CommitPriorTerm"},
		"network":       {"SendLink", "SendTwice", "constant Send: replaced by SendTwice"},
		"campaigns":     {"AnyCampaign", "Nobody", "constant Campaigns: replaced by Nobody"},
		"view":          {"CONSTANTS", "VIEW vars\nCONSTANTS", "VIEW changes what is counted"},
		"symmetry":      {"CONSTANTS", "SYMMETRY Sym\nCONSTANTS", "SYMMETRY changes what is counted"},
		"constraint":    {"CONSTANTS", "CONSTRAINT Small\nCONSTANTS", "CONSTRAINT changes what is counted"},
		"specification": {"MCSpec", "SeedSpec", `SPECIFICATION is "SeedSpec"`},
		"value":         {`{"Command"}`, `{"Wish"}`, "constant Value: has \"Wish\""},
		"servers":       {"{1, 2, 3}", "{1, 3}", "constant Server: is {1, 3}, expected 1..n"},
		"nil":           {"Nil = 0", "Nil = 9", "constant Nil: is not 0"},
		"boolean":       {"KeepMessages = TRUE", "KeepMessages = Maybe", `constant KeepMessages: is "Maybe"`},
		"number":        {"MaxTerm = 1", "MaxTerm = many", "constant MaxTerm"},
		"nonsense":      {"MaxTerm = 1", "MaxTerm : 1", `expected a constant at "MaxTerm`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(whole), change.old)
			path := filepath.Join(t.TempDir(), "some.cfg")
			changed := strings.Replace(string(whole), change.old, change.new, 1)
			require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
			_, err := ParseModel(path)
			require.ErrorIs(t, err, ErrModel)
			require.ErrorContains(t, err, change.says)
		})
	}
}

// TLC is given a .cfg written from what was read, so it must say the same.
func TestTheConfigForTLCHasTheSameConstants(t *testing.T) {
	m := model(t, "held")
	path := filepath.Join(t.TempDir(), "held.cfg")
	require.NoError(t, os.WriteFile(path, []byte(m.config("SPECIFICATION MCSpec", "INVARIANT PrintState")), 0o600))
	again, err := ParseModel(path)
	require.NoError(t, err)
	again.Config = m.Config
	require.Equal(t, m, again)
}

func model(t *testing.T, name string) *Model {
	m, err := ParseModel(filepath.Join("testdata", name+".cfg"))
	require.NoError(t, err)
	return m
}

func module(t *testing.T, name string) string {
	content, err := os.ReadFile(filepath.Join(specDir, name+".tla"))
	require.NoError(t, err)
	return string(content)
}

var definition = regexp.MustCompile(`(?m)^(\w+)(?:\([^)]*\))?\s*==`)

// definitions are the operators of the part of a module that begins with a comment.
func definitions(t *testing.T, text, title string) []string {
	_, part, found := strings.Cut(text, "(* "+title)
	require.True(t, found, "no part %q", title)
	part, _, _ = strings.Cut(part, "\n-----")
	var names []string
	for _, match := range definition.FindAllStringSubmatch(part, -1) {
		names = append(names, match[1])
	}
	require.NotEmpty(t, names)
	return names
}

func keys[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }
