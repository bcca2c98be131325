// Goal: the policy that spec/RaftLiveness.tla and RaftLivenessLog.tla add to the specification is this package's, and each of their
// must-fail models has a twin here. Method: read the modules' operators and the models' replacements, and compare names.

package raft

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func read(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// sources is all that ships of this package, but for its faults.
func sources(t *testing.T) string {
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") && path != "guards_mutants.go" {
			all.WriteString(read(t, path))
		}
	}
	return all.String()
}

// goName is how Go writes the name of an operator.
func goName(operator string) string { return strings.ToLower(operator[:1]) + operator[1:] }

// hasChoices requires that the code has a function for each of the policy's choices in a module, of which there are so many.
func hasChoices(t *testing.T, code, module string, many int) {
	_, choices, found := strings.Cut(module, "(* Policy's choices")
	require.True(t, found)
	choices, _, _ = strings.Cut(choices, "\n-----")
	guards := regexp.MustCompile(`(?m)^([A-Z]\w+)\(`).FindAllStringSubmatch(choices, -1)
	require.Len(t, guards, many)
	for _, guard := range guards {
		require.Regexp(t, `(?m)^func (\(r \*Raft\) )?`+goName(guard[1])+`\(`, code, guard[1])
	}
}

func TestPolicyHasTheNamesOfTheLivenessModules(t *testing.T) {
	module, code := read(t, "../spec/RaftLiveness.tla"), sources(t)
	hasChoices(t, code, module, 7)
	hasChoices(t, code, read(t, "../spec/RaftLivenessLog.tla"), 4)
	for _, method := range []string{"HearsLeader", "Answered", "GoesFirst", "GiveWay", "Lead", "CampaignIfGranted", "AskForPreVotes",
		"ResignIfUseless", "Tick", "ReceiveRequestVote", "ReceiveAppendEntries", "ReceiveAppendEntriesResponse",
		"ReceiveRequestPreVote", "ReceivePreVoteResponse"} {
		require.Regexp(t, `(?m)^`+method+`\(`, module)
		require.Contains(t, code, "func (r *Raft) "+goName(method)+"(", method)
	}
}

func TestEveryLivenessTrapHasATwinInGo(t *testing.T) {
	paths, err := filepath.Glob("../spec/mutants/*.cfg")
	require.NoError(t, err)
	own, below := read(t, "guards_mutants.go"), read(t, "protocol/guards_mutants.go")
	var traps int
	for _, path := range paths {
		model := read(t, path)
		if !strings.Contains(model, `\* module: RaftLiveness`) { // or RaftLivenessLog
			continue
		}
		traps++
		id := regexp.MustCompile(`(?m)^\\\* mutant: (\S+)`).FindStringSubmatch(model)[1]
		var twins int
		for _, replaced := range regexp.MustCompile(`(?m)^\s*(\w+) <- \w+`).FindAllStringSubmatch(model, -1) {
			for _, code := range []string{own, below} {
				_, body, found := strings.Cut(code, "func "+goName(replaced[1])+"(")
				body, _, _ = strings.Cut(body, "\nfunc ")
				if found && strings.Contains(body, `"`+id+`"`) {
					twins++
				}
			}
		}
		require.Equal(t, 1, twins, path)
	}
	require.GreaterOrEqual(t, traps, 12)
}
