// Goal: show how the package is used.
// Method: examples on the recorded toy models; none needs java.
package tlc_test

import (
	"fmt"
	"os"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

func ExampleParseModel() {
	m, err := tlc.ParseModel("testdata/toy/invariant.cfg")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Name, "runs", m.Module, "and must violate", m.Expect)
	fmt.Println(m.Invariants)
	// Output:
	// invariant runs ToyProperties and must violate Small
	// [Ordered Small]
}

func ExampleParseOutput() {
	output, err := os.Open("testdata/recorded/printing.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer output.Close()
	printed := 0
	r, err := tlc.ParseOutput(output, func(line string) {
		if len(line) > 2 && line[:2] == "<<" {
			printed++
		}
	})
	fmt.Println(r.Distinct, "states,", printed, "printed,", err)
	// Output: 20 states, 20 printed, <nil>
}
