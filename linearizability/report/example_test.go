package report_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
)

// A history is judged, and its page written.
func ExampleWrite() {
	h, _ := smallRun()
	v := linearizability.Judge(h)
	var page strings.Builder
	if err := report.Write(&page, h, v, report.ViewsOf(h, v)...); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(regexp.MustCompile(`<title>.*</title>`).FindString(page.String()))
	// Output: <title>Linearizable · small</title>
}

// The summaries of many runs make one page.
func ExampleWriteIndex() {
	h, _ := smallRun()
	right := report.Summarize(h, linearizability.Judge(h))
	h.Operations[0].Answer.Outcome = linearizability.Duplicate
	wrong := report.Summarize(h, linearizability.Judge(h))
	var page strings.Builder
	if err := report.WriteIndex(&page, []report.RunSummary{right, wrong}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(regexp.MustCompile(`<title>.*</title>`).FindString(page.String()))
	fmt.Println(wrong.Failures[0])
	// Output:
	// <title>1 run failed · semel</title>
	// DuplicateImpliesWin: client 0's claim of default/a at 0.001 s (operation 0) was told DUPLICATE, though nobody had won
}
