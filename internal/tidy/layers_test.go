// Goal: an import against the table of layers is found, one along it is not.
// Method: a row for each arrow of the house, turned round.
package tidy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLayeringFindsArrowsThatPointUp(t *testing.T) {
	upward := []struct{ from, to string }{
		{"raft/protocol", "raft"},
		{"raft", "raft/node"},
		{"raft", "dedup"},
		{"raft/node", "dedup/server"},
		{"raft/node", "dedup"},
		{"raft/wal", "raft"},
		{"raft/transport", "raft/wal"},
		{"dedup", "raft/protocol"},
		{"dedup/server", "cmd/semel"},
		{"dedup/server", "raft/wal"},
		{"dedup/client", "dedup/server"},
		{"linearizability", "raft"},
		{"spec/check", "raft/protocol"},
		{"spec/check/table", "dedup"},
		{"raft", "proptest/simulator"},
		{"cmd/semel", "proptest/simulator"},
		{"raft/protocol", ""},
	}
	for _, arrow := range upward {
		t.Run(arrow.from+"→"+arrow.to, func(t *testing.T) {
			target := strings.TrimSuffix("m/"+arrow.to, "/")
			tree := load(t, sources{arrow.from + "/a.go": "package a\nimport _ \"" + target + "\"\n"})
			findings := Layering(tree)
			require.Len(t, findings, 1)
			require.True(t, strings.HasPrefix(findings[0].String(), arrow.from+"/a.go:2: "+arrow.from+"/a.go may not import "))
		})
	}
}

func TestLayering(t *testing.T) {
	const wal, sim = "package node\nimport _ \"m/raft/wal\"\n", "import _ \"m/proptest/simulator\"\n"
	checkRows(t, Layering, []row{
		{"downward", sources{
			"cmd/semel/main.go":       "package main\nimport (\n_ \"m/dedup/server\"\n_ \"m/raft/wal\"\n_ \"m/linearizability\"\n)",
			"dedup/server/a.go":       "package server\nimport (\n_ \"m/dedup\"\n_ \"m/raft/node\"\n)",
			"raft/node/a.go":          "package node\nimport (\n_ \"m/raft\"\n_ \"m/raft/protocol\"\n_ \"os\"\n_ \"mx/raft\"\n)",
			"linearizability/a.go":    "package linearizability\nimport _ \"m/dedup\"\n",
			"spec/check/a.go":         "package main\nimport _ \"m/spec/check/tlc\"\n",
			"proptest/simulator/a.go": "package simulator\nimport (\n_ \"m/raft/node\"\n_ \"m/cmd/semel\"\n)",
		}, nil},
		{"only the real host knows the log", sources{"raft/node/real.go": wal, "raft/node/loop.go": wal},
			[]string{"raft/node/loop.go:2: ... may not import raft/wal: it may import raft, raft/protocol, internal/priority;"}},
		{"outside tests may simulate", sources{"raft/a_test.go": "package raft_test\n" + sim}, nil},
		{"inside tests may not", sources{"raft/a_test.go": "package raft\n" + sim}, []string{"raft/a_test.go:2: "}},
		{"a name with _test alone is no test", sources{"raft/a.go": "package raft_test\n" + sim}, []string{"raft/a.go:2: "}},
		{"a new room, told once", sources{"raft/quorum/a.go": "package quorum", "raft/quorum/b.go": "package quorum"},
			[]string{"raft/quorum: package without a row: add one to the table rooms"}},
		{"the root is a room too", sources{"a.go": "package m"}, []string{".: package without a row"}},
	})
}
