// Goal: there are words for whatever a history can hold, and the page's script says
// the same as the page itself. Method: an operation of each kind with each end, told
// by both; the script runs in Node.js.
package report_test

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
)

// everyEnd is an operation of each kind with each outcome, with facts and without.
func everyEnd() *linearizability.History {
	h := &linearizability.History{Header: linearizability.Header{Servers: 3, Log: true}}
	add := func(op linearizability.Operation) {
		op.ID, op.Call = len(h.Operations), int64(len(h.Operations))*1e6
		back := op.Call + 123456
		if op.Return = &back; op.Answer == nil && op.Error == "" {
			op.Return = nil
		}
		op.Key, op.Node, op.CallNumber = "orders/7", 1+op.ID%3, linearizability.HexCall(uint64(op.ID+1))
		h.Operations = append(h.Operations, op)
	}
	for _, kind := range []linearizability.Kind{
		linearizability.Claim, linearizability.Complete, linearizability.Release, linearizability.Extend, linearizability.Query,
		linearizability.Put, linearizability.Forget, linearizability.Checkpoint, linearizability.CheckpointQuery,
		linearizability.SetCheckpoint, linearizability.Resize,
	} {
		asked := linearizability.Arguments{Kind: kind, Owner: "0123456789abcdef", Token: 1234567, Offset: 42, LeaseMillis: 1500, TTLMillis: 90000}
		for _, outcome := range []linearizability.Outcome{
			linearizability.Won, linearizability.InProgress, linearizability.Duplicate, linearizability.Mismatch, linearizability.Full,
			linearizability.OK, linearizability.Fenced, linearizability.NotFound, linearizability.Completed, linearizability.Stale,
			linearizability.Absent, linearizability.Pending, linearizability.Done, linearizability.Lost, linearizability.None, linearizability.Stands,
		} {
			ms := int64(61001)
			full := &linearizability.Answer{Outcome: outcome, Number: uint64(len(h.Operations) + 9), TimeNanos: 5, Token: 8, Replayed: true, Offset: 41, AgeMillis: &ms, RetryAfterMillis: &ms}
			add(linearizability.Operation{Arguments: asked, Answer: full, Stale: kind.Reads()})
			add(linearizability.Operation{Arguments: linearizability.Arguments{Kind: kind, Owner: asked.Owner}, Answer: &linearizability.Answer{Outcome: outcome}})
		}
		add(linearizability.Operation{Arguments: asked, Error: linearizability.NotApplied, ErrorText: "overloaded"})
		add(linearizability.Operation{Arguments: asked, Error: linearizability.Unknown})
		add(linearizability.Operation{Arguments: asked})
		last := h.Operations[len(h.Operations)-1]
		entry := linearizability.LogEntry{Index: uint64(last.ID), First: uint64(1000 + last.ID), Commands: []linearizability.LogCommand{{CallNumber: last.CallNumber, Arguments: asked}}}
		h.Log = append(h.Log, entry)
	}
	return h
}

// tellings are the page's own words for all operations of h, in their order.
func tellings(t *testing.T, h *linearizability.History) (page string, lines []string) {
	t.Helper()
	found := linearizability.Violation{Check: "All", Sentence: "all of them"}
	for _, op := range h.Operations {
		found.Operations = append(found.Operations, op.ID)
	}
	page = write(t, h, &linearizability.Verdict{Violations: []linearizability.Violation{found}})
	for _, m := range regexp.MustCompile(`<span class="what">(.*?)</span>`).FindAllStringSubmatch(page, -1) {
		lines = append(lines, html.UnescapeString(m[1]))
	}
	require.Len(t, lines, len(h.Operations))
	return page, lines
}

func TestThereAreWordsForEveryOperation(t *testing.T) {
	h := everyEnd()
	_, lines := tellings(t, h)
	for i, line := range lines {
		require.Contains(t, line, "orders/7")
		require.NotContains(t, line, "{", line)
		require.NotContains(t, line, "[", line)
		if h.Operations[i].Token != 0 {
			require.NotContains(t, line, "?", "all facts are there: %s", line)
		}
	}
	for _, want := range []string{
		"claim orders/7 as 012345… with a lease of 1.5 s for 1 min 30 s: won, token 8 (a repeated call)",
		"claim orders/7 as 012345…: duplicate",
		"complete orders/7 with token 1,234,567: fenced: token 8 is current",
		"read orders/7: done under token 8, 1 min 1 s ago (stale read)",
		"store checkpoint orders/7 at offset 42: stale: offset 41 is stored",
		"forget orders/7: no answer ever came; the log has it as command 1,",
		"put orders/7 for 1 min 30 s: not applied",
	} {
		require.Contains(t, strings.Join(lines, "\n"), want)
	}
}

// program returns the path of Node.js; where CI=true it must be there.
func program(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("NOT CHECKED: ", err)
	}
	require.NoError(t, err)
	return node
}

func TestScriptsAreScripts(t *testing.T) {
	node := program(t)
	scripts, err := filepath.Glob("page/*.js")
	require.NoError(t, err)
	require.Len(t, scripts, 7)
	for _, script := range scripts {
		told, err := exec.CommandContext(t.Context(), node, "--check", script).CombinedOutput()
		require.NoError(t, err, "%s", told)
	}
}

func TestTheScriptSaysWhatThePageSays(t *testing.T) {
	node := program(t)
	page, lines := tellings(t, everyEnd())
	var script bytes.Buffer
	fmt.Fprint(&script, "const text = require('fs').readFileSync(0, 'utf8'); globalThis.document = { getElementById: () => ({ textContent: text }) };\n")
	for _, name := range []string{"words.js", "data.js"} {
		part, err := os.ReadFile(filepath.Join("page", name))
		require.NoError(t, err)
		script.Write(part)
	}
	script.WriteString("for (let i = 0; i < run.n; i++) console.log(run.sentence(i));")
	file := filepath.Join(t.TempDir(), "told.cjs")
	require.NoError(t, os.WriteFile(file, script.Bytes(), 0o644))
	command := exec.CommandContext(t.Context(), node, file)
	command.Stdin = strings.NewReader(dataText.FindStringSubmatch(page)[1])
	told, err := command.CombinedOutput()
	require.NoError(t, err, "%s", told)
	require.Equal(t, lines, strings.Split(strings.TrimSuffix(string(told), "\n"), "\n"))
}
