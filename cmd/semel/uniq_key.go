package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// keyOf finds the key in a line without its newline; false: it has none.
type keyOf func(line []byte) (key []byte, ok bool)

// parseKey reads --key and --delimiter.
func parseKey(key, delimiter string) (keyOf, error) {
	field, err := strconv.Atoi(key)
	isField := err == nil && field >= 1
	switch {
	case delimiter != "" && !isField:
		return nil, fmt.Errorf("--delimiter %q: give the number of a field with it, --key 3", delimiter)
	case key == "":
		return func(line []byte) ([]byte, bool) { return line, true }, nil
	case isField && delimiter == "":
		return blankField(field), nil
	case isField:
		return delimitedField(field, strings.ReplaceAll(delimiter, `\t`, "\t")), nil
	case len(key) > 2 && key[0] == '/' && key[len(key)-1] == '/':
		pattern, err := regexp.Compile(key[1 : len(key)-1])
		if err != nil {
			return nil, fmt.Errorf("--key %s: %w", key, err)
		}
		return matched(pattern), nil
	}
	return nil, fmt.Errorf("--key %q: want a field's number from 1, or /a regular expression/", key)
}

// blankField takes the nth run of bytes that are no blank and no tab, as awk does.
func blankField(n int) keyOf {
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

// delimitedField takes what stands between the delimiters n-1 and n, as cut does. It
// may be empty.
func delimitedField(n int, delimiter string) keyOf {
	cut := []byte(delimiter)
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

// matched takes the first group of a match, or all of it where there are no groups.
func matched(pattern *regexp.Regexp) keyOf {
	group := min(1, pattern.NumSubexp())
	return func(line []byte) ([]byte, bool) {
		at := pattern.FindSubmatchIndex(line)
		if at == nil || at[2*group] < 0 {
			return nil, false
		}
		return line[at[2*group]:at[2*group+1]], true
	}
}

// hashed stands in front of the hash of a long key. A line that begins so is hashed as
// well, so that none is taken for the hash of another.
const hashed = "\xffsha256:"

// shorten returns the key that is claimed: the same on all machines.
func shorten(key []byte) []byte {
	if len(key) <= cluster.MaxKeyBytes && !bytes.HasPrefix(key, []byte(hashed)) {
		return key
	}
	sum := sha256.Sum256(key)
	return append([]byte(hashed), sum[:]...)
}
