package main

// Goal: a call with the wrong words is refused with exit 2, and is told what to do. Method: a table.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestWrongArgumentsAreToldWhatToDo(t *testing.T) {
	for call, said := range map[string]string{
		"claim":         "KEY is missing",
		"claim a b":     "want one KEY",
		"query":         "KEY is missing",
		"wal dump":      "DIR is missing",
		"wal dunp DIR":  `unknown command "dunp" for "semel wal"`,
		"uniq FILE":     "semel uniq < FILE",
		"status node-1": "--nodes",
		"version 2":     `unexpected argument "2"`,
		// an empty word is written ''
		"claim ''":                        "KEY is empty: is a variable unset?",
		"claim k --owner ''":              "--owner is empty",
		"claim k --ns ''":                 "is a variable unset?",
		"claim k --fingerprint ''":        "is a variable unset?",
		"release k --token -1":            "want a whole number from 0",
		"offset '' 0":                     "is a variable unset?",
		"offset s 0 --set -1":             "want a whole number from 0",
		"offset s 0 --set 1e400":          "want a whole number from 0",
		"capacity --keys -1":              "want a whole number from 0",
		"uniq --run ''":                   "--run is empty",
		"claim k --json=maybe":            `--json is "maybe": want true or false`,
		"bench --kills x":                 `--kills is "x": want a whole number`,
		"uniq --ttl 5":                    `--ttl is "5": want a time with its unit`,
		"claim k --ttl 5":                 `--ttl is "5": want a time above 0`,
		"claim -17":                       "semel claim [flags] -- -KEY",
		"query --k":                       "semel query [flags] -- -KEY",
		"forget -17":                      "semel forget [flags] -- -KEY",
		"forget a -":                      "semel forget -- a -",
		"extend -17 --token 1 --lease 1s": "semel extend [flags] -- -KEY",
		"claim k --nodes 127.0.0.1":       "want host:port",
		"claim k --nodes 127.0.0.1:1,":    "want host:port",
		"claim k --nodes https://a.b:443": "want host:port",
	} {
		words := strings.Fields(call)
		for i := range words {
			words[i] = strings.Trim(words[i], "'")
		}
		got := semeltest.Run(t, "", words...)
		require.Equal(t, exit.Usage, got.Code, call)
		require.Contains(t, got.Errors, said, call)
	}
}
