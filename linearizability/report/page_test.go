// Goal and method: what tests ask of a page, read from its bytes as a browser would
// take them apart. TestTheReaderOfPagesSeesWhatIsWrong shows that it can fail.
package report_test

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	tag      = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*(/?)>`)
	raw      = regexp.MustCompile(`(?s)<(script|style)\b[^>]*>.*?</(?:script|style)>`)
	comment  = regexp.MustCompile(`(?s)<!--.*?-->|<!DOCTYPE html>`)
	dataText = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
	voids    = []string{"meta", "br", "input", "link", "img"}
)

// wellFormed says what is wrong with the nesting of a page, or "".
func wellFormed(page string) string {
	page = comment.ReplaceAllString(raw.ReplaceAllString(page, ""), "")
	var open []string
	for _, m := range tag.FindAllStringSubmatch(page, -1) {
		name := strings.ToLower(m[2])
		switch {
		case m[1] == "/" && (len(open) == 0 || open[len(open)-1] != name):
			return fmt.Sprintf("</%s> closes %v", name, open)
		case m[1] == "/":
			open = open[:len(open)-1]
		case m[4] != "/" && !slices.Contains(voids, name):
			open = append(open, name)
		}
	}
	if rest := tag.ReplaceAllString(page, ""); strings.ContainsAny(rest, "<>") {
		i := strings.IndexAny(rest, "<>")
		return "a bracket that is no tag: " + rest[max(0, i-40):min(len(rest), i+40)]
	}
	if len(open) > 0 {
		return fmt.Sprintf("left open: %v", open)
	}
	return ""
}

// visible is a page's text without tags, scripts and styles.
func visible(page string) string {
	text := html.UnescapeString(tag.ReplaceAllString(comment.ReplaceAllString(raw.ReplaceAllString(page, ""), ""), ""))
	return strings.Join(strings.Fields(text), " ")
}

// pageData is what the page's script reads, as far as tests look at it.
type pageData struct {
	Total   int               `json:"total"`
	Keys    []string          `json:"keys"`
	Kinds   []string          `json:"kinds"`
	Ends    []string          `json:"ends"`
	Clients []string          `json:"clients"`
	Errors  map[string]string `json:"errors"`
	Faults  []struct {
		Word, Effect string
	} `json:"faults"`
	Columns map[string]json.RawMessage `json:"columns"`
}

func dataOf(t *testing.T, page string) pageData {
	t.Helper()
	m := dataText.FindStringSubmatch(page)
	require.Len(t, m, 2, "one element with data")
	var data pageData
	require.NoError(t, json.Unmarshal([]byte(m[1]), &data))
	return data
}

// column reads a column in either of its shapes; sum adds up what is told as steps.
func (d *pageData) column(t *testing.T, name string, sum bool) []int64 {
	t.Helper()
	var values []int64
	if json.Unmarshal(d.Columns[name], &values) != nil {
		var sparse struct {
			N     int     `json:"n"`
			At, V []int64 `json:",omitempty"`
		}
		require.NoError(t, json.Unmarshal(d.Columns[name], &sparse))
		values = make([]int64, sparse.N)
		place := int64(0)
		for i, step := range sparse.At {
			place += step
			values[place] = sparse.V[i]
		}
	}
	for i := 1; sum && i < len(values); i++ {
		values[i] += values[i-1]
	}
	return values
}

func TestTheReaderOfPagesSeesWhatIsWrong(t *testing.T) {
	require.Empty(t, wellFormed(`<!DOCTYPE html><p class="a">x<br><b>y</b></p><svg><path d="M1 2"/></svg><script>a < b</script>`))
	for _, page := range []string{"<p><b></p></b>", "<p>", "</p>", "<p>a < b</p>", `<p title="a>b</p>`} {
		require.NotEmpty(t, wellFormed(page), page)
	}
	require.Equal(t, "a < b & c", visible("<p>a &lt; b</p>\n <script>no</script>&amp; <i>c</i>"))
}
