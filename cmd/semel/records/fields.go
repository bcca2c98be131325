package records

import (
	"bytes"
	"fmt"
	"strings"
)

// Fields of a line by number, without quotes.

// taken is how one field is found: nil and false where there is none.
type taken func(line []byte) (field []byte, found bool)

// fields makes one key of the fields that are numbered from 1. A key needs all of them, and none empty.
func fields(numbers []int, take func(n int) taken) Finder {
	var (
		takes   []taken
		missing []*Absence
		empty   []*Absence
		join    joiner
	)
	for _, n := range numbers {
		takes = append(takes, take(n))
		missing = append(missing, &Absence{Why: fmt.Sprintf("it has no field %d", n)})
		empty = append(empty, &Absence{Why: fmt.Sprintf("field %d is empty", n)})
	}
	parts := make([]part, len(numbers))
	return func(line []byte) ([]byte, *Absence) {
		for i, take := range takes {
			field, found := take(line)
			switch {
			case !found:
				return nil, missing[i]
			case blank(field):
				return nil, empty[i]
			}
			parts[i] = part{kindText, field}
		}
		return join.key(parts...), nil
	}
}

// blankField takes the nth run of bytes that are no blank and no tab, as awk does.
func blankField(n int) taken {
	isBlank := func(r rune) bool { return r == ' ' || r == '\t' }
	return func(line []byte) ([]byte, bool) {
		for range n - 1 {
			line = bytes.TrimLeftFunc(line, isBlank)
			end := bytes.IndexFunc(line, isBlank)
			if end < 0 {
				return nil, false
			}
			line = line[end:]
		}
		line = bytes.TrimLeftFunc(line, isBlank)
		if end := bytes.IndexFunc(line, isBlank); end >= 0 {
			line = line[:end]
		}
		return line, len(line) > 0
	}
}

// delimitedField takes what stands between the delimiters n-1 and n, as cut does.
func delimitedField(delimiter string) func(n int) taken {
	cut := []byte(delimiter)
	return func(n int) taken {
		return func(line []byte) ([]byte, bool) {
			for range n - 1 {
				_, after, found := bytes.Cut(line, cut)
				if !found {
					return nil, false
				}
				line = after
			}
			field, _, _ := bytes.Cut(line, cut)
			return field, true
		}
	}
}

// unescape reads \t in a delimiter.
func unescape(delimiter string) string { return strings.ReplaceAll(delimiter, `\t`, "\t") }
