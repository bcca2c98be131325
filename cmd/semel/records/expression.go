package records

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	noMatch    = &Absence{Why: "the expression does not match"}
	emptyMatch = &Absence{Why: "what the expression matches is empty"}
	twoMembers = &Absence{Why: "it is JSON and the expression finds different values in it: --json takes the field that is meant"}
)

// matched takes the groups of a match that took part, or all of the match where there are no groups. Of several groups it
// counts which one took part: with /user=(\d+)|order=(\d+)/ a user's 7 is not an order's.
//
// An expression that looks for a member of JSON by its text finds the first that looks so, which may be one of an object
// further in. Where it finds two that differ the line has no key: see --json.
func matched(pattern *regexp.Regexp) Finder {
	var join joiner
	groups := pattern.NumSubexp()
	quotes := strings.Contains(pattern.String(), `"`)
	parts := make([]part, 0, groups)
	return func(line []byte) ([]byte, *Absence) {
		at := pattern.FindSubmatchIndex(line)
		if at == nil {
			return nil, noMatch
		}
		if quotes && LooksLikeJSON(line) && differs(pattern, line, at) {
			return nil, twoMembers
		}
		if groups == 0 {
			at = append(at, at...)
		}
		parts = parts[:0]
		some := false
		for i := 2; i < len(at); i += 2 {
			switch {
			case at[i] < 0:
				parts = append(parts, part{kind: kindAbsent})
			case blank(line[at[i]:at[i+1]]):
				return nil, emptyMatch
			default:
				parts, some = append(parts, part{kindText, line[at[i]:at[i+1]]}), true
			}
		}
		if !some {
			return nil, noMatch
		}
		return join.key(parts...), nil
	}
}

// LooksLikeJSON reports whether a line begins as a JSON object does.
func LooksLikeJSON(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] == '{'
}

// differs reports whether some match has other groups than the first one, which is at.
func differs(pattern *regexp.Regexp, line []byte, at []int) bool {
	for _, next := range pattern.FindAllSubmatchIndex(line, -1)[1:] {
		for i := min(2, len(at)-2); i < len(at); i += 2 {
			if !bytes.Equal(slice(line, at, i), slice(line, next, i)) {
				return true
			}
		}
	}
	return false
}

func slice(line []byte, at []int, i int) []byte {
	if at[i] < 0 {
		return nil
	}
	return line[at[i]:at[i+1]]
}
