// Goal: a page shows everything that was found, whatever the history holds.
// Method: pages of drawn histories, read by page_test.go; -out keeps some of them, to
// look at them by eye.
package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
)

var out = flag.String("out", "", "folder to keep the sample pages in, to look at them")

func keep(t *testing.T, name, page string) {
	t.Helper()
	if *out != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*out, name), []byte(page), 0o644))
	}
}

func write(t require.TestingT, h *linearizability.History, v *linearizability.Verdict, views ...report.View) string {
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, h, v, views...))
	return b.String()
}

func TestAGoodRunSaysWhatWasChecked(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 16, nodes: 3, keys: 300, calls: 20000, span: 5 * time.Minute, faults: 24, seed: 7})
	page := write(t, h, v)
	keep(t, "good.html", page)
	require.Empty(t, wellFormed(page))
	text := visible(page)
	for _, c := range v.Checks {
		require.Contains(t, text, c.Name+c.Promise)
	}
	require.Contains(t, text, "Linearizable "+"21,")
	require.Contains(t, text, "24 faults. One order of all operations explains every answer")
	require.Contains(t, text, h.Header.Replay)
	require.Contains(t, text, "nothing to look at", "a check without a case did not hold, it was idle")
	require.NotContains(t, page, `id="wrong"`)
	require.NotRegexp(t, `(?i)(src|href)="?https?:`, page, "nothing is fetched")
}

func TestAWrongRunSaysWhatWentWrong(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 5, nodes: 3, keys: 8, calls: 400, span: 8 * time.Second, faults: 5, seed: 9})
	breakRun(h, v)
	page := write(t, h, v, report.View{Key: "orders/0000", HTML: `<p title="porcupine">its "own" view</p>`})
	keep(t, "bad.html", page)
	require.Empty(t, wellFormed(page))
	text := visible(page)
	require.Contains(t, text, "Not linearizable")
	require.Contains(t, text, "ExactlyOneWinner was broken once")
	for _, found := range v.Violations {
		require.Contains(t, text, found.Sentence)
	}
	require.Contains(t, text, "number 140: extend", "what only the log knows is told too")
	require.Less(t, strings.Index(page, `id="wrong"`), strings.Index(page, `id="checks"`), "it comes first")
	require.Contains(t, page, `data-srcdoc="&lt;p title=&#34;porcupine&#34;&gt;its &#34;own&#34; view&lt;/p&gt;"`)
}

func TestHeadlines(t *testing.T) {
	h, good := sampleHistory(sampleRun{clients: 2, nodes: 3, keys: 2, calls: 20, span: time.Second, faults: 1, seed: 1})
	for headline, change := range map[string]func(v *linearizability.Verdict){
		"Linearizable":         func(v *linearizability.Verdict) { v.OK = true },
		"Not linearizable":     func(v *linearizability.Verdict) { v.Witness.Result = linearizability.Rejected },
		"A promise was broken": func(v *linearizability.Verdict) { v.Checks[0].OK = false },
		"Not fit to be judged": func(v *linearizability.Verdict) { v.Porcupine.Result = linearizability.NotReached },
		"No verdict in time":   func(v *linearizability.Verdict) { v.Porcupine.Result = linearizability.OutOfTime },
		"Too little happened":  func(v *linearizability.Verdict) { v.WorthSomething(linearizability.Least{FaultsInEffect: 99}) },
	} {
		v := *good
		v.Checks = slices.Clone(good.Checks)
		v.OK = false
		change(&v)
		require.Contains(t, write(t, h, &v), "<title>"+headline+" ·")
	}
}

func TestAnEmptyRunHasAPage(t *testing.T) {
	page := write(t, &linearizability.History{}, &linearizability.Verdict{})
	keep(t, "empty.html", page)
	require.Empty(t, wellFormed(page))
	require.Contains(t, visible(page), "No call was answered.")
	require.Zero(t, dataOf(t, page).Total)
}

// TestEveryOperationOfAViolationIsOnThePage: also of one that the judge listed late,
// of one with a story and of one without, and an id that the history lacks.
func TestEveryOperationOfAViolationIsOnThePage(t *testing.T) {
	told := regexp.MustCompile(`<li data-operation="(-?\d+)">`)
	rapid.Check(t, func(draw *rapid.T) {
		h, v := sampleHistory(sampleRun{clients: 4, nodes: 3, keys: 3, calls: 40, span: time.Second, faults: 2, seed: rapid.Uint64().Draw(draw, "seed")})
		var wanted []string
		for i := range rapid.IntRange(1, 8).Draw(draw, "violations") {
			found := linearizability.Violation{Check: rapid.SampledFrom([]string{"A", "B"}).Draw(draw, "check"), Sentence: fmt.Sprint("sentence ", i)}
			found.Operations = rapid.SliceOfNDistinct(rapid.IntRange(0, len(h.Operations)), 1, 8, rapid.ID).Draw(draw, "operations")
			for _, id := range found.Operations {
				wanted = append(wanted, fmt.Sprint(id))
				if rapid.Bool().Draw(draw, "told") {
					found.Story = append(found.Story, fmt.Sprintf("operation %d, in words", id))
				}
			}
			v.Violations = append(v.Violations, found)
		}
		v.OK = false
		page := write(draw, h, v)
		var shown []string
		for _, m := range told.FindAllStringSubmatch(page, -1) {
			shown = append(shown, m[1])
		}
		slices.Sort(wanted)
		slices.Sort(shown)
		require.Equal(draw, wanted, shown)
		require.Empty(draw, wellFormed(page))
	})
}

func TestTheSameRunGivesTheSameBytes(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 8, nodes: 5, keys: 40, calls: 2000, span: 20 * time.Second, faults: 9, seed: 4})
	breakRun(h, v)
	first := write(t, h, v)
	for range 5 {
		require.Equal(t, first, write(t, h, v), "the order of a map shows")
	}
}

// TestWhatAHistoryHoldsCannotLeaveItsPlace: no text of a history becomes part of the page's own structure.
func TestWhatAHistoryHoldsCannotLeaveItsPlace(t *testing.T) {
	const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`${x}<!--<script>{{.}}\u2028\xff"
	h, v := sampleHistory(sampleRun{clients: 3, nodes: 3, keys: 4, calls: 60, span: time.Second, faults: 2, seed: 2})
	breakRun(h, v)
	plain := write(t, h, v)

	h.Header.Name, h.Header.Version, h.Header.Seed, h.Header.Replay, h.Header.Start = hostile, hostile, hostile, hostile, hostile
	h.Header.Clients = []string{hostile, hostile, hostile}
	for i := range h.Operations {
		op := &h.Operations[i]
		op.Key, op.Door, op.ErrorText, op.Owner = linearizability.Text(hostile), hostile, hostile, hostile
	}
	for i := range h.Faults {
		h.Faults[i].Fault, h.Faults[i].Effect = hostile, hostile
	}
	for i := range v.Violations {
		found := &v.Violations[i]
		found.Check, found.Sentence, found.Key, found.Story = hostile, hostile, hostile, []string{hostile}
	}
	for i := range v.Checks {
		v.Checks[i].Name, v.Checks[i].Promise = hostile, hostile
	}
	page := write(t, h, v, report.View{Key: hostile, HTML: hostile})
	keep(t, "hostile.html", page)
	require.Empty(t, wellFormed(page))
	require.NotContains(t, page, "<img")
	for _, mark := range []string{"<script", "</script", "<!--"} {
		require.Equal(t, strings.Count(plain, mark), strings.Count(page, mark), mark)
	}
	data := dataOf(t, page)
	require.Len(t, data.Keys, 1)
	require.Contains(t, data.Keys[0], "<img src=x onerror=alert(2)>")
	require.Contains(t, data.Keys[0], `\xff`, "bytes that are no text show as escapes")
}

// TestThePageCarriesTheOperations: the columns give back what the history says.
func TestThePageCarriesTheOperations(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		h, v := sampleHistory(sampleRun{clients: rapid.IntRange(1, 7).Draw(draw, "clients"), nodes: 3, keys: 5, calls: rapid.IntRange(10, 300).Draw(draw, "calls"), span: 4 * time.Second, faults: 3, seed: rapid.Uint64().Draw(draw, "seed")})
		data := dataOf(t, write(draw, h, v))
		id, call, length := data.column(t, "id", true), data.column(t, "call", true), data.column(t, "length", false)
		client, key, kind, end := data.column(t, "client", false), data.column(t, "key", false), data.column(t, "kind", false), data.column(t, "end", false)
		number, token := data.column(t, "number", true), data.column(t, "token", false)
		require.Len(draw, id, len(h.Operations))
		for i, op := range h.Operations {
			require.EqualValues(draw, op.ID, id[i])
			require.Equal(draw, op.Call/1000, call[i])
			require.EqualValues(draw, op.Client, client[i])
			require.Equal(draw, string(op.Key), data.Keys[key[i]])
			require.Equal(draw, string(op.Kind), data.Kinds[kind[i]])
			require.Equal(draw, op.Return == nil, length[i] < 0)
			if a := op.Answer; a != nil {
				require.Equal(draw, string(a.Outcome), data.Ends[end[i]])
				require.EqualValues(draw, a.Number, number[i])
				if a.Token > 0 {
					require.EqualValues(draw, a.Token, number[i]-token[i]+1)
				}
			}
		}
	})
}
