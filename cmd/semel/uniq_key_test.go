package main

// Goal: which bytes of a line are its key, and how long keys are claimed. Method: tables.

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

func TestKeysOfLines(t *testing.T) {
	const none = "(none)"
	for _, row := range []struct{ key, delimiter, line, want string }{
		{"", "", "", ""},
		{"", "", " a b\r", " a b\r"},
		{"", "", "\xff", "\xff"},
		{"1", "", "a b c", "a"},
		{"3", "", "\ta  b \t c ", "c"},
		{"3", "", "a b", none},
		{"3", "", "a b ", none},
		{"1", "", "", none},
		{"2", "", "a\u00a0b c", "c"}, // blanks are bytes
		{"1", ",", "a,b", "a"},
		{"2", ",", "a,b", "b"},
		{"2", ",", "a,,c", ""},
		{"3", ",", "a,b", none},
		{"1", ",", "", ""},
		{"2", "::", "a::b:c", "b:c"},
		{"2", `\t`, "a b\tc d\te", "c d"},
		{`/id=(\w+)/`, "", "x id=42 id=43", "42"},
		{`/id=(\w+)/`, "", "x", none},
		{`/\d+/`, "", "a 17 b", "17"},
		{`/id=(\w+)?;/`, "", "id=;", none},
		{`/id=(\w*)/`, "", "id=", ""},
		{`/a/b/`, "", "xa/bx", "a/b"},
		{`/(?i)ID=(.)/`, "", "id=\xff", "\xff"},
	} {
		keyOf, err := parseKey(row.key, row.delimiter)
		require.NoError(t, err)
		key, ok := keyOf([]byte(row.line))
		if !ok {
			key = []byte(none)
		}
		require.Equal(t, row.want, string(key), "%+v", row)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	for _, row := range []struct{ key, delimiter, says string }{
		{"0", "", "a field's number from 1"}, {"-1", "", "a field's number"}, {"id", "", "regular expression"},
		{"//", "", "regular expression"}, {"/(/", "", "missing closing"}, {"", ",", "give the number of a field"}, {"/a/", ",", "give the number"},
	} {
		_, err := parseKey(row.key, row.delimiter)
		require.ErrorContains(t, err, row.says, "%+v", row)
	}
}

func TestLongKeysAreHashedAndNothingIsTakenForAHash(t *testing.T) {
	longest := bytes.Repeat([]byte("k"), cluster.MaxKeyBytes)
	require.Equal(t, longest, shorten(longest))
	short := shorten(append(longest, 'k'))
	require.Len(t, short, len(hashed)+32)
	require.NotEqual(t, short, shorten(append(longest, 'l')))
	require.NotEqual(t, string(short), string(shorten(short)), "a line that looks like a hash")
	require.True(t, strings.HasPrefix(string(short), hashed))
	require.Equal(t, "sha256:", string(shorten([]byte("sha256:"))))
}
