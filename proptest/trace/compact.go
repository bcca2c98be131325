package trace

import (
	"fmt"
	"regexp"
	"strings"
)

var entryText = regexp.MustCompile(`\[term \|-> \d+, value \|-> "\w+"\]`)

// compact has each stretch of equal entries of logs, in a text of TLA+, as one with their number.
func compact(text string) string {
	var b strings.Builder
	end := 0
	all := entryText.FindAllStringIndex(text, -1)
	for k := 0; k < len(all); {
		entry, n := text[all[k][0]:all[k][1]], 1
		for k+n < len(all) && text[all[k+n-1][1]:all[k+n][0]] == ", " && text[all[k+n][0]:all[k+n][1]] == entry {
			n++
		}
		b.WriteString(text[end:all[k][0]])
		if n > 1 {
			fmt.Fprintf(&b, "%d x ", n)
		}
		b.WriteString(entry)
		k, end = k+n, all[k+n-1][1]
	}
	return b.String() + text[end:]
}
