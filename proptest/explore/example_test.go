package explore_test

import (
	"fmt"
	"path/filepath"

	"github.com/eventstreamcore/semel/proptest/explore"
)

// The Go half of a comparison; `go run ./proptest/explore/parity` makes the whole one.
func ExampleSearch_Run() {
	m, err := explore.ParseModel(filepath.Join("testdata", "commit.cfg"))
	if err != nil {
		fmt.Println(err)
		return
	}
	code := explore.NewSearch(m, explore.NewParts())
	if err := code.Run(); err != nil {
		fmt.Println(err)
		return
	}
	last := code.Path(code.States() - 1)
	fmt.Println(code.States(), "states; the last one found by", last[len(last)-1].Name)
	// Output: 3314 states; the last one found by HandleAppendEntries
}
